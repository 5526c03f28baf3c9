"""Start one step's process, wait for it, write how it ended.

It is the parent of the step's process and the leader of its own session, so a job goes on, and its
result is written, whatever becomes of the agent. It learns what to start through its standard
input, which the agent writes once the job's handle is on disk: if the agent dies before that, the
job ends without having run, and no file ever holds the step's environment.

It runs by path with the standard library alone, so that it starts in a few milliseconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

GRACE_SECONDS = 2.0


def main(description: bytes) -> int:
    """Run the job that a description tells.

    Parameters
    ----------
    description : bytes
        JSON: ``argv``, ``cwd``, ``env``, ``stdout``, ``stderr``, ``result``, ``started``,
        ``bell``.

    Returns
    -------
    int
    """
    try:
        job: dict[str, Any] = json.loads(description)
    except ValueError:
        return 1  # the agent died before it had told everything
    process: subprocess.Popen[bytes] | None = None
    canceled = False

    def end(_number: int, _frame: object) -> None:
        nonlocal canceled
        canceled = True
        if process is not None:
            end_group(process.pid)

    # From here on: a step that has just started is not left alone by a signal that ends us.
    signal.signal(signal.SIGTERM, end)
    started = time.time()
    with Path(job["stdout"]).open("ab", 0) as out, Path(job["stderr"]).open("ab", 0) as err:
        Path(job["started"]).touch()
        try:
            process = subprocess.Popen(
                job["argv"],
                cwd=job["cwd"],
                env=job["env"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                # A group of its own, so that the supervisor can end it and live on.
                preexec_fn=os.setpgrp,  # noqa: PLW1509 - this process has one thread
            )
        except (OSError, ValueError) as error:
            err.write(f"{error}\n".encode())
            write_result(job, {"exit_code": 127, "started": started})
            return 1
    if canceled:
        end_group(process.pid)
    exit_code = process.wait()
    try:
        write_result(job, {"exit_code": exit_code, "started": started, "canceled": canceled})
    finally:
        clean_up(process.pid)
    return 0


def end_group(group: int) -> None:
    """Ask a process group to end, and kill it when it has not after a while.

    Parameters
    ----------
    group : int
    """
    signal_group(group, signal.SIGTERM)
    signal.signal(signal.SIGALRM, lambda *_: signal_group(group, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)


def write_result(job: dict[str, Any], result: dict[str, Any]) -> None:
    """Write the result whole or not at all, and ring the agent's bell.

    Parameters
    ----------
    job, result : dict
    """
    path = Path(job["result"])
    part = path.with_suffix(".part")
    part.write_text(json.dumps({**result, "ended": time.time()}), encoding="utf-8")
    part.replace(path)
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as bell:
        bell.connect(job["bell"])


def clean_up(group: int) -> None:
    """End what the step left behind in its group (a JVM, as a rule, that is about to end).

    Parameters
    ----------
    group : int
    """
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline:
        if not signal_group(group, 0):
            return
        time.sleep(0.02)
    signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group.

    Parameters
    ----------
    group, number : int

    Returns
    -------
    bool
        Whether there was anybody.
    """
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer.read()))
