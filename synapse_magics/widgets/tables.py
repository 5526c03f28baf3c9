"""Tables and texts, in HTML and in plain words."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEFT = 'style="text-align: left"'  # notebooks align cells to the right


@dataclass(frozen=True)
class Table:
    """Rows under column names, with a title."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""

    def __repr__(self) -> str:
        cells = [self.columns, *self.rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([*([self.title] if self.title else []), *lines])

    def _repr_html_(self) -> str:
        head = "".join(f"<th {_LEFT}>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td {_LEFT}>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        title = f"<p>{html.escape(self.title)}</p>" if self.title else ""
        return f"{title}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> Table:
    """Make a table of any values.

    Parameters
    ----------
    columns : sequence of str
    rows : sequence of sequence
    title : str

    Returns
    -------
    Table
    """
    texts = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows)
    return Table(tuple(columns), texts, title)


@dataclass(frozen=True)
class Text:
    """Text that is shown as it is."""

    text: str

    def __repr__(self) -> str:
        return self.text
