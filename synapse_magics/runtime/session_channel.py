"""What a session's driver and the kernel say to each other: lines of JSON on a socket."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Channel:
    """Lines of JSON to and from the kernel.

    Parameters
    ----------
    descriptor : int
    """

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)  # or a process of the user's keeps it open

    def requests(self) -> Iterator[dict[str, Any]]:
        """Yield what the kernel asks for, until it is gone.

        Yields
        ------
        dict
        """
        with contextlib.suppress(OSError), self._socket.makefile("rb") as lines:
            for line in lines:
                yield json.loads(line)

    def send(self, event: str, **values: Any) -> None:
        """Tell the kernel something.

        Parameters
        ----------
        event : str
        **values
            JSON data.
        """
        sys.stdout.flush()
        sys.stderr.flush()
        printed = [os.fstat(descriptor).st_size for descriptor in (1, 2)]
        line = json.dumps({"event": event, **values, "printed": printed})
        with contextlib.suppress(OSError):  # who is gone needs no answer
            self._socket.sendall(line.encode("utf-8", "backslashreplace") + b"\n")
