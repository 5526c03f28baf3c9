"""What a view shows of a log, row by row: the lines that are grave enough, repeats as one."""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import islice
from operator import eq
from typing import TYPE_CHECKING

from synapse_magics.widgets.ansi import CONTROLS, ESCAPES
from synapse_magics.widgets.log_levels import Level, LevelReader, maybe_grave
from synapse_magics.widgets.render_log import last_version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from synapse_magics.widgets.log_lines import LogLines

_BATCH = 2048
_CONTEXT = 40


@dataclass(frozen=True)
class Row:
    """A line and how many that are equal to it follow at once.

    ``text`` is its last version, with the colours still in it.
    """

    number: int
    stream: int
    level: Level
    text: str
    times: int = 1


class LogRows:
    """The rows of a log under one choice of level, with or without repeats.

    Where every line is a row nothing is looked through and nothing is remembered. Otherwise it is
    four bytes a row, and lines are looked through in pieces.

    Parameters
    ----------
    lines : LogLines
    level : Level, optional
        The least grave that is shown.
    collapse : bool, optional
        Whether lines that repeat the one before are one row.
    clock : callable, optional
        Seconds.
    """

    def __init__(
        self,
        lines: LogLines,
        level: Level = Level.DEBUG,
        *,
        collapse: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines, self._level, self._collapse, self._clock = lines, level, collapse, clock
        self._every = level is Level.DEBUG and not collapse
        self._scanned = 0
        self._starts = array("I")
        self._levels = bytearray()
        self._times: dict[int, int] = {}
        self._before: tuple[int, tuple[int, bytes]] = (-1, (-1, b""))  # its number and itself
        self._before_is_shown = False
        self._readers = (LevelReader(), LevelReader())

    @property
    def stable(self) -> int:
        """How many of the first rows stay as they are; the one after may become more times."""
        if self._every:
            return self._lines.count
        return max(0, len(self._starts) - 1)

    @property
    def looked_through(self) -> float:
        """Which part of the lines was looked through, from 0 to 1."""
        count = self._lines.count
        return 1.0 if self._every or not count else self._scanned / count

    @property
    def count(self) -> int:
        """How many rows there are so far; lines that have not ended yet are the last ones."""
        return self.ended + len(self._rests())

    @property
    def ended(self) -> int:
        """How many rows there are of lines that have ended."""
        return self._lines.count if self._every else len(self._starts)

    def extend(self, until: float | None = None) -> bool:
        """Look through lines that are new.

        Parameters
        ----------
        until : float, optional
            When to stop, by the clock; at least some are looked through.

        Returns
        -------
        bool
            Whether all were.
        """
        while not self._every and self._scanned < self._lines.count:
            batch = self._lines.read(self._scanned, _BATCH)
            if not batch:
                break
            if self._level is Level.DEBUG:
                self._add_all(batch)
            else:
                self._add_grave(batch)
            self._scanned += len(batch)
            if until is not None and self._clock() >= until:
                return self._scanned >= self._lines.count
        return True

    def _add_all(self, batch: list[tuple[int, bytes]]) -> None:
        first = self._scanned
        if batch[0] != self._before[1] and not any(map(eq, batch, islice(batch, 1, None))):
            # As a rule no line is a repeat.
            self._starts.extend(range(first, first + len(batch)))
        else:
            for number, line in enumerate(batch, first):
                if not self._repeats(number, line):
                    self._starts.append(number)
        self._before = (first + len(batch) - 1, batch[-1])

    def _add_grave(self, batch: list[tuple[int, bytes]]) -> None:
        places: Sequence[int] = range(len(batch))
        if self._level >= Level.WARN:
            places = maybe_grave([line for _, line in batch])
        place = 0
        while place < len(batch):
            if all(reader.is_quiet for reader in self._readers):
                following = bisect_left(places, place)
                if following >= len(places):
                    break
                place = places[following]
            number, line = self._scanned + place, batch[place]
            place += 1
            if self._collapse and self._before_is_shown and self._repeats(number, line):
                continue
            level = self._readers[line[0]].read(line[1])
            self._before, self._before_is_shown = (number, line), level >= self._level
            if self._before_is_shown:
                self._starts.append(number)
                self._levels.append(level)

    def _repeats(self, number: int, line: tuple[int, bytes]) -> bool:
        repeats = self._before == (number - 1, line) and bool(line[1])
        if repeats:
            row = len(self._starts) - 1
            self._times[row] = self._times.get(row, 1) + 1
        self._before = (number, line)
        return repeats

    def read(self, first: int, count: int) -> list[Row]:
        """Return rows.

        Parameters
        ----------
        first : int
            From 0.
        count : int

        Returns
        -------
        list of Row
            Fewer where there are not so many.
        """
        first = max(0, first)
        ended = self.ended
        rows = self._read_ended(first, min(first + count, ended)) if first < ended else []
        if first + count > ended:
            numbers = range(self._lines.count + 1, self._lines.count + 3)
            rests = [
                Row(number, stream, level, last_version(_decoded(raw)))
                for number, (stream, raw, level) in zip(numbers, self._rests(), strict=False)
            ]
            rows += rests[max(0, first - ended) : first + count - ended]
        return rows

    def raw(self, first: int, count: int) -> list[bytes]:
        """Return the bytes of rows whose lines have ended, for a search.

        Parameters
        ----------
        first : int
        count : int

        Returns
        -------
        list of bytes
        """
        return [line for _, (_, line) in self._raw(first, min(first + count, self.ended))]

    def _raw(self, first: int, last: int) -> list[tuple[int, tuple[int, bytes]]]:
        numbers = range(first, last) if self._every else self._starts[first:last]
        found: list[tuple[int, tuple[int, bytes]]] = []
        place = 0
        while place < len(numbers):
            # Lines that follow each other are read at once.
            begin, end = numbers[place], len(numbers)
            if numbers[-1] - begin != end - place - 1:
                end = place + 1
                while end < len(numbers) and numbers[end] == begin + end - place:
                    end += 1
            lines = self._lines.read(begin, end - place)
            found += enumerate(lines, begin)
            if len(lines) < end - place:
                break
            place = end
        return found

    def _read_ended(self, first: int, last: int) -> list[Row]:
        lines = self._raw(first, last)
        if not lines:
            return []
        if self._levels:
            levels = [Level(number) for number in self._levels[first:last]]
        else:
            begin = lines[0][0]
            readers = (LevelReader(), LevelReader())
            # A traceback may have begun some lines before.
            for stream, line in self._lines.read(max(0, begin - _CONTEXT), min(begin, _CONTEXT)):
                readers[stream].read(line)
            levels = [readers[stream].read(line) for _, (stream, line) in lines]
        return [
            Row(
                number + 1,
                stream,
                level,
                last_version(_decoded(line)),
                self._times.get(first + offset, 1),
            )
            for offset, ((number, (stream, line)), level) in enumerate(
                zip(lines, levels, strict=False)
            )
        ]

    def _rests(self) -> list[tuple[int, bytes, Level]]:
        found = ((stream, raw, LevelReader().read(raw)) for stream, raw in self._lines.rests)
        return [rest for rest in found if rest[2] >= self._level]


def shown_text(line: bytes) -> str:
    """Return what is shown of a line, without its colours.

    Parameters
    ----------
    line : bytes

    Returns
    -------
    str
    """
    text = last_version(_decoded(line))
    return CONTROLS.sub("", ESCAPES.sub("", text)) if _UNSEEN.search(text) else text


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", "replace")


_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
