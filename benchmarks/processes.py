"""The processes of an agent: whether they rest, and what memory they take."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import psutil

from synapse_magics.agent import client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_CALM = 0.1
_LOOK_SECONDS = 0.5


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all that descend from it.

    Parameters
    ----------
    pid : int
    """
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _seconds(pid: int) -> float:
    """Return the processor time that a family has used."""
    used = 0.0
    for process in family(pid):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            used += times.user + times.system
    return used


def settle(pid: int, patience: float = 60.0) -> None:
    """Wait until a family of processes rests: what it prepares ahead is prepared.

    Parameters
    ----------
    pid : int
    patience : float
        Seconds after which it is taken as it is.
    """
    end = time.monotonic() + patience
    before = _seconds(pid)
    while time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
        now = _seconds(pid)
        if abs(now - before) < _CALM * _LOOK_SECONDS:
            return
        before = now


def rest_of(folder: Path) -> Callable[[], None]:
    """Return what waits until the agent of a workspace rests.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder ``.synapse``.
    """

    def rest() -> None:
        pid = client.running(folder)
        if pid is not None:
            settle(pid)

    return rest


def megabytes(processes: list[psutil.Process]) -> float:
    """Return the memory of processes; what several share is counted once where the system tells.

    Parameters
    ----------
    processes : list of psutil.Process
    """
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            memory = process.memory_full_info()
            total += getattr(memory, "pss", memory.rss)
    return total / 1e6


def is_driver(process: psutil.Process) -> bool:
    """Tell whether a process is a JVM.

    Parameters
    ----------
    process : psutil.Process
    """
    try:
        return process.name().startswith("java")
    except psutil.Error:
        return False
