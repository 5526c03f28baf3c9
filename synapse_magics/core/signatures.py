"""Signatures that are written as text: those of Azure ML's classes and methods."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass

Parameter = inspect.Parameter


@dataclass(frozen=True)
class Default:
    """A default value that is a name, such as ``sys.maxsize``: compared by what it says.

    Parameters
    ----------
    text : str
    """

    text: str

    def __repr__(self) -> str:
        return self.text


def parse(text: str) -> inspect.Signature:
    """Return the signature that a text says.

    Parameters
    ----------
    text : str
        As in a definition: ``(path, header=True, **kwargs)``.

    Returns
    -------
    inspect.Signature

    Raises
    ------
    SyntaxError
        If it is none.
    """
    arguments = ast.parse(f"lambda {text.strip()[1:-1]}: 0", mode="eval").body
    assert isinstance(arguments, ast.Lambda)  # noqa: S101 - the text begins with lambda
    given = arguments.args
    positional = [*given.posonlyargs, *given.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults))
    found = [
        _parameter(item.arg, Parameter.POSITIONAL_OR_KEYWORD, default)
        for item, default in zip(positional, [*missing, *given.defaults], strict=True)
    ]
    if given.vararg:
        found.append(_parameter(given.vararg.arg, Parameter.VAR_POSITIONAL, None))
    found += [
        _parameter(item.arg, Parameter.KEYWORD_ONLY, default)
        for item, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
    ]
    if given.kwarg:
        found.append(_parameter(given.kwarg.arg, Parameter.VAR_KEYWORD, None))
    return inspect.Signature(found)


def _parameter(name: str, kind: inspect._ParameterKind, default: ast.expr | None) -> Parameter:
    if default is None:
        return Parameter(name, kind)
    try:
        value = ast.literal_eval(default)
    except ValueError:
        value = Default(ast.unparse(default))
    return Parameter(name, kind, default=value)
