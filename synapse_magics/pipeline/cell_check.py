"""Read a step's cell before it runs: names that nobody declared, outputs that nobody writes."""

from __future__ import annotations

import ast
import builtins
import types
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyflakes import messages
from pyflakes.checker import Checker

from synapse_magics.core.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# What IPython puts into a notebook's namespace, or among the builtins of its process, by itself.
_ENDS = frozenset({"exit", "quit"})
_NOTEBOOK_ONLY = frozenset({"get_ipython", "display", "In", "Out", "__IPYTHON__", *_ENDS})
_EMPTY: Mapping[str, Any] = types.MappingProxyType({})


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a cell; ``line`` counts from the cell's first line."""

    line: int
    message: str
    hint: str = ""


def check_cell(
    text: str,
    declared: Collection[str],
    notebook: Mapping[str, Any] = _EMPTY,
) -> list[Problem]:
    """Return what is wrong in a cell, in the order of its lines.

    Parameters
    ----------
    text : str
        The cell as it is stored.
    declared : collection of str
        Names that are there when it runs: inputs, outputs, ``spark``, ``run``, parameters.
    notebook : mapping
        The notebook's own names, which the cell does not see; they make for better hints.

    Returns
    -------
    list of Problem
    """
    try:
        tree = _parse(text)
    except SyntaxError as error:
        return [_syntax(text, error)]
    undefined = [
        (message.lineno, message.message_args[0])
        for message in Checker(tree, builtins=set(declared)).messages
        if isinstance(message, messages.UndefinedName)
    ]
    found = [
        Problem(line, f"{name!r} is not declared in this step", _hint(name, declared, notebook))
        for line, name in sorted({*undefined, *_notebook_names(tree, declared)})
    ]
    first = {problem.message: problem for problem in reversed(found)}
    return sorted(first.values(), key=lambda problem: problem.line)


def unused_names(text: str, names: Collection[str]) -> list[str]:
    """Return the names that a cell never uses, in their own order.

    Parameters
    ----------
    text : str
        Valid Python.
    names : collection of str

    Returns
    -------
    list of str
    """
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return [name for name in names if name not in used]


def _notebook_names(tree: ast.Module, declared: Collection[str]) -> list[tuple[int, str]]:
    """Return the uses of names that pyflakes takes for builtins, as they are some in a kernel."""
    bound: set[str | None] = set(declared)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif not isinstance(node, ast.keyword):
            bound.add(getattr(node, "name", None))  # of a function, a class, an exception
    return [
        (node.lineno, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in _NOTEBOOK_ONLY - bound
    ]


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the step's own process shows them
        try:
            tree = ast.parse(text)
            # Only the compiler refuses what stands outside of a function: return, yield, await.
            compile(tree, "<cell>", "exec", dont_inherit=True)
        except ValueError as error:  # a NUL byte
            raise SyntaxError(str(error)) from error
    return tree


def imported_names(text: str) -> frozenset[str]:
    """Return the top-level modules that a cell imports.

    Parameters
    ----------
    text : str

    Returns
    -------
    frozenset of str
    """
    found = set()
    for node in ast.walk(_parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return frozenset(found)


def _syntax(text: str, error: SyntaxError) -> Problem:
    line = error.lineno or 1
    lines = text.splitlines()
    start = lines[line - 1].lstrip()[:1] if 0 < line <= len(lines) else ""
    hint = ""
    if start in {"%", "!", "?"}:
        hint = "magics and shell commands do not work in a step: it runs in a process of its own"
    elif "await" in error.msg:
        hint = "a step is a script: import asyncio, and asyncio.run(...) runs a coroutine"
    return Problem(line, f"SyntaxError: {error.msg}", hint)


def _hint(name: str, declared: Collection[str], notebook: Mapping[str, Any]) -> str:
    if name in notebook and name not in _NOTEBOOK_ONLY:
        value = notebook[name]
        if isinstance(value, types.ModuleType):
            alias = "" if value.__name__ == name else f" as {name}"
            return f"import it in the cell: import {value.__name__}{alias}"
        if callable(value):
            return (
                f"{name} is defined in the notebook: define it in the cell, or in a "
                "%%step_module and import it"
            )
        return f"{name} is a notebook variable: add --arg {name}={name}"
    if name in _ENDS:
        return f"{name} belongs to the notebook; sys.exit(...) ends a step"
    if name in _NOTEBOOK_ONLY:
        return f"{name} belongs to the notebook; print() goes to the step's driver stdout"
    own = [item for item in declared if not hasattr(builtins, item)]
    guess = did_you_mean(name, own, "declared here")
    return guess if guess.startswith("did you mean") else f"-i {name} if it is an input; {guess}"
