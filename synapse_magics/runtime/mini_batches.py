"""Divide the inputs of a parallel run into mini-batches, each when it is asked for.

Files are counted. Tables are cut at the ends of records, without being read whole: a piece of a
file is a file of its own in a scratch folder, and goes when its mini-batch is done.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.partition_formats import PartitionFormat
from synapse_magics.runtime.readers import pandas_header, read_pandas
from synapse_magics.runtime.table_parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

_UNITS = {"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
_SIZE = re.compile(r"\s*(\d+)\s*([KMG]?B)?\s*", re.IGNORECASE)
_PIECE_FOR_KEYS = 16 << 20


@dataclass(frozen=True)
class MiniBatch:
    """What one call of ``run`` gets.

    Parameters
    ----------
    number : int
        From 0.
    files : tuple of str
        Of a file input: the files.
    table : mapping or None
        Of a tabular input: what a reader needs to read it.
    keys : mapping or None
        The values of the partition keys.
    scratch : pathlib.Path or None
        What is deleted when it is done.
    """

    number: int
    files: tuple[str, ...] = ()
    table: Mapping[str, Any] | None = None
    keys: Mapping[str, Any] | None = None
    scratch: Path | None = field(default=None, compare=False)

    def message(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "number": self.number,
            "files": list(self.files),
            "table": self.table,
            "keys": self.keys,
        }

    def done(self) -> None:
        """Delete the pieces that were made for it."""
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)


def size_in_bytes(text: str) -> int:
    """Return the bytes of a size.

    Parameters
    ----------
    text : str
        Such as ``1MB``, ``500KB`` or ``2048``.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is none.
    """
    match = _SIZE.fullmatch(str(text))
    if match is None or int(match[1]) < 1:
        raise ValueError(f"{text!r} is no size: write 500KB, 1MB or 2GB")
    return int(match[1]) * _UNITS[(match[2] or "").upper()]


def files_of(place: str) -> list[str]:
    """Return the files of a file input, in order of their names.

    Parameters
    ----------
    place : str
        A file or a folder.

    Returns
    -------
    list of str
    """
    if not Path(place).is_dir():
        return [place]
    found = (
        str(Path(folder) / name)
        for folder, _, names in os.walk(place, followlinks=True)
        for name in names
    )
    return sorted(found)


def mini_batches(
    inputs: Sequence[Mapping[str, Any]],
    size: str | None,
    keys: Sequence[str],
    scratch: Path,
) -> Iterator[MiniBatch]:
    """Yield the mini-batches of some inputs.

    Parameters
    ----------
    inputs : sequence of mapping
        Bindings: ``{"kind": "path", "path": ...}`` or ``{"kind": "tabular", ...}``.
    size : str or None
        Files or bytes; 10 files or 1 MB if missing.
    keys : sequence of str
        Partition keys: a mini-batch is what has the same values of them.
    scratch : pathlib.Path
        A folder for pieces of files.

    Yields
    ------
    MiniBatch
    """
    numbers = itertools.count()
    for binding in inputs:
        if binding["kind"] == "path" and keys:
            yield from _files_by_keys(binding, keys, numbers)
        elif binding["kind"] == "path":
            count, files = int(size or 10), files_of(binding["path"])
            for start in range(0, len(files), count):
                yield MiniBatch(next(numbers), tuple(files[start : start + count]))
        elif keys:
            binding = _operated(binding, scratch)  # noqa: PLW2901 - the same table
            yield from _tables_by_keys(binding, keys, scratch, numbers)
        else:
            binding = _operated(binding, scratch)  # noqa: PLW2901 - the same table
            yield from _pieces(binding, size_in_bytes(size or "1MB"), scratch, numbers)


def _operated(source: Mapping[str, Any], scratch: Path) -> Mapping[str, Any]:
    """Return a table that can be cut: the first rows of a table are not those of its pieces."""
    by_row = {"keep", "drop", "filter"}
    if all(operation["name"] in by_row for operation in source.get("operations") or ()):
        return source
    whole = _new_piece(scratch, 0, "whole.parquet")
    read_pandas(source).to_parquet(whole, index=False)
    return {"kind": "tabular", "format": "parquet", "paths": [str(whole)]}


def _files_by_keys(
    binding: Mapping[str, Any], keys: Sequence[str], numbers: Iterator[int]
) -> Iterator[MiniBatch]:
    root, pattern = Path(binding["path"]), str(binding["partition_format"])
    form = PartitionFormat(pattern)
    names = [column["name"] for column in form.columns]
    groups: dict[tuple[str, ...], list[str]] = {}
    for file in files_of(str(root)):
        values = form.values(file)
        if values is None:
            raise ValueError(f"the path of {file} does not have the form {pattern}")
        found = dict(zip(names, values, strict=True))
        groups.setdefault(tuple(found[key] for key in keys), []).append(file)
    for chosen, files in groups.items():
        yield MiniBatch(next(numbers), tuple(files), keys=dict(zip(keys, chosen, strict=True)))


def _pieces(
    source: Mapping[str, Any], size: int, scratch: Path, numbers: Iterator[int]
) -> Iterator[MiniBatch]:
    """Yield the parts of a table of about a size; a file that is no larger stays what it is."""
    cut = _cut_parquet if source["format"] == "parquet" else _cut_text
    files = (
        {**part, "paths": [path], "path_values": part["path_values"][:1]}
        for part in parts_of(source, pandas_header)
        for path in part["paths"]
    )
    for file in files:
        path = Path(file["paths"][0])
        if path.stat().st_size <= size:
            yield MiniBatch(next(numbers), table=file)
            continue
        for piece in cut(file, path, size, scratch):
            table = {**file, "paths": [str(piece)]}
            yield MiniBatch(next(numbers), table=table, scratch=piece.parent)


def _cut_text(source: Mapping[str, Any], path: Path, size: int, scratch: Path) -> Iterator[Path]:
    """Cut a delimited file at the ends of lines, or of records where a field may hold several."""
    encoding, whole = source["encoding"], bool(source.get("multi_line"))
    options: dict[str, Any] = {"encoding": encoding, "errors": "surrogateescape", "newline": ""}
    with path.open(**options) as file:
        records = _records(file) if whole else iter(file)
        head = next(records, "") if source["header"] else ""
        for number in itertools.count():
            first = next(records, None)
            if first is None:
                return
            piece = _new_piece(scratch, number, path.name)
            with piece.open("w", **options) as target:
                target.write(head)
                record: str | None = first
                length = 0
                while record is not None:
                    target.write(record)
                    # Characters, which are bytes in most files: a size is a wish, no limit.
                    length += len(record)
                    record = next(records, None) if length < size else None
            yield piece


def _records(lines: Iterator[str]) -> Iterator[str]:
    """Yield records whose quoted fields may hold ends of lines."""
    held = ""
    for line in lines:
        held += line
        if held.count('"') % 2 == 0:
            yield held
            held = ""
    if held:
        yield held


def _cut_parquet(source: Mapping[str, Any], path: Path, size: int, scratch: Path) -> Iterator[Path]:
    del source
    from pyarrow import Table, parquet  # noqa: PLC0415 - heavy

    with parquet.ParquetFile(path) as file:
        rows = max(1, file.metadata.num_rows)
        per_piece = max(1, rows * size // path.stat().st_size)
        for number, batch in enumerate(file.iter_batches(batch_size=per_piece)):
            piece = _new_piece(scratch, number, path.name)
            parquet.write_table(Table.from_batches([batch], file.schema_arrow), piece)
            yield piece


def _new_piece(scratch: Path, number: int, name: str) -> Path:
    folder = scratch / f"{number}-{os.urandom(4).hex()}"
    folder.mkdir(mode=0o700, parents=True)
    return folder / name


def _tables_by_keys(
    source: Mapping[str, Any], keys: Sequence[str], scratch: Path, numbers: Iterator[int]
) -> Iterator[MiniBatch]:
    """Put the rows of each combination of values together on disk: the table may be a large one."""
    groups: dict[tuple[Any, ...], tuple[Path, list[str]]] = {}
    for batch in _pieces(source, _PIECE_FOR_KEYS, scratch, itertools.count()):
        table: pd.DataFrame = read_pandas(dict(batch.table or {}))
        missing = [key for key in keys if key not in table.columns]
        if missing:
            raise ValueError(f"the table has no column {missing[0]!r} to partition by")
        for found, rows in table.groupby(list(keys), sort=False, dropna=False):
            values = tuple(_plain_key(value) for value in found)
            if values not in groups:
                folder = scratch / f"key-{len(groups)}"
                folder.mkdir(mode=0o700, parents=True)
                groups[values] = (folder, [])
            folder, files = groups[values]
            file = folder / f"{len(files)}.parquet"
            rows.to_parquet(file, index=False)
            files.append(str(file))
        batch.done()
    for values, (folder, files) in groups.items():
        yield MiniBatch(
            next(numbers),
            table={"format": "parquet", "paths": files},
            keys=dict(zip(keys, values, strict=True)),
            scratch=folder,
        )


def _plain_key(value: Any) -> Any:
    """Return a value of a key as JSON data; a value that is missing is None."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return None
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, (bool, int, float, str)) else str(plain)
