"""Follow the expressions of code: imports, names, members and calls."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from synapse_magics.azureml.import_map import HOMES, NAMES
from synapse_magics.migration.member_types import SAME, TYPES
from synapse_magics.migration.sources import Place
from synapse_magics.migration.support import Support, table
from synapse_magics.migration.values import (
    Kind,
    Value,
    element,
    kinds_of,
    line_of,
    magic_of,
    of_builtin,
    of_several,
    typed,
)


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


class Expressions(ast.NodeVisitor):
    """The values of names, and what expressions make of them."""

    def __init__(self) -> None:
        self.start = Place("", 1)
        self.found: list[Use] = []
        self.values: dict[str, Value] = {}
        self.returned: Value | None = None

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if not is_sdk(alias.name):
                continue
            self.module(alias.name, node)
            name = alias.name if alias.asname else alias.name.split(".")[0]
            self.values[alias.asname or name] = Value(Kind.MODULE, name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level or not is_sdk(module) or not self.module(module, node):
            return
        for alias in node.names:
            if alias.name == "*":
                for name in NAMES[module]:
                    self.values[name] = Value(Kind.CLASS, name)
                continue
            value = self._of_module(module, alias.name, node, imported=True)
            self.bind(alias.asname or alias.name, value)

    def module(self, name: str, node: ast.AST) -> bool:
        """Look at a module that is imported; tell whether it is known."""
        if name not in NAMES:
            self.use(name, node)
        return name in NAMES

    def _of_module(
        self, module: str, name: str, node: ast.AST, *, imported: bool = False
    ) -> Value | None:
        if name in NAMES.get(module, ()):
            self.use(CANONICAL[name], node, imported=imported)
            return Value(Kind.CLASS, name)
        if any(
            item == f"{module}.{name}" or item.startswith(f"{module}.{name}.") for item in NAMES
        ):
            return Value(Kind.MODULE, f"{module}.{name}")
        self.use(f"{module}.{name}", node)
        return None

    def visit_Name(self, node: ast.Name) -> Value | None:
        value = self.values.get(node.id) if isinstance(node.ctx, ast.Load) else None
        if value is not None and value.kind is Kind.CLASS:
            self.use(CANONICAL[value.name], node)
        return value

    def visit_Attribute(self, node: ast.Attribute) -> Value | None:
        value = self.visit(node.value)
        if value is None:
            return self.values.get(dotted(node))
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
            self.visit_magic(*magic, node)
            return None
        value = self.visit(node.func)
        if value is not None:
            is_class = value.kind is Kind.CLASS
            self._refused(CANONICAL[value.name] if is_class else value.called, node)
        given = [*node.args, *(item.value for item in node.keywords)]
        arguments = [self.visit(argument) for argument in given]
        if value is None:
            return of_builtin(node.func, arguments[0] if arguments else None)
        if value.kind is Kind.CLASS:
            return typed(TYPES.get(value.name, value.name))
        return typed(value.name) if value.kind is Kind.MEMBER and value.name else None

    def _refused(self, name: str, node: ast.Call) -> None:
        entry = table().get(name)
        for keyword in node.keywords if entry is not None else ():
            given = not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
            if entry is not None and keyword.arg in entry.refused and given:
                self.use(f"{name}({keyword.arg}=)", keyword.value)

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
        self.bind(node.target.id, value)
        return value

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Value | None:
        before = dict(self.values)
        for generator in node.generators:
            self.target(generator.target, element(self.visit(generator.iter)))
            for condition in generator.ifs:
                self.visit(condition)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        value = [self.visit(part) for part in parts][-1]
        self.values = before
        return Value(Kind.SEVERAL, value.name) if value is not None and value.name else None

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
        self.use(member, node)
        if name in SAME:
            kind = short
        if member in known and known[member].signature is None:
            return typed(kind) if kind is not None else None
        # What it returns may be nothing that is followed any further; it may refuse parameters.
        return Value(Kind.MEMBER, kind or "", member) if kind or member in known else None

    def target(self, target: ast.expr, value: Value | None) -> None:
        """Say what the target of an assignment is."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            # Several objects are taken apart; one comes with its name or its number before it.
            for item in target.elts:
                last = value if item is target.elts[-1] else None
                self.target(item, element(value) or last)
        else:
            self.visit(target)
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                self.bind(dotted(target), value)

    def bind(self, name: str, value: Value | None) -> None:
        """Say what a name is from here on."""
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def use(self, name: str, node: ast.AST, *, imported: bool = False) -> None:
        """Note a use."""
        line = self.start.line + getattr(node, "lineno", 1) - 1
        place = Place(self.start.file, line, self.start.cell)
        self.found.append(Use(name, place, imported))

    def visit_magic(self, kind: str, texts: list[str], node: ast.Call) -> None:
        """Look at a magic."""
        raise NotImplementedError


def dotted(node: ast.Attribute) -> str:
    """Return a name with an attribute, which is followed like a name."""
    return f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""


def is_sdk(module: str) -> bool:
    """Tell whether a module is one of the SDK's names."""
    return module.strip().split(".")[0] in {"azureml", "azureml_user"}
