"""The fork servers of an agent: two for each Python, started ahead, ended when nobody needs them.

One has imported what most steps import. Another one has not, for steps that import nothing but
Python's own modules: to fork it takes a third of the time.

Who asks for a fork gets None where none can be had now, and starts a process instead: the result
is the same, a second later.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.engines import fork_server
from synapse_magics.engines.fork_server import FORK, READY

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

HEAVY = (
    *("numpy", "pandas", "pyarrow", "pyarrow.csv", "pyarrow.parquet"),
    *("pyspark", "pyspark.sql", "pyspark.sql.functions", "pyspark.daemon"),
)
"""What steps import and what takes long."""

_ANSWER_SECONDS = 5.0
_IDLE_SECONDS = 300.0
_CALM_SECONDS = 1.0


class ForkServer:
    """A process of one Python that forks supervisors and their steps.

    Parameters
    ----------
    python : str
        The interpreter.
    environment : mapping
        The whole environment that steps of this Python start from.
    modules : tuple of str
        What it imports ahead, beside Python's own modules.
    """

    def __init__(
        self, python: str, environment: Mapping[str, str], modules: tuple[str, ...] = HEAVY
    ) -> None:
        self._agent, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._agent.settimeout(_ANSWER_SECONDS)
        self._packages = _packages_of(python)
        self._stamp = self._look()
        self._is_ready = False
        self.used = time.monotonic()
        with other:
            self._process = subprocess.Popen(
                [python, "-u", fork_server.__file__, *modules],
                cwd="/",  # nobody's folder is held
                env=dict(environment),
                stdin=other.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process that forks."""
        return self._process.pid

    @property
    def is_good(self) -> bool:
        """Whether it lives, and has imported what a new process would import."""
        return self._process.poll() is None and self._look() == self._stamp

    def is_ready(self, seconds: float = 0) -> bool:
        """Tell whether it has imported everything.

        Parameters
        ----------
        seconds : float
            How long that is waited for.

        Returns
        -------
        bool
        """
        if not self._is_ready and select.select([self._agent], [], [], seconds)[0]:
            self._is_ready = self._agent.recv(16) == READY
        return self._is_ready

    def fork(self, gate: int) -> int:
        """Fork a supervisor.

        Parameters
        ----------
        gate : int
            Where it reads its job.

        Returns
        -------
        int
            Its process id.

        Raises
        ------
        OSError
            If there is no answer.
        """
        self.used = time.monotonic()
        socket.send_fds(self._agent, [FORK], [gate])
        answer = self._agent.recv(16)
        if not answer:
            raise ConnectionResetError("the fork server is gone")
        return int(answer)

    def close(self) -> None:
        """End the process; what it has forked goes on."""
        self._agent.close()
        self._process.kill()
        self._process.wait()

    def _look(self) -> list[int]:
        """Return what changes when a package is installed, removed or brought up to date."""
        found = []
        for folder in self._packages:
            with contextlib.suppress(OSError):
                found.append(folder.stat().st_mtime_ns)
        return found


_Key = tuple[str, bool]
"""The interpreter, and whether its steps import nothing but Python's own modules."""


class ForkServers:
    """The fork servers of a process, by their interpreters; whoever opens them closes them."""

    def __init__(self) -> None:
        self._servers: dict[_Key, ForkServer] = {}
        self._wanted: dict[_Key, Mapping[str, str]] = {}
        self._calm_since: float | None = None
        self._is_open = False

    def open(self) -> None:
        """Let servers be started from now on."""
        # The system's own libraries of macOS do not survive a fork.
        self._is_open = sys.platform == "linux"

    def want(self, python: str, environment: Mapping[str, str], *, plain: bool = False) -> None:
        """Have a fork server started once there is nothing better to do.

        Parameters
        ----------
        python : str
        environment : mapping
        plain : bool
            Whether it is for steps that import nothing but Python's own modules.
        """
        found = self._servers.get((python, plain))
        if self._is_open and (found is None or not found.is_good):
            self._wanted[python, plain] = environment

    def warm(
        self, python: str, environment: Mapping[str, str], *, plain: bool = False
    ) -> ForkServer | None:
        """Start a fork server if there is none that is good.

        Parameters
        ----------
        python : str
        environment : mapping
        plain : bool
            Whether it is for steps that import nothing but Python's own modules.

        Returns
        -------
        ForkServer or None
            None where there may be none.
        """
        if not self._is_open:
            return None
        key = (python, plain)
        found = self._servers.get(key)
        if found is not None and not found.is_good:
            self._drop(key)
            found = None
        if found is None and Path(python).exists():
            try:
                found = ForkServer(python, environment, () if plain else HEAVY)
                self._servers[key] = found
            except OSError as error:
                log.warning("no fork server", exc_info=error)
        return found

    def fork(self, python: str, gate: int, *, plain: bool = False) -> int | None:
        """Fork a supervisor, if that can be done now.

        Parameters
        ----------
        python : str
        gate : int
            Where it reads its job.
        plain : bool
            Whether the step imports nothing but Python's own modules, as far as is known.

        Returns
        -------
        int or None
        """
        for key in [(python, True), (python, False)] if plain else [(python, False)]:
            found = self._servers.get(key)
            try:
                if found is not None and found.is_good and found.is_ready():
                    return found.fork(gate)
            except OSError as error:
                log.warning("a fork server did not answer", exc_info=error)
                self._drop(key)
        return None

    def turn(self, now: float, *, busy: bool) -> None:
        """Start the servers that are wanted, and end those that nobody has used for a while.

        Parameters
        ----------
        now : float
            On the monotonic clock.
        busy : bool
            Whether there is something better to do.
        """
        for key, server in list(self._servers.items()):
            if now - server.used > _IDLE_SECONDS:
                self._drop(key)
        if busy:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        elif now - self._calm_since >= _CALM_SECONDS:
            for python, plain in list(self._wanted):
                self.warm(python, self._wanted.pop((python, plain)), plain=plain)

    def close(self) -> None:
        """End them all; none is started any more."""
        self._is_open = False
        for key in list(self._servers):
            self._drop(key)

    def _drop(self, key: _Key) -> None:
        with contextlib.suppress(OSError):
            self._servers.pop(key).close()


def _packages_of(python: str) -> list[Path]:
    if python == sys.executable:
        return [Path(path) for path in sys.path if path.endswith("-packages")]
    library = Path(python).parents[1] / "lib"
    return sorted(library.glob("python3.*/site-packages"))


servers = ForkServers()
"""Those of this process; none is started unless somebody opens them."""
