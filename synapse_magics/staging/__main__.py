"""Carry out the tasks that the standard input tells, one after the other, until one fails."""

from __future__ import annotations

import signal
import sys
from typing import Any

from synapse_magics.staging import failure
from synapse_magics.staging.task import Desk, read

_TERMINATED = 128 + signal.SIGTERM


def main(text: bytes) -> int:
    """Carry out tasks.

    Parameters
    ----------
    text : bytes
        JSON: ``tasks``; ``error``, the file for what goes wrong, and ``reserve``, the one whose
        room that may take; ``leash``, a descriptor or null.

    Returns
    -------
    int
        0, or 1 if a task failed.
    """
    try:
        told: dict[str, Any] = read(text)
    except ValueError:
        return 1  # the supervisor was killed before it had told everything
    signal.signal(signal.SIGTERM, _leave)
    desk = Desk(leash=told["leash"])
    for task in told["tasks"]:
        try:
            desk.carry_out(task)
        except Exception as error:  # noqa: BLE001 - whatever it is, the step fails with its words
            described = failure.describe(error, task)
            desk.say(failure.in_words(described))
            failure.write(described, told["error"], told["reserve"])
            return 1
    return 0


def _leave(*_: object) -> None:
    # As an exception, so that what a task has begun is cleared away.
    raise SystemExit(_TERMINATED)


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer.read()))
