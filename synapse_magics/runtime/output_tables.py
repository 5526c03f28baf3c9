"""What tables a step has written: rows and columns, found when it ends well, cheaply or not at all.

Of Parquet files the footers are read, text is counted up to some size, and all of it has little
time. What is not found is no error: nothing here may let a step fail.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import stat
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from synapse_magics.runtime.context import RunContext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECONDS = 2.0
"""How long a step's end may be put off, for all of its outputs together."""

TEXT_BYTES = 256 << 20
"""So much text of an output is counted; Parquet needs no such limit."""

_MOST_COLUMNS = 500
_LONGEST_NAME = 200
_BLOCK = 1 << 20


class TooMuchError(Exception):
    """There is more than can be looked at; its text says what."""


def record_tables(told: str) -> None:
    """Look at the outputs of a step that has ended well, and record what tables they hold.

    Parameters
    ----------
    told : str
        JSON by output: ``place``, and ``table`` if the output was declared as one.
    """
    until = time.monotonic() + SECONDS
    run = RunContext()
    for name, output in json.loads(told).items():
        found = describe(Path(output["place"]), output.get("table"), until)
        if found is not None:
            run.record_output(name, found)


def describe(
    place: Path, table: Mapping[str, Any] | None = None, until: float | None = None
) -> dict[str, Any] | None:
    """Return what table a file, or the files of a folder, hold.

    Parameters
    ----------
    place : pathlib.Path
    table : mapping, optional
        How it is read, where that was declared; else it is told by the files' names.
    until : float, optional
        When to give up, by the monotonic clock.

    Returns
    -------
    dict or None
        ``files`` and ``size`` of all that is there, ``rows``, ``columns`` (name and type each) and
        ``column_count``; in place of the rows ``unknown`` says why they are not known. None if it
        is no table.
    """
    until = time.monotonic() + SECONDS if until is None else until
    try:
        files = files_of(place, until)
        kind, data = table_files(place, list(files), table)
        if kind is None or not data:
            return None
        found: dict[str, Any] = {"files": len(files), "size": sum(files.values())}
        try:
            if kind != "parquet":
                _check_size(sum(files[file] for file in data))
            rows, columns = _READERS[kind](data, table or {}, until)
            columns = [*columns, *_partitions(place, data)]
            found["rows"], found["column_count"] = rows, len(columns)
            found["columns"] = [[name[:_LONGEST_NAME], kind] for name, kind in columns]
            del found["columns"][_MOST_COLUMNS:]
        except ImportError:
            found["unknown"] = "pyarrow is not installed where the step ran"
        except TooMuchError as error:
            found["unknown"] = str(error)
        except Exception as error:  # noqa: BLE001 - whatever the files are, the step has done well
            first = next(iter(str(error).splitlines()), type(error).__name__)
            found["unknown"] = f"not read: {first[:_LONGEST_NAME]}"
    except (OSError, TooMuchError):
        return None
    return found


def files_of(place: Path, until: float) -> dict[Path, int]:
    """Return the files at or below a place, and their sizes.

    Parameters
    ----------
    place : pathlib.Path
    until : float
        When to give up, by the monotonic clock.

    Returns
    -------
    dict

    Raises
    ------
    TooMuchError
        If there are too many.
    """
    if not place.is_dir():
        return {place: place.stat().st_size} if place.is_file() else {}
    found = {}
    for folder, _, names in os.walk(place):
        _check(until)
        for name in names:
            file = Path(folder, name)
            about = file.stat()
            if stat.S_ISREG(about.st_mode):
                found[file] = about.st_size
    return dict(sorted(found.items()))


def _check(until: float) -> None:
    if time.monotonic() > until:
        raise TooMuchError(f"not counted within {SECONDS:g} s")


def _check_size(size: int) -> None:
    if size > TEXT_BYTES:
        raise TooMuchError(f"more than {TEXT_BYTES >> 20} MB of text")


def table_files(
    place: Path, files: Sequence[Path], table: Mapping[str, Any] | None
) -> tuple[str | None, list[Path]]:
    """Return of what kind the data below a place is, and its files.

    Parameters
    ----------
    place : pathlib.Path
    files : sequence of pathlib.Path
        All that is there.
    table : mapping or None
        How it is read, where that was declared.

    Returns
    -------
    tuple
        ``parquet``, ``delimited`` or ``json_lines``; None if there are several, or others.
    """
    below = {file: file.relative_to(place).parts or (file.name,) for file in files}
    data = [file for file in files if not any(part.startswith(("_", ".")) for part in below[file])]
    if table is not None:
        glob = table.get("glob")
        data = [file for file in data if not glob or _fits("/".join(below[file]), glob)]
        return str(table["format"]), data
    if any("_delta_log" in parts for parts in below.values()):
        return None, []  # which of the files count is said there
    kinds = {_kind(file.name) for file in data}
    return (kinds.pop() if len(kinds) == 1 else None), data


def _fits(name: str, glob: str) -> bool:
    # Two stars may stand for no folder at all.
    return fnmatch(name, glob) or fnmatch(name, glob.replace("**/", ""))


def _kind(name: str) -> str | None:
    name = name.lower().removesuffix(".gz")
    if name.endswith(".parquet"):
        return "parquet"
    if name.endswith((".csv", ".tsv")):
        return "delimited"
    # Spark calls lines of JSON so; of others it may be a document.
    lines = name.endswith((".jsonl", ".ndjson")) or fnmatch(name, "part-*.json")
    return "json_lines" if lines else None


def _partitions(place: Path, data: Sequence[Path]) -> list[tuple[str, str]]:
    """Return the columns that are in the names of folders, as ``Sex=male``."""
    parts = data[0].relative_to(place).parts[:-1]
    return [(part.split("=", 1)[0], "partition") for part in parts if "=" in part]


def _parquet(
    files: Sequence[Path], table: Mapping[str, Any], until: float
) -> tuple[int, list[tuple[str, str]]]:
    del table
    from pyarrow import parquet  # noqa: PLC0415 - heavy, and not everywhere

    rows = 0
    for file in files:
        _check(until)
        rows += parquet.read_metadata(file).num_rows
    return rows, [(field.name, str(field.type)) for field in parquet.read_schema(files[0])]


def _delimited(
    files: Sequence[Path], table: Mapping[str, Any], until: float
) -> tuple[int, list[tuple[str, str]]]:
    from pyarrow import binary  # noqa: PLC0415 - heavy, and not everywhere
    from pyarrow import csv as arrow  # noqa: PLC0415

    found = layout(files, table)
    files, names = found.files, found.names
    if not files:
        return 0, []
    unique = [str(number) for number in range(len(names))]
    read = arrow.ReadOptions(column_names=unique, skip_rows_after_names=int(found.header))
    read.block_size = _BLOCK
    parse = arrow.ParseOptions(delimiter=found.separator, newlines_in_values=True)
    # To count them, bytes are enough: no value is of another type than those before.
    count = arrow.ConvertOptions(
        include_columns=unique[:1], column_types={unique[0]: binary()}, check_utf8=False
    )
    rows = 0
    for file in files:
        with arrow.open_csv(file, read, parse, count) as batches:
            for batch in batches:
                rows += batch.num_rows
                _check(until)
    with arrow.open_csv(files[0], read, parse) as batches:
        types = [str(kind) for kind in batches.schema.types]
    return rows, list(zip(names, types, strict=True))


class Layout(NamedTuple):
    """How delimited files are laid out: those that are not empty, and their columns' names."""

    files: list[Path]
    names: list[str]
    header: bool
    separator: str


def layout(files: Sequence[Path], table: Mapping[str, Any]) -> Layout:
    """Find out how delimited files are laid out.

    Parameters
    ----------
    files : sequence of pathlib.Path
    table : mapping
        ``separator`` and ``header``, where they were declared.

    Returns
    -------
    Layout
    """
    tabs = files[0].name.lower().removesuffix(".gz").endswith(".tsv")
    separator = table.get("separator") or ("\t" if tabs else ",")
    firsts = {}
    for file in files:
        with open_text(file) as lines:
            firsts[file] = next(csv.reader(lines, delimiter=separator), [])
    files = [file for file in files if firsts[file]]  # Spark leaves empty ones
    if not files:
        return Layout([], [], False, separator)
    names = firsts[files[0]]
    header = table.get("header")
    if header is None:
        header = _is_header(names) and all(firsts[file] == names for file in files)
    if not header:
        names = [f"Column{number}" for number in range(1, len(names) + 1)]
    return Layout(files, names, bool(header), separator)


def open_text(file: Path) -> TextIO:
    """Open a file of text, which may be compressed.

    Parameters
    ----------
    file : pathlib.Path

    Returns
    -------
    text file
    """
    opened: Any = gzip.open if file.name.lower().endswith(".gz") else open
    found: TextIO = opened(file, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return found


def _is_header(record: Sequence[str]) -> bool:
    return (
        all(name.strip() for name in record)
        and len(set(record)) == len(record)
        and not any(_is_number(name) for name in record)
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _json_lines(
    files: Sequence[Path], table: Mapping[str, Any], until: float
) -> tuple[int, list[tuple[str, str]]]:
    del table
    from pyarrow import json as arrow  # noqa: PLC0415 - heavy, and not everywhere
    from pyarrow import py_buffer  # noqa: PLC0415

    rows, head = 0, b""
    for file in files:
        opened = gzip.open if file.name.lower().endswith(".gz") else open
        with opened(file, "rb") as lines:
            for number, line in enumerate(lines):
                if number % 10_000 == 0:
                    _check(until)
                if line.strip():
                    rows += 1
                    if len(head) < _BLOCK:
                        head += line if line.endswith(b"\n") else line + b"\n"
    if not rows:
        return 0, []
    options = arrow.ReadOptions(block_size=len(head) + 1)
    schema = arrow.read_json(py_buffer(head), options).schema
    return rows, [(field.name, str(field.type)) for field in schema]


_READERS = {"parquet": _parquet, "delimited": _delimited, "json_lines": _json_lines}
