"""The eyes: views of a run, drawn by pure functions from the plain data in the store.

``render_run``, ``graph_svg`` and ``render_log`` turn a picture of a run into HTML or text and need
nothing but the standard library; ``run_details`` is the live view and the only module here that
imports ipywidgets. Nothing is imported before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synapse_magics.widgets.run_details import RunDetails, RunSource

__all__ = ["RunDetails", "RunSource"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("synapse_magics.widgets.run_details"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
