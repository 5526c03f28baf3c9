"""A search through the rows of a log, piece by piece."""

from __future__ import annotations

import re
import sys
import time
from array import array
from bisect import bisect_left
from importlib import import_module
from math import comb
from typing import TYPE_CHECKING, Any

from synapse_magics.widgets.log_levels import lines_with
from synapse_magics.widgets.log_rows import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.widgets.log_rows import LogRows

MOST_HITS = 100_000

_BATCH = 1024
_LONGEST_PATTERN = 500
_HIDING = (b"\x1b", b"\r", b"\x00", b"\x08")
_FEW = 8  # a repeat of more than these is as bad as one without a limit
_MOST_OPEN = 20
_MOST_WAYS = 50_000_000  # of matching a text: about half a second
_LONGEST_LOOK = 0.5  # seconds that one row may take
_LONGEST_TEXT = 8192


class LogSearch:
    """The rows that hold a text, in any case of letters, or match a regular expression.

    A row is found by what is shown of it: colours and overwritten versions are not searched.
    Of a long row that would take a pattern too long only the beginning is.

    Parameters
    ----------
    rows : LogRows
    text : str
    regex : bool, optional
    clock : callable, optional
        Seconds.

    Raises
    ------
    ValueError
        If it is no regular expression, or one that may need endless time.
    """

    def __init__(
        self,
        rows: LogRows,
        text: str,
        *,
        regex: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        text = text[:_LONGEST_PATTERN]
        self._rows, self._clock = rows, clock
        plain = text.isascii() and text.isprintable() and not regex
        self._needle = text.lower().encode() if plain else b""
        try:
            self._pattern = re.compile(text if regex else re.escape(text), re.IGNORECASE)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"no regular expression: {error}") from error
        choices = _choices_of(text) if regex else 0
        self._reach, self._growth = _reach(choices), 1.5 ** (choices + 1)
        self._scanned = 0
        self.hits = array("I")

    @property
    def full(self) -> bool:
        """Whether there may be more, of which nobody would look at each."""
        return len(self.hits) >= MOST_HITS

    @property
    def looked_through(self) -> int:
        """How many rows were searched."""
        return self._scanned

    def extend(self, until: float | None = None) -> bool:
        """Search rows that are new.

        Parameters
        ----------
        until : float, optional
            When to stop, by the clock; at least one is searched.

        Returns
        -------
        bool
            Whether all were.
        """
        while self._scanned < self._rows.ended and not self.full:
            batch = self._rows.raw(self._scanned, _BATCH)
            if not batch:
                break
            joined = b"\n".join(batch)
            if self._needle and not any(mark in joined for mark in _HIDING):
                # The most frequent case, twenty times as fast.
                found = lines_with(self._needle, joined.lower())
                self.hits.extend([self._scanned + number for number in found])
                self._scanned += len(batch)
            else:
                self._look_at_each(batch, until)
            if until is not None and self._clock() >= until:
                return self._scanned >= self._rows.ended or self.full
        return True

    def _look_at_each(self, batch: list[bytes], until: float | None) -> None:
        for line in batch:
            if self._is_in(shown_text(line)):
                self.hits.append(self._scanned)
            self._scanned += 1
            # A single line may take a pattern long.
            if until is not None and self._clock() >= until:
                return

    def _is_in(self, text: str) -> bool:
        length, before = self._reach, 0.0
        while length < len(text):
            # Nothing can stop a search that has begun: what it may need is seen on a part before.
            begin = time.thread_time()
            found = self._pattern.search(text, 0, length)
            needed = time.thread_time() - begin
            # As a rule it grows far slower than it might.
            growth = min(self._growth, 1.2 * needed / before) if before else self._growth
            if needed * growth > _LONGEST_LOOK:
                return found is not None
            before = needed
            length += length // 2
        return self._pattern.search(text) is not None

    def index_near(self, row: int, direction: int = 0) -> int | None:
        """Return which hit comes next, going round at the ends.

        Parameters
        ----------
        row : int
        direction : int
            1 for the next after the row, -1 for the one before it, 0 for the row or the next.

        Returns
        -------
        int or None
            An index of ``hits``; None if there are none.
        """
        if not self.hits:
            return None
        if direction < 0:
            return (bisect_left(self.hits, row) - 1) % len(self.hits)
        return bisect_left(self.hits, row + (direction > 0)) % len(self.hits)


def _reach(choices: int) -> int:
    """Return how long a text may be so that so many choices are tried within a moment."""
    length = 8
    while length < _LONGEST_TEXT and comb(2 * length + choices + 1, choices + 1) <= _MOST_WAYS:
        length *= 2
    return length


def _choices_of(pattern: str) -> int:
    """Return how many parts of a pattern can match in several ways.

    Raises
    ------
    ValueError
        If the time that it needs may double with each character of a text, or nobody can tell.
    """
    try:
        # Private, and so it may go or change.
        parser = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
        choices = _choices(parser.parse(pattern), repeated=False)
    except ValueError:
        raise
    except Exception as error:
        # One repeat alone is in no other.
        if sum(map(pattern.count, "*+?{|")) > 1:
            raise ValueError("no regular expression that can be judged") from error
        return 1
    if choices > _MOST_OPEN:
        raise ValueError("no regular expression for a search: it has too many repeats")
    return choices


def _choices(parsed: Any, *, repeated: bool) -> int:
    choices = 0
    for code, value in parsed:
        name = str(code)
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            least, most, part = value
            varies = least != most
            inside = _choices(part, repeated=repeated or most > _FEW)
            choices += varies + inside * min(most, _FEW)
        elif name == "BRANCH":
            varies = not _differ_at_once(value[1])
            choices += varies + max(_choices(part, repeated=repeated) for part in value[1])
        elif name in {"SUBPATTERN", "ASSERT", "ASSERT_NOT"}:
            varies = False
            choices += _choices(value[-1], repeated=repeated)
        elif name == "ATOMIC_GROUP":
            varies = False
            choices += _choices(value, repeated=repeated)
        elif name == "GROUPREF_EXISTS":
            varies = False
            choices += sum(_choices(part or (), repeated=repeated) for part in value[1:])
        elif name in {"LITERAL", "NOT_LITERAL", "ANY", "IN", "AT", "GROUPREF"}:
            varies = False
        else:
            raise TypeError(f"{name} is not known")
        if repeated and varies:
            raise ValueError(
                "no regular expression for a search: a repeat within a repeat may take forever"
            )
    return choices


def _differ_at_once(parts: Any) -> bool:
    """Tell whether of all alternatives at most one can match, as their first letters differ."""
    firsts = [part[0] if len(part) else ("", 0) for part in parts]
    if any(str(code) != "LITERAL" for code, _ in firsts):
        return False
    return len({chr(letter).casefold() for _, letter in firsts}) == len(firsts)
