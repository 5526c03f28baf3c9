"""A run as HTML and as plain text: pure functions of its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.core._console import has_magics
from synapse_magics.store.runs import short_id
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._style import ROOT, escape, status_class, status_word, style_tag
from synapse_magics.widgets._words import (
    ErrorWords,
    one_line,
    render_counts,
    render_duration,
    render_metrics,
    render_reasons,
)
from synapse_magics.widgets.graph_svg import render_graph, render_graph_text
from synapse_magics.widgets.render_log import clip_log, render_log
from synapse_magics.widgets.render_outputs import render_outputs, render_outputs_text

if TYPE_CHECKING:
    from synapse_magics.store.run_state import RunState, StepState

__all__ = [
    "render_duration",
    "render_error",
    "render_header",
    "render_run",
    "render_steps",
    "render_text",
]

_TWIN_LOG_LINES = 40
_COLUMNS = ("Step", "Kind", "Compute", "Status", "Elapsed", "Reason / metrics")
_ELAPSED = _COLUMNS.index("Elapsed")


def render_header(state: RunState) -> str:
    """Return the first lines of a view: which run, how it stands, for how long.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        HTML.
    """
    facts = [render_duration(state.elapsed), render_counts(state)]
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


def render_steps(state: RunState) -> str:
    """Return the table of steps.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        HTML.
    """
    head = "".join(
        f'<th scope="col"{_numeric(place)}>{name}</th>' for place, name in enumerate(_COLUMNS)
    )
    rows = "".join(_row(step, state.taken) for step in state.steps)
    return (
        f'<div class="sr-table"><table class="sr-steps"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def render_error(state: RunState) -> str:
    """Return what went wrong in the first step that failed.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        HTML; empty if no step failed.
    """
    step = state.failed
    if step is None:
        return ""
    error = ErrorWords.of(step)
    place = f'<p class="sr-muted">{escape(error.where)}</p>' if error.where else ""
    line = f'<pre class="sr-source">{escape(error.line)}</pre>' if error.line else ""
    go_on = f'<pre class="sr-source">{escape(chr(10).join(_go_on(state)))}</pre>'
    trace = (
        f"<details><summary>Traceback</summary><pre>{escape(error.traceback)}</pre></details>"
        if error.traceback
        else ""
    )
    return (
        f'<div class="sr-error"><p><strong>Step {escape(one_line(step.name))} failed</strong></p>'
        f'<p class="sr-message">{escape(error.headline)}</p>{place}{line}{trace}{go_on}</div>'
    )


def render_run(state: RunState, log: str = "", log_title: str = "") -> str:
    """Return the whole view as one piece of static HTML.

    Every status is a word and the graph is there as text too, so that it can still be read where
    styles and SVG are stripped.

    Parameters
    ----------
    state : RunState
    log : str, optional
        The tail of one step's log; its last lines are shown.
    log_title : str, optional

    Returns
    -------
    str
    """
    words = render_graph_text(state).replace("->", "→")
    lines = "<br>".join(escape(line) for line in words.splitlines())
    tail = clip_log(log, lines=_TWIN_LOG_LINES, colours=True)
    parts = [
        render_header(state),
        f'{render_graph(state)}<p class="sr-graph-text">{lines}</p>' if lines else "",
        render_steps(state) if state.steps else "",
        render_outputs(state),
        render_error(state),
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
        lines += ["", *_aligned([_COLUMNS, *(_cells(step, state.taken) for step in state.steps)])]
    outputs = render_outputs_text(state)
    lines += ["", outputs] if outputs else []
    if state.failed is not None:
        lines += ["", *_error_lines(state.failed)]
        go_on = state.commands_to_go_on if terminal else _go_on(state)
        lines += [f"  {line}" for line in go_on]
    return "\n".join(lines)


def _go_on(state: RunState) -> tuple[str, ...]:
    # A notebook that only uses the SDK's names has no magics, nor has a terminal.
    return state.how_to_go_on if has_magics() else state.commands_to_go_on


def _details(step: StepState) -> list[str]:
    return [*render_reasons(step), *render_metrics(step)]


def _cells(step: StepState, now: float) -> tuple[str, ...]:
    return (
        one_line(step.name),
        str(step.kind),
        one_line(step.compute),
        str(step.status),
        render_duration(step.elapsed(now)),
        " · ".join(filter(None, [*render_reasons(step), ", ".join(render_metrics(step))])),
    )


def _numeric(place: int) -> str:
    return ' class="sr-elapsed"' if place == _ELAPSED else ""


def _row(step: StepState, now: float) -> str:
    name, kind, compute, _, elapsed, _ = (escape(cell) for cell in _cells(step, now))
    details = " · ".join(f"<span>{escape(part)}</span>" for part in _details(step))
    mark = ' class="sr-row-failed"' if step.status is RunStatus.FAILED else ""
    return (
        f'<tr{mark}><th scope="row">{name}</th><td>{kind}</td><td>{compute}</td>'
        f"<td>{status_word(step.status)}</td><td{_numeric(_ELAPSED)}>{elapsed}</td>"
        f'<td class="sr-details">{details}</td></tr>'
    )


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    return [
        "  ".join(
            cell.rjust(width) if place == _ELAPSED else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _error_lines(step: StepState) -> list[str]:
    error = ErrorWords.of(step)
    first, *rest = error.headline.splitlines()
    lines = [f"Step {one_line(step.name)} failed: {first}", *(f"  {line}" for line in rest)]
    if error.where:
        lines.append(f"  where: {error.where}")
    if error.line:
        lines += [f"    {line}" for line in error.line.splitlines()]
    return lines
