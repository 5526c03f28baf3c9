"""Interactive Spark drivers on this machine: what a Spark step gets, for a notebook's cells."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.engines import session_guard
from synapse_magics.engines.base import EngineError, StepJob
from synapse_magics.engines.local_spark import local_conf, spark_environment
from synapse_magics.engines.spark_conf import write_conf
from synapse_magics.runtime import session_main
from synapse_magics.runtime.context import WORKSPACE
from synapse_magics.runtime.mapped_addresses import MAPS
from synapse_magics.store.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = "sessions"
"""Where sessions keep what they print and their scratch files, in the workspace's state."""

_LOCK = "lock"


@dataclass(frozen=True)
class SessionJob:
    """A session that is to be started.

    Parameters
    ----------
    id : str
        Names its folder.
    state : pathlib.Path
        The state folder of the workspace.
    idle_seconds : float
        After how long without a statement it ends.
    spark_conf : mapping
    compute : mapping
        The definition of the compute target, pool included.
    maps : mapping
        Local folders in the place of addresses.
    """

    id: str
    state: Path
    idle_seconds: float
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    compute: Mapping[str, Any] = field(default_factory=dict)
    maps: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder of the session."""
        return self.state / FOLDER / self.id

    @property
    def stdout(self) -> Path:
        """What the driver prints, Scala code and the processes that it starts included."""
        return self.folder / "stdout"

    @property
    def stderr(self) -> Path:
        """What the driver prints to its error stream."""
        return self.folder / "stderr"

    @property
    def spark(self) -> Path:
        """How far the jobs of its Spark are."""
        return RunFolder(self.folder).spark

    @property
    def log(self) -> Path:
        """What the JVM prints to its error stream: Spark's log."""
        return self.folder / "spark.log"


class LocalSession:
    """A driver that runs, seen from the kernel: its channel, and its guard.

    Parameters
    ----------
    job : SessionJob

    Raises
    ------
    EngineError
        If there is no Java that Spark supports, or no PySpark.
    """

    def __init__(self, job: SessionJob) -> None:
        self.job = job
        self._lock = _make_folder(job)
        try:
            environment, scratch = _environment(job)
        except EngineError:
            self.remove()
            raise
        self.channel, theirs = socket.socketpair()
        with theirs:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", session_guard.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # The interrupt of a kernel goes to its whole group.
                start_new_session=True,
            )
            description = {
                "argv": _argv(job, theirs.fileno()),
                "env": environment,
                "cwd": str(Path.cwd()),
                "stdout": str(job.stdout),
                "stderr": str(job.stderr),
                "channel": theirs.fileno(),
                "scratch": [str(scratch)],
            }
            assert self._guard.stdin is not None  # noqa: S101 - for the type checker
            self._lifeline = self._guard.stdin
            self._lifeline.write(json.dumps(description).encode() + b"\n")
            self._lifeline.flush()

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the driver and of everything that it started.

        Parameters
        ----------
        seconds : float

        Returns
        -------
        bool
            Whether it has come.
        """
        try:
            self._guard.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> None:
        """End the driver and everything that it started, now; its folder stays."""
        if not self._lifeline.closed:
            self._lifeline.close()
        self.channel.close()
        if not self.wait(10):
            self._guard.kill()
            self._guard.wait()

    def remove(self) -> None:
        """Remove the folder of a session that has ended."""
        shutil.rmtree(self.job.folder, ignore_errors=True)
        self._lock.close()


def _argv(job: SessionJob, channel: int) -> list[str]:
    main = session_main.__file__
    return [sys.executable, "-u", main, str(channel), str(job.idle_seconds), str(job.log)]


def _environment(job: SessionJob) -> tuple[dict[str, str], Path]:
    """Return the environment of the driver, whose configuration is written, and its scratch."""
    scratch = job.folder / "scratch"
    scratch.mkdir(mode=0o700)
    step = StepJob(
        job.id,
        RunFolder(job.folder),
        "",
        environment={
            WORKSPACE: str(job.state.parent),
            "MPLBACKEND": "Agg",
            **({MAPS: json.dumps(dict(job.maps))} if job.maps else {}),
        },
        spark_conf=job.spark_conf,
        compute=job.compute,
    )
    conf = job.folder / "conf"
    write_conf(conf, local_conf(step))
    return spark_environment(step, conf), scratch


def _make_folder(job: SessionJob) -> Any:
    """Make the folder of a session, and remove those of sessions whose kernel was killed."""
    parent = job.folder.parent
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for other in parent.iterdir():
        _remove_if_left(other)
    job.folder.mkdir(mode=0o700)
    for file in (job.stdout, job.stderr, job.log):
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
    lock = (job.folder / _LOCK).open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _remove_if_left(folder: Path) -> None:
    try:
        with (folder / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # it is somebody's, or is being made at this moment
