"""The values that options hold: lists of names, and expressions of the notebook."""

from __future__ import annotations

import ast
import json
import numbers
import re
from typing import TYPE_CHECKING, Any

from synapse_magics.magics.options import MagicUsageError

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

    What is no Python at all (``3 rows``, ``a path/x.csv``) is taken as text, and so is a date.

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
        If a name is not known, or a value is not JSON data.
    """
    found = {}
    for name, text in pairs(option, items).items():
        value = _evaluate(option, name, text, namespace)
        where = f"{option} {name}={text}"
        try:
            found[name] = json.loads(json.dumps(value, default=_scalar))
        except (TypeError, ValueError):
            raise MagicUsageError(
                f"{name} is a {type(value).__name__}; a step takes numbers, texts, lists and dicts",
                where=where,
                hint="hand over data through a dataset: %synapse_dataset",
            ) from None
        if not _has_text_keys(value):
            raise MagicUsageError(f"{name} has a key that is not a text", where=where)
    return found


def _has_text_keys(value: Any) -> bool:
    # JSON would turn the others into texts without a word.
    if isinstance(value, dict):
        return all(isinstance(key, str) and _has_text_keys(value[key]) for key in value)
    return not isinstance(value, (list, tuple)) or all(map(_has_text_keys, value))


def _scalar(value: Any) -> bool | int | float:
    # What pandas and numpy count with is not always an int or a float.
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if getattr(value, "ndim", None) == 0 and value.dtype == bool:
        return bool(value)
    raise TypeError


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
            hint=f"text is written in two kinds of quotes: {option} {name}=\"'{text}'\"",
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
