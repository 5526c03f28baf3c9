"""The processes of one job, one after the other: tasks before the step, the step, tasks after it.

The supervisor carries them out. A job without tasks has the one process of its step. Tasks run in
``python -m synapse_magics.staging``, which is told what to do through its standard input, because
tasks can hold credentials. What they start may outlast them, a mount say: it holds one end of a
pipe, the leash, and leaves when the other end is closed, be it because the step has ended or
because the supervisor was killed.

The time limit is that of the attempt: what is brought for a step and taken from it belongs to it.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.engines.ending import Child, Ending

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.engines.driver_lease import Lease
    from synapse_magics.engines.forked_step import Origin
    from synapse_magics.engines.step_output import StepOutput
    from synapse_magics.engines.supervisor import Alarm

_MODULE = "synapse_magics.staging"


@dataclass
class Forked:
    """A child that was forked without being started anew."""

    pid: int
    returncode: int | None = None


class Leash:
    """What those hold who work for a step from before it until its end."""

    def __init__(self) -> None:
        self.end, self._hand = os.pipe()

    def close(self) -> None:
        """Let them know that the step has ended."""
        for descriptor in (self.end, self._hand):
            if descriptor >= 0:
                os.close(descriptor)
        self.end = self._hand = -1


def carry_out(
    job: dict[str, Any], alarm: Alarm, output: StepOutput, origin: Origin | None = None
) -> dict[str, Any]:
    """Run the processes of a job as long as each succeeds.

    Parameters
    ----------
    job : dict
        See :func:`~synapse_magics.engines.supervisor.main`.
    alarm : Alarm
    output : StepOutput
    origin : Origin, optional
        What this process was forked from.

    Returns
    -------
    dict
        Of the last process: ``exit_code``, ``canceled`` and ``timed_out``.
    """
    limit = None if job["timeout"] is None else time.monotonic() + job["timeout"]
    leash = Leash() if job["before"] else None
    release = leash.close if leash is not None else None
    step = Step(job, output, origin)
    starts: list[Callable[[], Child]] = [lambda: step.start(alarm)]
    if leash is not None:
        starts.insert(0, lambda: start_tasks(job, "before", output.ends[1], leash.end))
    if job["after"]:
        starts.append(lambda: start_tasks(job, "after", output.ends[1]))
    try:
        for number, start in enumerate(starts):
            try:
                process = start()
            except (OSError, ValueError) as error:
                with contextlib.suppress(OSError):
                    os.write(output.ends[1], f"{error}\n".encode("utf-8", "backslashreplace"))
                write_error(job, error)
                return {"exit_code": 127}
            if number == len(starts) - 1:
                output.release()
            stays = leash is not None and number == 0
            ending = Ending(process, limit, stays=stays, release=release)
            ending.await_all(alarm, output)
            step.give_back(good=ending.is_good)
            if not ending.is_good:
                break
        return {
            "exit_code": ending.exit_code,
            "canceled": ending.canceled,
            "timed_out": ending.timed_out,
        }
    finally:
        if leash is not None:
            leash.close()
            from synapse_magics.engines import mounts  # noqa: PLC0415 - others need not wait

            mounts.release(Path())


class Step:
    """The step's own process, and the driver that it may have on lease.

    Parameters
    ----------
    job : dict
    output : StepOutput
        Where it prints to.
    origin : Origin, optional
        What this process was forked from.
    """

    def __init__(self, job: dict[str, Any], output: StepOutput, origin: Origin | None) -> None:
        self._job = job
        self._output = output
        self._origin = origin
        self._lease: Lease | None = None

    def start(self, alarm: Alarm) -> Child:
        """Start the process: a fork of this one where that makes no difference.

        Parameters
        ----------
        alarm : Alarm
            A driver that is being started is waited for until somebody cancels the job.

        Returns
        -------
        Child
        """
        job, origin = self._job, self._origin
        if job.get("driver"):
            from synapse_magics.engines.driver_lease import Lease  # noqa: PLC0415 - of Spark steps

            self._lease = Lease.take(job["driver"], self._output.ends, lambda: not alarm.cancel)
            if self._lease is not None:
                job = {**job, "env": {**job["env"], **self._lease.variables}}
        if origin is not None and job.get("forked") and not obstacle(job, origin):
            pid = os.fork()
            if pid == 0:
                from synapse_magics.engines.forked_step import become  # noqa: PLC0415 - is loaded

                out, err = self._output.ends
                become(job, out, err, origin)
            return Forked(pid)
        out, err = self._output.ends
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

    def give_back(self, *, good: bool) -> None:
        """Give the driver back, once its step has ended.

        Parameters
        ----------
        good : bool
            Whether it has succeeded.
        """
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.end(self._output, good=good)


def obstacle(job: dict[str, Any], origin: Origin) -> str | None:
    """Return why a job's step is not forked from this process, or None if it is.

    Parameters
    ----------
    job : dict
    origin : Origin

    Returns
    -------
    str or None
    """
    from synapse_magics.runtime.bootstrap import ON_PATH  # noqa: PLC0415 - loaded already

    told = job["env"].get("PYTHONPATH", "").split(os.pathsep)
    inherited = origin.environment.get("PYTHONPATH", "").split(os.pathsep)
    own = [Path(path) for path in told if path and path not in inherited and path != ON_PATH]
    return origin.obstacle(job["forked"], job["env"], {*own, Path(job["forked"][0]).parent})


def start_tasks(
    job: dict[str, Any], which: str, err: int, leash: int | None = None
) -> subprocess.Popen[bytes]:
    """Start the process that carries out tasks.

    Parameters
    ----------
    job : dict
    which : str
        ``before`` or ``after``.
    err : int
        Where it prints to: what it has to say is none of what the step prints.
    leash : int, optional
        The end that those hold who outlast it.

    Returns
    -------
    subprocess.Popen
    """
    with contextlib.suppress(OSError):
        Path(job["error"]).unlink()  # of a step that succeeded all the same
    told = {"tasks": job[which], "error": job["error"], "reserve": job["reserve"], "leash": leash}
    process = subprocess.Popen(
        [sys.executable, "-m", _MODULE],
        # Safe: modules that lie in the run's folder are nobody's.
        env={**os.environ, **job["marks"], "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"},
        stdin=subprocess.PIPE,
        stdout=err,
        stderr=err,
        pass_fds=() if leash is None else (leash,),
        preexec_fn=os.setpgrp,  # noqa: PLW1509 - see above
    )
    with contextlib.suppress(BrokenPipeError), process.stdin as gate:  # type: ignore[union-attr]
        gate.write(json.dumps(told).encode())
    return process


def write_error(job: dict[str, Any], error: Exception) -> None:
    """Leave what kept a process from starting where the agent looks for it.

    Parameters
    ----------
    job : dict
    error : Exception
    """
    message = f"the step's process could not be started: {error}"
    text = json.dumps({"code": "SystemError", "message": message})
    with contextlib.suppress(OSError):
        Path(job["error"]).write_text(text, encoding="utf-8")
