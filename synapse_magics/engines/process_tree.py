"""Which processes a step has started, however they tried to get away.

It is used by the supervisor, so it stands on the standard library alone.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_SET_CHILD_SUBREAPER = 36
_adopters: set[int] = set()


class Process(NamedTuple):
    """What the system tells of one process."""

    parent: int
    session: int
    ended: bool


def adopt_orphans() -> bool:
    """Become the parent of every descendant whose own parent ends, instead of the first process.

    So who starts a session of its own and lets its parent end is still found by its parents.

    Returns
    -------
    bool
        Whether the system can do that; Linux can.
    """
    try:
        import ctypes  # noqa: PLC0415 - the rest works without it

        done = bool(ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False
    if done:
        _adopters.add(os.getpid())  # who is forked from it does not adopt
    return done


def is_alone() -> bool:
    """Tell whether this process is known to have no family; to look at all others takes longer.

    Returns
    -------
    bool
        Whether it adopts orphans, so that every descendant has a parent below it, and has no child.
    """
    if os.getpid() not in _adopters:
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def family(pid: int) -> list[int]:
    """Return the living members of a process's session, and its living descendants, without itself.

    Parameters
    ----------
    pid : int

    Returns
    -------
    list of int
    """
    return members(pid, processes())


def members(leader: int, known: Mapping[int, Process]) -> list[int]:
    """Choose a process's family from all processes.

    Parameters
    ----------
    leader : int
    known : mapping
        All processes by their ids.

    Returns
    -------
    list of int
    """
    children: dict[int, list[int]] = {}
    for pid, process in known.items():
        children.setdefault(process.parent, []).append(pid)
    found = {pid for pid, process in known.items() if process.session == leader}
    waiting = [leader, *found]
    while waiting:
        fresh = set(children.get(waiting.pop(), ())) - found
        found |= fresh
        waiting += fresh
    return sorted(pid for pid in found - {leader} if not known[pid].ended)


def processes() -> dict[int, Process]:
    """Return all processes of this machine by their ids.

    Returns
    -------
    dict
    """
    if not Path("/proc/self/stat").exists():
        return _listed()
    found = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - fast
        stat = read_stat(int(name)) if name.isdigit() else None
        if stat:
            found[int(name)] = Process(int(stat[1]), int(stat[3]), stat[0] in "ZX")
    return found


def _listed() -> dict[int, Process]:
    listed = subprocess.run(
        ["/bin/ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=False
    )
    found = {}
    for line in listed.stdout.splitlines():
        pid, parent, state = line.split()[:3]
        with contextlib.suppress(OSError):
            session = os.getsid(int(pid))
            found[int(pid)] = Process(int(parent), session, state.startswith("Z"))
    return found


def read_stat(pid: int) -> list[str] | None:
    """Return what Linux tells of a process, from its state on, or None if there is none.

    Parameters
    ----------
    pid : int

    Returns
    -------
    list of str
        State, parent, group, session ...; the start time in ticks is at 19.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()  # the name before it may hold anything


def send(pids: list[int], number: int) -> None:
    """Send a signal to processes, as far as they are there and may get one.

    Parameters
    ----------
    pids : list of int
    number : int
    """
    for pid in pids:
        # Gone by now; somebody else's; or, on macOS, a zombie.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
