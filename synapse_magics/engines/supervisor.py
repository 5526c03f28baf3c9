"""Start one step's process, wait for it, write how it ended.

It is the parent of the step's process and the leader of its own session, so a job goes on, and its
result is written, whatever becomes of the agent. It learns what to start through its standard
input, which the agent writes once the job's handle is on disk: if the agent dies before that, the
job ends without having run, and no file ever holds the step's environment.

What ends with the job is everything that the step has started: the step, its JVM, their children,
and who has left the session, because orphans of the family become children of this process. The
result is written when nobody of it is left, so that nothing is written to the outputs of a step
that is over. A job's time limit is kept here, too, so it holds without an agent.

It works in the run's folder and names everything from there: the folder may be moved meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from synapse_magics.engines import process_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    class Waiter(Protocol):
        """What is waited for beside the alarm; a step's prints are passed on meanwhile."""

        def wait(self, seconds: float | None) -> None:
            """Wait for something to happen, no longer than some seconds."""


GRACE_SECONDS = 2.0
"""From the request to end until who has not is killed, and from then until it is given up."""

_RESERVE_BYTES = 1 << 18
"""Enough for an error and a result on a disk that the step has filled."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_ROOM_SECONDS = 1.0

_LOOK_SECONDS = 0.01
_LONGEST_SLEEP = 3600.0


def main(description: bytes) -> int:
    """Run the job that a description tells.

    Parameters
    ----------
    description : bytes
        JSON: ``folder``, where the other places are: ``cwd``, ``stdout``, ``stderr``, ``result``,
        ``started``, ``error``, ``records``, ``reserve``, ``bell``; ``argv`` and ``env``;
        ``token``, by which its result is known; ``timeout`` in seconds, or null; ``secrets``,
        texts that no file may hold.

    Returns
    -------
    int
    """
    try:
        job: dict[str, Any] = json.loads(description)
    except ValueError:
        return 1  # the agent died before it had told everything
    os.chdir(job["folder"])
    process_tree.adopt_orphans()
    with Alarm() as alarm:
        return run(job, alarm)


def run(job: dict[str, Any], alarm: Alarm) -> int:
    """Run a job to its end, and write its result.

    Parameters
    ----------
    job : dict
    alarm : Alarm

    Returns
    -------
    int
    """
    # Not before it is known that there is a job: it costs a millisecond.
    from synapse_magics.engines.step_output import (  # noqa: PLC0415
        StepOutput,
        blank_file,
        mask_file,
    )

    secrets = tuple(text.encode("utf-8", "surrogateescape") for text in job["secrets"])
    started = time.time()
    with StepOutput([job["stdout"], job["stderr"]], secrets, alarm.descriptor) as output:
        insist(Path(job["started"]).touch, alarm)
        with contextlib.suppress(OSError):
            Path(job["reserve"]).write_bytes(bytes(_RESERVE_BYTES))
        try:
            process = start(job, *output.ends)
        except (OSError, ValueError) as error:
            with contextlib.suppress(OSError):
                os.write(output.ends[1], f"{error}\n".encode("utf-8", "backslashreplace"))
            write_error(job, error)
            result: dict[str, Any] = {"exit_code": 127, "started": started}
        else:
            output.release()
            ending = Ending(process, job["timeout"])
            ending.await_all(alarm, output)
            result = {
                "exit_code": ending.exit_code,
                "started": started,
                "canceled": ending.canceled,
                "timed_out": ending.timed_out,
            }
    with contextlib.suppress(OSError):
        Path(job["reserve"]).unlink()
    if secrets:
        # A broken file of the step's is no reason to have no result.
        with contextlib.suppress(OSError, ValueError):
            mask_file(Path(job["error"]), secrets)
        with contextlib.suppress(OSError, ValueError):
            blank_file(Path(job["records"]), secrets)
        mask_workers(Path(job["stdout"]).parents[2] / "user", secrets)
    insist(lambda: write_result(job, result), alarm)
    ring(job)
    return 0


def insist(act: Callable[[], None], alarm: Alarm) -> None:
    """Do something that a full disk may keep us from, and wait until there is room.

    Parameters
    ----------
    act : callable
    alarm : Alarm
        Who cancels the job ends the wait, too.

    Raises
    ------
    OSError
        If it was something else, or nobody waits any more.
    """
    while True:
        try:
            return act()
        except OSError as error:
            if error.errno not in _NO_ROOM or alarm.cancel:
                raise
        time.sleep(_ROOM_SECONDS)


def mask_workers(folder: Path, secrets: tuple[bytes, ...]) -> None:
    """Take secrets out of what the workers of a parallel run have printed.

    They do not print through this process, so it is done at the end.

    Parameters
    ----------
    folder : pathlib.Path
    secrets : tuple of bytes
    """
    from synapse_magics.engines.step_output import mask_file  # noqa: PLC0415 - see run

    for parent, _, names in os.walk(folder):
        for file in (Path(parent) / name for name in names):
            with contextlib.suppress(OSError, ValueError):
                if file.is_file():  # a pipe would be waited for
                    mask_file(file, secrets)


def start(job: dict[str, Any], out: int, err: int) -> subprocess.Popen[bytes]:
    """Start the step's process.

    Parameters
    ----------
    job : dict
    out, err : int
        Where it prints to.

    Returns
    -------
    subprocess.Popen
    """
    return subprocess.Popen(
        job["argv"],
        cwd=job["cwd"],
        env=job["env"],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        # A group of its own: a script that signals its group does not mean us.
        preexec_fn=os.setpgrp,  # noqa: PLW1509 - this process has one thread
    )


class Alarm:
    """What wakes the supervisor: a request to end the job, or the end of a child."""

    def __init__(self) -> None:
        self.cancel = False
        self.descriptor, self._writer = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._writer, False)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # it only has to wake
        signal.signal(signal.SIGTERM, self._note)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # all is written
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        os.close(self.descriptor)
        os.close(self._writer)

    def quieten(self) -> None:
        """Forget the wakes so far; what they were for is looked at now."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.descriptor, 4096):
                pass

    def _note(self, *_: object) -> None:
        self.cancel = True


class Ending:
    """How a job ends: by itself, by a request, or by its time limit; and all that it started.

    Parameters
    ----------
    process : subprocess.Popen
        The step's process.
    timeout : float or None
        Seconds.
    """

    def __init__(self, process: subprocess.Popen[bytes], timeout: float | None) -> None:
        self.exit_code: int | None = None
        self.canceled = self.timed_out = False
        self._process = process
        self._limit = None if timeout is None else time.monotonic() + timeout
        self._kill_at: float | None = None

    def await_all(self, alarm: Alarm, output: Waiter) -> None:
        """Wait until the step and everything that it started has ended.

        Parameters
        ----------
        alarm : Alarm
        output : Waiter
            A step's prints are passed on meanwhile.
        """
        while True:
            alarm.quieten()
            self._reap()
            now = time.monotonic()
            self._request(now, cancel=alarm.cancel)
            if self.exit_code is not None:
                if self._kill_at is None:
                    self._kill_at = now + GRACE_SECONDS  # a JVM, say, is about to end
                if not self._others() or now > self._kill_at + GRACE_SECONDS:
                    self._reap()  # who ended since the last look is nobody's zombie
                    return  # who is left sleeps in the kernel, or is not ours to kill
            if self._kill_at is not None and now >= self._kill_at:
                process_tree.send(self._others(), signal.SIGKILL)
            output.wait(self._pause(now))

    def _request(self, now: float, *, cancel: bool) -> None:
        """Ask everybody to end, once, if that is wanted or the time is over."""
        if self.canceled or self.timed_out:
            return
        late = self.exit_code is None and self._limit is not None and now >= self._limit
        if cancel or late:
            self.canceled, self.timed_out = cancel, not cancel
            process_tree.send(self._others(), signal.SIGTERM)
            if self._kill_at is None:
                self._kill_at = now + GRACE_SECONDS

    def _pause(self, now: float) -> float | None:
        if self.exit_code is not None:
            return _LOOK_SECONDS
        times = [moment for moment in (self._limit, self._kill_at) if moment is not None]
        if self._kill_at is not None:
            times = [max(self._kill_at, now + _LOOK_SECONDS)]
        return min(max(min(times) - now, 0), _LONGEST_SLEEP) if times else None

    def _reap(self) -> None:
        """Take note of the children that have ended, adopted ones included."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if pid == self._process.pid:
                self.exit_code = self._process.returncode = os.waitstatus_to_exitcode(status)

    @staticmethod
    def _others() -> list[int]:
        return process_tree.family(os.getpid())


def write_error(job: dict[str, Any], error: Exception) -> None:
    """Leave what kept the step from starting where the agent looks for it.

    Parameters
    ----------
    job : dict
    error : Exception
    """
    message = f"the step's process could not be started: {error}"
    text = json.dumps({"code": "SystemError", "message": message})
    with contextlib.suppress(OSError):
        Path(job["error"]).write_text(text, encoding="utf-8")


def write_result(job: dict[str, Any], result: dict[str, Any]) -> None:
    """Write the result whole or not at all.

    Parameters
    ----------
    job, result : dict
    """
    path = Path(job["result"])
    part = path.with_suffix(".part")
    text = json.dumps({**result, "token": job["token"], "ended": time.time()})
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def ring(job: dict[str, Any]) -> None:
    """Ring the agent's bell, whether or not somebody hears it.

    Parameters
    ----------
    job : dict
    """
    import socket  # noqa: PLC0415 - the step's start does not have to wait for it

    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as bell:
        bell.connect(job["bell"])
