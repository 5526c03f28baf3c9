"""The bell of a workspace's agent, as the agent hears it; who rings it is in ``client``."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PATH = "socket"  # relative to the agent's folder: an address has room for 108 bytes


class Bell:
    """A socket in the working directory, for its owner only, that wakes whoever waits at it.

    A visitor says nothing: what is to be done is in the database. Being heard is a promise, so
    each visitor gets an answer of one byte. Who gets none may have called at a bell whose agent
    was about to leave.
    """

    def __init__(self) -> None:
        self._take_down()  # left by a dead agent
        self._socket = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            self._socket.bind(_PATH)
        finally:
            os.umask(before)
        self._socket.listen(16)
        self._socket.setblocking(False)

    def wait(self, seconds: float, promise: Callable[[], bool] = lambda: True) -> None:
        """Sleep until somebody rings, or for a time.

        Parameters
        ----------
        seconds : float
        promise : callable
            Tells whether visitors may still be answered.
        """
        ready, _, _ = select.select([self._socket], [], [], seconds)
        while ready:
            try:
                visitor, _ = self._socket.accept()
            except BlockingIOError:
                return
            with visitor, contextlib.suppress(OSError):  # supervisors do not wait for an answer
                if promise():
                    visitor.send(b"!")

    def close(self) -> None:
        """Take the bell down; whoever rings from now on hears that nobody is there."""
        self._socket.close()
        self._take_down()

    @staticmethod
    def _take_down() -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_PATH)  # noqa: PTH108 - as short as the address
