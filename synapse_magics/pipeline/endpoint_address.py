"""Where the workspace's agent serves published pipelines by HTTP."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from synapse_magics.agent import client
from synapse_magics.store.http_access import served_by

if TYPE_CHECKING:
    from synapse_magics.store.store import Store

_PATIENCE_SECONDS = 15.0
NOT_SERVED = "served when .endpoint is asked for"
"""What stands for the address while no agent serves it."""


def served_address(store: Store) -> str | None:
    """Return the address that the agent serves now, or None.

    Parameters
    ----------
    store : Store

    Returns
    -------
    str or None
    """
    found = served_by(store.folder)
    # A port of an agent that has gone may be anybody's by now.
    if found is None or found.pid != client.running(store.folder):
        return None
    return f"http://127.0.0.1:{found.port}"


def serving_address(store: Store) -> str:
    """Return the address that the agent serves, and start the agent if it is not there.

    Parameters
    ----------
    store : Store

    Returns
    -------
    str

    Raises
    ------
    AgentError
        If it does not serve.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        address = served_address(store)
        if address is not None:
            return address
        if time.monotonic() > deadline:
            raise client.AgentError(
                "the workspace's agent does not serve published pipelines",
                where=f"see {store.folder / 'agent' / 'agent.log'}",
            )
        client.wake(store.folder)
        time.sleep(0.02)
