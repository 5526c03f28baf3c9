"""Look into the files of a dataset when it is made: columns, encodings, what no reader can read."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from synapse_magics.core import column_types
from synapse_magics.core.column_types import Column
from synapse_magics.core.dataset_options import typed_columns
from synapse_magics.core.exceptions import DatasetValidationError
from synapse_magics.core.names import type_of
from synapse_magics.core.text_checks import check_text, text_width
from synapse_magics.runtime import json_lines, readers
from synapse_magics.runtime.table_errors import place_of_error
from synapse_magics.runtime.table_parts import COMBINE, header_names
from synapse_magics.store.locations import data_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def infer_columns(
    files: list[Path],
    reader: Mapping[str, Any],
    *,
    validate: bool,
    types: bool,
    wanted: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """Return the columns of delimited files, from samples of them.

    Parameters
    ----------
    files : list of pathlib.Path
    reader : mapping
        ``separator``, ``header``, ``encoding`` and ``multi_line``.
    validate : bool
        Refuse files that are empty, or that Spark and pandas would read in two ways.
    types : bool
        Without it, every column is text.
    wanted : mapping, optional
        The types that columns are to have, by name.

    Returns
    -------
    list of dict
        A ``name``, a ``type`` and a ``format`` each.

    Raises
    ------
    DatasetValidationError
        It names the file, and the line where there is one.
    """
    files = data_files(files)
    if validate:
        for file in files:
            if file.stat().st_size == 0:
                raise DatasetValidationError(
                    "Failed to validate the data.\nthe file is empty", where=str(file)
                )
    combined = reader["header"] == COMBINE
    looked = files if combined else files[:1]
    for file in looked:
        check_text(file, reader["encoding"])
    widths = {file: text_width(file, reader, whole=True) for file in files} if validate else {}
    values: dict[str, list[str]] = {}
    for file in looked:
        # Beyond the header, a field has a column, too: of other files as well.
        width = widths.get(file) or text_width(file, reader, whole=False)
        width = width if combined else max([width, *widths.values()])
        rows = _sample(file, reader, width)
        header = rows.pop(0) if reader["header"] else [""] * width
        if validate and not rows:
            raise DatasetValidationError(
                "Failed to validate the data.\nthe file has a header and no rows", where=str(file)
            )
        for index, name in enumerate(header_names(header)):
            values.setdefault(name, []).extend(row[index] for row in rows)
    columns = [
        asdict(column_types.infer(name, found) if types else Column(name, "string"))
        for name, found in values.items()
    ]
    return typed_columns(columns, wanted or {}, values, column_types.infer)


def _sample(file: Path, reader: Mapping[str, Any], width: int) -> list[list[str]]:
    """Return the first rows of a file, the header among them."""
    import pandas as pd  # noqa: PLC0415 - heavy

    try:
        sample = pd.read_csv(
            file,
            sep=reader["separator"],
            header=None,
            names=list(range(width)),
            index_col=False,
            dtype=str,
            keep_default_na=False,
            encoding=reader["encoding"],
            nrows=column_types.SAMPLE_ROWS + int(bool(reader["header"])),
        )
    except (ValueError, OSError) as error:
        # pandas' parser errors and wrong encodings are ValueErrors.
        raise DatasetValidationError(
            f"Failed to validate the data.\n{error}",
            error,
            where=str(file),
            hint="separator and encoding (--separator, --encoding) say how the file is written",
        ) from error
    found: list[list[str]] = sample.fillna("").astype(str).to_numpy().tolist()
    return found


def infer_json_columns(files: list[Path], reader: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the columns of files of JSON lines, from all of their lines.

    Parameters
    ----------
    files : list of pathlib.Path
    reader : mapping
        ``encoding``, and perhaps ``invalid_lines``.

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
            for number, row in json_lines.json_rows(file, reader):
                for name, value in row.items():
                    kinds[name] = _joined(kinds.get(name), value, f"line {number}: {name}")
        except UnicodeError as error:
            place = place_of_error(str(file), reader["encoding"]) or "some line"
            raise DatasetValidationError(
                f"Failed to validate the data.\n{place}: {error}",
                error,
                where=str(file),
                hint="encoding= says how the file is written",
            ) from error
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
        raise ValueError(f"{where} is {type_of(value)}, and tables have flat rows here")
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
