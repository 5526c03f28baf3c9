"""The steps of a run as a table, in HTML and as aligned text."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._style import escape, status_word
from synapse_magics.widgets._words import (
    one_line,
    render_duration,
    render_metrics,
    render_reasons,
)

if TYPE_CHECKING:
    from synapse_magics.store.run_state import RunState, StepState

_TEXT_COLUMNS = ("Step", "Kind", "Compute", "Status", "Elapsed", "Reason / metrics")
_ELAPSED = _TEXT_COLUMNS.index("Elapsed")
_MAX_METRICS = 4
"""So many metrics of a step stand in the table; all of them are beside its log."""


def render_steps(state: RunState, *, ticking: bool = True, limit: int | None = None) -> str:
    """Return the table of steps.

    Attempts are a column where a step has had more than one, and so are rows where an output is a
    table.

    Parameters
    ----------
    state : RunState
    ticking : bool, optional
        Say for how long a step has been running; else since when, so that the table stays the same
        while nothing happens.
    limit : int, optional
        So many steps are shown: those that failed or run, and the first of the others.

    Returns
    -------
    str
        HTML.
    """
    steps = state.steps if limit is None else chosen_steps(state, limit)
    attempts = any(step.attempt > 1 for step in state.steps)
    counted = any(_rows_out(step) for step in state.steps)
    columns = [
        ("Step", ""),
        ("Kind", ""),
        ("Compute", ""),
        ("Status", ""),
        ("Elapsed", "sr-elapsed"),
        *([("Attempt", "sr-elapsed")] if attempts else []),
        *([("Rows out", "sr-elapsed")] if counted else []),
        ("Reason / metrics", ""),
    ]
    head = "".join(f'<th scope="col"{_class(name)}>{title}</th>' for title, name in columns)
    rows = "".join(
        _row(step, state, ticking=ticking, attempts=attempts, counted=counted) for step in steps
    )
    left = len(state.steps) - len(steps)
    return (
        '<div class="sr-table sr-scroll" tabindex="0" role="group" aria-label="Steps">'
        f'<table class="sr-steps"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        + (f'<p class="sr-muted">{left:,} more steps</p>' if left else "")
    )


def chosen_steps(state: RunState, limit: int) -> tuple[StepState, ...]:
    """Return the steps to look at of a run that has very many, in their order.

    Parameters
    ----------
    state : RunState
    limit : int

    Returns
    -------
    tuple of StepState
        Those that failed, then those that run, then the first of the others.
    """
    urgent = (RunStatus.FAILED, RunStatus.RUNNING)

    def rank(place: int) -> int:
        status = state.steps[place].status
        return urgent.index(status) if status in urgent else len(urgent)

    places = sorted(range(len(state.steps)), key=rank)[:limit]
    return tuple(state.steps[place] for place in sorted(places))


def steps_lines(state: RunState) -> list[str]:
    """Return the table of steps as lines of text.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    list of str
    """
    rows = [_TEXT_COLUMNS, *(_cells(step, state.taken) for step in state.steps)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_TEXT_COLUMNS))]
    return [
        "  ".join(
            cell.rjust(width) if place == _ELAPSED else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _cells(step: StepState, now: float) -> tuple[str, ...]:
    return (
        one_line(step.name),
        str(step.kind),
        one_line(step.compute),
        str(step.status),
        render_duration(step.elapsed(now)),
        " · ".join(filter(None, [*render_reasons(step), ", ".join(render_metrics(step))])),
    )


def _row(step: StepState, state: RunState, *, ticking: bool, attempts: bool, counted: bool) -> str:
    elapsed = render_duration(step.elapsed(state.taken))
    if not ticking and step.started is not None and step.ended is None:
        elapsed = f"since {time.strftime('%H:%M:%S', time.localtime(step.started))}"
    reused = ' <span class="sr-tag">reused</span>' if step.reused else ""
    mark = ' class="sr-row-failed"' if step.status is RunStatus.FAILED else ""
    cells = [
        f'<th scope="row">{escape(one_line(step.name))}</th>',
        f"<td>{escape(step.kind)}</td>",
        f"<td>{escape(one_line(step.compute))}</td>",
        f"<td>{status_word(step.status)}{reused}</td>",
        f'<td class="sr-elapsed">{escape(elapsed)}</td>',
        *([f'<td class="sr-elapsed">{step.attempt}</td>'] if attempts else []),
        *([f'<td class="sr-elapsed">{escape(_rows_out(step))}</td>'] if counted else []),
        f'<td class="sr-details">{_details(step, attempts=attempts)}</td>',
    ]
    return f"<tr{mark}>{''.join(cells)}</tr>"


def _details(step: StepState, *, attempts: bool) -> str:
    reasons = render_reasons(step)
    if attempts:
        reasons = [reason for reason in reasons if reason != f"attempt {step.attempt}"]
    metrics = render_metrics(step)
    left = len(metrics) - _MAX_METRICS
    more = [f"{left} more metrics"] if left > 1 else metrics[_MAX_METRICS:]
    return " · ".join(
        f"<span>{escape(part)}</span>" for part in [*reasons, *metrics[:_MAX_METRICS], *more]
    )


def _rows_out(step: StepState) -> str:
    rows = [stats.rows for stats in step.output_stats.values() if stats.rows is not None]
    return ", ".join(f"{count:,}" for count in rows)


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
