"""The pages of the studio, read from a workspace: which there are, and those of runs.

A list is read with a few queries however long it is, and to read starts nothing: no agent, no
driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store.database import StoreError
from synapse_magics.store.overview import experiment_lines, run_lines
from synapse_magics.store.runs import SCRIPT, STEP, short_id
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets import studio_assets, studio_step
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.studio_listings import is_any_live, runs_listing
from synapse_magics.widgets.studio_model import (
    SHOWN,
    Listing,
    Page,
    Place,
    Row,
    Section,
    run_mark,
)
from synapse_magics.widgets.studio_secrets import masker, settings
from synapse_magics.widgets.studio_words import moment, tags_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.runs import RunRecord


def read_page(workspace: Workspace, place: Place, limit: int = SHOWN) -> Page:
    """Read a page.

    Parameters
    ----------
    workspace : Workspace
    place : Place
    limit : int
        How many rows a list has at the most.

    Returns
    -------
    Page
        What cannot be read says why; to look around is not to fail.
    """
    try:
        return _reader(place)(workspace, place, limit)
    except SynapseMagicsError as error:
        return Page(
            place,
            place.key or place.section.heading,
            trouble=one_line(error),
            # Another process may hold the database: that passes, and what is missing does not.
            is_live=isinstance(error, StoreError),
        )


def _reader(place: Place) -> Callable[[Workspace, Place, int], Page]:
    if place.section is Section.RUNS:
        if place.part:
            return studio_step.step_page
        return run_page if place.key else runs_page
    if place.section is Section.EXPERIMENTS:
        return experiment_page if place.key else experiments_page
    lists, items = studio_assets.READERS[place.section]
    return items if place.key else lists


def runs_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read the newest runs."""
    lines = run_lines(workspace.store, limit=limit + 1)
    return Page(
        place,
        Section.RUNS.heading,
        listings=(runs_listing(lines, limit),),
        is_live=is_any_live(lines[:limit]),
    )


def experiments_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read the experiments, those with the newest runs first."""
    lines = experiment_lines(workspace.store)
    rows = tuple(
        Row(
            line.name,
            (
                str(line.runs),
                "" if line.last_status is None else run_mark(line.last_status),
                moment(line.last_created),
                "archived" if line.archived else "",
            ),
            Place(Section.EXPERIMENTS, line.name),
        )
        for line in lines[:limit]
    )
    listing = Listing(
        ("Experiment", "Runs", "Last run", "Submitted", ""),
        rows,
        empty="no experiments yet: %synapse_submit NAME makes one",
        has_more=len(lines) > limit,
    )
    return Page(
        place,
        Section.EXPERIMENTS.heading,
        listings=(listing,),
        is_live=any(line.unfinished for line in lines),
    )


def experiment_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read the runs of an experiment."""
    store = workspace.store
    lines = run_lines(store, limit=limit + 1, experiment=place.key)
    entry = store.registry.get("experiment", place.key)
    tags = {} if entry is None else entry.body.get("tags", {})
    return Page(
        place,
        place.key,
        trail=((Section.EXPERIMENTS.heading, Place(Section.EXPERIMENTS)),),
        facts=tuple((name, text) for name, text in [("tags", tags_text(tags))] if text),
        listings=(runs_listing(lines, limit),),
        is_live=is_any_live(lines[:limit]),
        trouble="" if lines or entry else f"there is no experiment {place.key}",
    )


def run_page(workspace: Workspace, place: Place, limit: int) -> Page:
    """Read what belongs beside the view of a run: where it comes from, and the way to its steps."""
    store = workspace.store
    record = store.runs.get(place.key)
    if record is None:
        return Page(place, short_id(place.key), trouble=f"there is no run {place.key}")
    if record.kind == STEP:  # of a link that somebody has kept
        return studio_step.step_page(
            workspace, Place(Section.RUNS, str(record.parent_id), record.id), limit
        )
    steps = _step_rows(workspace, record, limit + 1)
    return Page(
        place,
        f"{record.experiment} · run {record.number}",
        trail=((Section.RUNS.heading, Place(Section.RUNS)),),
        mark=run_mark(record.status),
        facts=tuple((name, text) for name, text in _run_facts(workspace, record) if text),
        listings=(
            Listing(
                ("Step", "Status"),
                tuple(steps[:limit]),
                empty="no steps",
                has_more=len(steps) > limit,
            ),
        ),
        run=record.id,
        is_live=not record.status.is_terminal,
    )


def _step_rows(workspace: Workspace, record: RunRecord, limit: int) -> list[Row]:
    rows = workspace.store.database.rows(
        "SELECT id, name, status FROM runs WHERE parent_id = ? AND kind = ? ORDER BY number"
        " LIMIT ?",
        (record.id, STEP, limit),
    )
    return [
        Row(
            row["name"],
            (run_mark(RunStatus(row["status"])),),
            Place(Section.RUNS, record.id, row["id"]),
        )
        for row in rows
    ]


def _run_facts(workspace: Workspace, record: RunRecord) -> list[tuple[str, str]]:
    spec = record.pipeline
    given = "" if record.kind == SCRIPT else settings(spec.parameters)
    return [
        ("name", record.name if record.name != record.experiment else ""),
        ("submitted", moment(record.created)),
        ("parameters", masker(workspace.store)(given)),
        ("tags", tags_text(workspace.store.records.tags(record.id))),
        ("description", spec.description or ""),
        ("goes on from", short_id(spec.resumes or "")),
        ("published pipeline", short_id(spec.pipeline_id or "")),
        ("schedule", short_id(spec.schedule_id or "")),
    ]
