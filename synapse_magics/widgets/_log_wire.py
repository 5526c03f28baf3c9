"""Rows of a log as JSON, as many as fit into a message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from synapse_magics.widgets.ansi import ansi_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.widgets.log_rows import Row

ENVELOPE = 1_000
"""Bytes that a message has beside its rows: headers, and what else it says."""


def wire_row(row: Row) -> list[Any]:
    """Return a row as ``[number, stream, level, times, span, ...]``.

    A plain span is its text; any other is ``[text, classes, foreground, background]``.

    Parameters
    ----------
    row : Row

    Returns
    -------
    list
    """
    spans = [
        [span.text, span.style.classes, *span.style.own_colours]
        if span.style.classes
        else span.text
        for span in ansi_spans(row.text)
    ]
    return [row.number, row.stream, int(row.level), row.times, *spans]


def wire_size(data: Any) -> int:
    """Return how many bytes data are in a message.

    Parameters
    ----------
    data : Any
        JSON data.

    Returns
    -------
    int
    """
    return len(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")) + 2


def fitting(rows: Sequence[Row], size: int, *, newest: bool = False) -> tuple[list[Any], int]:
    """Return as many rows as fit, and their bytes; one at least.

    Parameters
    ----------
    rows : sequence of Row
    size : int
    newest : bool, optional
        Whether the last ones are kept, not the first.

    Returns
    -------
    list, int
    """
    kept: list[Any] = []
    used = 0
    for row in reversed(rows) if newest else rows:
        wired = wire_row(row)
        needed = wire_size(wired)
        if kept and used + needed > size:
            break
        kept.append(wired)
        used += needed
    if newest:
        kept.reverse()
    return kept, used
