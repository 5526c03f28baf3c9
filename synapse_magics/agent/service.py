"""Being the agent of a workspace: alone, deaf to terminals, obedient to a request to leave."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING

from synapse_magics.agent import client, lock
from synapse_magics.agent.main import Agent
from synapse_magics.store.secrets import declared, mask, secret_values
from synapse_magics.store.store import Store

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
    os.umask(0o077)  # what it and its steps make is the owner's
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal that closes is none of its business
    place = folder / "agent"
    with lock.hold(place, lambda: client.ring(folder)) as mine:
        if not mine:
            ready()
            return
        os.chdir(place)
        keep_discreet(folder)
        agent = Agent(folder)
        signal.signal(signal.SIGTERM, agent.stop)
        ready()
        log.info("agent %s serves", os.getpid())
        agent.run()
        log.info("agent %s leaves", os.getpid())


def keep_discreet(folder: Path) -> None:
    """Let whatever this process logs from now on hold no secret that the workspace knows.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder ``.synapse``.
    """
    with Store(folder) as store:
        secrets = secret_values(os.environ, declared(store.registry))
    for handler in logging.getLogger().handlers:
        handler.setFormatter(Discreet(handler.formatter or logging.Formatter(), secrets))


class Discreet(logging.Formatter):
    """Write what another formatter does, without secrets.

    Parameters
    ----------
    other : logging.Formatter
    secrets : tuple of str
    """

    def __init__(self, other: logging.Formatter, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._other, self._secrets = other, secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return a line of the log, with the traceback that belongs to it."""
        return mask(self._other.format(record), self._secrets)
