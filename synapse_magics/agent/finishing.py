"""What follows the end of a job: its records, its outputs, and the status that it earned."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_magics.agent.attempts import (
    LOST_CONNECTION,
    NO_MEMORY,
    Cause,
    cause_of,
    fail_attempt,
    lost_driver,
)
from synapse_magics.agent.failure import clean, secrets_of, without_secrets
from synapse_magics.agent.linking import links
from synapse_magics.agent.output_stats import with_stats
from synapse_magics.agent.outputs import complete, complete_link, manifests
from synapse_magics.agent.reusing import is_reusable
from synapse_magics.agent.storage_hints import storage_hint
from synapse_magics.engines.base import JobState, JobStatus, describe_exit
from synapse_magics.engines.step_output import blank_file, mask_file
from synapse_magics.store import runs
from synapse_magics.store.database import Sync
from synapse_magics.store.locations import locate
from synapse_magics.store.records import Metric
from synapse_magics.store.regular_files import open_regular
from synapse_magics.store.run_folder import tail
from synapse_magics.store.secrets import spellings
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.run_folder import RunFolder
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import Registration
    from synapse_magics.store.store import Store

_AT_ONCE = 4 << 20
"""How many bytes of records are taken over at once: other steps wait meanwhile."""

_LARGEST = 2**63
"""Numbers from here on find no room in the database."""

_LARGEST_EXIT = 2**31


def ingest(store: Store, run_id: str) -> bool:
    """Take over the metrics and tags that a step has recorded since the last time, or some of them.

    Parameters
    ----------
    store : Store
    run_id : str

    Returns
    -------
    bool
        Whether there may be more.
    """
    job = store.records.job(run_id)
    if job is None:
        return False
    read = job[2]
    try:
        with open_regular(store.run_folder(run_id).records) as file:
            file.seek(read)
            text = file.read(_AT_ONCE)
    except FileNotFoundError:
        return False
    # A line that is longer than all that is read at once is no record.
    end = text.rfind(b"\n") + 1 or (len(text) if len(text) == _AT_ONCE else 0)
    if not end:
        return False
    metrics, tags = [], {}
    secrets = secrets_of(store, store.runs.get(run_id))
    for line in text[:end].splitlines():
        record = without_secrets(_record(line), secrets)
        if "metric" in record:
            metrics.append(_metric(record))
        elif "tag" in record:
            value = record.get("value")
            tags[str(record["tag"])] = None if value is None else str(value)
    store.records.ingest(run_id, read=read, position=read + end, metrics=metrics, tags=tags)
    return len(text) == _AT_ONCE


def finish(store: Store, run: RunRecord, state: JobState) -> None:
    """Give a step whose job is over the status that it earned.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run.
    state : JobState
    """
    state = _checked(state)
    if state.status is JobStatus.VANISHED:
        _mask_what_is_left(store, run)
    while ingest(store, run.id):
        pass
    shutil.rmtree(store.run_folder(run.id).path / "scratch", ignore_errors=True)
    if run.status is RunStatus.CANCEL_REQUESTED:
        store.runs.transition(run.id, run.status, RunStatus.CANCELED, message="canceled")
    elif state.status is JobStatus.ENDED and state.exit_code == 0 and not state.timed_out:
        _end_well(store, run)
    else:
        _fail(store, run, state)


def _mask_what_is_left(store: Store, run: RunRecord) -> None:
    """Do what a supervisor does at the end of a step, in its place."""
    texts = spellings(secrets_of(store, run))
    secrets = tuple(text.encode("utf-8", "surrogateescape") for text in texts)
    folder = store.run_folder(run.id)
    if secrets:
        with contextlib.suppress(OSError, ValueError):
            mask_file(folder.error, secrets)
        with contextlib.suppress(OSError, ValueError):
            blank_file(folder.records, secrets)


def _end_well(store: Store, run: RunRecord) -> None:
    specs = {spec.name: spec for spec in run.step.outputs}
    for output in store.records.outputs(run.id) if run.status is RunStatus.RUNNING else ():
        registration = specs[output.name].registration
        if registration is not None and not _is_written(store, output):
            # Before it is being finalized: there is no other attempt from there.
            _fail_unwritten(store, run.id, output.name, registration)
            return
    _complete(store, run)


def _checked(state: JobState) -> JobState:
    """Return a state whose exit code is one, or None: a result is a file that anybody may harm."""
    code: Any = state.exit_code
    sound = isinstance(code, int) and not isinstance(code, bool) and abs(code) < _LARGEST_EXIT
    return state if sound or code is None else replace(state, exit_code=None)


def _complete(store: Store, run: RunRecord) -> None:
    if run.status is RunStatus.RUNNING:
        # Not on disk by itself: the result is, and what follows is found out from it.
        store.runs.transition(run.id, run.status, RunStatus.FINALIZING, sync=Sync.LATER)
    specs = {spec.name: spec for spec in run.step.outputs}
    # A link has no place; an agent that died here may have written it down already.
    outputs = [item for item in store.records.outputs(run.id) if specs[item.name].mode != "link"]
    for output in outputs:
        registration = specs[output.name].registration
        if registration is not None and not _is_written(store, output):
            _fail_unwritten(store, run.id, output.name, registration)
            return
    linked = links(store, run)
    for spec in run.step.outputs:
        if spec.mode == "link" and spec.registration is not None and spec.name not in linked:
            _fail_unwritten(store, run.id, spec.name, spec.registration)
            return
    contents, reusable = manifests(store, run.id), is_reusable(store, run)
    outputs = with_stats(store, run, outputs, contents)
    # One transaction: an output is registered if and only if its step completed, and once. It is on
    # disk with the job of the step that follows, or at the end of the agent's turn.
    with store.database.transaction(Sync.SOON) as connection:
        done = runs.transition(
            connection, run.id, RunStatus.FINALIZING, RunStatus.COMPLETED, message=""
        )
        if done:
            for output in outputs:
                place = locate(store.datastore_root(output.datastore), output.path)
                spec, content = specs[output.name], contents[output.name]
                complete(connection, run.id, output, spec, content, place)
            for name, dataset_id in linked.items():
                complete_link(connection, run.id, specs[name], dataset_id)
            connection.execute(
                "UPDATE fingerprints SET reusable = ? WHERE run_id = ?", (reusable, run.id)
            )


def _is_written(store: Store, output: OutputRecord) -> bool:
    place = locate(store.datastore_root(output.datastore), output.path)
    # The folder of a mounted output was made for the step.
    return any(place.iterdir()) if place.is_dir() else place.exists()


def _fail_unwritten(store: Store, run_id: str, name: str, registration: Registration) -> None:
    run = store.runs.get(run_id)
    if run is not None and not run.status.is_terminal:
        error = {
            "code": "UserError",
            "message": f"step {run.name} ended without writing its output {name!r}, which was to"
            f" be registered as {registration.name!r}",
            "where": f"output {name} of step {run.name}",
            "hint": f"write to the variable {name} in the cell of step {run.name}",
        }
        fail_attempt(store, run, error, Cause.CODE)


def _fail(store: Store, run: RunRecord, state: JobState) -> None:
    error: dict[str, Any]
    if state.timed_out:
        limit = run.step.timeout
        error = {
            "code": "UserError",
            "type": "TimeoutError",
            "message": f"the step did not end within {limit:g} s" if limit else "its time was over",
            "hint": "--timeout SECONDS gives it longer",
            "exit_code": state.exit_code,
        }
    else:
        folder = store.run_folder(run.id)
        error = {
            "code": "UserError" if (state.exit_code or 0) > 0 else "SystemError",
            "message": _words(folder, state),
            **(folder.read_error() or {}),
            "exit_code": state.exit_code,
        }
        if run.step.kind is StepKind.SPARK:
            error.update(storage_hint(str(error["message"])))
        error.update(_lack_of_memory(store, run, error) or _lost_driver(run.step.kind, error))
    fail_attempt(store, run, error, cause_of(run.step.kind, state, error))


def _words(folder: RunFolder, state: JobState) -> str:
    if state.exit_code is None and folder.result.exists():
        return "the process ended, but how is not known: its result.json is damaged"
    return describe_exit(state.exit_code)


def _lack_of_memory(store: Store, run: RunRecord, error: Mapping[str, Any]) -> dict[str, str]:
    """Say that a driver ran out of memory, where its Python side only saw a lost connection."""
    kind = error.get("type")  # none at all if the whole step has gone
    lost = kind is None or str(kind) in LOST_CONNECTION
    log = tail(store.run_folder(run.id).stderr, lines=2000) if lost else str(error["message"])
    found = re.search(r"java\.lang\.OutOfMemoryError[^\n]*", log)
    if found is None or run.step.kind is not StepKind.SPARK:
        return {}
    had = run.step.spark_conf.get("spark.driver.memory", "its share")
    return {
        "type": NO_MEMORY,
        "message": f"the driver ran out of memory, of which it had {had} ({found.group()})",
        "hint": "give the step more: --driver-memory",
    }


def _lost_driver(kind: StepKind, error: Mapping[str, Any]) -> dict[str, str]:
    """Say that a driver's JVM is gone where that is sure: a refused connection may be another's."""
    sure = str(error.get("type")).startswith("Py4J") or "py4j" in str(error.get("traceback"))
    if kind is not StepKind.SPARK or not sure or not lost_driver(error):
        return {}
    return {"message": f"the driver's JVM was lost: {error['message']}"}


def _record(line: bytes) -> dict[str, Any]:
    try:
        found = clean(json.loads(line))
    except (ValueError, RecursionError):
        return {}  # a step may write what it likes
    return found if isinstance(found, dict) else {}


def _metric(record: dict[str, Any]) -> Metric:
    step, moment = record.get("step"), record.get("time")
    return Metric(
        str(record["metric"]),
        record.get("value"),
        step if isinstance(step, int) and abs(step) < _LARGEST else None,
        moment if isinstance(moment, float) else None,
    )
