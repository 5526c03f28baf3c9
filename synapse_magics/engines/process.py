"""A local process as a job: started under a supervisor, found again by id and start time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from synapse_magics.engines import supervisor
from synapse_magics.engines.base import JobHandle, JobState, JobStatus, StepJob
from synapse_magics.runtime.context import RECORDS
from synapse_magics.store.run_folder import RunFolder, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Left by a kernel or a debugger; meaningless, or harmful, in a process of its own.
_NOT_INHERITED = ("JPY_", "IPYKERNEL", "PYDEVD", "MPLBACKEND", "SYNAPSE_MAGICS_", "PYTHONSTARTUP")


def base_environment(source: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment that steps start from: this process's, without a notebook's traces.

    Parameters
    ----------
    source : mapping

    Returns
    -------
    dict
    """
    return {name: value for name, value in source.items() if not name.startswith(_NOT_INHERITED)}


def start(
    job: StepJob,
    folder: Path,
    argv: list[str],
    environment: Mapping[str, str],
    record: Callable[[JobHandle], None],
) -> JobHandle:
    """Start a process for a job; it runs only once its handle is recorded.

    Parameters
    ----------
    job : StepJob
    folder : pathlib.Path
        The state folder of the workspace.
    argv : list of str
    environment : mapping
        The whole environment of the process.
    record : callable

    Returns
    -------
    mapping
    """
    description = {
        "argv": argv,
        "cwd": str(job.folder.work),
        "env": dict(environment),
        "stdout": str(job.folder.stdout),
        "stderr": str(job.folder.stderr),
        "result": str(job.folder.result),
        "started": str(job.folder.started),
        "error": str(job.folder.error),
        "bell": str(folder / "agent" / "socket"),
    }
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", supervisor.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101 - for the type checker
    try:
        with process.stdin as gate:
            handle = {"pid": process.pid, "born": born(process.pid), "run": job.run_id}
            record(handle)
            gate.write(json.dumps(description).encode())
    except BaseException:
        process.wait()  # the gate is closed and nothing came through it: it ends by itself
        raise
    _children[process.pid] = process
    return handle


# Supervisors started by this very process: they must be waited for, or they stay as zombies.
_children: dict[int, subprocess.Popen[bytes]] = {}


def poll(handle: JobHandle, folder: Path) -> JobState:
    """Tell the state of a job.

    Parameters
    ----------
    handle : mapping
    folder : pathlib.Path
        The state folder of the workspace.

    Returns
    -------
    JobState
    """
    alive = _is_alive(handle)
    # Read after the look at the process: one that ended in between has written its result.
    result = read_json(RunFolder(folder / "runs" / handle["run"]).result)
    if result is not None:
        return JobState(JobStatus.ENDED, result.get("exit_code"))
    return JobState(JobStatus.RUNNING if alive else JobStatus.VANISHED)


def cancel(handle: JobHandle) -> None:
    """Begin to end the supervisor's whole session: the step, its JVM, its Python workers.

    The supervisor asks them to end, and kills who has not after a while. Where it is gone itself,
    what is left of its session is killed at once.

    Parameters
    ----------
    handle : mapping
    """
    with contextlib.suppress(ProcessLookupError):
        if _is_alive(handle):
            os.kill(handle["pid"], signal.SIGTERM)
        else:
            for pid in _left_of(handle):
                os.kill(pid, signal.SIGKILL)


def born(pid: int) -> str | None:
    """Return what tells a process from a later one of the same number, or None if there is none.

    Parameters
    ----------
    pid : int

    Returns
    -------
    str or None
        On Linux ticks since the boot that is named beside: times of day move with the clock.
    """
    if not _BOOT.exists():
        try:
            return str(psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None
    stat = supervisor.read_stat(pid)
    return None if stat is None else f"{_BOOT.read_text().strip()}/{stat[19]}"


_BOOT = Path("/proc/sys/kernel/random/boot_id")


def _is_alive(handle: JobHandle) -> bool:
    child = _children.get(handle["pid"])
    if child is not None:
        if child.poll() is None:
            return True
        del _children[handle["pid"]]
        return False
    if born(handle["pid"]) != handle.get("born"):
        return False
    try:
        return psutil.Process(handle["pid"]).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _left_of(handle: JobHandle) -> list[int]:
    """Return the processes of a session whose leader is gone."""
    if born(handle["pid"]) not in {None, handle.get("born")}:
        return []  # the number is somebody else's by now
    found = []
    for pid in supervisor.session(handle["pid"]):
        with contextlib.suppress(psutil.Error):
            # Numbers of sessions come back, too.
            if handle["run"] in psutil.Process(pid).environ().get(RECORDS, ""):
                found.append(pid)
    return found
