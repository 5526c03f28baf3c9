"""The values that options hold: lists of names, and expressions of the notebook."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from synapse_magics.magics.options import MagicUsageError, Word
from synapse_magics.pipeline.cell_values import to_json_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")  # a difference of numbers to Python, to nobody else


_AS_A_WHOLE = 'quote an expression that has blanks as a whole: "n=[1, 2]"'


def pairs(option: str, items: Iterable[str] | None) -> dict[str, str]:
    """Return ``NAME=TEXT`` options as a dict.

    Parameters
    ----------
    option : str
        For messages.
    items : iterable of str or None

    Returns
    -------
    dict
    """
    found = {}
    for item in items or ():
        name, sign, text = item.partition("=")
        if not sign or not name:
            raise MagicUsageError(f"{option} {item!r} is not NAME=VALUE", where=option)
        found[name] = text
    return found


def evaluate(
    option: str, items: Iterable[str] | None, namespace: Mapping[str, Any]
) -> dict[str, Any]:
    """Return ``NAME=EXPRESSION`` options, each evaluated in the notebook.

    A value is read as it was typed: ``who="you"`` is a text, ``n=[1,"b"]`` a list. What is no
    Python at all (``a/path/x.csv``) is taken as text, and so is a date. An expression with blanks
    is quoted as a whole: ``"n=a + b"``.

    Parameters
    ----------
    option : str
        For messages.
    items : iterable of str or None
    namespace : mapping

    Returns
    -------
    dict
        JSON data: a tuple is a list, a scalar of numpy's is Python's.

    Raises
    ------
    MagicUsageError
        If a name is not known.
    StepDefinitionError
        If a value is not JSON data.
    """
    found = {}
    for item in items or ():
        (name, text), *_ = pairs(option, [item]).items()
        value = _evaluate(option, name, text, _expression(item, text), namespace)
        found[name] = to_json_value(name, value, f"{option} {name}={text}")
    return found


def _expression(item: str, text: str) -> str:
    """Return what stands behind ``=``, with its quotes unless they hold the whole word."""
    typed = item.typed if isinstance(item, Word) else item
    return text if typed[:1] in {"'", '"'} else typed.partition("=")[2]


def _evaluate(
    option: str, name: str, text: str, expression: str, namespace: Mapping[str, Any]
) -> Any:
    if _DATE.fullmatch(text):
        return text
    try:
        ast.parse(expression.strip(), mode="eval")
    except SyntaxError as error:
        if expression.lstrip()[:1] in "[({":
            raise MagicUsageError(
                f"{error.msg}", where=f"{option} {name}={expression}", hint=_AS_A_WHOLE
            ) from None
        return text
    try:
        return eval(expression.strip(), {}, dict(namespace))  # noqa: S307 - the user's own notebook
    except NameError as error:
        raise MagicUsageError(
            f"{error}",
            where=f"{option} {name}={expression}",
            hint=f'a text is written in quotes: {option} {name}="{text}"',
        ) from None
    except Exception as error:
        raise MagicUsageError(
            f"{type(error).__name__}: {error}", where=f"{option} {name}={expression}"
        ) from error


def names_of(items: Iterable[str] | None) -> list[str]:
    """Return the names of a repeated option, each of which may be a list with commas.

    Parameters
    ----------
    items : iterable of str or None

    Returns
    -------
    list of str
    """
    return [name for item in items or () for name in item.split(",") if name]
