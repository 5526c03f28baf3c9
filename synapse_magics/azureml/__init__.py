"""The import names of Azure ML SDK v1 for our objects; no logic of their own.

To import this module makes ``import azureml.core`` and its siblings find the modules here, unless
the real SDK is installed. ``%load_ext synapse_magics`` does it, and so do ``synapse-magics run``
and each step of a local engine.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from synapse_magics.azureml.import_map import NAMES
from synapse_magics.azureml.other_packages import package_of
from synapse_magics.runtime.bootstrap import ON_PATH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.core.interactiveshell import InteractiveShell

VERSION = "1.61.0"
"""The version of the SDK whose names these are."""
_SHARED = frozenset({"azureml.contrib", "azureml.train.automl"})
"""What has both modules of the SDK and packages of their own below it."""


class AliasModule(ModuleType):
    """A module of the SDK's name; what it holds is imported when it is asked for."""

    def __getattr__(self, name: str) -> object:
        names = NAMES[self.__name__]
        if name in names:
            home, _, attribute = names[name].partition(":")
            module = import_module(f"synapse_magics.{home}".rstrip("."))
            return getattr(module, attribute or name)
        if f"{self.__name__}.{name}" in NAMES:
            # The SDK's packages import their modules, so that azureml.core.compute is just there.
            return import_module(f"{self.__name__}.{name}")
        # Only an ImportError's words are seen after ``from ... import``; hasattr needs the other.
        refusal = ImportError if name[:1].isupper() else AttributeError
        raise refusal(f"{self.__name__!r} has no {name!r} here; it has {', '.join(sorted(names))}")

    def __dir__(self) -> list[str]:
        prefix = f"{self.__name__}."
        below = {name.removeprefix(prefix) for name in NAMES if name.startswith(prefix)}
        return sorted({*NAMES[self.__name__], *(name for name in below if "." not in name)})


class AliasFinder:
    """Find the SDK's modules here."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of one of the SDK's modules, or None."""
        del path, target
        if name not in NAMES or _is_installed(package_of(name)):
            return None
        spec = ModuleSpec(name, AliasFinder(), is_package=True)  # type: ignore[arg-type]
        if name == "azureml":
            # Packages that are not the SDK live below this name, too: azureml.mlflow.
            spec.submodule_search_locations = _locations()
        elif name in _SHARED:
            spec.submodule_search_locations = _below(name)
        return spec

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        """Return the module of a spec."""
        module = AliasModule(spec.name)
        names = NAMES[spec.name]
        module.__all__ = sorted(  # type: ignore[attr-defined]
            name for name in names if not name.startswith("_")
        )
        return module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Do nothing: everything is there already."""


def is_real_sdk_installed() -> bool:
    """Tell whether Azure ML's own ``azureml.core`` can be imported."""
    locations = _locations()
    return PathFinder.find_spec("azureml.core", locations) is not None if locations else False


def _is_installed(package: str | None) -> bool:
    if package is None:
        return False
    folders = _below(package.rpartition(".")[0])
    return bool(folders) and PathFinder.find_spec(package, folders) is not None


def _below(module: str) -> list[str]:
    """Return the folders of a module of the SDK's, as far as other packages have brought them."""
    parts = module.split(".")[1:]
    folders = [Path(location, *parts) for location in _locations()]
    return [str(folder) for folder in folders if folder.is_dir()]


def _locations() -> list[str]:
    spec = PathFinder.find_spec("azureml", [entry for entry in sys.path if entry != ON_PATH])
    return list(spec.submodule_search_locations or []) if spec is not None else []


def install(*, even_over_the_real_sdk: bool = False) -> bool:
    """Make the SDK's names importable.

    Parameters
    ----------
    even_over_the_real_sdk : bool

    Returns
    -------
    bool
        Whether they are ours now.
    """
    if any(finder is AliasFinder for finder in sys.meta_path):
        return True
    if is_real_sdk_installed() and not even_over_the_real_sdk:
        return False
    sys.meta_path.insert(0, AliasFinder)
    return True


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Make the SDK's names importable in a shell, and bring nothing else into it.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    del shell
    install()


install()
