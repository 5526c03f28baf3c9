"""A search as a browser sees it: how many rows were found so far, and where to go next."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from synapse_magics.widgets.log_search import LogSearch

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.widgets.log_rows import LogRows

_PACE = 0.5


class SearchTalk:
    """One search of a browser's.

    Parameters
    ----------
    number : int
        The browser's number of the search.
    text : str
    regex : bool
    clock : callable, optional
        Seconds.
    """

    def __init__(
        self,
        number: int,
        text: str,
        *,
        regex: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id, self._text, self._regex, self._clock = number, text, regex, clock
        self._search: LogSearch | None = None
        self._error = ""
        self._whole = False
        self._jump: tuple[int, int] | None = None
        self._told: object = None
        self._told_at = float("-inf")

    def begin_anew(self, rows: LogRows) -> None:
        """Search other rows.

        Parameters
        ----------
        rows : LogRows
        """
        self._told, self._whole = None, False
        try:
            self._search = LogSearch(rows, self._text, regex=self._regex, clock=self._clock)
        except ValueError as error:
            self._search, self._error = None, str(error)

    def jump(self, near: int, direction: int) -> None:
        """Ask for the hit next to a row.

        Parameters
        ----------
        near : int
        direction : int
            As for ``LogSearch.index_near``.
        """
        self._jump = (near, direction)

    def extend(self, until: float) -> None:
        """Search further.

        Parameters
        ----------
        until : float
            When to stop, by the clock.
        """
        self._whole = self._search is None or self._search.extend(until)

    @property
    def busy(self) -> bool:
        """Whether something is to be searched or told."""
        return not self._whole or self._jump is not None or self._told != self._news()

    def _news(self) -> object:
        return (len(self._search.hits) if self._search else 0, self._whole)

    def answer(self) -> dict[str, Any] | None:
        """Return what can be told now; None if there is nothing new, or too soon after the last."""
        index = self._found()
        may_jump = self._jump is not None and (index is not None or self._whole)
        news = self._told != self._news() and self._clock() >= self._told_at + _PACE
        if not may_jump and not news:
            return None
        search = self._search
        return {
            "kind": "found",
            "id": self.id,
            "count": len(search.hits) if search else 0,
            "full": bool(search and search.full),
            "done": self._whole,
            "index": index,
            "row": search.hits[index] if search and index is not None else None,
            "error": self._error,
        }

    def _found(self) -> int | None:
        if self._jump is None or self._search is None:
            return None
        near, direction = self._jump
        # Going round is possible only when all is known.
        ahead = direction >= 0 and len(self._search.hits) > 0 and self._search.hits[-1] > near
        return self._search.index_near(near, direction) if ahead or self._whole else None

    def told(self, answer: dict[str, Any]) -> None:
        """Note that an answer was sent.

        Parameters
        ----------
        answer : dict
        """
        if answer["index"] is not None or self._whole:
            self._jump = None
        self._told, self._told_at = self._news(), self._clock()
