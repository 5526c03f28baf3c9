"""What a session's driver says, and what it prints."""

from __future__ import annotations

import codecs
import json
import select
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from pathlib import Path

_PIECE = 1 << 16


class ChannelClosedError(Exception):
    """The driver has ended."""


class Channel:
    """Lines of JSON from and to the driver.

    Parameters
    ----------
    connection : socket.socket
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._begun = b""

    def send(self, request: str, **values: Any) -> None:
        """Ask the driver for something.

        Parameters
        ----------
        request : str
        **values
            JSON data.

        Raises
        ------
        ChannelClosedError
            If it has ended.
        """
        line = json.dumps({"do": request, **values}).encode() + b"\n"
        try:
            self._connection.sendall(line)
        except OSError as error:
            raise ChannelClosedError from error

    def receive(self, seconds: float) -> dict[str, Any] | None:
        """Return what the driver says next, or None if it says nothing for some seconds.

        Parameters
        ----------
        seconds : float

        Returns
        -------
        dict or None

        Raises
        ------
        ChannelClosedError
            If it has ended.
        """
        while b"\n" not in self._begun:
            ready, _, _ = select.select([self._connection], [], [], seconds)
            if not ready:
                return None
            try:
                part = self._connection.recv(_PIECE)
            except OSError as error:
                raise ChannelClosedError from error
            if not part:
                raise ChannelClosedError
            self._begun += part
        line, _, self._begun = self._begun.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer


class Printed:
    """A file that the driver prints to, read as it grows.

    Parameters
    ----------
    path : pathlib.Path
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self, end: int | None = None) -> str:
        """Return the next piece of what is new, up to a position if one is given.

        Parameters
        ----------
        end : int, optional

        Returns
        -------
        str
            Empty if there is nothing new.
        """
        size = _PIECE if end is None else min(_PIECE, end - self._file.tell())
        return self._decoder.decode(self._file.read(size)) if size > 0 else ""

    def close(self) -> None:
        """Close the file."""
        self._file.close()
