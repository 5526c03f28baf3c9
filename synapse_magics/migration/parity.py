"""Whether an entry of the table holds: the name is there, with the SDK's signature."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from importlib import import_module
from typing import Any

from synapse_magics.azureml.import_map import NAMES
from synapse_magics.core import signatures
from synapse_magics.core.run import Run
from synapse_magics.core.submitted_run import SubmittedRun
from synapse_magics.migration.support import Entry, Support

_REFUSAL = re.compile(r"^Refuse\b|^Always\.|NotSupportedError", re.MULTILINE)
"""What the docstring of a method says that only refuses."""


def problem(entry: Entry) -> str | None:
    """Return what is wrong with an entry, or None.

    Parameters
    ----------
    entry : Entry

    Returns
    -------
    str or None
    """
    if entry.name.startswith("%"):
        return None  # magics are above this room
    try:
        owner, attribute, found = resolve(entry.name)
    except (ImportError, AttributeError) as error:
        return None if entry.support is Support.NO and _is_member(entry.name) else str(error)
    if entry.support is Support.NO:
        refuses = (
            isinstance(found, type) or _REFUSAL.search(inspect.getdoc(found) or "") is not None
        )
        return None if refuses else f"{entry.name} is there"
    if entry.signature is None:
        return None
    try:
        ours = inspect.signature(found)
    except (TypeError, ValueError) as error:
        return f"{entry.name}: {error}"
    shown = list(ours.parameters.values())
    if owner is not None and inspect.isfunction(inspect.getattr_static(owner, attribute)):
        shown = shown[1:]  # self
    return _difference(list(signatures.parse(entry.signature).parameters.values()), shown)


def is_there(name: str) -> bool:
    """Tell whether something of the SDK's name is here.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
    """
    try:
        resolve(name)
    except (ImportError, AttributeError):
        return False
    return True


def resolve(name: str) -> tuple[Any, str, Any]:
    """Find what has a name of the SDK's.

    Parameters
    ----------
    name : str
        With the module.

    Returns
    -------
    tuple
        The class that a member belongs to or None, the last part of the name, and what it is; None
        of an attribute that only its objects have.

    Raises
    ------
    ImportError, AttributeError
        If there is none.
    """
    module = max((item for item in NAMES if name.startswith(f"{item}.")), key=len)
    first, *rest = name.removeprefix(f"{module}.").split(".")
    owner, found = None, getattr(import_module(module), first)
    for part in rest:
        owner = found
        if owner is Run and not hasattr(owner, part):
            owner = SubmittedRun  # what Run.get_context gives a script
        if not hasattr(owner, part):
            if part not in _assigned(owner):
                raise AttributeError(f"{owner.__name__} has no {part}")
            return owner, part, None
        found = getattr(owner, part)
    return owner, name.rsplit(".", 1)[-1], found


def _difference(theirs: list[inspect.Parameter], ours: list[inspect.Parameter]) -> str | None:
    theirs, ours = [[item for item in side if _counts(item)] for side in (theirs, ours)]
    names = {item.name for item in theirs}
    ours = [item for item in ours if item.name in names or not _is_extra(item)]
    wanted, found = [[item.name for item in side] for side in (theirs, ours)]
    if wanted != found:
        return f"the SDK takes ({', '.join(wanted)}), ours ({', '.join(found)})"
    for one, other in zip(theirs, ours, strict=True):
        if one.kind is not other.kind:
            return f"{one.name} is {one.kind.description} in the SDK, {other.kind.description} here"
        if isinstance(one.default, signatures.Default) and other.default is not other.empty:
            continue  # a constant of the SDK's
        if one.default != other.default:
            return (
                f"the default of {one.name} is {one.default!r} in the SDK, {other.default!r} here"
            )
    return None


def _counts(parameter: inspect.Parameter) -> bool:
    """Leave out what is not for users: private parameters, and the rest of the keywords."""
    return not parameter.name.startswith("_") and parameter.kind is not parameter.VAR_KEYWORD


def _is_extra(parameter: inspect.Parameter) -> bool:
    """Tell whether code for the SDK, which does not know of a parameter, does not meet it."""
    return parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty


def _is_member(name: str) -> bool:
    module = max((item for item in NAMES if name.startswith(f"{item}.")), key=len)
    return "." in name.removeprefix(f"{module}.")


def _assigned(owner: type) -> set[str]:
    """Return the attributes that a class gives its objects."""
    found: set[str] = set()
    for base in owner.__mro__:
        found.update(getattr(base, "__annotations__", ()))
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError):  # a class of C
            continue
        found.update(
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        )
    return found
