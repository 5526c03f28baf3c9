"""A run as HTML and as plain text: pure functions of its picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_magics.store.runs import short_id
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._style import ROOT, escape, status_class, status_word, style_tag
from synapse_magics.widgets._words import (
    one_line,
    render_counts,
    render_duration,
    render_engines,
)
from synapse_magics.widgets.graph_svg import render_graph, render_graph_text
from synapse_magics.widgets.render_error import error_lines, how_to_go_on, render_error
from synapse_magics.widgets.render_log import clip_log, render_log
from synapse_magics.widgets.render_metrics import render_metrics
from synapse_magics.widgets.render_outputs import (
    render_outputs,
    render_outputs_text,
    render_previews,
)
from synapse_magics.widgets.render_spark import render_spark_steps, render_spark_steps_text
from synapse_magics.widgets.render_steps import render_steps, steps_lines
from synapse_magics.widgets.render_timeline import render_timeline
from synapse_magics.widgets.step_details import NO_DETAILS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.run_state import RunState
    from synapse_magics.widgets.step_details import StepDetails

__all__ = [
    "render_clock",
    "render_duration",
    "render_error",
    "render_graph_words",
    "render_header",
    "render_run",
    "render_steps",
    "render_text",
]

MAX_STEPS = 300
"""So many steps are in the table of a view; all of them are in a report."""

_GRAPH_LINES = 60
_TWIN_TIMELINE = 100
_TWIN_LOG_LINES = 40
_TWIN_STEPS = 8
_TWIN_METRICS = 12
_NAMED_RUNNING = 6


def render_header(state: RunState) -> str:
    """Return the first lines of a view: which run, how it stands, for how long, on what.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        HTML.
    """
    facts = [render_duration(state.elapsed), render_counts(state), render_engines(state)]
    reason = one_line(state.reason)
    return (
        f'<div class="sr-header {status_class(state.status)}"><p>'
        f'<strong class="sr-title">{escape(one_line(state.title))}</strong> '
        f'<span class="sr-number">run {state.number}</span> '
        f'<code class="sr-id" title="{escape(state.id)}">{escape(short_id(state.id))}</code></p>'
        f"<p>{status_word(state.status)}"
        f'<span class="sr-muted"> · {escape(" · ".join(fact for fact in facts if fact))}</span></p>'
        + (f'<p class="sr-muted">{escape(reason)}</p>' if reason else "")
        + "</div>"
    )


def render_clock(state: RunState) -> str:
    """Return for how long the steps that run have been running: all that changes with the clock.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        HTML; empty if none runs.
    """
    running = [step for step in state.steps if step.status is RunStatus.RUNNING]
    words = [
        f"{one_line(step.name)} {render_duration(step.elapsed(state.taken))}"
        for step in running[:_NAMED_RUNNING]
    ]
    if len(running) > _NAMED_RUNNING:
        words.append(f"{len(running) - _NAMED_RUNNING} more")
    if not words:
        return ""
    return f'<p class="sr-clock sr-muted">Running: {escape(", ".join(words))}</p>'


def render_graph_words(state: RunState) -> str:
    """Return the graph in words, for those who do not see the drawing.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        HTML; empty if the run has no steps.
    """
    lines = render_graph_text(state).replace("->", "→").splitlines()
    if len(lines) > _GRAPH_LINES:
        lines[_GRAPH_LINES:] = [f"and {len(lines) - _GRAPH_LINES} more lines"]
    if not lines:
        return ""
    return f'<p class="sr-graph-text">{"<br>".join(map(escape, lines))}</p>'


def render_run(
    state: RunState,
    log: str = "",
    log_title: str = "",
    details: Mapping[str, StepDetails] | None = None,
) -> str:
    """Return the whole view as one piece of static HTML.

    Every status is a word and the graph is there as text too, so that it can still be read where
    styles and SVG are stripped.

    Parameters
    ----------
    state : RunState
    log : str, optional
        The tail of one step's log; its last lines are shown.
    log_title : str, optional
    details : mapping, optional
        Code and outputs of steps by their ids, as far as they are to be shown.

    Returns
    -------
    str
    """
    known = details or {}
    failed = state.failed
    code = known.get(failed.id, NO_DETAILS).code if failed is not None else ()
    tail = clip_log(log, lines=_TWIN_LOG_LINES, colours=True)
    parts = [
        render_header(state),
        render_error(state, code=code),
        render_graph(state) + render_graph_words(state),
        render_steps(state, limit=MAX_STEPS) if state.steps else "",
        _section("Timeline", render_timeline(state, limit=_TWIN_TIMELINE)),
        render_spark_steps(state),
        _section("Metrics", _metrics(state), opened=True),
        _section("Outputs", _outputs(state, known), opened=True),
        render_log(tail, title=log_title) if log.strip() else "",
    ]
    body = "\n".join(part for part in parts if part)
    return f'<div class="{ROOT} sr-static">{style_tag()}\n{body}\n</div>'


def render_text(state: RunState, *, terminal: bool = False) -> str:
    """Return the whole view as plain text for a terminal.

    Parameters
    ----------
    state : RunState
    terminal : bool
        After a failure, say the commands to type and not the magics.

    Returns
    -------
    str
    """
    elapsed, reason = render_duration(state.elapsed), one_line(state.reason)
    title = f"{one_line(state.title)}, run {state.number} ({short_id(state.id)})"
    facts = [f"{title}: {state.status} · {elapsed}", render_counts(state)]
    lines = [" · ".join(fact for fact in facts if fact)]
    if reason:
        lines.append(reason)
    if state.steps:
        lines += ["", *steps_lines(state)]
    outputs = render_outputs_text(state)
    lines += ["", outputs] if outputs else []
    spark = render_spark_steps_text(state)
    lines += ["", spark] if spark else []
    if state.failed is not None:
        lines += ["", *error_lines(state.failed)]
        go_on = state.commands_to_go_on if terminal else how_to_go_on(state)
        lines += [f"  {line}" for line in go_on]
    return "\n".join(lines)


def _section(title: str, body: str, *, opened: bool = False) -> str:
    if not body:
        return ""
    attribute = " open" if opened else ""
    return f"<details{attribute}><summary>{title}</summary>{body}</details>"


def _metrics(state: RunState) -> str:
    measured = [step for step in state.steps if step.metrics]
    parts = [
        f'<div class="sr-of"><p><strong>{escape(one_line(step.name))}</strong></p>'
        f"{render_metrics(step, limit=_TWIN_METRICS)}</div>"
        for step in measured[:_TWIN_STEPS]
    ]
    return "".join([*parts, _more(len(measured))])


def _outputs(state: RunState, known: Mapping[str, StepDetails]) -> str:
    shown = [step for step in state.steps if known.get(step.id, NO_DETAILS).previews][:_TWIN_STEPS]
    previews = [preview for step in shown for preview in known[step.id].previews]
    # A preview says all that a row of the table does.
    rest = tuple(step for step in state.steps if step not in shown)
    return render_previews(previews) + render_outputs(replace(state, steps=rest))


def _more(count: int) -> str:
    left = count - _TWIN_STEPS
    return f'<p class="sr-muted">and those of {left} more steps</p>' if left > 0 else ""
