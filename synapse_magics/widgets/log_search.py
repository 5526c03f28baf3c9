"""A search through the rows of a log, piece by piece."""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

from synapse_magics.widgets.log_rows import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.widgets.log_rows import LogRows

MOST_HITS = 100_000

_BATCH = 1024
_LONGEST_PATTERN = 500
_HIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


class LogSearch:
    """The rows that hold a text, in any case of letters, or match a regular expression.

    A row is found by what is shown of it: colours and overwritten versions are not searched.

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
        If it is no regular expression.
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
        self._needle = b"" if regex or not text.isascii() else text.lower().encode()
        try:
            self._pattern = re.compile(text if regex else re.escape(text), re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error
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
            When to stop, by the clock; at least some are searched.

        Returns
        -------
        bool
            Whether all were.
        """
        while self._scanned < self._rows.ended and not self.full:
            batch = self._rows.raw(self._scanned, _BATCH)
            if not batch:
                break
            for number, line in enumerate(batch, self._scanned):
                if self._matches(line):
                    self.hits.append(number)
            self._scanned += len(batch)
            if until is not None and self._clock() >= until:
                return self._scanned >= self._rows.ended or self.full
        return True

    def _matches(self, line: bytes) -> bool:
        if self._needle and not _HIDDEN.search(line):
            # The most frequent case, ten times as fast.
            return self._needle in line.lower()
        return self._pattern.search(shown_text(line)) is not None

    def index_near(self, row: int, direction: int = 0) -> int | None:
        """Return which hit comes next, going round at the ends.

        Parameters
        ----------
        row : int
        direction : int
            1 for the next after the row, -1 for the one before it, 0 for the row itself or the next.

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
