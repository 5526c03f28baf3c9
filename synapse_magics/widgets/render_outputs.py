"""What the outputs of a run's steps hold, as HTML and as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.core.output_words import describe_change, describe_output
from synapse_magics.widgets._style import escape
from synapse_magics.widgets._words import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.core.output_preview import Preview
    from synapse_magics.store.run_state import RunState

_MAX_ROWS = 200
_COLUMNS = ("Output", "Step", "Holds", "Since the run before")


def output_rows(state: RunState) -> list[tuple[str, str, str, str]]:
    """Return a row for each output of a step that has completed.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    list of tuple
        Its name, the step, what it holds, and how that differs from the run before.
    """
    return [
        (
            one_line(name),
            one_line(step.name),
            one_line(describe_output(stats)),
            one_line(describe_change(stats)),
        )
        for step in state.steps
        for name, stats in step.output_stats.items()
    ]


def render_outputs(state: RunState) -> str:
    """Return the table of outputs.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        HTML; empty if there are none yet.
    """
    rows = output_rows(state)
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(step)}</td><td>{escape(holds)}</td>'
        f'<td class="sr-details">{escape(change)}</td></tr>'
        for name, step, holds, change in rows[:_MAX_ROWS]
    )
    left = len(rows) - _MAX_ROWS
    return (
        f'<div class="sr-table"><table class="sr-steps sr-outputs"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        + (f'<p class="sr-muted">{left:,} more outputs</p>' if left > 0 else "")
    )


def render_outputs_text(state: RunState) -> str:
    """Return a line for each output: ``prepared: 714 rows, 5 columns, 2 files, 34.1 kB; +12 rows``.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
        Empty if there are none yet.
    """
    return "\n".join(
        f"{name}: {holds}{f'; {change}' if change else ''}"
        for name, _, holds, change in output_rows(state)
    )


def render_previews(previews: Sequence[Preview]) -> str:
    """Return the first rows of outputs, or their files, a table each.

    Parameters
    ----------
    previews : sequence of Preview

    Returns
    -------
    str
        HTML; empty if there are none.
    """
    if not previews:
        return ""
    return f'<div class="sr-previews">{"".join(_preview(one) for one in previews)}</div>'


def _preview(preview: Preview) -> str:
    return f'<div class="sr-preview">{_titled(preview)}</div>'


def _titled(preview: Preview) -> str:
    name, _, words = preview.title.partition(": ")
    title = (
        f'<p class="sr-caption"><strong>{escape(one_line(name))}</strong> '
        f'<span class="sr-muted">{escape(one_line(words))}</span></p>'
    )
    if not preview.columns:
        return title
    head = "".join(
        f'<th scope="col">{escape(one_line(column))}'
        + (f"<br><small>{escape(one_line(kind))}</small>" if kind else "")
        + "</th>"
        for column, kind in zip(preview.columns, preview.types, strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(one_line(cell))}</td>" for cell in row) + "</tr>"
        for row in preview.rows
    )
    return (
        f'{title}<div class="sr-table"><table class="sr-steps sr-data"><thead><tr>{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )
