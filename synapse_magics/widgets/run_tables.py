"""Many runs in one table: their history, some side by side, those that were removed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from synapse_magics.core.quantities import render_size
from synapse_magics.store.runs import short_id
from synapse_magics.widgets._words import one_line, render_counts, render_duration, render_metric
from synapse_magics.widgets.tables import Table, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_magics.core.run import Run
    from synapse_magics.core.run_comparison import Comparison
    from synapse_magics.store.removal import Removal
    from synapse_magics.store.run_state import RunState

_NAMED_STEPS = 6


def runs_table(runs: Iterable[Run]) -> Table:
    """Return a line for each run.

    Parameters
    ----------
    runs : iterable of Run

    Returns
    -------
    Table
    """
    rows = []
    for run in runs:
        state, tags = run.state, run.tags
        rows.append(
            (
                short_id(run.id),
                state.experiment,
                state.number,
                _moment(state.created),
                state.status,
                render_duration(state.elapsed),
                _steps(state),
                ", ".join(f"{key}={value}" if value else key for key, value in tags.items()),
            )
        )
    columns = ("run", "experiment", "number", "submitted", "status", "elapsed", "steps", "tags")
    return table(columns, [[one_line(cell) for cell in row] for row in rows])


def _steps(state: RunState) -> str:
    if len(state.steps) > _NAMED_STEPS:
        return render_counts(state)
    return ", ".join(
        f"{step.name} {'reused' if step.reused else step.status}" for step in state.steps
    )


def comparison_table(comparison: Comparison) -> Table:
    """Return runs side by side: a column for each, and how the last differs from the first.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    Table
    """
    columns = ("", *(short_id(run_id) for run_id in comparison.runs), "difference")
    rows = [
        (one_line(row.what), *(_value(value) for value in row.facts), row.change)
        for row in comparison.rows
    ]
    return table(columns, rows)


def _value(value: Any) -> str:
    return "" if value is None else render_metric(value)


def removal_table(removal: Removal, *, dry_run: bool = False) -> Table:
    """Return what was removed, and what was kept and why.

    Parameters
    ----------
    removal : Removal
    dry_run : bool
        Whether it was only asked.

    Returns
    -------
    Table
    """
    verb = "would be removed" if dry_run else "removed"
    chosen = [
        *((run, verb) for run in removal.removed),
        *((run, f"kept: {why}") for run, why in removal.kept),
    ]
    rows = [
        (
            short_id(run.id),
            run.experiment,
            run.number,
            _moment(run.ended),
            render_size(removal.sizes.get(run.id, 0)),
            one_line(what),
        )
        for run, what in sorted(chosen, key=lambda pair: pair[0].created)
    ]
    count = len(removal.removed)
    built = len(removal.environments)
    environments = f" and {built} environment{'' if built == 1 else 's'}" if built else ""
    title = (
        f"{count} {'run' if count == 1 else 'runs'}{environments} {verb},"
        f" {render_size(removal.freed)};"
        f" {render_size(removal.left)} left"
    )
    return table(("run", "experiment", "number", "ended", "size", "what happens"), rows, title)


def _moment(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
