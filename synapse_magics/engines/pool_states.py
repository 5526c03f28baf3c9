"""How the pools stand, as the agent that has their drivers tells it to whoever looks."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from synapse_magics.store.warm_drivers import PoolRecord, PoolState, read_pools, write_pools

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class PoolDriver(Protocol):
    """What has to be known of a driver."""

    pools: set[str]
    """For whose steps it is."""
    status: str
    """Empty until its JVM is there."""

    @property
    def is_lent(self) -> bool:
        """Whether a step has it."""


class PoolStates:
    """Keep the file that says how the pools stand; it is written when something has changed.

    Parameters
    ----------
    folder : pathlib.Path
        The folder ``agent`` of the workspace's state.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # What the file says now: the first note corrects what is no longer true.
        self._written = read_pools(folder)
        # What an agent of before had started has ended with it; that it was paused is still true.
        self._known = {
            name: record
            for name, record in self._written.items()
            if record.state is PoolState.PAUSED
        }
        self._ended: dict[str, PoolRecord] = {}

    def ended(self, pools: Iterable[str], state: PoolState, why: str) -> None:
        """Take note of why a driver ends.

        Parameters
        ----------
        pools : iterable of str
            For whose steps it was.
        state : PoolState
            How they stand if there is no other one.
        why : str
        """
        for name in pools:
            self._ended[name] = PoolRecord(state, time.time(), why=why)

    def note(self, drivers: Iterable[PoolDriver]) -> None:
        """Write how the pools stand.

        Parameters
        ----------
        drivers : iterable of PoolDriver
            All that there are.
        """
        found: dict[str, list[PoolDriver]] = {}
        for driver in drivers:
            for name in driver.pools:
                found.setdefault(name, []).append(driver)
        for name, mine in found.items():
            ready = [driver for driver in mine if driver.status]
            record = PoolRecord(
                PoolState.WARM if ready else PoolState.WARMING,
                drivers=len(mine),
                lent=sum(driver.is_lent for driver in mine),
            )
            before = self._known.get(name)
            since = before.since if before and before.state is record.state else time.time()
            self._known[name] = replace(record, since=since)
        # Only now: a pool that still has a driver stands as it did, whichever other one ended.
        self._known.update({n: one for n, one in self._ended.items() if n not in found})
        self._ended.clear()
        if self._known != self._written and write_pools(self._folder, self._known):
            self._written = dict(self._known)
