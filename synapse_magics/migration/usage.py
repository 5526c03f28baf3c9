"""What code uses of Azure ML SDK v1: names, and members of objects as far as they are followed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synapse_magics.migration.expressions import Expressions, Use, is_sdk
from synapse_magics.migration.sources import Piece, Place, parse
from synapse_magics.migration.values import element, instance, returned

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

_INSTALL = re.compile(r"pip3?\s+install\s.*\b(azureml[\w.-]*)")
# Cell magics whose body is Python.
_PYTHON = frozenset({"capture", "prun", "python", "python3", "python_step", "spark_step"}) | {
    "step_module",
    "synapse",
    "time",
    "timeit",
}
PIP = "pip install"
"""How the use of a package of the SDK is called."""
SYNAPSE = "%synapse"
"""How the use of that magic is called."""


def uses(pieces: Iterable[Piece]) -> list[Use]:
    """Return what the code of one file uses, in order.

    Parameters
    ----------
    pieces : iterable of Piece
        The cells of a notebook share their names.

    Returns
    -------
    list of Use
    """
    scan = _Scan()
    for piece in pieces:
        if piece.tree is not None:
            scan.start = piece.start
            scan.visit(piece.tree)
    return scan.found


class _Scan(Expressions):
    """Follow the values of names through code, statement by statement."""

    def visit_Assign(self, node: ast.Assign) -> None:
        value = self.visit(node.value)
        for target in node.targets:
            self.target(target, value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        annotated = self.visit(node.annotation)
        value = self.visit(node.value) if node.value is not None else None
        self.target(node.target, value or instance(annotated))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.target(node.target, element(self.visit(node.iter)))
        for statement in [*node.body, *node.orelse]:
            self.visit(statement)

    visit_AsyncFor = visit_For

    def visit_withitem(self, node: ast.withitem) -> None:
        value = self.visit(node.context_expr)
        if node.optional_vars is not None:
            self.target(node.optional_vars, value)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        value = self.visit(node.type) if node.type is not None else None
        if node.name:
            self.bind(node.name, instance(value))
        for statement in node.body:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in [*node.decorator_list, *node.args.defaults]:
            self.visit(part)
        before = dict(self.values)
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            given = self.visit(argument.annotation) if argument.annotation else None
            # A parameter that is called as a name of the notebook is, as a rule, that.
            if given is not None or argument.arg not in self.values:
                self.bind(argument.arg, instance(given))
        self.returned = None
        for statement in node.body:
            self.visit(statement)
        # What a method gave to self is there in the next one.
        self.values = before | {name: kept for name, kept in self.values.items() if "." in name}
        self.bind(node.name, returned(self.returned))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Return(self, node: ast.Return) -> None:
        value = self.visit(node.value) if node.value is not None else None
        self.returned = value or self.returned

    def visit_magic(self, kind: str, texts: list[str], node: ast.Call) -> None:
        name, line, body = (*texts, "", "")[:3]
        if kind in {"system", "getoutput"}:
            name, line = "", name
        install = _INSTALL.search(f"{name} {line}")
        if install:
            self.use(f"{PIP} {install[1]}", node)
        elif kind.endswith("magic") and name == "synapse":
            self.use(SYNAPSE, node)
        elif name in {"load_ext", "reload_ext"} and is_sdk(line):
            self.module(line.strip(), node)
        is_script = name in {"writefile", "file"} and line.strip().endswith(".py")
        is_python = name in _PYTHON and line.split()[:1] not in (["scala"], ["spark"], ["start"])
        if not body or not (is_python or is_script):
            return
        try:
            tree = parse(body)
        except (SyntaxError, ValueError):
            return  # not Python after all
        before, start = dict(self.values), self.start
        self.start = Place(start.file, start.line + node.lineno, start.cell)
        if is_script:
            self.values = {}
        self.visit(tree)
        self.start = start
        if is_script:
            self.values = before
