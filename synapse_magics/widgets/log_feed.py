"""What a log view tells its browser, and what it answers: the protocol, without a widget."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.widgets._budget import Budget
from synapse_magics.widgets._log_download import Download
from synapse_magics.widgets._log_place import LogChoice, LogPlace, OpenedLog
from synapse_magics.widgets._log_wire import ENVELOPE, fitting, wire_size
from synapse_magics.widgets._search_talk import SearchTalk
from synapse_magics.widgets.log_levels import Level
from synapse_magics.widgets.log_lines import STREAM_NUMBERS, LogLines
from synapse_magics.widgets.log_rows import LogRows

if TYPE_CHECKING:
    from collections.abc import Callable

PACE = 0.18
"""Seconds between two pushes."""

_SLICE = 0.04
_LEAST_SEARCH = 0.01  # seconds that a search has in any turn, whatever there is to read
_PUSH_BYTES = 12_000
_PAGE_BYTES = 20_000
_NEWEST = 60  # rows that each push holds, so that none needs the one before
_MOST_PUSHED = 200
_MOST_ASKED = 400


@dataclass
class _Asked:
    """What the browser waits for."""

    page: tuple[int, int] | None = None
    search: SearchTalk | None = None
    download: Download | None = None


class LogFeed:
    """Feed a browser with the rows that it shows.

    New rows are pushed, since a kernel that runs a cell answers nothing; all others are asked for.
    In any second there go at most ten messages and 100 kB, except for a download.

    Parameters
    ----------
    push : callable
        Called with the newest state, which replaces the one before.
    send : callable
        Called with an answer and its binary pieces.
    clock : callable, optional
        Seconds.
    """

    def __init__(
        self,
        push: Callable[[dict[str, Any]], None],
        send: Callable[[dict[str, Any], list[bytes]], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._push_state, self._send_answer, self._clock = push, send, clock
        self._lock = threading.RLock()
        self._budget = Budget(clock=clock)
        self.choice = LogChoice()
        self._ended = False
        self._pushed: object = None
        self._pushed_at = float("-inf")
        self._pushed_stable = 0
        self._open(LogPlace())

    # --- what is shown ---

    def show(self, place: LogPlace, *, ended: bool) -> None:
        """Show a log; nothing happens if it is shown already.

        Parameters
        ----------
        place : LogPlace
        ended : bool
            Whether nothing will be written to it any more.
        """
        with self._lock:
            self._ended = ended
            if place != self._opened.place:
                self._open(place)

    def _open(self, place: LogPlace) -> None:
        self._opened = OpenedLog.of(place, self._clock)
        self._generation = 0
        self._asked = _Asked()
        self._whole = not place.files
        self._choose(self.choice)

    def _choose(self, choice: LogChoice) -> None:
        lines = self._opened.lines
        stream = choice.stream if choice.stream in lines else next(iter(lines), "")
        self.choice = choice
        self._lines = lines.get(stream) or LogLines({})
        self._rows = LogRows(self._lines, choice.level, collapse=choice.collapse, clock=self._clock)
        if self._asked.search is not None:
            self._asked.search.begin_anew(self._rows)
        self._asked.page = None
        self._pushed_stable = 0
        self._pushed_at = float("-inf")

    # --- a turn: a little of everything that is to be done ---

    @property
    def busy(self) -> bool:
        """Whether something is to be read, looked through or sent."""
        asked = self._asked
        waiting = asked.page is not None or asked.download is not None
        searching = asked.search is not None and asked.search.busy
        return not self._whole or waiting or searching or self._state_key() != self._pushed

    def turn(self, seconds: float = _SLICE) -> bool:
        """Read what is new, and send what may be sent now.

        Parameters
        ----------
        seconds : float, optional
            About how long it may take.

        Returns
        -------
        bool
            Whether there is more to do.
        """
        with self._lock:
            self._look(self._clock() + seconds)
            self._push()
            self._answer_page()
            self._answer_search()
            self._download_piece()
            return self.busy

    def _look(self, until: float) -> None:
        lines = self._opened.lines
        # Both streams are always looked at: in which order lines came is not known later.
        whole = all(one.refresh(until) for one in lines.values())
        if self._generation != (generation := self._lines.generation):
            self._generation = generation
            self._choose(self.choice)
        self._whole = self._rows.extend(until) and whole
        if self._asked.search is not None:
            self._asked.search.extend(max(until, self._clock() + _LEAST_SEARCH))

    # --- what is pushed ---

    @property
    def _log_key(self) -> str:
        return f"{self._opened.place.key}/{self._generation}"

    def _state_key(self) -> object:
        rows = self._rows
        return (self.choice, self._log_key, rows.ended, self._lines.size, self._whole, self._ended)

    def _push(self) -> None:
        key = self._state_key()
        now = self._clock()
        if key == self._pushed or now < self._pushed_at + PACE:
            return
        rows, count, stable = self._rows, self._rows.count, self._rows.stable
        first = max(0, min(self._pushed_stable, count - _NEWEST), count - _MOST_PUSHED)
        wired, size = fitting(rows.read(first, count - first), _PUSH_BYTES, newest=True)
        place, choice = self._opened.place, self.choice
        state = {
            "view": choice.view,
            "stream": choice.stream,
            "level": int(choice.level),
            "collapse": choice.collapse,
            "log": self._log_key,
            "title": place.title,
            "paths": place.paths_of(choice.stream),
            "lines": self._lines.count,
            "size": self._lines.size,
            "ended": self._ended,
            "looked": 1.0 if self._whole else round(min(0.99, rows.looked_through), 2),
            "count": count,
            "stable": stable,
            "first": count - len(wired),
            "rows": wired,
        }
        if not self._budget.take(size + ENVELOPE):
            return
        self._pushed, self._pushed_at, self._pushed_stable = key, now, stable
        self._push_state(state)

    # --- what is asked ---

    def handle(self, message: object) -> None:
        """Take a message of the browser; what is no message is ignored.

        Parameters
        ----------
        message : object
        """
        if not isinstance(message, Mapping):
            return
        handlers: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "view": self._take_choice,
            "page": self._take_page,
            "search": self._take_search,
            "hit": self._take_hit,
            "download": self._take_download,
            "cancel": self._take_cancel,
        }
        handler = handlers.get(str(message.get("kind")))
        with self._lock:
            if handler is not None:
                try:
                    handler(message)
                except (TypeError, ValueError, LookupError, OverflowError):
                    return
            self.turn()

    def _take_choice(self, message: Mapping[str, Any]) -> None:
        stream = str(message["stream"])
        if stream in STREAM_NUMBERS:
            level, collapse = Level(message["level"]), bool(message["collapse"])
            self._choose(LogChoice(int(message["view"]), stream, level, collapse))

    def _take_page(self, message: Mapping[str, Any]) -> None:
        if message["view"] == self.choice.view and message["log"] == self._log_key:
            count = min(int(message["count"]), _MOST_ASKED)
            self._asked.page = (max(0, int(message["first"])), max(0, count))

    def _take_search(self, message: Mapping[str, Any]) -> None:
        text = str(message["text"])
        self._asked.search = None
        if text:
            talk = SearchTalk(
                int(message["id"]), text, regex=bool(message["regex"]), clock=self._clock
            )
            talk.begin_anew(self._rows)
            talk.jump(int(message["near"]), int(message.get("direction", 0)))
            self._asked.search = talk

    def _take_hit(self, message: Mapping[str, Any]) -> None:
        search = self._asked.search
        if search is not None and search.id == message["id"]:
            search.jump(int(message["near"]), int(message["direction"]))

    def _take_download(self, message: Mapping[str, Any]) -> None:
        files = self._opened.place.files_of(str(message["stream"]))
        self._asked.download = Download(int(message["id"]), files, self._clock)

    def _take_cancel(self, message: Mapping[str, Any]) -> None:
        download = self._asked.download
        if download is not None and message["id"] == download.id:
            self._asked.download = None

    # --- what is answered ---

    def _answer_page(self) -> None:
        if self._asked.page is None:
            return
        first, count = self._asked.page
        wired, size = fitting(self._rows.read(first, count), _PAGE_BYTES)
        if self._budget.take(size + ENVELOPE):
            self._asked.page = None
            where = {"view": self.choice.view, "log": self._log_key, "first": first}
            self._send_answer({"kind": "page", **where, "rows": wired}, [])

    def _answer_search(self) -> None:
        answer = self._asked.search.answer() if self._asked.search is not None else None
        if answer is None or self._asked.search is None:
            return
        answer = {**answer, "view": self.choice.view, "log": self._log_key}
        if self._budget.take(wire_size(answer) + ENVELOPE):
            self._asked.search.told(answer)
            self._send_answer(answer, [])

    def _download_piece(self) -> None:
        download = self._asked.download
        if download is None or not download.may_go_on or not self._budget.allows(0):
            return
        answer = download.next_answer()
        if answer is None:
            return
        self._budget.spend(0)
        content, pieces = answer
        if not pieces:
            self._asked.download = None
        self._send_answer(content, pieces)
