"""A search through the rows of a log, piece by piece."""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

from synapse_magics.widgets.log_levels import lines_with
from synapse_magics.widgets.log_rows import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.widgets.log_rows import LogRows

MOST_HITS = 100_000

_BATCH = 1024
_LONGEST_PATTERN = 500
_HIDING = (b"\x1b", b"\r", b"\x00", b"\x08")


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
        plain = text.isascii() and text.isprintable() and not regex
        self._needle = text.lower().encode() if plain else b""
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
            self.hits.extend(self._matching(batch))
            self._scanned += len(batch)
            if until is not None and self._clock() >= until:
                return self._scanned >= self._rows.ended or self.full
        return True

    def _matching(self, batch: list[bytes]) -> list[int]:
        joined = b"\n".join(batch)
        if self._needle and not any(mark in joined for mark in _HIDING):
            # The most frequent case, twenty times as fast.
            return [self._scanned + number for number in lines_with(self._needle, joined.lower())]
        return [
            number
            for number, line in enumerate(batch, self._scanned)
            if self._pattern.search(shown_text(line))
        ]

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
