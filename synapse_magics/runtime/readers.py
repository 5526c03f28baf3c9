"""Read a tabular dataset into a Spark or a pandas DataFrame, with the same column types.

A source is plain data: ``format`` (``delimited`` or ``parquet``), ``paths``, ``columns`` (a name, a
type and, for dates, a format each) and, for delimited files, ``separator``, ``header`` and
``encoding``. Types were inferred when the dataset was defined: every reader gives the same table.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from pyspark.sql import DataFrame, SparkSession

TRUE = ("1", "true", "t", "y")
FALSE = ("0", "false", "f", "n")

_SPARK_TYPES = {"integer": "BIGINT", "decimal": "DOUBLE"}
_SPARK_DATE = {
    "%Y": "yyyy",
    # One letter takes one digit or two, as strptime does; two letters take two.
    "%m": "M",
    "%d": "d",
    "%b": "MMM",
    "%H": "H",
    "%M": "m",
    "%S": "s",
    "%f": "SSSSSS",
    "%z": "[XXX][XX][X]",
}


def read_spark(spark: SparkSession, source: Mapping[str, Any]) -> DataFrame:
    """Read a source lazily with Spark.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
    source : mapping

    Returns
    -------
    pyspark.sql.DataFrame
    """
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    if source["format"] == "parquet":
        return spark.read.parquet(*source["paths"])
    columns = source["columns"]
    schema = ", ".join(
        f"`{column['name'].replace('`', '``')}` {_SPARK_TYPES.get(column['type'], 'STRING')}"
        for column in columns
    )
    frame = (
        spark.read.schema(schema)
        .option("header", bool(source["header"]))
        .option("sep", source["separator"])
        .option("encoding", source["encoding"])
        .option("escape", '"')
        .csv(list(source["paths"]))
    )
    converted = []
    for column in columns:
        value = F.col(f"`{column['name'].replace('`', '``')}`")
        if column["type"] == "boolean":
            text = F.lower(value)
            value = F.when(text.isin(*TRUE), F.lit(True)).when(text.isin(*FALSE), F.lit(False))
        elif column["type"] == "datetime":
            value = F.to_timestamp(value, spark_pattern(column["format"]))
            if "%z" in column["format"]:
                # The wall clock of UTC, whatever the session's time zone is.
                value = F.to_utc_timestamp(value, F.expr("current_timezone()"))
        converted.append(value.alias(column["name"]))
    return frame.select(*converted)


def spark_pattern(pattern: str) -> str:
    """Return Spark's way to write a ``strptime`` pattern.

    Parameters
    ----------
    pattern : str

    Returns
    -------
    str
    """
    found = pattern.replace("T", "'T'")
    for code, letters in _SPARK_DATE.items():
        found = found.replace(code, letters)
    return found


def read_pandas(source: Mapping[str, Any], rows: int | None = None) -> pd.DataFrame:
    """Read a source with pandas.

    Parameters
    ----------
    source : mapping
        Its paths are local.
    rows : int, optional
        How many rows to read at the most.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd  # noqa: PLC0415 - heavy

    if source["format"] == "parquet":
        frames = [pd.read_parquet(path) for path in source["paths"]]
        whole = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        return whole if rows is None else whole.head(rows)
    columns = source["columns"]
    names = [column["name"] for column in columns]
    frames = []
    for path in source["paths"]:
        with warnings.catch_warnings():
            # Fields beyond the last column are left out, as Spark does.
            warnings.simplefilter("ignore", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                sep=source["separator"],
                header=0 if source["header"] else None,
                names=names,
                index_col=False,
                encoding=source["encoding"],
                dtype={c["name"]: str for c in columns if c["type"] not in _SPARK_TYPES},
                keep_default_na=False,
                na_values={name: [""] for name in names},
                nrows=rows,
            )
        frames.append(frame)
        if rows is not None:
            rows -= len(frame)
            if rows <= 0:
                break
    table = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    for column in columns:
        name = column["name"]
        table[name] = _convert(table[name], column)
    return table


def _convert(series: pd.Series[Any], column: Mapping[str, Any]) -> pd.Series[Any]:
    import pandas as pd  # noqa: PLC0415 - heavy

    kind = column["type"]
    if kind in _SPARK_TYPES:
        # A value after the inferred sample that is no number becomes null, as in Azure ML.
        return pd.to_numeric(series, errors="coerce")
    if kind == "boolean":
        known = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
        values = series.str.lower().map(known)
        if values.notna().all():
            return values.astype(bool)
        known_values: pd.Series[Any] = values.astype(object).where(values.notna(), None)
        return known_values
    if kind == "datetime":
        zoned = "%z" in column["format"]
        moments = pd.to_datetime(series, format=column["format"], errors="coerce", utc=zoned)
        return moments.dt.tz_localize(None) if zoned else moments
    texts: pd.Series[Any] = series.astype(object).where(series.notna(), None)
    return texts
