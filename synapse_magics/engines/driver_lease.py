"""A step's lease of a warm driver, as its supervisor holds it.

The keeper of the driver gets the step's own log files with the request, so what the JVM prints is
in them. The connection is the lease: a supervisor that is gone has given it back, and the JVM is
thrown away then. It stands on the standard library alone.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.warm_spark import PORT, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Self

    from synapse_magics.engines.ending import Waiter

_START_SECONDS = 60.0
_END_SECONDS = 15.0
_LOOK_SECONDS = 0.005
_CHECK_SECONDS = 0.2
_MESSAGE_BYTES = 1 << 16


class Lease:
    """A driver that is one step's alone.

    Parameters
    ----------
    connection : socket.socket
    variables : mapping
        By which the step's process finds it.
    """

    def __init__(self, connection: socket.socket, variables: Mapping[str, str]) -> None:
        self._connection = connection
        self.variables = variables

    @classmethod
    def take(
        cls, told: Mapping[str, Any], ends: Sequence[int], is_wanted: Callable[[], bool]
    ) -> Self | None:
        """Take a lease, or return None if the driver is not to be had: a fresh JVM does as well.

        Parameters
        ----------
        told : mapping
            ``socket``, where the keeper listens, and ``request``, what it is told.
        ends : sequence of int
            Where the step prints to.
        is_wanted : callable
            Whether it is waited for still.

        Returns
        -------
        Lease or None
        """
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.connect(told["socket"])
            socket.send_fds(connection, [json.dumps(told["request"]).encode()], list(ends))
            answer = json.loads(_answer(connection, is_wanted))
            return cls(connection, {PORT: str(answer["port"]), SECRET: answer["secret"]})
        except (OSError, ValueError, KeyError):
            connection.close()
            return None

    def end(self, output: Waiter, *, good: bool) -> None:
        """Give the driver back, and wait until all that it has printed is in the logs.

        Parameters
        ----------
        output : Waiter
            What is printed is passed on meanwhile.
        good : bool
            Whether the step has succeeded; the JVM is thrown away if not.
        """
        with contextlib.closing(self._connection) as connection, contextlib.suppress(OSError):
            connection.send(b"good" if good else b"bad")
            connection.setblocking(False)
            until = time.monotonic() + _END_SECONDS
            while time.monotonic() < until:
                with contextlib.suppress(BlockingIOError):
                    connection.recv(_MESSAGE_BYTES)
                    return
                output.wait(_LOOK_SECONDS)


def _answer(connection: socket.socket, is_wanted: Callable[[], bool]) -> bytes:
    """Wait for the keeper: its JVM may be starting."""
    connection.settimeout(_CHECK_SECONDS)
    until = time.monotonic() + _START_SECONDS
    while is_wanted() and time.monotonic() < until:
        with contextlib.suppress(TimeoutError):
            return connection.recv(_MESSAGE_BYTES)
    return b""
