"""Run a script as ``python SCRIPT`` does."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def execute(script: Path, known: Mapping[str, Any] | None = None) -> None:
    """Run a script as ``python SCRIPT`` does: its module stays, and is taken down at the end.

    ``runpy`` drops the module at once, and what functions of the script hold, a file that nobody
    closed say, is lost.

    Parameters
    ----------
    script : pathlib.Path
    known : mapping, optional
        What it finds by name.
    """
    code = compile(script.read_bytes(), str(script), "exec", dont_inherit=True)
    module = ModuleType("__main__")
    module.__dict__.update(known or {})
    module.__dict__.update({"__file__": str(script), "__builtins__": builtins, "__cached__": None})
    sys.modules["__main__"] = module
    exec(code, module.__dict__)  # noqa: S102 - the step's own code
