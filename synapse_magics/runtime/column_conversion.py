"""Give the columns of a table other types: of Parquet files and JSON lines, whose values have one.

A conversion is plain data: the column's ``name``, the type it has (``from``), and the type it gets,
as of :mod:`synapse_magics.runtime.column_texts`. What does not fit the new type is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.column_texts import pandas_values, spark_values
from synapse_magics.runtime.strict_values import refuse_lost_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from pyspark.sql import Column, DataFrame

CONVERSIONS = {
    "string": frozenset({"string", "integer", "decimal", "boolean", "datetime"}),
    "integer": frozenset({"integer", "decimal", "string", "boolean"}),
    "decimal": frozenset({"decimal", "integer"}),
    "boolean": frozenset({"boolean", "string", "integer", "decimal"}),
    "datetime": frozenset({"datetime"}),
}
"""Which types each type is converted to, in the same way by pandas and by Spark."""

_EXACT = 2.0**63


def convert_pandas(
    frame: pd.DataFrame,
    conversions: Sequence[Mapping[str, Any]],
    strict: Mapping[str, Any] | None = None,
    place: str = "the table",
) -> pd.DataFrame:
    """Return a table whose columns have other types.

    Parameters
    ----------
    frame : pandas.DataFrame
    conversions : sequence of mapping
    strict : mapping, optional
        What is an error, as a source says it; nothing, if it is missing.
    place : str
        Where the table is from, for errors.

    Returns
    -------
    pandas.DataFrame
    """
    changed = {one["name"]: _converted_series(frame[one["name"]], one) for one in conversions}
    for one in conversions:
        name = one["name"]
        refuse_lost_values(frame[name], changed[name], one, strict, place)
    converted: pd.DataFrame = frame.assign(**changed)
    return converted


def _converted_series(values: pd.Series[Any], column: Mapping[str, Any]) -> pd.Series[Any]:
    import pandas as pd  # noqa: PLC0415 - heavy

    old, new = column["from"], column["type"]
    if old == "string":
        return pandas_values(values.astype(object).where(values.notna(), None), column)
    if old == new == "datetime":
        moments: Any = pd.to_datetime(values)  # Parquet's days are objects
        if moments.dt.tz is not None:
            moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
        found: pd.Series[Any] = moments
        return found
    if old == new:
        return values
    of = {"boolean": _of_booleans, "decimal": _of_decimals, "integer": _of_integers}
    return of[old](values, column)


def _of_booleans(values: pd.Series[Any], column: Mapping[str, Any]) -> pd.Series[Any]:
    known = values.notna()
    if column["type"] == "string":
        texts: pd.Series[Any] = values.map({True: "true", False: "false"}).astype(object)
        named: pd.Series[Any] = texts.where(known, None)
        return named
    numbers: pd.Series[Any] = values.map({True: 1, False: 0}).astype(float)
    return numbers.astype("int64") if column["type"] == "integer" and known.all() else numbers


def _of_decimals(values: pd.Series[Any], column: Mapping[str, Any]) -> pd.Series[Any]:
    del column  # they become whole numbers, and nothing else
    whole = values.notna() & (values % 1 == 0) & (values >= -_EXACT) & (values < _EXACT)
    found: pd.Series[Any] = values.where(whole)
    return found.astype("int64") if whole.all() else found


def _of_integers(values: pd.Series[Any], column: Mapping[str, Any]) -> pd.Series[Any]:
    if column["type"] == "decimal":
        return values.astype(float)
    texts = values.astype("Int64").astype("string").astype(object).where(values.notna(), None)
    return texts if column["type"] == "string" else pandas_values(texts, column)


def convert_spark(frame: DataFrame, conversions: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Return a table whose columns have other types.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
    conversions : iterable of mapping

    Returns
    -------
    pyspark.sql.DataFrame
    """
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    by_name = {one["name"]: one for one in conversions}
    return frame.select(
        *(
            _converted_column(name, by_name[name]).alias(name)
            if name in by_name
            else F.col(_ticked(name))
            for name in frame.columns
        )
    )


def _converted_column(name: str, column: Mapping[str, Any]) -> Column:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    old, new = column["from"], column["type"]
    value = F.col(_ticked(name))
    if old == "string":
        return spark_values(_ticked(name), column)
    if old == new:
        # Parquet's days and small numbers are days and small numbers to Spark.
        kinds = {"datetime": "timestamp", "integer": "bigint", "decimal": "double"}
        return value.cast(kinds[old]) if old in kinds else value
    if old == "decimal":
        whole = (value % 1 == 0) & (value >= -_EXACT) & (value < _EXACT)
        return F.when(whole, value.cast("bigint"))
    if (old, new) == ("integer", "boolean"):
        return F.when(value == 1, F.lit(True)).when(value == 0, F.lit(False))
    kinds = {"string": "string", "integer": "bigint", "decimal": "double"}
    if old == "boolean" and new != "string":
        return value.cast("int").cast(kinds[new])
    return value.cast(kinds[new])


def _ticked(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
