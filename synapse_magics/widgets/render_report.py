"""A run as one HTML file that needs nothing else: every step with its code, outputs and logs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from synapse_magics.store.runs import short_id
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._style import ROOT, escape, status_word, style_tag
from synapse_magics.widgets._words import one_line, render_duration, render_reasons
from synapse_magics.widgets.graph_svg import render_graph
from synapse_magics.widgets.render_code import render_code
from synapse_magics.widgets.render_log import clean_log, clip_log, render_log
from synapse_magics.widgets.render_metrics import render_metrics
from synapse_magics.widgets.render_outputs import render_outputs, render_previews
from synapse_magics.widgets.render_run import render_error, render_graph_words, render_header
from synapse_magics.widgets.render_spark import render_step_spark
from synapse_magics.widgets.render_steps import render_steps
from synapse_magics.widgets.render_timeline import render_timeline
from synapse_magics.widgets.step_details import NO_DETAILS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.run_state import RunState, StepState
    from synapse_magics.widgets.step_details import StepDetails

MARK = '<meta name="generator" content="synapse-magics report">'
"""What tells a report from any other file."""

LOG_LINES = 500
_ALL_LOGS = 16 << 20
_LOG_BYTES = (4 << 10, 128 << 10)
_CODE_LINES = 2000


def render_report(
    state: RunState,
    details: Mapping[str, StepDetails],
    logs: Mapping[tuple[str, str], str],
) -> str:
    """Return a run as a whole page: no script, and nothing from a network.

    Parameters
    ----------
    state : RunState
    details : mapping
        Code and outputs of the steps by their ids.
    logs : mapping
        The ends of logs by step id and stream.

    Returns
    -------
    str
    """
    failed = state.failed
    code = details.get(failed.id, NO_DETAILS).code if failed is not None else ()
    title = f"{one_line(state.title)}, run {state.number}"
    size = log_bytes(len(state.steps))
    steps = "\n".join(
        _step(state, step, details.get(step.id, NO_DETAILS), logs, size) for step in state.steps
    )
    parts = [
        render_header(state),
        render_error(state, code=code),
        render_graph(state, limit=len(state.steps)) + render_graph_words(state),
        render_steps(state) if state.steps else "",
        _heading("Timeline", render_timeline(state, limit=len(state.steps))),
        _heading("Outputs", render_outputs(state)),
        _heading("Steps", steps),
        f'<p class="sr-muted sr-foot">{escape(_foot(state))}</p>',
    ]
    body = "\n".join(part for part in parts if part)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'{MARK}\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n{style_tag()}\n{style_tag('report.css')}\n</head>\n<body>\n"
        f'<main class="{ROOT} sr-static sr-report">\n{body}\n</main>\n</body>\n</html>\n'
    )


def log_bytes(steps: int) -> int:
    """Return how much of a log a report holds, so that it stays a file that browsers open.

    Parameters
    ----------
    steps : int
        How many there are; each has two logs.

    Returns
    -------
    int
        In bytes.
    """
    least, most = _LOG_BYTES
    return max(least, min(most, _ALL_LOGS // (2 * max(1, steps))))


def _step(
    state: RunState,
    step: StepState,
    details: StepDetails,
    logs: Mapping[tuple[str, str], str],
    size: int,
) -> str:
    reasons = " · ".join(render_reasons(step))
    facts = " · ".join(filter(None, [render_duration(step.elapsed(state.taken)), reasons]))
    failed = step.status is RunStatus.FAILED
    parts = [
        render_error(state, step, details.code) if failed and step != state.failed else "",
        _part("Metrics", render_metrics(step)),
        _part("Spark", render_step_spark(step, state.taken)),
        _part("Outputs", render_previews(details.previews)),
        _fold("Code", render_code(details.code, step.error, lines=_CODE_LINES), opened=failed),
        *(
            _log(stream, logs.get((step.id, stream), ""), size, opened=failed)
            for stream in ("stdout", "stderr")
        ),
    ]
    body = "".join(part for part in parts if part) or '<p class="sr-muted">Nothing to show.</p>'
    opened = " open" if failed else ""
    return (
        f'<details class="sr-step"{opened}><summary><strong>{escape(one_line(step.name))}</strong> '
        f'{status_word(step.status)} <span class="sr-muted">{escape(facts)}</span></summary>'
        f'<div class="sr-step-body">{body}</div></details>'
    )


def _log(stream: str, text: str, size: int, *, opened: bool) -> str:
    whole = clip_log(text, lines=LOG_LINES + 1, size=len(text.encode("utf-8", "replace")) + 1)
    kept = clip_log(text, lines=LOG_LINES, size=size, colours=True)
    if not kept.strip():
        return ""
    # Who reads it asks for a line more than is shown, so that there is one where it was cut.
    cut = len(clean_log(kept)) < len(whole)
    return _fold(f"{stream}, the last lines" if cut else stream, render_log(kept), opened=opened)


def _heading(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>" if body else ""


def _part(title: str, body: str) -> str:
    return f"<section><h3>{title}</h3>{body}</section>" if body else ""


def _fold(title: str, body: str, *, opened: bool) -> str:
    if not body:
        return ""
    attribute = " open" if opened else ""
    return f"<details{attribute}><summary>{escape(title)}</summary>{body}</details>"


def _foot(state: RunState) -> str:
    submitted, taken = (
        time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(moment))
        for moment in (state.created, state.taken)
    )
    return (
        f"Run {short_id(state.id)} was submitted {submitted}; this is how it stood {taken}."
        " Written by synapse-magics."
    )
