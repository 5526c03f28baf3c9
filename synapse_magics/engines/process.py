"""A local process as a job: started under a supervisor, found again by id and start time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from synapse_magics.engines import mounts, process_tree, supervise
from synapse_magics.engines.base import JobHandle, JobState, JobStatus, StepJob
from synapse_magics.engines.fork_servers import servers
from synapse_magics.runtime import bootstrap
from synapse_magics.store.run_folder import RunFolder, read_json
from synapse_magics.store.secrets import secret_values, spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JOB = "SYNAPSE_MAGICS_JOB"
"""A variable by which the processes of one attempt are known, wherever they have gone."""

# Left by a kernel or a debugger; meaningless, or harmful, in a process of its own.
_NOT_INHERITED = ("JPY_", "IPYKERNEL", "PYDEVD", "MPLBACKEND", "SYNAPSE_MAGICS_", "PYTHONSTARTUP")
_NOT_ITS_OWN = frozenset({"CONDA_DEFAULT_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH"})


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


def interpreter_environment(python: str | None = None) -> dict[str, str]:
    """Return what every step of an interpreter starts from.

    Parameters
    ----------
    python : str, optional
        That of an environment of its own; this process's if None.

    Returns
    -------
    dict
    """
    environment = base_environment()
    if python is None:
        return environment
    # What the notebook's interpreter is told to find is nothing to another environment.
    kept = {name: value for name, value in environment.items() if name not in _NOT_ITS_OWN}
    return {**kept, "VIRTUAL_ENV": str(Path(python).parents[1])}


def start(
    job: StepJob,
    folder: Path,
    argv: list[str],
    environment: Mapping[str, str],
    record: Callable[[JobHandle], None],
    driver: Mapping[str, Any] | None = None,
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
    driver : mapping, optional
        What the supervisor is told of a warm driver, see
        :class:`~synapse_magics.engines.driver_lease.Lease`.

    Returns
    -------
    mapping
    """
    token = os.urandom(16).hex()
    description = {
        **describe(job, folder, argv, {**environment, JOB: token}),
        "driver": None if driver is None else dict(driver),
    }
    hidden, gate = os.pipe()
    child: subprocess.Popen[bytes] | None = None
    pid: int | None = None
    with os.fdopen(gate, "wb") as told:
        try:
            if description["forked"]:
                pid = servers.fork(argv[0], hidden, plain=job.is_plain)
            if pid is None:
                child = _supervisor(hidden)
                pid = child.pid
        finally:
            os.close(hidden)
        try:
            handle = {
                "pid": pid,
                "born": born(pid),
                "run": job.run_id,
                "folder": identity(job.folder.path),
                "token": token,
            }
            record(handle)
            told.write(json.dumps(description).encode())
        except BaseException:
            told.close()
            if child is not None:
                child.wait()  # nothing came through its gate: it ends by itself
            raise
    _reap()
    if child is not None:
        _children[token] = child
    return handle


def _supervisor(gate: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", supervise.__file__],
        stdin=gate,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def describe(
    job: StepJob, folder: Path, argv: list[str], environment: Mapping[str, str]
) -> dict[str, Any]:
    """Return what a supervisor is told of its job.

    Parameters
    ----------
    job : StepJob
    folder : pathlib.Path
        The state folder of the workspace.
    argv : list of str
    environment : mapping
        The whole environment of the process.

    Returns
    -------
    dict
        JSON data; every place but the folder's own is named from there, so that it may be moved.
    """
    inside = RunFolder(Path())
    return {
        "folder": str(job.folder.path),
        "argv": argv,
        "forked": argv[3:] if argv[1:3] == ["-u", bootstrap.__file__] else None,
        "cwd": str(inside.work),
        "env": dict(environment),
        "stdout": str(inside.stdout),
        "stderr": str(inside.stderr),
        "result": str(inside.result),
        "started": str(inside.started),
        "error": str(inside.error),
        "records": str(inside.records),
        "reserve": str(inside.reserve),
        "bell": os.path.relpath(folder / "agent" / "socket", job.folder.path),
        "before": [dict(task) for task in job.before],
        "after": [dict(task) for task in job.after],
        "marks": {name: environment[name] for name in (JOB,) if name in environment},
        "token": environment.get(JOB),
        "timeout": job.timeout,
        "secrets": spellings((*secret_values(environment, job.secrets), *job.secret_texts)),
    }


def identity(folder: Path) -> str | None:
    """Return what tells a folder from its copies, wherever it is moved to, or None without one.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    str or None
    """
    try:
        found = folder.stat()
    except OSError:
        return None
    return f"{found.st_dev}:{found.st_ino}"


# Supervisors started by this very process, by their jobs' tokens: they must be waited for, or they
# stay as zombies. A process id alone may be another one's by now.
_children: dict[str, subprocess.Popen[bytes]] = {}


def _reap() -> None:
    for token, child in list(_children.items()):
        if child.poll() is not None:
            del _children[token]


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
    alive = _is_here(handle, folder) and _is_alive(handle)
    _reap()
    # Read after the look at the process: one that ended in between has written its result.
    result = read_json(RunFolder(folder / "runs" / handle["run"]).result)
    # While the supervisor lives, only it can have written a result; a step can write a file.
    if result is not None and (not alive or result.get("token") == handle.get("token")):
        timed_out = result.get("timed_out") is True
        return JobState(JobStatus.ENDED, result.get("exit_code"), timed_out)
    return JobState(JobStatus.RUNNING if alive else JobStatus.VANISHED)


def cancel(handle: JobHandle, folder: Path) -> None:
    """Begin to end everything that a job started: the step, its JVM, its Python workers.

    The supervisor asks them to end, and kills who has not after a while. Where it is gone itself,
    what it left is killed at once. In a copy of the workspace nothing happens: the job is the
    original's.

    Parameters
    ----------
    handle : mapping
    folder : pathlib.Path
        The state folder of the workspace.
    """
    if not _is_here(handle, folder):
        return
    if _is_alive(handle):
        process_tree.send([handle["pid"]], signal.SIGTERM)
    else:
        process_tree.send(_left_of(handle), signal.SIGKILL)
        if handle.get("run"):
            mounts.release(RunFolder(folder / "runs" / handle["run"]).path)


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
    stat = process_tree.read_stat(pid)
    return None if stat is None else f"{_BOOT.read_text().strip()}/{stat[19]}"


_BOOT = Path("/proc/sys/kernel/random/boot_id")


def _is_here(handle: JobHandle, folder: Path) -> bool:
    """Tell whether a job runs in this workspace's folder, not in the one that it is a copy of."""
    place = handle.get("folder")
    return place is None or place == identity(RunFolder(folder / "runs" / handle["run"]).path)


def _is_alive(handle: JobHandle) -> bool:
    child = _children.get(str(handle.get("token")))
    if child is not None:
        return child.poll() is None
    if born(handle["pid"]) != handle.get("born"):
        return False
    try:
        return psutil.Process(handle["pid"]).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _left_of(handle: JobHandle) -> list[int]:
    """Return the processes of a job whose supervisor is gone, whatever their session is."""
    token, found = handle.get("token"), set()
    for process in psutil.process_iter() if token else ():
        # Somebody else's, or over. Who has thrown its environment away is not found by it.
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(JOB) == token:
                found.add(process.pid)
    # Who was forked shows the environment of its fork server. While somebody is of the supervisor's
    # session, its number is no other process's.
    known = process_tree.processes() if token else {}
    if handle["pid"] not in known:
        found.update(pid for pid, one in known.items() if one.session == handle["pid"])
    return sorted(found)
