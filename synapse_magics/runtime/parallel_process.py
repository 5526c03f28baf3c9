"""The worker processes of a parallel run, as the driver sees them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Any, TextIO

from synapse_magics.runtime.context import ERROR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_INIT_SECONDS = 600.0
_SHUTDOWN_SECONDS = 60.0


class WorkerLostError(Exception):
    """A worker ended, or took too long; ``str`` says which."""


class Worker:
    """One worker process.

    Parameters
    ----------
    command : list of str
    orders : mapping
        What it is told first.
    logs : pathlib.Path
        Where what it prints goes: ``stdout`` and ``error`` below.
    name : str
    """

    def __init__(
        self, command: list[str], orders: Mapping[str, Any], logs: Path, name: str
    ) -> None:
        ours, theirs = socket.socketpair()
        environment = {key: value for key, value in os.environ.items() if key != ERROR}
        with (
            theirs,
            (logs / "stdout" / f"{name}.stdout.txt").open("ab") as out,
            (logs / "error" / f"{name}.stderr.txt").open("ab") as err,
        ):
            self._process = subprocess.Popen(
                [*command, "--worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment,
                pass_fds=(theirs.fileno(),),
                # So that a hung one ends with all that it has started.
                start_new_session=True,
            )
        self._line = ours
        self._wire: TextIO = ours.makefile("rw", encoding="utf-8")
        self._orders = orders

    def begin(self) -> dict[str, Any]:
        """Let it load the entry script and return its answer."""
        return self.ask(self._orders, _INIT_SECONDS, "init()")

    def ask(self, message: Mapping[str, Any], seconds: float, what: str) -> dict[str, Any]:
        """Send a message and return the answer.

        Raises
        ------
        WorkerLostError
            If none comes; the worker is gone then.
        """
        self._line.settimeout(seconds)
        try:
            self._wire.write(json.dumps(message) + "\n")
            self._wire.flush()
            text = self._wire.readline()
        except TimeoutError:
            self.kill()
            raise WorkerLostError(f"{what} took more than {seconds:g} s") from None
        except OSError:
            text = ""
        if not text.endswith("\n"):
            self.kill()
            raise WorkerLostError(f"the worker process ended in {what}, {self._ending()}")
        found: dict[str, Any] = json.loads(text)
        return found

    def _ending(self) -> str:
        code = self._process.returncode
        return f"exit code {code}" if code >= 0 else f"killed by signal {-code}"

    def abort(self) -> None:
        """End it from another thread than the one that talks to it, which notices."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End it with all that it has started."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)  # one that ended by itself tells why
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._close()

    def end(self) -> None:
        """Let it call ``shutdown`` and end."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_WR)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_SHUTDOWN_SECONDS)
        self.kill()

    def _close(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._wire.close()
        self._line.close()
