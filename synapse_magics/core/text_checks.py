"""Look for what no reader of delimited files reads rightly: line by line, with the csv module."""

from __future__ import annotations

import codecs
import csv
from itertools import islice
from typing import TYPE_CHECKING, Any

from synapse_magics.core import column_types
from synapse_magics.core.exceptions import DatasetValidationError
from synapse_magics.runtime.table_errors import place_of_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def check_text(file: Path, encoding: str) -> None:
    """Refuse a file that is no text.

    Parameters
    ----------
    file : pathlib.Path
    encoding : str

    Raises
    ------
    DatasetValidationError
    """
    # Texts of these encodings have no NUL byte; files that are no text have.
    wide = encoding.lower().replace("_", "-").startswith(("utf-16", "utf16", "utf-32", "utf32"))
    with file.open("rb") as source:
        if b"\0" in source.read(64 * 1024) and not wide:
            raise DatasetValidationError(
                "Failed to validate the data.\nthe file is not text",
                where=str(file),
                hint="Dataset.File.from_files passes its path; from_parquet_files reads Parquet",
            )


def text_width(file: Path, reader: Mapping[str, Any], *, whole: bool) -> int:
    """Return how many fields the longest row of a delimited file has.

    Parameters
    ----------
    file : pathlib.Path
    reader : mapping
        ``separator``, ``encoding`` and ``multi_line``.
    whole : bool
        Look at the whole file, and refuse what Spark and pandas would read in two ways; else at
        the rows from which types are inferred.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    DatasetValidationError
        It names the file, and the line where there is one.
    """
    encoding = reader["encoding"]
    if codecs.lookup(encoding).name == "utf-8":
        encoding = "utf-8-sig"  # a mark before a quote is no part of the field
    multi_line, width, before, start = reader.get("multi_line"), 1, 0, 0
    with file.open(encoding=encoding, newline="") as text:
        rows = csv.reader(text, delimiter=reader["separator"])
        try:
            for row in rows if whole else islice(rows, column_types.SAMPLE_ROWS + 1):
                width = max(width, len(row))
                if whole and not multi_line and rows.line_num - before > 1:
                    raise _broken(file, before + 1)
                before, start = rows.line_num, before
        except UnicodeError as error:
            place = place_of_error(str(file), encoding) or f"after line {rows.line_num}"
            raise DatasetValidationError(
                f"Failed to validate the data.\n{place}: {error}",
                error,
                where=str(file),
                hint="encoding (--encoding) says how the file is written",
            ) from error
        except csv.Error as error:
            # A field that is longer than csv's limit, which is no reader's.
            if whole and rows.line_num - before > 1:
                raise _broken(file, before + 1, unclosed=bool(multi_line)) from error
    if whole and multi_line and before - start > 1:
        _check_closed(file, encoding, reader["separator"], start)
    return width


def _broken(file: Path, line: int, *, unclosed: bool = False) -> DatasetValidationError:
    if unclosed:
        return DatasetValidationError(
            f"Failed to validate the data.\nline {line}: a quoted field does not end",
            where=str(file),
            hint="the closing quote is missing, or a quote in the field is not doubled",
        )
    return DatasetValidationError(
        f"Failed to validate the data.\nline {line}: a quoted field goes on in the next line",
        where=str(file),
        hint="support_multi_line=True, or %synapse_dataset --multi-line, if that is meant; else a "
        "closing quote is missing",
    )


def _check_closed(file: Path, encoding: str, separator: str, start: int) -> None:
    """Refuse a file whose last row, of several lines, has a quote that nobody closes."""
    with file.open(encoding=encoding, newline="") as text:
        last = "".join(islice(text, start, None))
    marked = f"{separator}{last}".replace('""', "")
    if marked.count('"') % 2:
        raise _broken(file, start + 1, unclosed=True)
