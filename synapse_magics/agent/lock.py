"""The lock of a workspace's agent: there is one at a time, and the file tells its process id."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PATIENCE_SECONDS = 5.0


@contextmanager
def hold(place: Path, served: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Hold the lock while the body runs, if nobody else does.

    Parameters
    ----------
    place : pathlib.Path
        The agent's folder.
    served : callable
        Tells whether the one who holds it does the work; it is waited for no longer then.

    Yields
    ------
    bool
        Whether it is held.
    """
    descriptor = os.open(place / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as lock:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                # The other one may be about to go; if it stays, it takes the work.
                if time.monotonic() > deadline or served():
                    yield False
                    return
                time.sleep(0.05)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield True
