"""Read a table in parts that fit into memory: for what needs all rows, but not at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.json_lines import json_chunks
from synapse_magics.runtime.readers import delimited_chunks, pandas_header
from synapse_magics.runtime.table_errors import errors_of
from synapse_magics.runtime.table_operations import apply_pandas, rows_needed
from synapse_magics.runtime.table_parts import finish_pandas, parts_of, plain_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

CHUNK_ROWS = 100_000


def pandas_chunks(source: Mapping[str, Any]) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table in parts: together they are what ``read_pandas`` returns.

    Parameters
    ----------
    source : mapping

    Yields
    ------
    pandas.DataFrame
        The type of a column may differ where only some parts have gaps.
    """
    operations = _Operations(source.get("operations") or [])
    left = rows_needed(source.get("operations") or [], None)
    for part in parts_of(source, pandas_header):
        for frame in _file_chunks(plain_part(part), left):
            left = None if left is None else left - len(frame)
            yield operations.apply(finish_pandas(frame, part))
            if operations.over or left == 0:
                return


def _file_chunks(source: Mapping[str, Any], rows: int | None) -> Iterator[pd.DataFrame]:
    """Yield the rows of files in parts, at most some rows if only these are needed."""
    for path in source["paths"]:
        size = CHUNK_ROWS if rows is None else max(min(rows, CHUNK_ROWS), 1)
        if source["format"] == "json_lines":
            chunks = json_chunks(path, source, size)
        elif source["format"] == "parquet":
            chunks = _parquet_chunks(path, size)
        else:
            chunks = delimited_chunks(path, source, rows)
        for chunk in chunks:
            yield chunk if rows is None else chunk.head(rows)
            rows = None if rows is None else rows - len(chunk)
            if rows is not None and rows <= 0:
                return


def _parquet_chunks(path: str, rows: int) -> Iterator[pd.DataFrame]:
    import pyarrow as pa  # noqa: PLC0415 - heavy
    from pyarrow import parquet  # noqa: PLC0415 - heavy

    options = {"buffer_size": 1 << 16, "pre_buffer": False}  # page by page
    with errors_of(path), parquet.ParquetFile(path, **options) as file:
        for batch in file.iter_batches(batch_size=rows):
            table = pa.Table.from_batches([batch], file.schema_arrow)
            yield table.to_pandas().reset_index(drop=True)


class _Operations:
    """Operations on a table that comes in parts."""

    def __init__(self, operations: Sequence[Mapping[str, Any]]) -> None:
        self._operations = [dict(operation) for operation in operations]
        self._draws: dict[int, Any] = {}
        self.over = any(one["name"] == "take" and one["count"] == 0 for one in operations)
        """Whether no further rows can come."""

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return what they leave of the next part."""
        for number, operation in enumerate(self._operations):
            name = operation["name"]
            before = len(frame)
            if name in {"sample", "split"}:
                drawn = self._drawn(number, operation, before)
                rest = operation.get("part") == "rest"
                frame = frame[~drawn if rest else drawn].reset_index(drop=True)
            else:
                frame = apply_pandas(frame, [operation])
            if name == "take":
                operation["count"] -= len(frame)
                self.over = self.over or operation["count"] <= 0
            elif name == "skip":
                operation["count"] -= before - len(frame)
        return frame

    def _drawn(self, number: int, operation: Mapping[str, Any], rows: int) -> Any:
        import numpy as np  # noqa: PLC0415 - heavy

        # One generator for all parts draws what it would draw for the whole table.
        if number not in self._draws:
            self._draws[number] = np.random.default_rng(operation["seed"])
        return self._draws[number].random(rows) < operation["share"]
