"""Evaluate the expression of a filter on a pandas or a Spark DataFrame.

An expression is plain data, a list that begins with what it is: ``["column", NAME]``,
``["value", V]``, ``["time", ISO]``, a comparison (``"=="``, ``"<"`` ...) of two of these,
``["null", COLUMN]``, ``["starts_with" | "ends_with" | "contains", COLUMN, TEXT]``, and ``"and"``,
``"or"``, ``"not"`` of conditions.

As in SQL, a comparison with a missing value is neither true nor false, and nor is its opposite.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import pandas as pd
    from pyspark.sql import Column, DataFrame

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

TEXTS = {"starts_with": "startswith", "ends_with": "endswith", "contains": "contains"}
"""Conditions of texts: what Spark calls them."""


def quoted(name: str) -> str:
    """Return a column's name as Spark takes it in any text.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    return f"`{name.replace('`', '``')}`"


def pandas_mask(frame: pd.DataFrame, expression: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Return which rows fulfil a condition.

    Parameters
    ----------
    frame : pandas.DataFrame
    expression : sequence

    Returns
    -------
    numpy.ndarray
        Of bool.
    """
    mask: np.ndarray[Any, Any] = _rows_true_and_false(frame, expression)[0]
    return mask


def _rows_true_and_false(frame: pd.DataFrame, expression: Sequence[Any]) -> tuple[Any, Any]:
    """Return of which rows a condition is true, and of which it is false."""
    import numpy as np  # noqa: PLC0415 - heavy

    kind, *parts = expression
    if kind == "not":
        yes, no = _rows_true_and_false(frame, parts[0])
        return no, yes
    if kind in {"and", "or"}:
        (one, not_one), (other, not_other) = (_rows_true_and_false(frame, part) for part in parts)
        if kind == "and":
            return one & other, not_one | not_other
        return one | other, not_one & not_other
    if kind == "null":
        missing = _column_series(frame, parts[0][1]).isna().to_numpy()
        return missing, ~missing
    known = np.ones(len(frame), dtype=bool)
    for part in parts:
        if isinstance(part, list) and part[0] == "column":
            known &= _column_series(frame, part[1]).notna().to_numpy()
    yes = np.zeros(len(frame), dtype=bool)
    if kind in TEXTS:
        # Column by column in Python: a text is a text, and no regular expression.
        texts, text = _column_series(frame, parts[0][1])[known], parts[1]
        found = np.array([_text_has(kind, value, text) for value in texts], dtype=bool)
    else:
        sides = [_pandas_operand(frame, part, known) for part in parts]
        found = np.asarray(COMPARISONS[kind](*sides), dtype=bool)
    yes[known] = found
    return yes, known & ~yes


def _text_has(kind: str, value: Any, text: str) -> bool:
    if kind == "contains":
        return text in value
    return bool(getattr(value, TEXTS[kind])(text))


def _pandas_operand(frame: pd.DataFrame, part: Sequence[Any], known: Any) -> Any:
    import pandas as pd  # noqa: PLC0415 - heavy

    kind, value = part
    if kind == "column":
        return _column_series(frame, value)[known].reset_index(drop=True)
    return pd.Timestamp(value) if kind == "time" else value


def _column_series(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    import pandas as pd  # noqa: PLC0415 - heavy

    if name not in frame.columns:
        raise ValueError(f"the table has no column {name!r}")
    series: pd.Series[Any] = frame[name]
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    elif series.dtype == object and pd.api.types.infer_dtype(series, skipna=True) == "date":
        series = pd.to_datetime(series)  # Parquet's days are objects
    return series


def spark_condition(frame: DataFrame, expression: Sequence[Any]) -> Column:
    """Return a condition as a column of Spark.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
    expression : sequence

    Returns
    -------
    pyspark.sql.Column
    """
    kind, *parts = expression
    if kind == "not":
        return ~spark_condition(frame, parts[0])
    if kind in {"and", "or"}:
        one, other = (spark_condition(frame, part) for part in parts)
        return one & other if kind == "and" else one | other
    if kind == "null":
        return _spark_operand(frame, parts[0]).isNull()
    if kind in TEXTS:
        found: Column = getattr(_spark_operand(frame, parts[0]), TEXTS[kind])(parts[1])
        return found
    sides = [_spark_operand(frame, part) for part in parts]
    compared: Column = COMPARISONS[kind](*sides)
    return compared


def _spark_operand(frame: DataFrame, part: Sequence[Any]) -> Column:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    kind, value = part
    if kind == "time":
        # From a text, in the session's time zone, as the columns of files are.
        return F.to_timestamp(F.lit(value))
    if kind == "value":
        return F.lit(value)
    if value not in frame.columns:
        raise ValueError(f"the table has no column {value!r}")
    column = F.col(quoted(value))
    # To pandas, what is no number is missing; to Spark, it is greater than all numbers.
    floating = frame.schema[value].dataType.typeName() in {"double", "float"}
    return F.when(~F.isnan(column), column) if floating else column
