"""The values that options hold: lists of names, and expressions of the notebook."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from synapse_magics.magics.options import MagicUsageError, Quoted
from synapse_magics.pipeline.cell_values import to_json_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")  # a difference of numbers to Python, to nobody else


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

    A quoted value is a text, as in Python (``who="you"``), and so is what is no Python at all
    (``a/path/x.csv``), and a date. An expression with blanks is quoted as a whole (``"n=a + b"``).

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
        quoted = isinstance(item, Quoted)
        value = text if quoted else _evaluate(option, name, text, namespace)
        found[name] = to_json_value(name, value, f"{option} {name}={text}")
    return found


def _evaluate(option: str, name: str, text: str, namespace: Mapping[str, Any]) -> Any:
    if _DATE.fullmatch(text):
        return text
    try:
        ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        return text
    try:
        return eval(text.strip(), {}, dict(namespace))  # noqa: S307 - the user's own notebook
    except NameError as error:
        raise MagicUsageError(
            f"{error}",
            where=f"{option} {name}={text}",
            hint=f'a text is written in quotes: {option} {name}="{text}"',
        ) from None
    except Exception as error:
        raise MagicUsageError(
            f"{type(error).__name__}: {error}", where=f"{option} {name}={text}"
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
