"""Conditions on the columns of a table or on what is known of files, written with operators."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any, NoReturn

from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.core.names import type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = {
    "string": "a text",
    "integer": "a number",
    "decimal": "a number",
    "boolean": "True or False",
    "datetime": "a datetime",
}


class Expression:
    """A column or a condition, as JSON data.

    Parameters
    ----------
    data : list
        See :mod:`synapse_magics.runtime.table_filters`.
    """

    def __init__(self, data: list[Any]) -> None:
        self.data = data

    def __bool__(self) -> NoReturn:
        raise UserErrorException(
            "a condition has no truth before the data is read",
            where=repr(self),
            hint="&, | and ~ instead of and, or and not, with parentheses around each comparison",
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.data!r})"


class Condition(Expression):  # noqa: PLW1641 - nor has it a hash
    """What is true or not of each row or file; ``&``, ``|`` and ``~`` make others of it."""

    def __and__(self, other: object) -> Condition:
        return Condition(["and", self.data, _condition(other)])

    def __or__(self, other: object) -> Condition:
        return Condition(["or", self.data, _condition(other)])

    def __invert__(self) -> Condition:
        return Condition(["not", self.data])

    def __eq__(self, other: object) -> NoReturn:
        del other
        raise NotSupportedError(
            "two conditions are not compared here", where=repr(self), hint="&, | and ~"
        )


class ColumnExpression(Expression):  # noqa: PLW1641 - nor has it a hash
    """A column, to be compared with a value or with another column.

    Parameters
    ----------
    name : str
    kind : str, optional
        Its type, if that is known.
    """

    def __init__(self, name: str, kind: str | None = None) -> None:
        super().__init__(["column", name])
        self.name = name
        self.kind = kind

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return self._compare("==", other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return self._compare("!=", other)

    def __lt__(self, other: object) -> Condition:
        return self._compare("<", other)

    def __le__(self, other: object) -> Condition:
        return self._compare("<=", other)

    def __gt__(self, other: object) -> Condition:
        return self._compare(">", other)

    def __ge__(self, other: object) -> Condition:
        return self._compare(">=", other)

    def is_null(self) -> Condition:
        """Return whether the value is missing."""
        return Condition(["null", self.data])

    def starts_with(self, text: str) -> Condition:
        """Return whether the value is a text with this start."""
        return self._text("starts_with", text)

    def ends_with(self, text: str) -> Condition:
        """Return whether the value is a text with this end."""
        return self._text("ends_with", text)

    def contains(self, text: str) -> Condition:
        """Return whether the value is a text with this part."""
        return self._text("contains", text)

    def _text(self, kind: str, text: str) -> Condition:
        self._check("string")
        if not isinstance(text, str):
            raise UserErrorException(f"{kind} takes a text, not {text!r}", where=self._where())
        return Condition([kind, self.data, text])

    def _compare(self, sign: str, other: object) -> Condition:
        if other is None:
            raise UserErrorException(
                "nothing compares to None", where=self._where(), hint="is_null(), or ~ of it"
            )
        if isinstance(other, ColumnExpression):
            if other.kind is not None:
                self._check(other.kind)
            return Condition([sign, self.data, other.data])
        kind, data = _literal(other, self._where())
        self._check(kind)
        return Condition([sign, self.data, data])

    def _check(self, kind: str) -> None:
        if self.kind is not None and _KINDS[self.kind] != _KINDS[kind]:
            raise UserErrorException(
                f"the column {self.name!r} is {self.kind}: it is compared with "
                f"{_KINDS[self.kind]}, not with {_KINDS[kind]}",
                where=self._where(),
            )

    def _where(self) -> str:
        return f"dataset[{self.name!r}]"


def time_text(moment: date) -> str:
    """Return a moment as tables hold it: the clock of UTC, without a time zone.

    Parameters
    ----------
    moment : datetime.date or datetime.datetime

    Returns
    -------
    str
    """
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment.isoformat(sep=" ")


def _literal(value: object, where: str) -> tuple[str, list[Any]]:
    value = value.item() if hasattr(value, "item") else value  # NumPy's numbers
    if isinstance(value, bool):
        return "boolean", ["value", value]
    if isinstance(value, (int, float)):
        if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 - nan
            raise UserErrorException(
                f"{value} is nothing to compare with", where=where, hint="is_null(), or a number"
            )
        return "decimal", ["value", value]
    if isinstance(value, str):
        return "string", ["value", value]
    if isinstance(value, date):
        return "datetime", ["time", time_text(value)]
    raise NotSupportedError(
        f"comparing with {type_of(value)} is not supported here",
        where=where,
        hint="a text, a number, True or False, a datetime, or another column of the dataset",
    )


def _condition(other: object) -> list[Any]:
    if isinstance(other, Condition):
        return other.data
    raise UserErrorException(
        f"& and | take conditions, not {other!r}",
        hint="parentheses around each comparison: (ds['a'] > 3) & (ds['b'] == 'x')",
    )


def columns_of(data: list[Any]) -> Iterator[str]:
    """Yield the names of the columns that an expression uses.

    Parameters
    ----------
    data : list
    """
    if data[0] == "column":
        yield data[1]
        return
    for part in data[1:]:
        if isinstance(part, list):
            yield from columns_of(part)


def condition_data(expression: object, known: list[str] | None, where: str) -> list[Any]:
    """Return the data of a filter's condition.

    Parameters
    ----------
    expression : Condition
        A column of type boolean will do as well.
    known : list of str or None
        The columns that there are.
    where : str

    Returns
    -------
    list

    Raises
    ------
    UserErrorException
        If it is none, or uses a column that is not there.
    """
    if isinstance(expression, ColumnExpression) and expression.kind == "boolean":
        expression = expression == True  # noqa: E712 - a condition is made of it
    if not isinstance(expression, Condition):
        raise UserErrorException(
            f"filter takes a condition, not {type_of(expression)}",
            where=where,
            hint="dataset.filter(dataset['column'] > 3)",
        )
    for name in columns_of(expression.data):
        if known is not None and name not in known:
            raise UserErrorException(f"the dataset has no column {name!r}", where=where)
    return expression.data
