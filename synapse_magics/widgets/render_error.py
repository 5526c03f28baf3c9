"""What went wrong in a step: the message, the user's own line, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.core._console import has_magics
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._style import escape
from synapse_magics.widgets._words import ErrorWords, one_line
from synapse_magics.widgets.render_code import fault_line, render_excerpt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.core.step_source import SourceFile
    from synapse_magics.store.run_state import RunState, StepState


def render_error(
    state: RunState, step: StepState | None = None, code: Sequence[SourceFile] = ()
) -> str:
    """Return what went wrong in a step: first the user's own line, the traceback folded.

    Parameters
    ----------
    state : RunState
    step : StepState, optional
        The first step that failed if missing.
    code : sequence of SourceFile, optional
        The step's code, for the lines around the one at fault.

    Returns
    -------
    str
        HTML; empty if that step did not fail.
    """
    step = state.failed if step is None else step
    if step is None or step.status is not RunStatus.FAILED:
        return ""
    error = ErrorWords.of(step)
    place = f'<p class="sr-muted">{escape(error.where)}</p>' if error.where else ""
    fault = fault_line(code[0], step.error) if code else None
    if fault is not None:
        line = render_excerpt(code[0], fault)
    else:
        line = f'<pre class="sr-source">{escape(error.line)}</pre>' if error.line else ""
    trace = (
        "<details><summary>Traceback</summary>"
        f'<pre tabindex="0">{escape(error.traceback)}</pre></details>'
        if error.traceback
        else ""
    )
    hints = how_to_go_on(state) if step == state.failed else ()
    go_on = f'<pre class="sr-go-on">{escape(chr(10).join(hints))}</pre>' if hints else ""
    return (
        f'<div class="sr-error"><p><strong>Step {escape(one_line(step.name))} failed</strong></p>'
        f'<p class="sr-message">{escape(error.headline)}</p>{place}{line}{trace}{go_on}</div>'
    )


def error_lines(step: StepState) -> list[str]:
    """Return the same as lines of text.

    Parameters
    ----------
    step : StepState
        One that failed.

    Returns
    -------
    list of str
    """
    error = ErrorWords.of(step)
    first, *rest = error.headline.splitlines()
    lines = [f"Step {one_line(step.name)} failed: {first}", *(f"  {line}" for line in rest)]
    if error.where:
        lines.append(f"  where: {error.where}")
    if error.line:
        lines += [f"    {line}" for line in error.line.splitlines()]
    return lines


def how_to_go_on(state: RunState) -> tuple[str, ...]:
    """Return lines to type after a failure, as magics where there are some.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    tuple of str
    """
    # A notebook that only uses the SDK's names has no magics, nor has a terminal.
    return state.how_to_go_on if has_magics() else state.commands_to_go_on
