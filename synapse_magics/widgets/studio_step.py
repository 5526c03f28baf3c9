"""The page of a step: its state, what it took and made, why it ran, its code and its log."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from synapse_magics.core.experiment import Experiment
from synapse_magics.core.output_words import describe_change, describe_output
from synapse_magics.core.step_run import StepRun
from synapse_magics.store.overview import registered_as
from synapse_magics.store.run_state import read_step_state
from synapse_magics.store.runs import STEP, short_id
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._words import (
    ErrorWords,
    one_line,
    render_duration,
    render_metric,
    render_reasons,
)
from synapse_magics.widgets.render_log import clip_log
from synapse_magics.widgets.run_source import STREAMS, StoredRun, shown_text
from synapse_magics.widgets.step_details import DetailReader
from synapse_magics.widgets.studio_model import (
    Listing,
    Page,
    Passage,
    Place,
    Row,
    Section,
    run_mark,
)
from synapse_magics.widgets.studio_secrets import masker, settings
from synapse_magics.widgets.studio_words import moment, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.run_state import StepState
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import InputSpec
    from synapse_magics.store.store import Store

_LOG_LINES = 60
_CODE_LENGTH = 64 << 10


def step_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read the page of a step.

    Parameters
    ----------
    workspace : Workspace
    place : Place
        Its part is the step's run.
    limit : int
        How many rows a list has at the most.

    Returns
    -------
    Page
    """
    store = workspace.store
    record, run = store.runs.get(place.part), store.runs.get(place.key)
    if record is None or run is None or record.kind != STEP:
        return Page(place, short_id(place.part), trouble=f"there is no step run {place.part}")
    state, names = read_step_state(store, record), _step_names(store, record)
    return Page(
        place,
        record.name,
        trail=(
            (Section.RUNS.heading, Place(Section.RUNS)),
            (f"{run.experiment} · run {run.number}", Place(Section.RUNS, run.id)),
        ),
        mark=run_mark(record.status),
        facts=tuple((name, text) for name, text in _facts(store, state, record, names) if text),
        listings=tuple(
            found
            for found in (
                _inputs(store, record, names, limit),
                _outputs(store, record, state, limit),
                _metrics(state, limit),
            )
            if found.rows
        ),
        passages=tuple(_passages(workspace, record, state)),
        is_live=not record.status.is_terminal,
    )


def _facts(
    store: Store, state: StepState, record: RunRecord, names: Mapping[str | None, str]
) -> list[tuple[str, str]]:
    spec = record.step
    return [
        ("why", shown_text("; ".join(render_reasons(state)), store.folder.parent)),
        ("reused from", short_id(record.source_id or "")),
        ("elapsed", render_duration(state.elapsed(time.time()))),
        ("started", moment(record.started)),
        ("ended", moment(record.ended)),
        ("attempt", f"{record.attempt} of {spec.retries + 1}" if spec.retries else ""),
        ("kind", str(spec.kind)),
        ("compute", spec.compute),
        ("waits for", short(", ".join(names.get(node, node) for node in spec.after))),
        ("reuse", "" if spec.allow_reuse else "switched off"),
        ("version", spec.version or ""),
        ("Spark settings", masker(store)(settings(spec.spark_conf))),
        # Of variables the names alone: a value may be what nobody should see.
        ("variables", short(", ".join(spec.environment_variables), 400)),
        ("run id", record.id),
    ]


def _step_names(store: Store, record: RunRecord) -> dict[str | None, str]:
    """Return the names of the steps that this one mentions, by their nodes."""
    if not record.step.upstream:
        return {}
    rows = store.database.rows(
        "SELECT node, name FROM runs WHERE parent_id = ? AND node IN (SELECT value FROM"
        " json_each(?))",
        (record.parent_id, json.dumps(sorted(record.step.upstream))),
    )
    return {row["node"]: row["name"] for row in rows}


def _inputs(
    store: Store, record: RunRecord, names: Mapping[str | None, str], limit: int
) -> Listing:
    items = record.step.inputs
    return Listing(
        ("Input", "Mode", "From"),
        tuple(Row(item.name, (item.mode, _origin(store, item, names))) for item in items[:limit]),
        title="Inputs",
        has_more=len(items) > limit,
    )


def _origin(store: Store, item: InputSpec, names: Mapping[str | None, str]) -> str:
    if item.node is not None:
        return f"output {item.output} of step {names.get(item.node, item.node)}"
    if item.dataset_id is not None:
        found = registered_as(store, item.dataset_id)
        if found is None:
            return f"dataset {short_id(item.dataset_id)}"
        return f"dataset {found[0]}, version {found[1]}"
    place = f"{item.datastore or ''}: {item.path or ''}"
    return f"{place} (parameter {item.parameter})" if item.parameter else place


def _outputs(store: Store, record: RunRecord, state: StepState, limit: int) -> Listing:
    written = {item.name: item for item in store.records.outputs(record.id)}
    rows = []
    for item in record.step.outputs[:limit]:
        where = written.get(item.name, item)
        stats = state.output_stats.get(item.name)
        rows.append(
            Row(
                item.name,
                (
                    item.mode,
                    "" if stats is None else describe_output(stats),
                    "" if stats is None else describe_change(stats),
                    "" if item.registration is None else item.registration.name,
                    f"{where.datastore}: {where.path}",
                ),
            )
        )
    columns = ("Output", "Mode", "Holds", "Since the run before", "Registered as", "Where")
    return Listing(columns, tuple(rows), title="Outputs")


def _metrics(state: StepState, limit: int) -> Listing:
    rows = [Row(one_line(name), (render_metric(value),)) for name, value in state.metrics.items()]
    return Listing(
        ("Metric", "Value"), tuple(rows[:limit]), title="Metrics", has_more=len(rows) > limit
    )


def _passages(workspace: Workspace, record: RunRecord, state: StepState) -> list[Passage]:
    # What is shown is saved in notebooks and passed around: no secrets, no machine's own paths.
    step = StepRun(Experiment(workspace, record.experiment), record.id)
    source = StoredRun(step, revive=False)
    found = []
    if record.status is RunStatus.FAILED:
        error = ErrorWords.of(state)
        words = [error.headline, error.where, error.line, error.traceback]
        text = shown_text("\n".join(filter(None, words)), workspace.store.folder.parent)
        found.append(Passage("Error", text, is_open=True))
    # What a failed step wrote last is what people look for first.
    stream = STREAMS[record.status is RunStatus.FAILED]
    log = clip_log(source.log_tail(record.id, stream, _LOG_LINES), lines=_LOG_LINES)
    found += _code(workspace.store, source, record, state)
    path = source.log_path(record.id, stream)
    return [*found, Passage(f"Log · {stream}", log, path, is_open=bool(log))]


def _code(
    store: Store, source: StoredRun, record: RunRecord, state: StepState
) -> Iterator[Passage]:
    folder = store.snapshot_folder(record.step.snapshot)
    if not _is_within(folder, record.step.cell or record.step.script):
        return
    for file in DetailReader(source).code(state):
        path = str((folder / file.name).relative_to(store.folder.parent))
        yield Passage(f"Code · {file.name}", file.text[:_CODE_LENGTH], path)


def _is_within(folder: Path, name: str) -> bool:
    return (folder / name).resolve().is_relative_to(folder.resolve())
