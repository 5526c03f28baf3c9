"""Divide a source into parts that one reader reads alike, and put what was read together.

A source has, beyond what the readers take: ``path_columns`` and for each of its ``paths`` their
``path_values``, which come first; ``header`` may be ``first`` (of the first file alone) or
``combine`` (each file has its own one, and columns are put together by name); ``empty_as_string``;
and ``conversions``, see :mod:`synapse_magics.runtime.column_conversion`.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.column_conversion import convert_pandas, convert_spark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    from pyspark.sql import DataFrame

FIRST, COMBINE = "first", "combine"

_KINDS = {
    "boolean": "boolean",
    "integer": "bigint",
    "decimal": "double",
    "datetime": "timestamp",
    "string": "string",
}
_MORE = ("path_columns", "path_values", "path", "all_columns", "empty_as_string", "conversions")


def header_names(fields: Sequence[str]) -> list[str]:
    """Return usable column names for a header: blank ones numbered, repeated ones told apart.

    Parameters
    ----------
    fields : sequence of str

    Returns
    -------
    list of str
    """
    found: list[str] = []
    for number, field in enumerate(fields, start=1):
        base = field if field.strip() else f"Column{number}"
        name, again = base, 0
        while name in found:
            again += 1
            name = f"{base}_{again}"
        found.append(name)
    return found


def parts_of(
    source: Mapping[str, Any], header_of: Callable[[Mapping[str, Any]], Sequence[str]]
) -> Iterator[dict[str, Any]]:
    """Yield the parts of a source, which are sources themselves.

    Parameters
    ----------
    source : mapping
    header_of : callable
        Returns the first row of a source of one file.

    Yields
    ------
    dict
        All of whose files have the same values of path columns, and headers or not.
    """
    values = source.get("path_values") or [[] for _ in source["paths"]]
    mode = source.get("header")
    for number, path in enumerate(source["paths"] if mode in {FIRST, COMBINE} else ()):
        part = {**source, "paths": [path], "path_values": [values[number]]}
        if mode == FIRST:
            yield {**part, "header": number == 0}
            continue
        known = {column["name"]: column for column in source["columns"]}
        names = header_names(header_of(part))
        columns = [known.get(name, {"name": name, "type": "string"}) for name in names]
        yield {**part, "header": True, "columns": columns, "all_columns": source["columns"]}
    if mode in {FIRST, COMBINE}:
        return
    for found, pairs in groupby(zip(source["paths"], values, strict=True), lambda pair: pair[1]):
        paths = [path for path, _ in pairs]
        yield {**source, "paths": paths, "path_values": [found] * len(paths)}


def plain_part(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the readers take of a part.

    Parameters
    ----------
    part : mapping

    Returns
    -------
    dict
    """
    return {key: value for key, value in part.items() if key not in _MORE}


def finish_pandas(frame: pd.DataFrame, part: Mapping[str, Any]) -> pd.DataFrame:
    """Return a part as the table has it.

    Parameters
    ----------
    frame : pandas.DataFrame
        As the reader read its files.
    part : mapping

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd  # noqa: PLC0415 - heavy

    columns = part.get("all_columns")
    if columns is not None:
        rows = frame.index
        frame = pd.DataFrame(
            {
                column["name"]: frame[column["name"]]
                if column["name"] in frame.columns
                else _missing(column["type"], rows)
                for column in columns
            }
        )
    if part.get("conversions"):
        paths = part["paths"]
        place = paths[0] if len(paths) == 1 else f"{len(paths)} files from {paths[0]} on"
        frame = convert_pandas(frame, part["conversions"], part.get("strict"), place)
    if part.get("empty_as_string"):
        texts = [column["name"] for column in columns or part["columns"] if _is_text(column)]
        frame = frame.assign(**{name: frame[name].fillna("").astype(object) for name in texts})
    named = part.get("path_columns") or []
    values = part["path_values"][0] if named else []
    for number, (column, value) in enumerate(zip(named, values, strict=True)):
        moment = column["type"] == "datetime"
        kind = "datetime64[ns]" if moment else object
        constant = pd.Series(
            [pd.Timestamp(value) if moment else value] * len(frame), frame.index, dtype=kind
        )
        frame.insert(number, column["name"], constant)
    return frame


def _is_text(column: Mapping[str, Any]) -> bool:
    return bool(column["type"] == "string")


def _missing(kind: str, rows: Any) -> pd.Series[Any]:
    import pandas as pd  # noqa: PLC0415 - heavy

    dtypes = {"integer": "float64", "decimal": "float64", "datetime": "datetime64[ns]"}
    series: pd.Series[Any] = pd.Series(None, index=rows, dtype=dtypes.get(kind, "object"))
    return series


def finish_spark(frame: DataFrame, part: Mapping[str, Any]) -> DataFrame:
    """Return a part as the table has it.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
        As the reader reads its files.
    part : mapping

    Returns
    -------
    pyspark.sql.DataFrame
    """
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    columns = part.get("all_columns")
    if columns is not None:
        frame = frame.select(
            *(
                F.col(_escaped(column["name"]))
                if column["name"] in frame.columns
                else F.lit(None).cast(_KINDS[column["type"]]).alias(column["name"])
                for column in columns
            )
        )
    if part.get("conversions"):
        frame = convert_spark(frame, part["conversions"])
    if part.get("empty_as_string"):
        texts = {column["name"] for column in columns or part["columns"] if _is_text(column)}
        frame = frame.select(
            *(
                F.coalesce(F.col(_escaped(name)), F.lit("")).alias(name)
                if name in texts
                else F.col(_escaped(name))
                for name in frame.columns
            )
        )
    named = part.get("path_columns") or []
    if not named:
        return frame
    constants = [
        (F.to_timestamp(F.lit(value)) if column["type"] == "datetime" else F.lit(value)).alias(
            column["name"]
        )
        for column, value in zip(named, part["path_values"][0], strict=True)
    ]
    return frame.select(*constants, *(F.col(_escaped(name)) for name in frame.columns))


def _escaped(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def joined_spark(frames: Sequence[DataFrame]) -> DataFrame:
    """Return the rows of some tables one after the other.

    Parameters
    ----------
    frames : sequence of pyspark.sql.DataFrame

    Returns
    -------
    pyspark.sql.DataFrame
    """
    # In halves: a plan that is as deep as there are files overflows the stack.
    if len(frames) == 1:
        return frames[0]
    half = len(frames) // 2
    return joined_spark(frames[:half]).unionByName(joined_spark(frames[half:]))


def joined_pandas(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of some tables one after the other.

    Parameters
    ----------
    frames : sequence of pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd  # noqa: PLC0415 - heavy

    if len(frames) == 1:
        return frames[0]
    # By column: pandas joins whole frames with code that NumPy 2.5 warns of.
    joined = {
        name: pd.concat([frame[name] for frame in frames], ignore_index=True)
        for name in frames[0].columns
    }
    table: pd.DataFrame = pd.DataFrame(joined)
    return table
