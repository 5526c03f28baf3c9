"""Runs as a list, which several pages of the studio show."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from synapse_magics.store.runs import short_id
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._words import render_duration
from synapse_magics.widgets.studio_model import Cell, Listing, Place, Row, Section, run_mark
from synapse_magics.widgets.studio_words import moment, tags_text

if TYPE_CHECKING:
    from synapse_magics.store.overview import RunLine

_COLUMNS = ("Run", "Experiment", "Number", "Status", "Submitted", "Elapsed", "Steps", "Tags")


def runs_listing(lines: list[RunLine], limit: int, title: str = "") -> Listing:
    """Return runs as a list.

    Parameters
    ----------
    lines : list of RunLine
        One more than are to be shown, if there are more.
    limit : int
    title : str

    Returns
    -------
    Listing
    """
    now = time.time()
    return Listing(
        _COLUMNS,
        tuple(
            Row(short_id(line.id), _run_cells(line, now), Place(Section.RUNS, line.id))
            for line in lines[:limit]
        ),
        title=title,
        empty="no runs yet",
        has_more=len(lines) > limit,
    )


def _run_cells(line: RunLine, now: float) -> tuple[Cell, ...]:
    return (
        line.experiment,
        str(line.number),
        run_mark(line.status),
        moment(line.created),
        render_duration(line.elapsed(now)),
        _steps(line),
        tags_text(line.tags),
    )


def _steps(line: RunLine) -> str:
    total = sum(line.steps.values())
    if not total:
        return ""
    parts = [f"{line.steps.get(RunStatus.COMPLETED, 0)}/{total}"]
    parts += [f"{line.reused} reused"] if line.reused else []
    parts += [
        f"{line.steps[status]} {status.value.lower()}"
        for status in (RunStatus.RUNNING, RunStatus.FAILED, RunStatus.CANCELED)
        if status in line.steps
    ]
    return ", ".join(parts)


def is_any_live(lines: list[RunLine]) -> bool:
    """Tell whether one of the runs has not ended.

    Parameters
    ----------
    lines : list of RunLine

    Returns
    -------
    bool
    """
    return any(not line.status.is_terminal for line in lines)
