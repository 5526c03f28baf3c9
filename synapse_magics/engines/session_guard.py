"""Hold one interactive session: start its driver, and end all of it when the notebook is gone.

By path: ``python -I -S session_guard.py``. It is told what to start by a line on its standard
input, which stays open for as long as the notebook's kernel lives. The kernel cannot end the
session when it is killed itself; this process can, because its input ends then.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # nobody's settings and packages are looked at, see supervise.py
    sys.path.append(str(Path(__file__).parents[2]))

from synapse_magics.engines import process_tree
from synapse_magics.engines.ending import Ending
from synapse_magics.engines.supervisor import Alarm

_LOOK_SECONDS = 1.0


def main() -> int:
    """Run the session that the standard input tells.

    Returns
    -------
    int
    """
    line = _first_line()
    if not line:
        return 1  # the kernel has died before it had told everything
    session: dict[str, Any] = json.loads(line)
    process_tree.adopt_orphans()
    with Alarm() as alarm:
        driver = start(session)
        Ending(driver, None).await_all(alarm, Lifeline(alarm))
    for folder in session["scratch"]:
        # A killed JVM leaves its shuffle files.
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _first_line() -> bytes:
    # Unbuffered, because the end of the input is waited for with select.
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 1 << 16)
        if not part:
            return b""
        line += part
    return line


def start(session: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start the driver.

    Parameters
    ----------
    session : dict
        ``argv``, ``env``, ``cwd``; ``stdout`` and ``stderr``, files that it appends to;
        ``channel``, a descriptor that it gets; ``scratch``, folders that go at the end.

    Returns
    -------
    subprocess.Popen
    """
    with Path(session["stdout"]).open("ab") as out, Path(session["stderr"]).open("ab") as err:
        driver = subprocess.Popen(
            session["argv"],
            cwd=session["cwd"],
            env=session["env"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            pass_fds=[session["channel"]],
            preexec_fn=os.setpgrp,  # noqa: PLW1509 - this process has one thread
        )
    os.close(session["channel"])  # so that the kernel sees its end when the driver ends
    return driver


class Lifeline:
    """What the guard waits for beside its driver: the end of its input, or of its parent.

    Parameters
    ----------
    alarm : Alarm
        It is told that the session is to end.
    """

    def __init__(self, alarm: Alarm) -> None:
        self._alarm = alarm
        self._parent = os.getppid()

    def wait(self, seconds: float | None) -> None:
        """Wait for something to happen, no longer than some seconds.

        Parameters
        ----------
        seconds : float or None
        """
        watched = [self._alarm.descriptor] if self._alarm.cancel else [self._alarm.descriptor, 0]
        pause = _LOOK_SECONDS if seconds is None else min(seconds, _LOOK_SECONDS)
        with contextlib.suppress(InterruptedError):
            ready, _, _ = select.select(watched, [], [], pause)
            # A process that the kernel has forked may hold the other end of the input.
            if (0 in ready and not os.read(0, 1 << 12)) or os.getppid() != self._parent:
                self._alarm.cancel = True


if __name__ == "__main__":
    sys.exit(main())
