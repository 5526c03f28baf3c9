"""When the steps of a run waited and ran: a bar each, on one axis of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._style import escape, status_class
from synapse_magics.widgets._words import one_line, render_duration
from synapse_magics.widgets.render_steps import chosen_steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.store.run_state import RunState, StepState

MAX_STEPS = 200
_HEIGHT = 22
_TICKS = 6
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_WORTH_SAYING = 0.5
"""Seconds of waiting below which nothing is said of it."""

_THINNEST = 0.4


def render_timeline(state: RunState, *, limit: int = MAX_STEPS) -> str:
    """Return when each step waited for its turn and when it ran, from the submission on.

    A step waits from the moment when all that it needs has completed. What is reused takes no time
    and is a mark.

    Parameters
    ----------
    state : RunState
    limit : int, optional
        So many steps are shown: those that failed or run, and the first of the others.

    Returns
    -------
    str
        HTML; empty if the run has no steps.
    """
    if not state.steps:
        return ""
    total = max(state.elapsed, 0.1)
    ticks = _ticks(total)
    by_node = {step.node: step for step in state.steps}
    shown = chosen_steps(state, limit)
    rows = "".join(_row(step, state, by_node, total, ticks) for step in shown)
    left = len(state.steps) - len(shown)
    more = f'<p class="sr-muted">{left:,} more steps</p>' if left > 0 else ""
    return (
        '<div class="sr-table sr-timeline" tabindex="0" role="group" aria-label="Timeline">'
        '<table class="sr-steps"><thead><tr><th scope="col">Step</th>'
        f'<th class="sr-axis">{_axis(ticks, total)}</th><th scope="col">When</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _row(
    step: StepState,
    state: RunState,
    by_node: Mapping[str, StepState],
    total: float,
    ticks: Sequence[float],
) -> str:
    ready = _ready(step, state, by_node)
    lines = "".join(
        f'<line class="sr-tick" x1="{_share(tick, total)}" x2="{_share(tick, total)}"'
        f' y2="{_HEIGHT}"/>'
        for tick in ticks
    )
    bars, when = _bars(step, state, ready, total), escape(_words(step, state, ready))
    return (
        f'<tr class="{status_class(step.status)}"><th scope="row">{escape(one_line(step.name))}'
        f'</th><td class="sr-track"><svg aria-hidden="true" width="100%" height="{_HEIGHT}">'
        f'{lines}{bars}</svg></td><td class="sr-when">{when}</td></tr>'
    )


def _ready(step: StepState, state: RunState, by_node: Mapping[str, StepState]) -> float | None:
    """Return when all that a step waits for had completed; None if it has not."""
    before = [by_node[node] for node in step.upstream if node in by_node]
    ends = [one.ended for one in before if one.status.is_terminal and one.ended is not None]
    if len(ends) < len(before):
        return None
    return max([state.created, *ends])


def _bars(step: StepState, state: RunState, ready: float | None, total: float) -> str:
    if step.reused:
        if step.ended is None:
            return ""
        at = _share(step.ended - state.created, total)
        middle = _HEIGHT / 2
        return f'<circle class="sr-reuse" cx="{at}" cy="{middle:g}" r="4" stroke="#8a8a8a"/>'
    now, parts = state.taken if state.ended is None else state.ended, ""
    waited_until = step.started if step.started is not None else (step.ended or now)
    if ready is not None and waited_until > ready and step.status is not RunStatus.CANCELED:
        parts += _bar("sr-wait", ready - state.created, waited_until - ready, total, 4)
    if step.started is not None:
        took = step.elapsed(now) or 0.0
        parts += _bar("sr-bar", step.started - state.created, took, total, 12)
    return parts


def _bar(name: str, start: float, took: float, total: float, height: int) -> str:
    left = min(max(0.0, 100 * start / total), 100 - _THINNEST)
    width = min(max(_THINNEST, 100 * took / total), 100 - left)
    top = (_HEIGHT - height) / 2
    return (
        f'<rect class="{name}" x="{round(left, 2):g}%" y="{top:g}" width="{round(width, 2):g}%"'
        f' height="{height}" rx="2" fill="#8a8a8a"/>'
    )


def _words(step: StepState, state: RunState, ready: float | None) -> str:
    if step.reused:
        return "reused"
    if step.started is None:
        if step.status.is_terminal:
            return "did not run"
        return "waits for other steps" if ready is None else "waits for its turn"
    start = f"from {render_duration(step.started - state.created)}"
    waited = 0.0 if ready is None else step.started - ready
    wait = f", waited {render_duration(waited)}" if waited >= _WORTH_SAYING else ""
    if step.ended is None:
        return f"{start} on{wait}"
    return f"{render_duration(step.elapsed(state.taken))} {start}{wait}"


def _share(seconds: float, total: float) -> str:
    return f"{round(min(100.0, max(0.0, 100 * seconds / total)), 2):g}%"


def _ticks(total: float) -> list[float]:
    step = next((step for step in _STEPS if total / step <= _TICKS), None)
    if step is None:
        step = 86400.0 * max(1, round(total / _TICKS / 86400))
    return [step * place for place in range(int(total / step) + 1)]


def _axis(ticks: Sequence[float], total: float) -> str:
    labels = "".join(
        f'<text x="{_share(tick, total)}" y="11" font-size="11"'
        f' text-anchor="{_anchor(tick, total)}">{escape(_label(tick))}</text>'
        for tick in ticks
        # The last would run into the edge.
        if tick <= 0.97 * total
    )
    return f'<svg aria-hidden="true" width="100%" height="14">{labels}</svg>'


def _anchor(tick: float, total: float) -> str:
    return "start" if tick < 0.03 * total else "middle"


def _label(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s" if rest else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} m" if minutes else f"{hours} h"
