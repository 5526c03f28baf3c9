"""The bell of the agent: wake it, start it if nobody is there, ask it to go.

This is all that those who submit know of the agent. A bell only wakes somebody up; what is to be
done is in the database.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from synapse_magics._errors import SynapseMagicsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ANSWER_SECONDS = 1.0
_LAUNCH_SECONDS = 30.0
_ADDRESS_BYTES = 100
_LAST_WORDS = 2000
_LARGEST_LOG = 16 << 20
_DESCRIPTORS = "/proc/self/fd"


class AgentError(SynapseMagicsError):
    """The workspace's agent could not be started or stopped."""


def wake(folder: Path) -> None:
    """Make sure that the agent of a workspace looks at the database soon.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder ``.synapse``.

    Raises
    ------
    AgentError
        If no agent is there and none could be started.
    """
    if ring(folder):
        return
    if not _has_address(folder) and running(folder) is not None:
        return  # nobody can ring it; it looks at the database every second anyway
    launch(folder)


def ring(folder: Path) -> bool:
    """Ring the bell, and wait for the answer.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    bool
        Whether an agent heard it and will look at the database. To have connected is not enough:
        the system takes calls for an agent that is about to leave.
    """
    with _short_path(folder / "agent", "socket") as path, socket.socket(socket.AF_UNIX) as bell:
        bell.settimeout(_ANSWER_SECONDS)
        deadline = time.monotonic() + _ANSWER_SECONDS
        while time.monotonic() < deadline:
            try:
                bell.connect(path)
                return bool(bell.recv(1))
            except BlockingIOError:
                time.sleep(0.01)  # as many as it can hear at once are ringing already
            except OSError:
                return False
    return False


def launch(folder: Path) -> None:
    """Start an agent; where one holds the lock already, the new one goes at once.

    It becomes nobody's child: a kernel ends its children when it shuts down.

    Parameters
    ----------
    folder : pathlib.Path

    Raises
    ------
    AgentError
        If it does not serve; with the end of what it wrote to its log.
    """
    log, begin = folder / "agent" / "agent.log", 0
    try:
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size > _LARGEST_LOG:
                log.replace(log.with_suffix(".log.1"))
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as output:
            begin = output.seek(0, os.SEEK_END)
            subprocess.run(
                [sys.executable, "-m", "synapse_magics.agent", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                start_new_session=True,
                check=True,
                timeout=_LAUNCH_SECONDS,
            )
    except (OSError, subprocess.SubprocessError) as error:
        words = _last_words(log, begin)
        if not words and not isinstance(error, subprocess.CalledProcessError):
            words = str(error)
        message = "the workspace's agent did not start"
        raise AgentError(f"{message}\n{words}".strip(), where=f"see {log}") from error


def _last_words(log: Path, begin: int) -> str:
    """Return the last lines that were written to a log from a position on."""
    try:
        with log.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(begin, end - _LAST_WORDS))
            text = file.read(_LAST_WORDS).decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-5:])


def stop(folder: Path, seconds: float = 10.0) -> bool:
    """Ask the agent to go, and wait until it has; jobs that run are left running.

    Parameters
    ----------
    folder : pathlib.Path
    seconds : float
        How long to wait before it is killed.

    Returns
    -------
    bool
        Whether there was one.
    """
    pid = running(folder)
    if pid is None:
        return False
    deadline = time.monotonic() + seconds
    number = signal.SIGTERM
    while running(folder) == pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        _knock(folder)  # it may be asleep
        if time.monotonic() > deadline:
            number = signal.SIGKILL
        time.sleep(0.02)
    return True


def running(folder: Path) -> int | None:
    """Return the process id of the agent that holds the lock, or None.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    int or None
    """
    import fcntl  # noqa: PLC0415 - only POSIX systems have it

    try:
        with (folder / "agent" / "lock").open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = file.read().strip()
                return int(text) if text else None
    except (FileNotFoundError, ValueError):
        pass
    return None


def _knock(folder: Path) -> None:
    """Ring the bell and wait for no answer."""
    with (
        _short_path(folder / "agent", "socket") as path,
        socket.socket(socket.AF_UNIX) as bell,
        contextlib.suppress(OSError),
    ):
        bell.setblocking(False)
        bell.connect(path)


def _has_address(folder: Path) -> bool:
    """Tell whether the bell's path fits into a socket's address, somehow."""
    path = os.fsencode(folder / "agent" / "socket")
    return len(path) < _ADDRESS_BYTES or os.path.isdir(_DESCRIPTORS)  # noqa: PTH112


@contextlib.contextmanager
def _short_path(folder: Path, name: str) -> Iterator[str]:
    """Give a path that fits into a socket's address (108 bytes), however long the folder's is."""
    path = str(folder / name)
    if len(os.fsencode(path)) < _ADDRESS_BYTES or not os.path.isdir(_DESCRIPTORS):  # noqa: PTH112
        yield path
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        yield path[:_ADDRESS_BYTES]  # nobody there; connecting fails, as it must
        return
    try:
        yield f"{_DESCRIPTORS}/{descriptor}/{name}"
    finally:
        os.close(descriptor)
