"""The values that a scan of code follows: the SDK's modules, classes and objects, and magics."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum

from synapse_magics.migration.member_types import BASES

_SAME_ELEMENTS = frozenset({"enumerate", "list", "reversed", "sorted", "tuple"})


class Kind(Enum):
    """What a value is."""

    MODULE = "module"
    CLASS = "class or function"
    MEMBER = "member that was not called"
    OBJECT = "object"
    SEVERAL = "objects"


@dataclass(frozen=True)
class Value:
    """What an expression is.

    Parameters
    ----------
    kind : Kind
    name : str
        A module's, or the short one of a class; of a member, that of what it returns, empty if
        that is followed no further.
    called : str
        What calls it, as in the table: of a member, by whatever name it is called later.
    """

    kind: Kind
    name: str
    called: str = ""


def line_of(short: str) -> list[str]:
    """Return a class and those that it has the rest of its members from.

    Parameters
    ----------
    short : str

    Returns
    -------
    list of str
    """
    found = [short]
    while BASES.get(found[-1], found[-1]) not in found:
        found.append(BASES[found[-1]])
    return found


def kinds_of(short: str) -> list[str]:
    """Return the classes that an object of a class may be of: a dataset is a table, or files.

    Parameters
    ----------
    short : str

    Returns
    -------
    list of str
    """
    return [name for name in BASES if short in line_of(name)[1:]]


def typed(kind: str) -> Value:
    """Return the value of a type: ``Run``, or ``[Run]``.

    Parameters
    ----------
    kind : str

    Returns
    -------
    Value
    """
    return Value(Kind.SEVERAL if kind.startswith("[") else Kind.OBJECT, kind.strip("[]"))


def instance(value: Value | None) -> Value | None:
    """Return an object of a class.

    Parameters
    ----------
    value : Value, optional

    Returns
    -------
    Value or None
    """
    return Value(Kind.OBJECT, value.name) if value and value.kind is Kind.CLASS else None


def element(value: Value | None) -> Value | None:
    """Return one of several objects.

    Parameters
    ----------
    value : Value, optional

    Returns
    -------
    Value or None
    """
    return Value(Kind.OBJECT, value.name) if value and value.kind is Kind.SEVERAL else None


def returned(value: Value | None) -> Value | None:
    """Return a function that returns a value.

    Parameters
    ----------
    value : Value, optional

    Returns
    -------
    Value or None
    """
    if value is None or value.kind not in {Kind.OBJECT, Kind.SEVERAL}:
        return None
    several = value.kind is Kind.SEVERAL
    return Value(Kind.MEMBER, f"[{value.name}]" if several else value.name)


def of_several(several: Value, name: str) -> Value | None:
    """Return a method of a list or dict of objects.

    Parameters
    ----------
    several : Value
    name : str

    Returns
    -------
    Value or None
    """
    if name in {"items", "values"}:
        return Value(Kind.MEMBER, f"[{several.name}]")
    return Value(Kind.MEMBER, several.name) if name in {"get", "pop"} else None


def of_builtin(function: ast.expr, first: Value | None) -> Value | None:
    """Return what a built-in function makes of its first argument.

    Parameters
    ----------
    function : ast.expr
    first : Value, optional

    Returns
    -------
    Value or None
    """
    name = function.id if isinstance(function, ast.Name) else ""
    if name == "next":
        return element(first)
    return first if name in _SAME_ELEMENTS else None


def magic_of(node: ast.Call) -> tuple[str, list[str]] | None:
    """Return the kind of a magic and its texts, if the call is one.

    Parameters
    ----------
    node : ast.Call

    Returns
    -------
    tuple or None
    """
    function = node.func
    if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call)):
        return None
    shell = function.value.func
    if not (isinstance(shell, ast.Name) and shell.id == "get_ipython"):
        return None
    texts = [
        item.value
        for item in node.args
        if isinstance(item, ast.Constant) and isinstance(item.value, str)
    ]
    return function.attr, texts
