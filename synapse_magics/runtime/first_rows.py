"""The first rows of what a step has written, without reading the rest."""

from __future__ import annotations

import csv
import json
import time
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.output_tables import (
    SECONDS,
    files_of,
    layout,
    open_text,
    table_files,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


def first_rows(
    place: Path, table: Mapping[str, Any] | None, count: int
) -> list[dict[str, Any]] | None:
    """Return the first rows of a table that a file, or the files of a folder, hold.

    Parameters
    ----------
    place : pathlib.Path
    table : mapping or None
        How it is read, where that was declared; else it is told by the files' names.
    count : int

    Returns
    -------
    list of dict or None
        Values by column; None if it is no table.
    """
    files = files_of(place, time.monotonic() + SECONDS)
    kind, data = table_files(place, list(files), table)
    if kind is None or not data:
        return None
    return list(islice(_ROWS[kind](place, data, table or {}, count), count))


def _parquet(
    place: Path, files: Sequence[Path], table: Mapping[str, Any], count: int
) -> Iterator[dict[str, Any]]:
    del table
    from pyarrow import parquet  # noqa: PLC0415 - heavy

    for file in files:
        # A folder's name is a column: Sex=male.
        parts = (part.split("=", 1) for part in file.relative_to(place).parts[:-1] if "=" in part)
        folders: dict[str, Any] = dict(parts)
        with parquet.ParquetFile(file) as opened:
            batches = opened.iter_batches(batch_size=count)
            for row in chain.from_iterable(batch.to_pylist() for batch in batches):
                yield {**row, **folders}


def _delimited(
    place: Path, files: Sequence[Path], table: Mapping[str, Any], count: int
) -> Iterator[dict[str, Any]]:
    del place, count
    found = layout(files, table)
    for file in found.files:
        with open_text(file) as lines:
            records = csv.reader(lines, delimiter=found.separator)
            for record in islice(filter(None, records), int(found.header), None):
                yield dict(zip(found.names, record, strict=False))


def _json_lines(
    place: Path, files: Sequence[Path], table: Mapping[str, Any], count: int
) -> Iterator[dict[str, Any]]:
    del place, table, count
    for file in files:
        with open_text(file) as lines:
            yield from (json.loads(line) for line in lines if line.strip())


_ROWS = {"parquet": _parquet, "delimited": _delimited, "json_lines": _json_lines}
