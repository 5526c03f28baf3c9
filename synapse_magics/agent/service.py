"""Being the agent of a workspace: alone, deaf to terminals, obedient to a request to leave."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING

from synapse_magics.agent import client, lock
from synapse_magics.agent.main import Agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)


def serve(folder: Path, ready: Callable[[], None] = lambda: None) -> None:
    """Be the agent of a workspace, unless somebody else is.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder ``.synapse``.
    ready : callable
        Called once somebody, this process or another, hears the bell.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal that closes is none of its business
    place = folder / "agent"
    with lock.hold(place, lambda: client.ring(folder)) as mine:
        if not mine:
            ready()
            return
        os.chdir(place)
        agent = Agent(folder)
        signal.signal(signal.SIGTERM, agent.stop)
        ready()
        log.info("agent %s serves", os.getpid())
        agent.run()
        log.info("agent %s leaves", os.getpid())
