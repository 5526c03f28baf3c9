"""Start one step's process, wait for it, write how it ended.

With tasks before and after the step, these have processes of their own (``stages``).

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
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.engines import process_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from synapse_magics.engines.forked_step import Origin

_RESERVE_BYTES = 1 << 18
"""Enough for an error and a result on a disk that the step has filled."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_ROOM_SECONDS = 1.0


def main(description: bytes, origin: Origin | None = None) -> int:
    """Run the job that a description tells.

    Parameters
    ----------
    description : bytes
        JSON: ``folder``, where the other places are: ``cwd``, ``stdout``, ``stderr``, ``result``,
        ``started``, ``error``, ``records``, ``reserve``, ``bell``; ``argv`` and ``env``; the
        tasks ``before`` and ``after``; ``marks``, variables by which its processes are known;
        ``token``, by which its result is known; ``timeout`` in seconds, or null; ``secrets``,
        texts that no file may hold; ``forked``, the step's script and its arguments, if it may
        be forked from this process.
    origin : Origin, optional
        What this process was forked from; None if it was started for this job.

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
        return run(job, alarm, origin)


def run(job: dict[str, Any], alarm: Alarm, origin: Origin | None = None) -> int:
    """Run a job to its end, and write its result.

    Parameters
    ----------
    job : dict
    alarm : Alarm
    origin : Origin, optional

    Returns
    -------
    int
    """
    # Not before it is known that there is a job: it costs a millisecond.
    from synapse_magics.engines.stages import carry_out  # noqa: PLC0415
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
            reserve(Path(job["reserve"]))
        result = {**carry_out(job, alarm, output, origin), "started": started}
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


def reserve(path: Path) -> None:
    """Keep some room on the disk.

    Parameters
    ----------
    path : pathlib.Path
    """
    with path.open("wb") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, _RESERVE_BYTES)  # nothing has to be written
        except (AttributeError, OSError):  # macOS; a file system that cannot
            file.write(bytes(_RESERVE_BYTES))


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
