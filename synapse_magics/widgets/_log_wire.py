"""What goes to the browser: rows as JSON, a whole log as compressed pieces."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from synapse_magics.widgets.ansi import ansi_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from synapse_magics.widgets.log_rows import Row

ENVELOPE = 1_000
"""Bytes that a message has beside its rows: headers, and what else it says."""

_GZIP = 31  # zlib's number for the largest window and a gzip header
_PIECE = 128 * 1024
_READ = 256 * 1024


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


def gzip_pieces(files: Sequence[tuple[str, Path]]) -> Iterator[tuple[float, bytes]]:
    """Return files, one after the other, as one gzip stream.

    Parameters
    ----------
    files : sequence of (str, pathlib.Path)
        A heading and the file; what is appended meanwhile is left out.

    Yields
    ------
    float, bytes
        Which part was read, and the next bytes of the stream.
    """
    sizes = [path.stat().st_size if path.exists() else 0 for _, path in files]
    total, done = max(1, sum(sizes)), 0
    packer = zlib.compressobj(level=1, wbits=_GZIP)
    ready = bytearray()
    for (heading, path), size in zip(files, sizes, strict=True):
        if heading:
            ready += packer.compress(f"==> {heading} <==\n".encode())
        if not size:
            continue
        with path.open("rb") as file:
            while size and (piece := file.read(min(_READ, size))):
                size -= len(piece)  # noqa: PLW2901 - what is left of it
                done += len(piece)
                ready += packer.compress(piece)
                if len(ready) >= _PIECE:
                    yield done / total, bytes(ready)
                    ready.clear()
    yield 1.0, bytes(ready) + packer.flush()
