"""The log view: a list in the browser that holds only the rows that one sees.

This module needs anywidget (the extra ``live``) and is imported where a view is made.
"""

from __future__ import annotations

import threading
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import anywidget
from traitlets import Dict

from synapse_magics.widgets.log_feed import LogFeed

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.widgets._log_place import LogPlace

_STATIC = files("synapse_magics.widgets") / "static"
_REST = 0.03


def _text(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


class LogView(anywidget.AnyWidget):
    """Show the log of a step: it is followed while it grows, searched, filtered and downloaded.

    Nothing runs in the background but while there is something to read or to send: whoever follows
    a run calls ``turn`` often.

    Parameters
    ----------
    on_stream : callable, optional
        Called with ``"stdout"``, ``"stderr"`` or ``"all"`` when a person picks one.
    """

    _esm = _text("log_view.js")
    _css = _text("ansi.css") + _text("log_view.css")

    tail = Dict().tag(sync=True)
    """The newest state: a browser that comes late, or again, begins with it."""

    def __init__(self, on_stream: Callable[[str], object] | None = None) -> None:
        self._on_stream = on_stream
        self._stop = threading.Event()
        self._worker: threading.Thread | None = None
        self._worker_lock = threading.Lock()
        self._feed = LogFeed(self._push, self._answer)
        super().__init__()
        self.on_msg(self._handle)

    def show_log(self, place: LogPlace, *, ended: bool) -> None:
        """Show a log.

        Parameters
        ----------
        place : LogPlace
        ended : bool
            Whether nothing will be written to it any more.
        """
        self._feed.show(place, ended=ended)
        self.turn()
        if ended:
            self._work()

    def turn(self) -> None:
        """Read what is new, and send what may be sent now: some hundredths of a second at most."""
        self._feed.turn()

    def stop(self) -> None:
        """Leave what is not sent yet."""
        self._stop.set()

    def _push(self, state: dict[str, Any]) -> None:
        self.tail = state

    def _answer(self, content: dict[str, Any], pieces: list[bytes]) -> None:
        self.send(content, pieces or None)

    def _handle(self, _widget: object, content: object, _buffers: object) -> None:
        before = self._feed.choice.stream
        self._feed.handle(content)
        if self._feed.choice.stream != before and self._on_stream is not None:
            self._on_stream(self._feed.choice.stream)
        self._work()

    def _work(self) -> None:
        """Go on in the background until everything is read and sent."""
        with self._worker_lock:
            if self._worker is not None or not self._feed.busy:
                return
            self._stop.clear()
            self._worker = threading.Thread(
                target=self._work_on, name="synapse-log-view", daemon=True
            )
            self._worker.start()

    def _work_on(self) -> None:
        while True:
            stopped = self._stop.wait(_REST)
            if not stopped:
                try:
                    self._feed.turn()
                except Exception:  # noqa: BLE001 - a closed channel; nobody could see it from here
                    stopped = True
            with self._worker_lock:
                if stopped or not self._feed.busy:
                    self._worker = None
                    return
