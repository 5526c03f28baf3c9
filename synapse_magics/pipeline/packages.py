"""Which packages a step's code imports, and their versions: part of what its result depends on."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
import sys
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
    code = imported(files)
    names = {re.split(r"[^\w.-]", item, maxsplit=1)[0] for item in requirements}
    for module in {*_READERS[kind], *code}:
        # Most packages have the name of their module; to know the others takes a fifth of a second.
        names.update(
            [module] if _version(module) else _distributions(_state_of_path()).get(module, ())
        )
    for key in sorted({re.sub(r"[-_.]+", "-", name).lower() for name in names}):
        if not key.startswith("azureml-") and key not in {"python", "pip"}:  # met in another way
            found[key] = _version(key) or "missing"
    for module in sorted(code):
        state = _state_of_code(module)
        if state:
            found[module] = f"{found.get(module, 'of this machine')} ({state})"
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


def _state_of_code(module: str) -> str:
    """Return a hash of a module's files, if it does not lie where packages are installed."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return ""
    if spec is None:
        return ""
    places = [*(spec.submodule_search_locations or [spec.origin or ""])]
    digest = hashlib.sha256()
    seen = 0
    for place in (Path(place) for place in places if place):
        if (
            not place.exists()
            or place.resolve().is_relative_to(_BASE)
            or _INSTALLED & {*place.parts}
        ):
            continue
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            seen += 1
            digest.update(f"{file.relative_to(place)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:8] if seen else ""


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


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
    own = {part.removesuffix(".py") for name in scripts for part in name.split("/")}
    found: set[str] = set()
    for name in scripts:
        found |= _imports(files[name])
    return found - own - _OURS - sys.stdlib_module_names


@lru_cache(maxsize=512)
def _imports(content: bytes) -> frozenset[str]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return frozenset()  # it may be meant for another Python
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return frozenset(found)


def _state_of_path() -> tuple[tuple[str, int], ...]:
    """Return what changes when a package is installed or removed while this process lives."""
    places = [Path(place) for place in sys.path]
    return tuple((str(place), place.stat().st_mtime_ns) for place in places if place.is_dir())


@lru_cache(maxsize=1)
def _distributions(state: tuple[tuple[str, int], ...]) -> dict[str, tuple[str, ...]]:
    """Return the packages that bring each top-level module; a look at all that is installed."""
    del state
    found = metadata.packages_distributions()
    return {module: tuple(dict.fromkeys(names)) for module, names in found.items()}
