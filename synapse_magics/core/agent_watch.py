"""Who waits for a run notices when its agent has died."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from synapse_magics.agent import client

if TYPE_CHECKING:
    from synapse_magics.core.workspace import Workspace

_REVIVE_SECONDS = 2.0


class AgentWatch:
    """Start the next agent when the one that ran a run has died.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.store.folder
        self._next = time.monotonic() + _REVIVE_SECONDS

    def check(self) -> None:
        """Look, every two seconds, whether somebody holds the lock."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _REVIVE_SECONDS
        if client.running(self._folder) is None:
            client.wake(self._folder)
