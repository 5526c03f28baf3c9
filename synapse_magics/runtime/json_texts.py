"""Read lines of JSON with Spark where its own reader gives other rows than ours.

Spark's reader drops lines by other rules (a value of another type, no text after the object), and
takes no wide encoding line by line. So the lines are read as texts, Python says of each what it
says of it for pandas, and Spark takes the values.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, DataFrameReader

# Neither may be in JSON: a line with one is none.
_NO_SEPARATOR = "\x01"


def json_object_check(*, drop: bool) -> Callable[[str | None], str | None]:
    """Return what returns a line that is an object, and None for one to pass over.

    Parameters
    ----------
    drop : bool
        Pass over lines that are no objects; else they are errors.

    Returns
    -------
    callable
        It stands alone: a worker of Spark need not have this module.
    """
    decode = json.loads

    def checked(line: str | None) -> str | None:
        if line is None or not line.strip():
            return None
        try:
            row: Any = decode(line)
        except ValueError as error:
            if drop:
                return None
            raise ValueError(f"a line is not JSON: {error}: {line[:200]}") from error
        if isinstance(row, dict):
            return line
        if drop:
            return None
        raise ValueError(f"a line is no object: {line[:200]}")

    return checked


def spark_json_texts(
    reader: DataFrameReader, paths: list[str], schema: str, encoding: str, *, drop: bool
) -> DataFrame:
    """Read files of JSON lines lazily with Spark, by our rules of what such a line is.

    Parameters
    ----------
    reader : pyspark.sql.DataFrameReader
    paths : list of str
    schema : str
    encoding : str
        Java's name of it.
    drop : bool
        Leave out lines that are no objects.

    Returns
    -------
    pyspark.sql.DataFrame
    """
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    # The reader of delimited files is the one that knows encodings; a wide text it reads whole.
    lines = (
        reader.schema("line STRING, more STRING")
        .option("header", False)
        .option("sep", _NO_SEPARATOR)
        .option("quote", "")
        .option("encoding", encoding)
        .option("multiLine", encoding.startswith(("UTF-16", "UTF-32")))
        .csv(paths)
    )
    whole = F.when(F.col("more").isNull(), F.col("line")).otherwise(
        F.concat("line", F.lit(_NO_SEPARATOR), "more")
    )
    check = F.udf(json_object_check(drop=drop), "string")
    objects = lines.select(check(whole).alias("line")).where(F.col("line").isNotNull())
    values = F.from_json("line", schema, {"mode": "FAILFAST"})
    return objects.select(values.alias("row")).select("row.*")
