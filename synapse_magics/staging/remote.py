"""What tasks are told of a datastore that lies elsewhere."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.staging.copying import in_bytes
from synapse_magics.storage.places import Place
from synapse_magics.storage.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_magics.staging.task import Desk

_SAY_SECONDS = 2.0


class Remote:
    """A datastore that lies elsewhere, of the plain data that a task holds.

    Parameters
    ----------
    told : mapping
        ``datastore``, its name; ``place``; ``mirror``, the folder; ``secrets``, the values of the
        keyvault that its credential refers to, by name.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.datastore = str(told["datastore"])
        self.place = Place.from_json(told["place"])
        self.mirror = Path(told["mirror"]).absolute()
        self.secrets: Callable[[str], str | None] = dict(told["secrets"]).get


class LogProgress(Progress):
    """Say in a step's log how far a transfer is, from time to time, if it takes any.

    Parameters
    ----------
    desk : Desk
    what : str
    done : str
        The word for what is done with the files.
    """

    def __init__(self, desk: Desk, what: str, done: str) -> None:
        self._desk, self._what, self._done = desk, what, done
        self._files = self._all = self._size = self._whole = 0
        self._begin = self._said = time.monotonic()

    def begin(self, files: int, size: int) -> None:
        """Hear how many files and bytes are to be copied."""
        self._all, self._whole = files, size
        self._begin = self._said = time.monotonic()

    def advanced(self, size: int) -> None:
        """Hear that some bytes were copied."""
        self._size += size
        now = time.monotonic()
        if now - self._said >= _SAY_SECONDS:
            self._said = now
            self._desk.say(
                f"{self._what}: {self._files:,} of {self._all:,} files, {in_bytes(self._size)} of"
                f" {in_bytes(self._whole)} {self._done} so far"
            )

    def finished(self, path: str) -> None:
        """Hear that a file is there."""
        del path
        self._files += 1

    def end(self) -> None:
        """Say what was done."""
        if self._files:
            took = time.monotonic() - self._begin
            self._desk.say(
                f"{self._what}: {self._files:,} files, {in_bytes(self._size)} {self._done} in"
                f" {took:.1f} s"
            )
