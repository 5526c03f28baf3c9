"""Take texts for values of a column's type: the same texts, whether by pandas or by Spark.

A column is plain data: ``name``, ``type`` and, for dates, a ``format``; where it was asked for, all
``formats`` that are tried in turn, or the ``decimal_mark`` of numbers.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from pyspark.sql import Column

TRUE = ("1", "true", "t", "y")
FALSE = ("0", "false", "f", "n")

INTEGER = r"[+-]?[0-9]+"
DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
INFINITE = r"[+-]?[iI][nN][fF]"

_FORMS = {"integer": INTEGER, "decimal": f"(?:{DECIMAL}|{INFINITE})"}
_LONG = 2**63

# Each code of strptime: its letters in Spark, and the form that both of them read alike.
DATE_CODES = {
    "%Y": ("yyyy", "(?!0000)[0-9]{4}"),
    # One letter takes one digit or two, as strptime does; two letters take two.
    "%m": ("M", "[0-9]{1,2}"),
    "%d": ("d", "[0-9]{1,2}"),
    "%b": ("MMM", "[A-Za-z]{3}"),
    # In full: a part of a name is one to Spark's old parser, and then Spark ends the job.
    "%B": (
        "MMMM",
        "(?i:January|February|March|April|May|June|July|August|September|October|November|December)",
    ),
    "%I": ("h", "(?:0?[1-9]|1[0-2])"),
    "%p": ("a", "[AaPp][Mm]"),
    "%H": ("H", "[0-9]{1,2}"),
    "%M": ("m", "[0-5]?[0-9]"),
    "%S": ("s", "[0-5]?[0-9]"),
    "%f": ("SSSSSS", "[0-9]{1,6}"),
    "%z": ("[XXX][XX][X]", "(?:Z|[+-](?:0[0-9]|1[0-7]):?[0-5][0-9])"),
}
_TWO_DIGITS = frozenset({"%m", "%d", "%H", "%I", "%M", "%S"})
_DIGITS = _TWO_DIGITS | {"%Y", "%f"}
_DATE_PART = re.compile(r"%.|[^%]+", re.DOTALL)


def date_form(pattern: str) -> str:
    """Return the regular expression of the texts that a ``strptime`` pattern reads.

    Parameters
    ----------
    pattern : str

    Returns
    -------
    str
    """
    return "".join(code[1] if code else re.escape(part) for part, code in _date_parts(pattern))


def _date_parts(pattern: str) -> list[tuple[str, tuple[str, str] | None]]:
    """Return the parts of a pattern, and of a code how Spark writes it and its form."""
    parts = _DATE_PART.findall(pattern)
    found = []
    for number, part in enumerate(parts):
        code = DATE_CODES.get(part)
        beside = {*parts[max(number - 1, 0) : number], *parts[number + 1 : number + 2]}
        if code is not None and part in _TWO_DIGITS and beside & _DIGITS:
            code = (code[0] * 2, "[0-9]{2}")  # where does the next one begin, in 20200102?
        found.append((part, code))
    return found


def spark_pattern(pattern: str) -> str:
    """Return Spark's way to write a ``strptime`` pattern.

    Parameters
    ----------
    pattern : str

    Returns
    -------
    str
    """
    found = ""
    for part, code in _date_parts(pattern):
        if code:
            found += code[0]
        else:  # letters, brackets and # mean something to Spark
            found += re.sub(r"[A-Za-z\[\]{}#]+", r"'\g<0>'", part.replace("'", "''"))
    return found


def pandas_values(texts: pd.Series[Any], column: Mapping[str, Any]) -> pd.Series[Any]:
    """Return what texts stand for; those that do not fit the column's type are null.

    Parameters
    ----------
    texts : pandas.Series
        Missing values are null.
    column : mapping

    Returns
    -------
    pandas.Series
    """
    kind = column["type"]
    if kind in _FORMS:
        # A value after the inferred sample that is no number becomes null, as in Azure ML.
        known = texts.str.fullmatch(_form(column), na=False)
        if kind == "integer":
            known &= (texts.str.len() < 19) | texts.where(known, "0").map(_is_long)
            if known.all():
                whole: pd.Series[Any] = texts.astype("int64")
                return whole
        elif _mark(column) != ".":
            texts = texts.str.replace(_mark(column), ".", regex=False)
        # Not to_numeric, which is off in the last digit.
        numbers: pd.Series[Any] = texts.where(known).astype(float)
        return numbers
    if kind == "boolean":
        truth = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
        values = texts.str.lower().map(truth)
        if values.notna().all():
            return values.astype(bool)
        known_values: pd.Series[Any] = values.astype(object).where(values.notna(), None)
        return known_values
    if kind == "datetime":
        moments = [_pandas_moments(texts, pattern) for pattern in _patterns(column)]
        return reduce(lambda one, other: one.where(one.notna(), other), moments)
    plain: pd.Series[Any] = texts.astype(object).where(texts.notna(), None)
    return plain


def _pandas_moments(texts: pd.Series[Any], pattern: str) -> pd.Series[Any]:
    import pandas as pd  # noqa: PLC0415 - heavy

    known = texts.str.fullmatch(date_form(pattern), na=False)
    zoned = "%z" in pattern
    moments: pd.Series[Any] = pd.to_datetime(
        texts.where(known), format=pattern, errors="coerce", utc=zoned
    )
    return moments.dt.tz_localize(None) if zoned else moments


def spark_values(name: str, column: Mapping[str, Any]) -> Column:
    """Return what the texts of a column stand for; those that do not fit its type are null.

    Parameters
    ----------
    name : str
        The column of texts, quoted.
    column : mapping

    Returns
    -------
    pyspark.sql.Column
    """
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    value, kind = F.col(name), column["type"]
    if kind == "boolean":
        text = F.lower(value)
        return F.when(text.isin(*TRUE), F.lit(True)).when(text.isin(*FALSE), F.lit(False))
    if kind == "integer":
        # try_cast, because a session may be told to raise (spark.sql.ansi.enabled).
        return F.when(_has_form(value, INTEGER), F.expr(f"try_cast({name} AS BIGINT)"))
    if kind == "decimal":
        number = name if _mark(column) == "." else f"replace({name}, '{_mark(column)}', '.')"
        return F.when(_has_form(value, _form(column)), F.expr(f"try_cast({number} AS DOUBLE)"))
    if kind == "datetime":
        moments = [_spark_moments(value, pattern) for pattern in _patterns(column)]
        return moments[0] if len(moments) == 1 else F.coalesce(*moments)
    return value


def _spark_moments(value: Column, pattern: str) -> Column:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    # Texts of another form end the job, if Spark's old parser took a part of them.
    text = F.when(_has_form(value, date_form(pattern)), value)
    moment = F.to_timestamp(text, spark_pattern(pattern))
    # The wall clock of UTC, whatever the session's time zone is.
    zoned = "%z" in pattern
    return F.to_utc_timestamp(moment, F.expr("current_timezone()")) if zoned else moment


def _has_form(value: Column, form: str) -> Column:
    return value.rlike(rf"\A(?:{form})\z")


def _form(column: Mapping[str, Any]) -> str:
    mark = _mark(column)
    form = _FORMS[column["type"]]
    return form if mark == "." else form.replace(r"\.", re.escape(mark))


def _mark(column: Mapping[str, Any]) -> str:
    return str(column.get("decimal_mark") or ".")


def _patterns(column: Mapping[str, Any]) -> list[str]:
    return list(column.get("formats") or [column["format"]])


def _is_long(text: str) -> bool:
    digits = text.lstrip("+-0")
    sign = -1 if text.startswith("-") else 1
    return len(digits) < 20 and -_LONG <= sign * int(digits or 0) < _LONG
