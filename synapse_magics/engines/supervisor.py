"""Start one step's process, wait for it, write how it ended.

It is the parent of the step's process and the leader of its own session, so a job goes on, and its
result is written, whatever becomes of the agent. It learns what to start through its standard
input, which the agent writes once the job's handle is on disk: if the agent dies before that, the
job ends without having run, and no file ever holds the step's environment.

The session is what ends with the job: the step, its JVM, their children. The result is written when
nobody of it is left, so that nothing is written to the outputs of a step that is over.

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
        ``error``, ``bell``.

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
            end_session()

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
                # A group of its own: a script that signals its group does not mean us.
                preexec_fn=os.setpgrp,  # noqa: PLW1509 - this process has one thread
            )
        except (OSError, ValueError) as error:
            err.write(f"{error}\n".encode())
            write_error(job, error)
            write_result(job, {"exit_code": 127, "started": started})
            return 1
    if canceled:
        end_session()
    exit_code = process.wait()
    clean_up()
    write_result(job, {"exit_code": exit_code, "started": started, "canceled": canceled})
    return 0


def end_session() -> None:
    """Ask everybody in the session to end, and kill who has not after a while."""
    signal_others(signal.SIGTERM)
    signal.signal(signal.SIGALRM, lambda *_: signal_others(signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)


def clean_up() -> None:
    """Wait a while for what the step left behind (a JVM that is about to end), then kill it."""
    deadline = time.monotonic() + GRACE_SECONDS
    while others():
        if time.monotonic() > deadline:
            signal_others(signal.SIGKILL)
        if time.monotonic() > deadline + GRACE_SECONDS:
            return  # it sleeps in the kernel, or is not ours to kill
        time.sleep(0.01)


def signal_others(number: int) -> None:
    """Send a signal to everybody in the session but this process.

    Parameters
    ----------
    number : int
    """
    for pid in others():
        # Gone by now; or, on macOS, a zombie.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def others() -> list[int]:
    """Return who is in the session beside this process.

    Returns
    -------
    list of int
    """
    return [pid for pid in session(os.getsid(0)) if pid != os.getpid()]


def session(leader: int) -> list[int]:
    """Return the processes of a session, without those that have ended.

    Parameters
    ----------
    leader : int

    Returns
    -------
    list of int
    """
    if Path("/proc/self/stat").exists():
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - fast
        stats = [(pid, read_stat(pid)) for pid in pids]
        return [
            pid for pid, stat in stats if stat and stat[0] not in "ZX" and stat[3] == str(leader)
        ]
    listed = subprocess.run(
        ["/bin/ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=False
    )
    found = []
    for line in listed.stdout.splitlines():
        pid, state = line.split()[:2]
        with contextlib.suppress(OSError):
            if not state.startswith("Z") and os.getsid(int(pid)) == leader:
                found.append(int(pid))
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


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer.read()))
