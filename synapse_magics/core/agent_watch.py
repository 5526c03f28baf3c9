"""Who waits for a run notices when its agent has died."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from synapse_magics.agent import client

if TYPE_CHECKING:
    from synapse_magics.core.workspace import Workspace

_REVIVE_SECONDS = 2.0
_LAUNCHES = 3
_WITHIN_SECONDS = 60.0


class AgentWatch:
    """Start the next agent when the one that ran a run has died.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.store.folder
        self._next = time.monotonic() + _REVIVE_SECONDS
        self._launches: list[float] = []

    def check(self) -> None:
        """Look, every two seconds, whether somebody holds the lock.

        Raises
        ------
        AgentError
            If no agent starts, or one after the other dies.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _REVIVE_SECONDS
        if client.running(self._folder) is not None:
            return
        self._launches = [when for when in self._launches if now - when < _WITHIN_SECONDS]
        if len(self._launches) >= _LAUNCHES:
            raise client.AgentError(
                f"the workspace's agent died {_LAUNCHES} times within a minute; the run is on"
                " record and goes on with the next agent that stays",
                where=f"see {self._folder / 'agent' / 'agent.log'}",
                hint="mend what the log tells, then open the workspace again",
            )
        self._launches.append(now)
        try:
            client.wake(self._folder)
        except client.AgentError:
            if len(self._launches) >= _LAUNCHES:
                raise
