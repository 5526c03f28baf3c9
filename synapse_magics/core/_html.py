"""Azure ML's tables of one row, by which its objects show themselves in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def row_table(cells: Mapping[str, object]) -> str:
    """Return a table with a heading and one row.

    Parameters
    ----------
    cells : mapping
        What stands below each heading.

    Returns
    -------
    str
    """
    heads = "".join(f"<th>{escape(name)}</th>" for name in cells)
    row = "".join(f"<td>{escape(str(value))}</td>" for value in cells.values())
    return f'<table style="width:100%"><tr>{heads}</tr><tr>{row}</tr></table>'
