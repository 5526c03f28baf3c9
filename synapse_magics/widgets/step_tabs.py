"""The tabs of the live view: what of the picked step, or of the whole run, is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._style import escape
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.render_code import render_code
from synapse_magics.widgets.render_metrics import render_metrics
from synapse_magics.widgets.render_outputs import render_previews
from synapse_magics.widgets.render_timeline import render_timeline

if TYPE_CHECKING:
    from synapse_magics.store.run_state import RunState, StepState
    from synapse_magics.widgets.step_details import DetailReader

LOG, OUTPUT, METRICS, CODE, TIMELINE = "Log", "Output", "Metrics", "Code", "Timeline"

TABS = {
    LOG: "What the step prints",
    OUTPUT: "The first rows of what the step has written",
    METRICS: "What the step has logged",
    CODE: "The code that the step runs",
    TIMELINE: "When each step of the run waited and ran",
}
"""The tabs in their order, and what each shows."""

_REDRAWS = 60
"""A timeline is drawn so many times while a run gets twice as long, and at most once a second."""


def tab_key(tab: str, state: RunState, step: StepState) -> object:
    """Return what a tab shows, to be compared with what it showed before.

    Parameters
    ----------
    tab : str
        One of ``TABS``, but not the log.
    state : RunState
    step : StepState
        The picked one.

    Returns
    -------
    object
    """
    if tab == TIMELINE:
        return ([_still(step) for step in state.steps], _drawn_at(state))
    if tab == CODE:
        return (step.id, step.status, step.attempt)
    return _still(step)


def render_tab(tab: str, state: RunState, step: StepState, details: DetailReader) -> str:
    """Return what is in a tab.

    Parameters
    ----------
    tab : str
        One of ``TABS``, but not the log.
    state : RunState
    step : StepState
        The picked one.
    details : DetailReader
        Read only for the tab that needs it.

    Returns
    -------
    str
        HTML.
    """
    if tab == TIMELINE:
        return render_timeline(replace(state, taken=_drawn_at(state)))
    if tab == CODE:
        return render_code(details.code(step), step.error) or _nothing(
            "There is no code to show: a command's words are its arguments."
        )
    if tab == METRICS:
        return render_metrics(step) or _nothing("Nothing was logged yet.")
    return render_previews(details.previews(step)) or _nothing(_no_output(step))


def _still(step: StepState) -> StepState:
    # How far its Spark is changes twice a second, and no tab shows it.
    return replace(step, spark=None)


def _drawn_at(state: RunState) -> float:
    if state.status.is_terminal:
        return state.taken
    pace = 1.0
    while pace * 2 * _REDRAWS <= state.elapsed:
        pace *= 2
    return state.created + pace * int(state.elapsed / pace)


def _no_output(step: StepState) -> str:
    if not step.outputs:
        return "The step has no outputs."
    if step.status is RunStatus.COMPLETED:
        return "Nothing is known of what the step has written."
    names = ", ".join(map(one_line, step.outputs))
    return f"Shown when the step has completed: {names}."


def _nothing(words: str) -> str:
    return f'<p class="sr-muted">{escape(words)}</p>'
