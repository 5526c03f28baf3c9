"""The lines of one stream, or of both in the order in which they were seen."""

from __future__ import annotations

from bisect import bisect_right
from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.widgets.log_file import LogFile

OUT, ERR = 0, 1
STREAM_NUMBERS: Mapping[str, tuple[int, ...]] = {
    "all": (OUT, ERR),
    "stdout": (OUT,),
    "stderr": (ERR,),
}
"""Which files a stream of a view is made of."""


class LogLines:
    """Lines of one or two files by number.

    Nobody notes when a line was written. Of two files the lines stand in the order in which a look
    found them: while a step runs that is the order of arrival, within a tenth of a second; of what
    was there at the first look ``stdout`` comes before ``stderr``.

    Parameters
    ----------
    files : mapping of int to LogFile
        By the number of their stream.
    """

    def __init__(self, files: Mapping[int, LogFile]) -> None:
        self._files = dict(files)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._generations = self.generation
        self.count = 0
        self._taken = dict.fromkeys(self._files, 0)
        # Runs of lines of one file: where each ends here, of which stream, its first line there.
        self._ends: list[int] = []
        self._runs: list[tuple[int, int]] = []

    @property
    def generation(self) -> int:
        """Another number as soon as a file begins anew."""
        return sum(file.generation for file in self._files.values())

    @property
    def size(self) -> int:
        """The bytes that were seen."""
        return sum(file.size for file in self._files.values())

    def refresh(self, until: float | None = None) -> bool:
        """Look for lines that are new.

        Parameters
        ----------
        until : float, optional
            When to stop, by the clock of the files.

        Returns
        -------
        bool
            Whether everything was read.
        """
        # One after the other, so that a long log is not cut into slices of both.
        whole = all(file.refresh(until) for file in self._files.values())
        if self._generations != self.generation:
            self._begin_anew()
        for stream, file in self._files.items():
            new = file.count - self._taken[stream]
            if new <= 0:
                continue
            self.count += new
            if self._runs and self._runs[-1][0] == stream:
                self._ends[-1] = self.count
            else:
                self._ends.append(self.count)
                self._runs.append((stream, self._taken[stream]))
            self._taken[stream] = file.count
        return whole

    def read(self, first: int, count: int) -> list[tuple[int, bytes]]:
        """Return lines that have ended, with the number of their stream.

        Parameters
        ----------
        first : int
        count : int

        Returns
        -------
        list of (int, bytes)
        """
        lines: list[tuple[int, bytes]] = []
        last = min(first + count, self.count)
        run = bisect_right(self._ends, first)
        while first < last and run < len(self._runs):
            begin = self._ends[run - 1] if run else 0
            end = min(self._ends[run], last)
            stream, offset = self._runs[run]
            found = self._files[stream].read(offset + first - begin, end - first)
            lines += zip(repeat(stream), found)
            if len(found) < end - first:
                break  # the file has just been replaced
            first, run = end, run + 1
        return lines

    @property
    def rests(self) -> list[tuple[int, bytes]]:
        """The last lines of the files that have not ended yet."""
        found = ((stream, file.rest) for stream, file in self._files.items())
        return [(stream, rest) for stream, rest in found if rest]
