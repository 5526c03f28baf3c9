"""A notebook without a browser: run in a kernel of its own, with progress, parameters, results.

What is here is imported when it is first used: the command line starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["CellError", "HeadlessError", "NotebookResult", "run_notebook"]

_MODULES = {
    "CellError": "kernel_job",
    "HeadlessError": "kernel_job",
    "NotebookResult": "runner",
    "run_notebook": "runner",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
