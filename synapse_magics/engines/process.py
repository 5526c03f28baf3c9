"""A local process as a job: started under a supervisor, found again by id and start time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil

from synapse_magics.engines import supervisor
from synapse_magics.engines.base import JobHandle, JobState, JobStatus, StepJob
from synapse_magics.store.run_folder import RunFolder, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

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
            handle = {
                "pid": process.pid,
                "created": psutil.Process(process.pid).create_time(),
                "run": job.run_id,
            }
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


def cancel(handle: JobHandle, grace: float = supervisor.GRACE_SECONDS) -> None:
    """End the supervisor's whole session: the step, its JVM, its Python workers.

    Parameters
    ----------
    handle : mapping
    grace : float
        Seconds between asking and killing.
    """
    if not _is_alive(handle):
        return
    session = [process for process in _session(handle["pid"]) if process.pid != handle["pid"]]
    with contextlib.suppress(ProcessLookupError):
        os.kill(handle["pid"], signal.SIGTERM)
    for process in session:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(session, timeout=grace)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _is_alive(handle: JobHandle) -> bool:
    child = _children.get(handle["pid"])
    if child is not None and child.poll() is not None:
        del _children[handle["pid"]]
        return False
    try:
        process = psutil.Process(handle["pid"])
        same = abs(process.create_time() - handle["created"]) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _session(leader: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(process.pid) == leader:
                found.append(process)
    return found
