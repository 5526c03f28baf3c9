"""Which packages a step's code imports, and their versions: part of what its result depends on."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import os
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What reads the tables that a step is handed.
_READERS = {StepKind.SPARK: ("pyspark",), StepKind.PYTHON: ("pandas",)}

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_IMPORTERS = frozenset({"__import__", "import_module", "importlib.import_module"})
_SMALL_BYTES = 1 << 20
"""Of larger files beside the code of a module that is worked on the size alone counts."""

_BASE = Path(sys.base_prefix).resolve() / "lib"

# This package under its own and Azure ML's names: the generated main file is compared anyway.
_OURS = frozenset({"synapse_magics", "azureml"})


def versions(
    kind: StepKind, files: Mapping[str, bytes], requirements: Iterable[str] = ()
) -> dict[str, str]:
    """Return the versions of Python and of the packages that a step's code imports.

    Parameters
    ----------
    kind : StepKind
    files : mapping
        The step's own code by relative path.
    requirements : iterable of str
        What its environment asks for.

    Returns
    -------
    dict
        By the package's name. A package that is not installed has the version ``missing``. Of one
        that is worked on, installed to be edited or found on the path, the code counts, too.
    """
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    importlib.invalidate_caches()  # whoever asks may live for long
    local = _local_code(imported(files))
    code = imported(files).union(*(module.imports for module in local.values()))
    names = {re.split(r"[^\w.-]", item, maxsplit=1)[0] for item in requirements}
    for module in {*_READERS[kind], *code}:
        # Most packages have the name of their module; to know the others takes a fifth of a second.
        names.update(
            [module] if _version(module) else _distributions(_state_of_path()).get(module, ())
        )
    for key in sorted({re.sub(r"[-_.]+", "-", name).lower() for name in names}):
        if not key.startswith("azureml-") and key not in {"python", "pip"}:  # met in another way
            found[key] = _version(key) or "missing"
    for module, known in sorted(local.items()):
        found[module] = f"{found.get(module, 'of this machine')} ({known.digest})"
    return found


def required(found: Mapping[str, str]) -> set[str]:
    """Return the names of the packages whose versions were returned by :func:`versions`.

    Parameters
    ----------
    found : mapping

    Returns
    -------
    set of str
        What asks for them is not told any more; it may have been an environment.
    """
    return {name for name, version in found.items() if name != "python" and " (" not in version}


@dataclass(frozen=True)
class _LocalModule:
    """A module that is worked on: a hash of its files, and what they import in turn."""

    digest: str
    imports: frozenset[str]


def _local_code(modules: Iterable[str]) -> dict[str, _LocalModule]:
    """Return the modules that do not lie where packages are installed, and those they import."""
    found: dict[str, _LocalModule] = {}
    todo, seen = list(modules), set()
    while todo:
        module = todo.pop()
        if module not in seen:
            seen.add(module)
            known = _local_module(module)
            if known is not None:
                found[module] = known
                todo += known.imports
    return found


def _local_module(module: str) -> _LocalModule | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None:
        return None
    digest, sources = hashlib.sha256(), {}
    # What is made up, and lies nowhere, has neither: the working directory is not its code.
    places = spec.submodule_search_locations or filter(None, [spec.origin])
    for place in map(Path, places):
        if (
            not place.exists()
            or place.resolve().is_relative_to(_BASE)
            or _INSTALLED & {*place.parts}
        ):
            continue
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            # Editors leave links to nowhere; caches say nothing.
            if not file.is_file() or any(map(_is_no_code, file.relative_to(place).parts)):
                continue
            name, size = f"{module}/{file.relative_to(place)}", file.stat().st_size
            body = file.read_bytes() if size <= _SMALL_BYTES else str(size).encode()
            digest.update(f"{name}\0".encode("utf-8", "surrogateescape") + body + b"\0")
            sources[name if place.is_dir() else f"{module}.py"] = body
    if not sources:
        return None
    return _LocalModule(digest.hexdigest()[:8], frozenset(imported(sources)))


def _is_no_code(part: str) -> bool:
    return part == "__pycache__" or part.startswith(".")


def _version(name: str) -> str | None:
    """Return the version of a package, or None; where nothing has changed nobody looks again."""
    found = (_version_in(name, place, changed) for place, changed in _state_of_path())
    return next(filter(None, found), None)


@lru_cache(maxsize=4096)
def _version_in(name: str, place: str, changed: int) -> str | None:
    """Return the version of a package as one place of the path has it.

    All that a package says of itself is parsed for that, which takes milliseconds. To bring it up
    to date is to replace a folder of the place.
    """
    del changed
    found = next(iter(metadata.Distribution.discover(name=name, path=[place])), None)
    return None if found is None else found.version


def imported(files: Mapping[str, bytes]) -> set[str]:
    """Return the top-level modules that Python files import, apart from their own and Python's.

    Parameters
    ----------
    files : mapping
        Content by relative path.

    Returns
    -------
    set of str
    """
    scripts = [name for name in files if name.endswith(".py")]
    found: set[str] = set()
    for script in scripts:
        # What lies beside a script is found as well when it is the one that is run.
        folder = script.rpartition("/")[0]
        found |= _imports(files[script]) - _importable(scripts, f"{folder}/" if folder else "")
    return found - _importable(scripts, "") - _OURS - sys.stdlib_module_names


def is_plain(files: Mapping[str, bytes]) -> bool:
    """Tell whether Python files import nothing but Python's own modules and each other.

    Parameters
    ----------
    files : mapping
        Content by relative path.

    Returns
    -------
    bool
    """
    scripts = [content for name, content in files.items() if name.endswith(".py")]
    return (
        bool(scripts)
        and all(map(_is_python, scripts))
        and not imported(files)
        and not any(_imports(content) & _OURS for content in scripts)
    )


@lru_cache(maxsize=512)
def _is_python(content: bytes) -> bool:
    try:
        ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _importable(scripts: Iterable[str], folder: str) -> set[str]:
    inside = (name.removeprefix(folder) for name in scripts if name.startswith(folder))
    return {name.split("/")[0].removesuffix(".py") for name in inside}


@lru_cache(maxsize=512)
def _imports(content: bytes) -> frozenset[str]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()  # it may be meant for another Python, or be written by a program
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in _IMPORTERS and node.args:
            name = getattr(node.args[0], "value", None)  # importlib.import_module("numpy")
            if isinstance(name, str) and not name.startswith("."):
                found.add(name.split(".")[0])
    return frozenset(found)


def _state_of_path() -> tuple[tuple[str, int], ...]:
    """Return what changes when a package is installed or removed while this process lives."""
    found = []
    for place in sys.path:
        with contextlib.suppress(OSError, ValueError):
            found.append((place, os.stat(place or ".").st_mtime_ns))  # noqa: PTH116 - often
    return tuple(found)


@lru_cache(maxsize=1)
def _distributions(state: tuple[tuple[str, int], ...]) -> dict[str, tuple[str, ...]]:
    """Return the packages that bring each top-level module; a look at all that is installed."""
    del state
    found = metadata.packages_distributions()
    return {module: tuple(dict.fromkeys(names)) for module, names in found.items()}
