"""What follows the end of a job: its records, its outputs, and the status that it earned."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

from synapse_magics.agent.failure import clean, fail
from synapse_magics.engines.base import JobState, JobStatus, describe_exit
from synapse_magics.store import registry, runs
from synapse_magics.store.locations import locate
from synapse_magics.store.records import Metric
from synapse_magics.store.run_folder import tail
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import OutputSpec, Registration
    from synapse_magics.store.store import Store

# What PySpark raises when its JVM has gone; no error at all if the whole step has.
_LOST_CONNECTION = (
    None,
    "ConnectionRefusedError",
    "ConnectionResetError",
    "EOFError",
    "Py4JError",
    "Py4JNetworkError",
)
_LARGEST = 2**63
"""Numbers from here on find no room in the database."""


def ingest(store: Store, run_id: str) -> None:
    """Take over the metrics and tags that a step has recorded since the last time.

    Parameters
    ----------
    store : Store
    run_id : str
    """
    job = store.records.job(run_id)
    if job is None:
        return
    read = job[2]
    try:
        with store.run_folder(run_id).records.open("rb") as file:
            file.seek(read)
            text = file.read()
    except FileNotFoundError:
        return
    end = text.rfind(b"\n") + 1
    if not end:
        return
    metrics, tags = [], {}
    for line in text[:end].splitlines():
        record = _record(line)
        if "metric" in record:
            metrics.append(_metric(record))
        elif "tag" in record:
            value = record.get("value")
            tags[str(record["tag"])] = None if value is None else str(value)
    store.records.ingest(run_id, read=read, position=read + end, metrics=metrics, tags=tags)


def finish(store: Store, run: RunRecord, state: JobState) -> None:
    """Give a step whose job is over the status that it earned.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run.
    state : JobState
    """
    ingest(store, run.id)
    shutil.rmtree(store.run_folder(run.id).path / "scratch", ignore_errors=True)
    if run.status is RunStatus.CANCEL_REQUESTED:
        store.runs.transition(run.id, run.status, RunStatus.CANCELED, message="canceled")
    elif state.status is JobStatus.ENDED and state.exit_code == 0:
        _complete(store, run)
    else:
        _fail(store, run, state)


def _complete(store: Store, run: RunRecord) -> None:
    if run.status is RunStatus.RUNNING:
        store.runs.transition(run.id, run.status, RunStatus.FINALIZING)
    specs = {spec.name: spec for spec in run.step.outputs}
    outputs = store.records.outputs(run.id)
    for output in outputs:
        registration = specs[output.name].registration
        if registration is not None and not _is_written(store, output):
            _fail_unwritten(store, run.id, output.name, registration)
            return
    # One transaction: an output is registered if and only if its step completed, and once.
    with store.database.transaction() as connection:
        done = runs.transition(
            connection, run.id, RunStatus.FINALIZING, RunStatus.COMPLETED, message=""
        )
        if done:
            for output in outputs:
                _register(connection, run.id, output, specs[output.name])


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
        fail(store, run, error)


def _register(
    connection: sqlite3.Connection, run_id: str, output: OutputRecord, spec: OutputSpec
) -> None:
    definition = {
        "type": "file",
        "sources": [{"datastore": output.datastore, "path": output.path}],
    }
    saved_id = registry.content_id(definition)
    known = connection.execute(
        "SELECT 1 FROM registry WHERE kind = 'saved_dataset' AND id = ?", (saved_id,)
    ).fetchone()
    if known is None:
        registry.write(connection, registry.saved_entry("saved_dataset", saved_id, definition))
    connection.execute(
        "UPDATE outputs SET dataset_id = ? WHERE run_id = ? AND name = ?",
        (saved_id, run_id, output.name),
    )
    if spec.registration is not None:
        body = {
            "saved_id": saved_id,
            "type": "file",
            "description": spec.registration.description,
            "tags": dict(spec.registration.tags),
            "run_id": run_id,
        }
        registry.add_version(connection, "dataset", spec.registration.name, body)


def _fail(store: Store, run: RunRecord, state: JobState) -> None:
    words = describe_exit(state.exit_code)
    error = {
        "code": "UserError" if (state.exit_code or 0) > 0 else "SystemError",
        "message": words,
        **(store.run_folder(run.id).read_error() or {}),
        "exit_code": state.exit_code,
    }
    fail(store, run, {**error, **_lack_of_memory(store, run, error)})


def _lack_of_memory(store: Store, run: RunRecord, error: Mapping[str, Any]) -> dict[str, str]:
    """Say that a driver ran out of memory, where its Python side only saw a lost connection."""
    lost = error.get("type") in _LOST_CONNECTION
    log = tail(store.run_folder(run.id).stderr, lines=2000) if lost else str(error["message"])
    found = re.search(r"java\.lang\.OutOfMemoryError[^\n]*", log)
    if found is None or run.step.kind is not StepKind.SPARK:
        return {}
    had = run.step.spark_conf.get("spark.driver.memory", "its share")
    return {
        "type": "OutOfMemoryError",
        "message": f"the driver ran out of memory, of which it had {had} ({found.group()})",
        "hint": "give the step more: --driver-memory",
    }


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
