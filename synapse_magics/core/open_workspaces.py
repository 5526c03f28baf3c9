"""The workspace that this process opened last: what an address without a datastore belongs to."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapse_magics.core.workspace import Workspace

_latest: list[weakref.ReferenceType[Workspace]] = []


def note(workspace: Workspace) -> None:
    """Remember a workspace that was opened.

    Parameters
    ----------
    workspace : Workspace
    """
    _latest[:] = [weakref.ref(workspace)]


def latest() -> Workspace:
    """Return the workspace that was opened last, else that of a ``config.json`` here or above.

    Returns
    -------
    Workspace
    """
    from synapse_magics.core.workspace import Workspace  # noqa: PLC0415 - a cycle otherwise

    found = _latest[0]() if _latest else None
    return found or Workspace.from_config()
