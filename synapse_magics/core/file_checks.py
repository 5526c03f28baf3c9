"""Look into the files of a dataset when it is made: columns, encodings, what no reader can read."""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING, Any

from synapse_magics.core import column_types
from synapse_magics.core.column_types import Column
from synapse_magics.core.exceptions import DatasetValidationError
from synapse_magics.runtime import json_lines, readers
from synapse_magics.store.locations import data_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def infer_columns(
    files: list[Path], reader: Mapping[str, Any], *, validate: bool, types: bool
) -> list[Column]:
    """Return the columns of delimited files, from a sample of the first one.

    Parameters
    ----------
    files : list of pathlib.Path
    reader : mapping
        ``separator``, ``header``, ``encoding`` and ``multi_line``.
    validate : bool
        Refuse files that are empty, or that Spark and pandas would read in two ways.
    types : bool
        Without it, every column is text.

    Returns
    -------
    list of Column

    Raises
    ------
    DatasetValidationError
        It names the file, and the line where there is one.
    """
    import pandas as pd  # noqa: PLC0415 - heavy

    files = data_files(files)
    if validate:
        for file in files:
            if file.stat().st_size == 0:
                raise DatasetValidationError(
                    "Failed to validate the data.\nthe file is empty", where=str(file)
                )
    _check_text(files[0], reader["encoding"])
    try:
        sample = pd.read_csv(
            files[0],
            sep=reader["separator"],
            header=None,
            dtype=str,
            keep_default_na=False,
            encoding=reader["encoding"],
            nrows=column_types.SAMPLE_ROWS + int(reader["header"]),
        )
    except (ValueError, OSError) as error:
        # pandas' parser errors and wrong encodings are ValueErrors.
        raise DatasetValidationError(
            f"Failed to validate the data.\n{error}",
            error,
            where=str(files[0]),
            hint="separator and encoding (--separator, --encoding) say how the file is written",
        ) from error
    if validate:
        for file in files:
            _check_lines(file, reader)
    rows = sample.fillna("").to_numpy().tolist()
    header = [str(field) for field in rows.pop(0)] if reader["header"] else [""] * len(rows[0])
    if validate and not rows:
        raise DatasetValidationError(
            "Failed to validate the data.\nthe file has a header and no rows", where=str(files[0])
        )
    found = column_types.header_names(header)
    if not types:
        return [Column(name, "string") for name in found]
    return [
        column_types.infer(name, [str(row[index]) for row in rows])
        for index, name in enumerate(found)
    ]


def infer_json_columns(files: list[Path]) -> list[dict[str, Any]]:
    """Return the columns of files of JSON lines, from all of their lines.

    Parameters
    ----------
    files : list of pathlib.Path

    Returns
    -------
    list of dict
        A ``name`` and a ``type`` each.

    Raises
    ------
    DatasetValidationError
        If a line is no object, or values of one column are of several types.
    """
    kinds: dict[str, str | None] = {}
    for file in files:
        try:
            for number, row in json_lines.json_rows(file):
                for name, value in row.items():
                    kinds[name] = _joined(kinds.get(name), value, f"line {number}: {name}")
        except (ValueError, OSError) as error:
            raise DatasetValidationError(
                f"Failed to validate the data.\n{error}",
                error,
                where=str(file),
                hint="Dataset.File.from_files passes the path to a step, which reads it itself",
            ) from error
    if not kinds:
        raise DatasetValidationError(
            "Failed to validate the data.\nthe files have no rows", where=str(files[0])
        )
    return [{"name": name, "type": kind or "string"} for name, kind in kinds.items()]


def _joined(known: str | None, value: object, where: str) -> str | None:
    """Return the type of a column whose values so far had one, and that has another value."""
    if value is None:
        return known
    kind = json_lines.json_kind(value)
    if kind is None:
        raise ValueError(f"{where} is a {type(value).__name__}, and tables have flat rows here")
    if known is None or kind == known:
        return kind
    if {kind, known} == {"integer", "decimal"}:
        return "decimal"
    raise ValueError(f"{where} is {kind}, and was {known} before")


def check_encoding(encoding: str) -> None:
    """Refuse an encoding that one of the readers does not know."""
    try:
        readers.java_encoding(encoding)
    except LookupError as error:
        raise DatasetValidationError(
            f"Failed to validate the data.\n{error}",
            error,
            where="encoding",
            hint="encoding (--encoding) says how the file is written; every reader knows utf-8",
        ) from error


def _check_lines(file: Path, reader: Mapping[str, Any]) -> None:
    """Refuse a text that Spark and pandas would read in two ways."""
    encoding = reader["encoding"]
    if codecs.lookup(encoding).name == "utf-8":
        encoding = "utf-8-sig"  # a mark before a quote is no part of the field
    with file.open(encoding=encoding, newline="") as text:
        rows = csv.reader(text, delimiter=reader["separator"])
        before = 0
        try:
            for _ in rows:
                if rows.line_num - before > 1 and not reader.get("multi_line"):
                    break
                before = rows.line_num
            else:
                return
        except UnicodeError as error:
            raise DatasetValidationError(
                f"Failed to validate the data.\nafter line {rows.line_num}: {error}",
                error,
                where=str(file),
                hint="encoding (--encoding) says how the file is written",
            ) from error
        except csv.Error:
            if rows.line_num - before <= 1 or reader.get("multi_line"):
                return  # a field that is longer than csv's limit, which is no reader's
    raise DatasetValidationError(
        f"Failed to validate the data.\nline {before + 1}: a quoted field goes on in the next line",
        where=str(file),
        hint="support_multi_line=True, or %synapse_dataset --multi-line, if that is meant",
    )


def _check_text(file: Path, encoding: str) -> None:
    # Texts of these encodings have no NUL byte; files that are no text have.
    wide = encoding.lower().replace("_", "-").startswith(("utf-16", "utf16", "utf-32", "utf32"))
    with file.open("rb") as source:
        if b"\0" in source.read(64 * 1024) and not wide:
            raise DatasetValidationError(
                "Failed to validate the data.\nthe file is not text",
                where=str(file),
                hint="Dataset.File.from_files passes its path; from_parquet_files reads Parquet",
            )


def check_parquet(files: list[Path]) -> None:
    """Refuse files that are not Parquet."""
    from pyarrow import ArrowException, parquet  # noqa: PLC0415 - heavy

    for file in data_files(files):
        try:
            parquet.read_schema(file)
        except (ArrowException, OSError) as error:
            raise DatasetValidationError(
                f"Failed to validate the data.\n{error}", error, where=str(file)
            ) from error
