"""Refuse what became null though there was a text: where a table is to be whole or an error.

A source may have ``strict``: the ``columns`` that are looked at, and whether ``values`` that do not
fit their column's type are errors, and ``times`` that pandas has no moment for.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.column_texts import date_form
from synapse_magics.runtime.table_errors import LostValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


def refuse_lost_values(
    before: pd.Series[Any],
    after: pd.Series[Any],
    column: Mapping[str, Any],
    strict: Mapping[str, Any] | None,
    place: str,
    first_row: int = 1,
) -> None:
    """Refuse a column some of whose values were lost when it got its type.

    Parameters
    ----------
    before, after : pandas.Series
        The same rows.
    column : mapping
    strict : mapping or None
        What is refused; nothing, if it is None.
    place : str
        The file, or what the error is to say in its place.
    first_row : int
        The number of the first of these rows.

    Raises
    ------
    LostValueError
        It names the row, the column and the value.
    """
    if strict is None or column["name"] not in strict["columns"]:
        return
    lost = before.notna().to_numpy() & after.isna().to_numpy()
    for number in lost.nonzero()[0]:
        value = before.iloc[number]
        if column["type"] == "decimal" and str(value).lower() == "nan":
            continue  # which stands for a missing number
        moment = column["type"] == "datetime" and _is_time(value, column)
        if not strict["times" if moment else "values"]:
            continue
        why = (
            "is out of the range of pandas' times: out_of_range_datetime='null' makes it missing"
            if moment
            else f"is no {column['type']}: on_error='null' makes it missing"
        )
        raise LostValueError(f"{place}, row {first_row + number}: {column['name']} {value!r} {why}")


def _is_time(value: Any, column: Mapping[str, Any]) -> bool:
    for pattern in column.get("formats") or [column["format"]]:
        if not re.fullmatch(date_form(pattern), str(value)):
            continue
        try:
            datetime.strptime(str(value), pattern)  # noqa: DTZ007 - whether it can be read
        except ValueError:
            continue
        return True
    return False
