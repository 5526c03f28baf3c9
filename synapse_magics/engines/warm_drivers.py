"""The warm drivers of an agent: JVMs that have run something, each for one step at a time.

A driver is lent from the moment it is started: a step that comes while its JVM starts waits for
that, which is never longer than to start another one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from synapse_magics.engines import class_archives, driver_keeper
from synapse_magics.engines.driver_keeper import GONE, LENT, READY, SOCKET
from synapse_magics.engines.pool_states import PoolStates
from synapse_magics.engines.spark_conf import write_conf
from synapse_magics.store.warm_drivers import PoolState, most_drivers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.run_folder import RunFolder

log = logging.getLogger(__name__)

LEASES = 25
"""After how many steps a JVM is thrown away: what steps leave in it adds up."""

IDLE_SECONDS = 900.0
"""How long a driver waits that nobody uses, unless the pool of its last step says otherwise."""

PROMISE_SECONDS = 90.0
"""How long a driver is kept for a step that was told of it; its supervisor waits for a minute."""

_LOCK = "lock"
_OTHER = "another driver was wanted"
_MEMORY_BYTES = 1 << 30
"""So much must be left for one more; idle ones end when there is only half as much."""


@dataclass(frozen=True)
class DriverSettings:
    """What a JVM is started with: a step gets one that was started as it wants it.

    Parameters
    ----------
    memory : str
        ``spark.driver.memory``; empty for Spark's own choice.
    environment : tuple of tuple
        The whole environment of the process.
    """

    memory: str
    environment: tuple[tuple[str, str], ...]


class WarmDriver:
    """One driver and its keeper.

    Parameters
    ----------
    folder : pathlib.Path
        A new one, the driver's own.
    settings : DriverSettings
    conf : mapping
        Settings such as steps have; with these it is warmed.
    """

    def __init__(self, folder: Path, settings: DriverSettings, conf: Mapping[str, str]) -> None:
        self.folder = folder
        self.settings = settings
        self.status = ""
        self.used = time.monotonic()
        self.idle_seconds = IDLE_SECONDS
        self.has_served = self._is_out = False
        self.pools: set[str] = set()
        self.why = ""
        self._promised: float | None = None
        memory = {"spark.driver.memory": settings.memory} if settings.memory else {}
        write_conf(folder / "conf", memory)
        told: dict[str, Any] = {"folder": str(folder), "conf": dict(conf), "leases": LEASES}
        # Made here, so that nobody comes before it; the lock is held as long as the keeper lives.
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener,
            (folder / _LOCK).open("w") as lock,
        ):
            fcntl.flock(lock, fcntl.LOCK_EX)
            listener.bind(os.path.relpath(folder / SOCKET))
            listener.listen(4)
            self._process = subprocess.Popen(
                [sys.executable, "-m", driver_keeper.__name__],
                cwd=folder,
                env={
                    **dict(settings.environment),
                    **class_archives.variable(),
                    "SPARK_CONF_DIR": str(folder / "conf"),
                },
                pass_fds=(listener.fileno(), lock.fileno()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            told["listener"] = listener.fileno()
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        os.set_blocking(self._process.stdout.fileno(), False)
        self._process.stdin.write(f"{json.dumps(told)}\n".encode())
        self._process.stdin.flush()

    @property
    def pid(self) -> int:
        """The keeper's process."""
        return self._process.pid

    @property
    def is_lent(self) -> bool:
        """Whether a step has it, or was told a moment ago that it may have it."""
        if self._promised is not None and time.monotonic() - self._promised > PROMISE_SECONDS:
            self._promised = None  # nobody came: the step was canceled, say
        return self._is_out or self._promised is not None

    def look(self) -> bool:
        """Take note of what the keeper has said.

        Returns
        -------
        bool
            Whether it is there still.
        """
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        with contextlib.suppress(BlockingIOError):
            for line in (os.read(self._process.stdout.fileno(), 4096)).decode().splitlines():
                self.status, _, why = line.partition(" ")
                if self.status == READY:
                    self._is_out, self.used = False, time.monotonic()
                elif self.status == LENT:
                    self._is_out, self.has_served, self._promised = True, True, None
                elif self.status == GONE:
                    self.why = why
                    log.info("a driver ends: %s", why)
        return self._process.poll() is None and self.status != GONE

    def lend(self, conf: Mapping[str, str], folder: RunFolder) -> dict[str, Any]:
        """Return what a supervisor is told to get this driver.

        Parameters
        ----------
        conf : mapping
            The step's whole Spark configuration.
        folder : RunFolder
            The step's.

        Returns
        -------
        dict
        """
        self._promised = self.used = time.monotonic()
        return {
            # From where the supervisor works: the name of a socket must be short.
            "socket": os.path.relpath(self.folder / SOCKET, folder.path),
            "request": {
                "conf": dict(conf),
                "cwd": str(folder.work),
                "scratch": str(folder.path / "scratch"),
            },
        }

    def close(self) -> None:
        """Let the keeper end, now or after the lease that it has given."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    @property
    def is_over(self) -> bool:
        """Whether the keeper has ended."""
        return self._process.poll() is not None


class WarmDrivers:
    """The drivers of a process; whoever opens them closes them."""

    def __init__(self) -> None:
        self._drivers: list[WarmDriver] = []
        self._leaving: list[WarmDriver] = []
        self._folder: Path | None = None
        self._most = 0
        self._states: PoolStates | None = None

    def open(self, folder: Path) -> None:
        """Let drivers be started from now on.

        Parameters
        ----------
        folder : pathlib.Path
            Where their folders are; what nobody uses any more is removed.
        """
        self._most = most_drivers()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in folder.iterdir():
            with contextlib.suppress(OSError), (left / _LOCK).open("w") as lock:
                # A step of another agent's may have it on lease.
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
        self._folder = folder
        self._states = PoolStates(folder.parent)

    def warm(
        self,
        settings: DriverSettings,
        conf: Mapping[str, str],
        idle_seconds: float = IDLE_SECONDS,
        pool: str = "",
    ) -> WarmDriver | None:
        """Return a driver that nobody has, a new one if need be.

        Parameters
        ----------
        settings : DriverSettings
        conf : mapping
        idle_seconds : float
            How long it waits from now on if nobody uses it.
        pool : str
            For whose steps it is, as ``SYNAPSE WORKSPACE/NAME``; empty if nobody says.

        Returns
        -------
        WarmDriver or None
            None if there may be none: nobody has opened them, or there are enough.
        """
        found = self._free(settings, conf)
        if found is not None:
            found.idle_seconds = idle_seconds
            found.pools |= {pool} if pool else set()
        self._note()
        return found

    def _free(self, settings: DriverSettings, conf: Mapping[str, str]) -> WarmDriver | None:
        if self._folder is None or self._most == 0:
            return None
        self._look()
        free = [one for one in self._drivers if not one.is_lent]
        found = [one for one in free if one.settings == settings]
        if found:
            return max(found, key=lambda one: one.status == READY)
        # What was started ahead is not what is wanted: it would only take time from what is.
        for one in [one for one in free if not one.has_served]:
            self._drop(one, why=_OTHER)
        free = [one for one in free if one.has_served]
        while free and not self._has_room():
            oldest = min(free, key=lambda one: one.used)
            free.remove(oldest)
            self._drop(oldest, why=_OTHER)
        if not self._has_room():
            return None
        try:
            place = Path(tempfile.mkdtemp(dir=self._folder))
            made = WarmDriver(place, settings, conf)
        except OSError as error:
            log.warning("no warm driver", exc_info=error)
            return None
        self._drivers.append(made)
        return made

    def rest(self, now: float) -> None:
        """End the drivers that nobody has used for a while, and one if memory runs short.

        Parameters
        ----------
        now : float
            On the monotonic clock.
        """
        self._look()
        idle = [driver for driver in self._drivers if not driver.is_lent]
        for driver in idle:
            if now - driver.used > driver.idle_seconds:
                minutes = f"{driver.idle_seconds / 60:g} min"
                self._drop(driver, PoolState.PAUSED, f"nobody used it for {minutes}")
        idle = [driver for driver in idle if driver in self._drivers]
        # One after the other: what the last one had may be enough.
        if idle and self.are_over and psutil.virtual_memory().available < _MEMORY_BYTES // 2:
            log.info("memory runs short: a driver ends that nobody uses")
            oldest = min(idle, key=lambda one: one.used)
            self._drop(oldest, PoolState.PAUSED, "memory ran short")
        self._note()

    def close(self) -> None:
        """End them all, those on lease when they come back; none is started any more."""
        self._folder = None
        for driver in list(self._drivers):
            self._drop(driver, PoolState.PAUSED, "its agent left")
        self._note()
        self._states = None

    @property
    def are_over(self) -> bool:
        """Whether every keeper has ended that was told to."""
        self._look()
        return not self._leaving

    def _look(self) -> None:
        self._leaving = [one for one in self._leaving if not one.is_over]
        for driver in list(self._drivers):
            if not driver.look():
                self._drop(driver, why=driver.why or "it ended")

    def _has_room(self) -> bool:
        if len(self._drivers) >= self._most:
            return False
        return bool(psutil.virtual_memory().available > _MEMORY_BYTES)

    def _note(self) -> None:
        if self._states is not None:
            self._states.note(self._drivers)

    def _drop(self, driver: WarmDriver, state: PoolState = PoolState.COLD, why: str = "") -> None:
        if self._states is not None:
            self._states.ended(driver.pools, state, why)
        self._drivers.remove(driver)
        self._leaving.append(driver)
        driver.close()


drivers = WarmDrivers()
"""Those of this process; none is started unless somebody opens them."""
