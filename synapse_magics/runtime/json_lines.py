"""Read files of JSON lines: one flat object a line, with columns of known types.

A line that is no object, or a value of another type than its column's, is an error to both readers.
With ``invalid_lines`` of ``drop``, a line that is no object is passed over.
"""

from __future__ import annotations

import codecs
import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.json_texts import spark_json_texts
from synapse_magics.runtime.table_errors import errors_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from pyspark.sql import DataFrame, DataFrameReader

DROP = "drop"
_JSON_LONG = 2**63
_JSON_TYPES = {"boolean": "BOOLEAN", "integer": "BIGINT", "decimal": "DOUBLE", "string": "STRING"}


class JsonLinesError(ValueError):
    """A line that is not what the table has."""


def json_kind(value: Any) -> str | None:
    """Return the type of a column that a JSON value fits in.

    Parameters
    ----------
    value : object

    Returns
    -------
    str or None
        None of a list or an object.
    """
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if -_JSON_LONG <= value < _JSON_LONG else "decimal"
    if isinstance(value, float):
        return "decimal"
    return "string" if isinstance(value, str) else None


def json_rows(path: str | Path, source: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each object of a file with the number of its line; empty lines are passed over.

    Parameters
    ----------
    path : str or pathlib.Path
    source : mapping
        ``encoding``, and perhaps ``invalid_lines``.

    Raises
    ------
    JsonLinesError
    """
    drop = source.get("invalid_lines") == DROP
    encoding = source.get("encoding", "utf-8")
    if codecs.lookup(encoding).name == "utf-8":
        encoding = "utf-8-sig"
    with Path(path).open(encoding=encoding) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                if drop:
                    continue
                raise JsonLinesError(f"line {number} is not JSON: {error}") from error
            if not isinstance(row, dict):
                if drop:
                    continue
                raise JsonLinesError(f"line {number} is no object")
            yield number, row


def pandas_json_lines(source: Mapping[str, Any], rows: int | None = None) -> pd.DataFrame:
    """Read a source with pandas.

    Parameters
    ----------
    source : mapping
    rows : int, optional
        How many rows to read at the most.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd  # noqa: PLC0415 - heavy

    columns = source["columns"]
    values: dict[str, list[Any]] = {column["name"]: [] for column in columns}
    count = 0
    for path in source["paths"]:
        with errors_of(path, source.get("encoding", "utf-8")):
            for number, row in json_rows(path, source):
                if rows is not None and count >= rows:
                    break
                count += 1
                for column in columns:
                    value = row.get(column["name"])
                    values[column["name"]].append(_json_value(value, column, path, number))
        if rows is not None and count >= rows:
            break
    table: pd.DataFrame = pd.DataFrame(
        {column["name"]: _json_series(values[column["name"]], column) for column in columns}
    )
    return table


def json_chunks(path: str, source: Mapping[str, Any], rows: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of a file in parts.

    Parameters
    ----------
    path : str
    source : mapping
    rows : int
        How many a part has.

    Yields
    ------
    pandas.DataFrame
    """
    import pandas as pd  # noqa: PLC0415 - heavy

    columns = source["columns"]
    with errors_of(path, source.get("encoding", "utf-8")):
        lines = json_rows(path, source)
        while part := list(islice(lines, rows)):
            yield pd.DataFrame(
                {
                    column["name"]: _json_series(
                        [
                            _json_value(row.get(column["name"]), column, path, number)
                            for number, row in part
                        ],
                        column,
                    )
                    for column in columns
                }
            )


def _json_value(value: Any, column: Mapping[str, Any], path: str, number: int) -> Any:
    kind = None if value is None else json_kind(value)
    fits = kind == column["type"] or (kind == "integer" and column["type"] == "decimal")
    if value is not None and not fits:
        raise JsonLinesError(
            f"{path}, line {number}: {column['name']} is {value!r}, but the column's type is "
            f"{column['type']}"
        )
    return value


def _json_series(values: list[Any], column: Mapping[str, Any]) -> pd.Series[Any]:
    import pandas as pd  # noqa: PLC0415 - heavy

    whole = None not in values
    kinds = {"boolean": "bool", "integer": "int64", "decimal": "float64"}
    kind = kinds.get(column["type"], "object") if whole else "object"
    if not whole and column["type"] in {"integer", "decimal"}:
        kind = "float64"
    series: pd.Series[Any] = pd.Series(values, dtype=kind)
    return series


def spark_json_lines(
    reader: DataFrameReader, source: Mapping[str, Any], encoding: str
) -> DataFrame:
    """Read a source lazily with Spark.

    Parameters
    ----------
    reader : pyspark.sql.DataFrameReader
    source : mapping
    encoding : str
        Java's name of its encoding.

    Returns
    -------
    pyspark.sql.DataFrame
    """
    schema = ", ".join(
        f"`{column['name'].replace('`', '``')}` {_JSON_TYPES[column['type']]}"
        for column in source["columns"]
    )
    drop = source.get("invalid_lines") == DROP
    if drop or encoding != "UTF-8":
        return spark_json_texts(reader, list(source["paths"]), schema, encoding, drop=drop)
    return reader.schema(schema).option("mode", "FAILFAST").json(list(source["paths"]))
