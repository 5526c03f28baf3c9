"""A log file of any length by line number; one number is remembered for each block of it."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BLOCK = 64 * 1024
LONGEST_LINE = 4096
"""Bytes of a line that are shown."""

_CONTIGUOUS = 4 * 1024 * 1024
_BLOCKS_BETWEEN_LOOKS = 16
_KNOWN_AGAIN = 32  # bytes by which a file is known to be the same


class LogFile:
    """A file that grows: how many lines it has, and any of them.

    Only what was appended is read. A file that is replaced or has become shorter begins anew, and
    so has another ``generation``.

    Parameters
    ----------
    path : pathlib.Path
    clock : callable, optional
        Seconds; for ``refresh``.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path, self._clock = path, clock
        self.generation = 0
        self._begin_anew(None)

    def _begin_anew(self, identity: tuple[int, int] | None) -> None:
        self._identity = identity
        self.size = 0
        self.count = 0
        self._ends = array("Q")  # of each full block: lines that have ended in it or before
        self._rest_start = 0
        self._last = b""
        self._block: tuple[int, bytes] = (-1, b"")
        self._known = (0, 0)

    def refresh(self, until: float | None = None) -> bool:
        """Read what was appended.

        Parameters
        ----------
        until : float, optional
            When to stop, by the clock; at least a little is read.

        Returns
        -------
        bool
            Whether everything was read.
        """
        try:
            found = self.path.stat()
        except OSError:
            # Between two attempts of a step there is no file for a moment.
            if self._identity is not None:
                self.generation += 1
                self._begin_anew(None)
            return True
        identity = (found.st_dev, found.st_ino)
        if identity != self._identity or found.st_size < self.size:
            self.generation += self._identity is not None
            self._begin_anew(identity)
        if found.st_size == self.size:
            return True
        try:
            return self._read_to(found.st_size, until)
        except OSError:
            # It went since it was looked at; the next look knows more.
            return True

    def _read_to(self, size: int, until: float | None) -> bool:
        blocks = 0
        with self.path.open("rb") as file:
            file.seek(self.size - len(self._last))
            if file.read(len(self._last)) != self._last:
                # Another file that was given the same number by the file system.
                self.generation += 1
                self._begin_anew(self._identity)
                file.seek(0)
            while self.size < size:
                piece = file.read(min(BLOCK - self.size % BLOCK, size - self.size))
                if not piece:
                    break
                self._add(piece)
                blocks += 1
                looks = until is not None and blocks % _BLOCKS_BETWEEN_LOOKS == 0
                if looks and until is not None and self._clock() >= until:
                    return False
        return True

    def _add(self, piece: bytes) -> None:
        self.count += piece.count(b"\n")
        last = piece.rfind(b"\n")
        if last >= 0:
            self._rest_start = self.size + last + 1
        self.size += len(piece)
        self._last = (self._last + piece[-_KNOWN_AGAIN:])[-_KNOWN_AGAIN:]
        if self.size % BLOCK == 0:
            self._ends.append(self.count)

    def read(self, first: int, count: int) -> list[bytes]:
        """Return lines that have ended, without their ends; long ones are clipped.

        Parameters
        ----------
        first : int
            From 0.
        count : int

        Returns
        -------
        list of bytes
            Fewer if there are not so many, or if the file has just changed.
        """
        last = min(first + count, self.count)
        if first < 0 or first >= last:
            return []
        try:
            start, end = self._start(first), self._start(last)
            if end - start <= _CONTIGUOUS:
                lines = self._bytes(start, end)[:-1].split(b"\n")
                if max(map(len, lines)) > LONGEST_LINE:
                    lines = [clipped(line) for line in lines]
                self._known = (last, end)
                return lines
            starts = [self._start(number) for number in range(first, last + 1)]
            return [self._ends_of(here, there - 1) for here, there in pairwise(starts)]
        except OSError:
            return []

    @property
    def rest(self) -> bytes:
        """The last line if it has not ended yet; clipped if it is long."""
        if self._rest_start >= self.size:
            return b""
        try:
            return self._ends_of(self._rest_start, self.size)
        except OSError:
            return b""

    def _start(self, number: int) -> int:
        """Return where a line begins: after as many ends of lines."""
        if number == 0:
            return 0
        if number == self.count:
            return self._rest_start
        if number == self._known[0]:
            return self._known[1]  # lines are read one after the other as a rule
        block = bisect_left(self._ends, number)
        left = number - (self._ends[block - 1] if block else 0)
        begin = block * BLOCK
        if self._block[0] != begin or len(self._block[1]) < BLOCK:
            self._block = (begin, self._bytes(begin, min(begin + BLOCK, self.size)))
        parts = self._block[1].split(b"\n", left)
        if len(parts) <= left:
            raise OSError("the file has changed")
        return begin + len(self._block[1]) - len(parts[left])

    def _bytes(self, start: int, end: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    def _ends_of(self, start: int, end: int) -> bytes:
        """Return a line of any length from its two ends."""
        length = end - start
        if length <= 2 * LONGEST_LINE:
            return clipped(self._bytes(start, end))
        head = self._bytes(start, start + LONGEST_LINE)
        return clipped(head + self._bytes(end - LONGEST_LINE, end), length)


def clipped(line: bytes, length: int | None = None) -> bytes:
    r"""Return a line as it is, or as much of it as is shown, and how much is missing.

    Of a line that was rewritten with ``\r`` the end is what counts.

    Parameters
    ----------
    line : bytes
    length : int, optional
        How long it is, if these are only its two ends.

    Returns
    -------
    bytes
    """
    length = len(line) if length is None else length
    if length <= LONGEST_LINE:
        return line
    end = line[-LONGEST_LINE:].rstrip(b"\r")
    if b"\r" in end:
        return end
    return line[:LONGEST_LINE] + f" … [{length - LONGEST_LINE:,} bytes more]".encode()
