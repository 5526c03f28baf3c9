"""What code uses of Azure ML SDK v1: names, and members of objects as far as they are followed."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_magics.azureml.import_map import HOMES, NAMES
from synapse_magics.migration.member_types import SAME, TYPES
from synapse_magics.migration.sources import Piece, Place, parse
from synapse_magics.migration.support import Support, table
from synapse_magics.migration.values import (
    Kind,
    Value,
    element,
    instance,
    kinds_of,
    line_of,
    magic_of,
    of_builtin,
    of_several,
    returned,
    typed,
)

if TYPE_CHECKING:
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


@dataclass(frozen=True)
class Use:
    """One use of a name of the SDK.

    Parameters
    ----------
    name : str
        As in the table, or a name of the SDK that is not in it.
    place : Place
    imported : bool
        It is only imported there.
    """

    name: str
    place: Place
    imported: bool = False


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


def _canonical() -> dict[str, str]:
    found: dict[str, str] = {}
    for module, names in NAMES.items():
        for name in names:
            found.setdefault(name, f"{module}.{name}")
    # The table says under which of its names a class is known.
    found.update({name.rsplit(".", 1)[-1]: name for name in table() if _is_class(name)})
    return found


def _is_class(name: str) -> bool:
    module, _, last = name.rpartition(".")
    return last in HOMES and module in NAMES


CANONICAL = _canonical()
"""The name in the table of each class and function, by its short name."""


class _Scan(ast.NodeVisitor):
    """Follow the values of names through code, statement by statement."""

    def __init__(self) -> None:
        self.start = Place("", 1)
        self.found: list[Use] = []
        self.values: dict[str, Value] = {}
        self.returned: Value | None = None

    # Imports

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if not _is_sdk(alias.name):
                continue
            self._module(alias.name, node)
            name = alias.name if alias.asname else alias.name.split(".")[0]
            self.values[alias.asname or name] = Value(Kind.MODULE, name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level or not _is_sdk(module) or not self._module(module, node):
            return
        for alias in node.names:
            if alias.name == "*":
                for name in NAMES[module]:
                    self.values[name] = Value(Kind.CLASS, name)
                continue
            value = self._of_module(module, alias.name, node, imported=True)
            self._bind(alias.asname or alias.name, value)

    def _module(self, name: str, node: ast.AST) -> bool:
        if name not in NAMES:
            self._use(name, node)
        return name in NAMES

    def _of_module(
        self, module: str, name: str, node: ast.AST, *, imported: bool = False
    ) -> Value | None:
        if name in NAMES.get(module, ()):
            self._use(CANONICAL[name], node, imported=imported)
            return Value(Kind.CLASS, name)
        if any(
            item == f"{module}.{name}" or item.startswith(f"{module}.{name}.") for item in NAMES
        ):
            return Value(Kind.MODULE, f"{module}.{name}")
        self._use(f"{module}.{name}", node)
        return None

    # Expressions

    def visit_Name(self, node: ast.Name) -> Value | None:
        value = self.values.get(node.id) if isinstance(node.ctx, ast.Load) else None
        if value is not None and value.kind is Kind.CLASS:
            self._use(CANONICAL[value.name], node)
        return value

    def visit_Attribute(self, node: ast.Attribute) -> Value | None:
        value = self.visit(node.value)
        if value is None:
            return self.values.get(_dotted(node))
        if node.attr.startswith("_"):
            return None
        if value.kind is Kind.MODULE:
            return self._of_module(value.name, node.attr, node)
        if value.kind in {Kind.CLASS, Kind.OBJECT}:
            return self._member(value, node.attr, node)
        return of_several(value, node.attr) if value.kind is Kind.SEVERAL else None

    def visit_Call(self, node: ast.Call) -> Value | None:
        magic = magic_of(node)
        if magic is not None:
            self._magic(*magic, node)
            return None
        before = len(self.found)
        value = self.visit(node.func)
        if value is not None and len(self.found) > before:
            self._refused(self.found[-1].name, node)
        given = [*node.args, *(item.value for item in node.keywords)]
        arguments = [self.visit(argument) for argument in given]
        if value is None:
            return of_builtin(node.func, arguments[0] if arguments else None)
        if value.kind is Kind.CLASS:
            return typed(TYPES.get(value.name, value.name))
        return typed(value.name) if value.kind is Kind.MEMBER else None

    def _refused(self, name: str, node: ast.Call) -> None:
        entry = table().get(name)
        for keyword in node.keywords if entry is not None else ():
            given = not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
            if entry is not None and keyword.arg in entry.refused and given:
                self._use(f"{name}({keyword.arg}=)", keyword.value)

    def visit_Subscript(self, node: ast.Subscript) -> Value | None:
        value = self.visit(node.value)
        self.visit(node.slice)
        if value is not None and value.kind is Kind.SEVERAL:
            return Value(Kind.OBJECT, value.name)
        return None

    def visit_Await(self, node: ast.Await) -> Value | None:
        found: Value | None = self.visit(node.value)
        return found

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Value | None:
        value: Value | None = self.visit(node.value)
        self._bind(node.target.id, value)
        return value

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Value | None:
        before = dict(self.values)
        for generator in node.generators:
            self._target(generator.target, element(self.visit(generator.iter)))
            for condition in generator.ifs:
                self.visit(condition)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        value = [self.visit(part) for part in parts][-1]
        self.values = before
        return None if value is None else Value(Kind.SEVERAL, value.name)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    def _member(self, owner: Value, name: str, node: ast.AST) -> Value | None:
        known = table()
        short = owner.name
        whole = known.get(CANONICAL[short])
        if whole is not None and whole.support is Support.NO:
            return None  # to name the class was the use
        for base in [*line_of(short), *kinds_of(short)]:
            member = f"{CANONICAL[base]}.{name}"
            kind = TYPES.get(f"{base}.{name}")
            if member in known or kind is not None:
                break
        else:
            member, kind = f"{CANONICAL[short]}.{name}", None
        self._use(member, node)
        if name in SAME:
            kind = short
        if kind is None:
            return None
        is_attribute = member in known and known[member].signature is None
        return typed(kind) if is_attribute else Value(Kind.MEMBER, kind)

    # Statements

    def visit_Assign(self, node: ast.Assign) -> None:
        value = self.visit(node.value)
        for target in node.targets:
            self._target(target, value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        annotated = self.visit(node.annotation)
        value = self.visit(node.value) if node.value is not None else None
        self._target(node.target, value or instance(annotated))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._target(node.target, element(self.visit(node.iter)))
        for statement in [*node.body, *node.orelse]:
            self.visit(statement)

    visit_AsyncFor = visit_For

    def visit_withitem(self, node: ast.withitem) -> None:
        value = self.visit(node.context_expr)
        if node.optional_vars is not None:
            self._target(node.optional_vars, value)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        value = self.visit(node.type) if node.type is not None else None
        if node.name:
            self._bind(node.name, instance(value))
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
                self._bind(argument.arg, instance(given))
        self.returned = None
        for statement in node.body:
            self.visit(statement)
        # What a method gave to self is there in the next one.
        self.values = before | {name: kept for name, kept in self.values.items() if "." in name}
        self._bind(node.name, returned(self.returned))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Return(self, node: ast.Return) -> None:
        value = self.visit(node.value) if node.value is not None else None
        self.returned = value or self.returned

    def _target(self, target: ast.expr, value: Value | None) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            # Several objects are taken apart; one comes with its name or its number before it.
            for item in target.elts:
                last = value if item is target.elts[-1] else None
                self._target(item, element(value) or last)
        else:
            self.visit(target)
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                self._bind(_dotted(target), value)

    def _bind(self, name: str, value: Value | None) -> None:
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    # Magics

    def _magic(self, kind: str, texts: list[str], node: ast.Call) -> None:
        name, line, body = (*texts, "", "")[:3]
        if kind in {"system", "getoutput"}:
            name, line = "", name
        install = _INSTALL.search(f"{name} {line}")
        if install:
            self._use(f"{PIP} {install[1]}", node)
        elif kind.endswith("magic") and name == "synapse":
            self._use(SYNAPSE, node)
        elif name in {"load_ext", "reload_ext"} and _is_sdk(line):
            self._module(line.strip(), node)
        is_script = name in {"writefile", "file"} and line.strip().endswith(".py")
        is_python = name in _PYTHON and line.strip() not in {"scala", "spark", "start"}
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

    def _use(self, name: str, node: ast.AST, *, imported: bool = False) -> None:
        line = self.start.line + getattr(node, "lineno", 1) - 1
        place = Place(self.start.file, line, self.start.cell)
        self.found.append(Use(name, place, imported))


def _dotted(node: ast.Attribute) -> str:
    return f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""


def _is_sdk(module: str) -> bool:
    return module.strip().split(".")[0] in {"azureml", "azureml_user"}
