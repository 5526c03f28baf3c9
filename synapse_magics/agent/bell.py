"""The bell of a workspace's agent, as the agent hears it; who rings it is in ``client``."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CREDENTIALS = struct.Struct("3i")  # process, user, group
_LOCAL = 0
_LOCAL_CREDENTIALS = 1
_FOREIGN_CREDENTIALS = struct.Struct("2I")  # version, user; more follows

_PATH = "socket"  # relative to the agent's folder: an address has room for 108 bytes


class Bell:
    """A socket in the working directory, for its owner only, that wakes whoever waits at it.

    A visitor says nothing: what is to be done is in the database. Being heard is a promise, so
    each visitor gets an answer of one byte. Who gets none may have called at a bell whose agent
    was about to leave, or is a stranger: the socket's permissions keep those away, and who came
    by some other way is not heard.
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
                if may_ring(user_of(visitor), os.geteuid()) and promise():
                    visitor.send(b"!")

    def close(self) -> None:
        """Take the bell down; whoever rings from now on hears that nobody is there."""
        self._socket.close()
        self._take_down()

    @staticmethod
    def _take_down() -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_PATH)  # noqa: PTH108 - as short as the address


def may_ring(user: int | None, owner: int) -> bool:
    """Tell whether a user is heard: the owner and root are.

    Parameters
    ----------
    user : int or None
        None where the system does not tell; the socket's permissions have to do, then.
    owner : int

    Returns
    -------
    bool
    """
    return user in {None, owner, 0}


def user_of(visitor: socket.socket) -> int | None:
    """Return the user at the other end of a socket, or None if the system does not tell.

    Parameters
    ----------
    visitor : socket.socket

    Returns
    -------
    int or None
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is not None:
        found = visitor.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
        return int(_CREDENTIALS.unpack(found)[1])
    with contextlib.suppress(OSError, struct.error):  # macOS and the BSDs
        found = visitor.getsockopt(_LOCAL, _LOCAL_CREDENTIALS, 76)
        return int(_FOREIGN_CREDENTIALS.unpack_from(found)[1])
    return None
