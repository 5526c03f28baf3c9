"""The place of the log in a live view: a list that scrolls, or else the static tail."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Layout

from synapse_magics.widgets._budget import Budget
from synapse_magics.widgets._front_end import log_view_wanted
from synapse_magics.widgets._log_place import LogPlace
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.render_log import clip_log, render_log
from synapse_magics.widgets.run_source import STREAMS, LogFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.store.run_state import RunState
    from synapse_magics.widgets.run_source import LogTail, RunSource

TURN = 0.1
"""Seconds between two looks at a log that is followed."""
_MOST = 50_000  # bytes of the tail's HTML: half of what may be sent in a second
_LEAST = 1_000
ADVICE = (
    "The whole log, with search and filter, is shown here after: pip install 'synapse-magics[live]'"
)


class LogPanel:
    """Show the log of one step of a run.

    Parameters
    ----------
    source : RunSource
        Where it has its logs as files here, and anywidget is installed, the log is whole.
    on_stream : callable
        Called with the stream that a person picked in the list.
    """

    def __init__(self, source: RunSource, on_stream: Callable[[str], object]) -> None:
        self._source = source
        self._files = source if isinstance(source, LogFiles) else None
        installed = find_spec("anywidget") is not None
        self._view: Any = None
        if self._files is not None and installed and log_view_wanted():
            # It needs anywidget, so it is imported only here.
            module = import_module("synapse_magics.widgets.log_view")
            self._view = module.LogView(on_stream)
        self._advice = "" if installed else ADVICE
        # One of the two: what is made and not shown, nobody closes.
        self._tail = (
            HTML(layout=Layout(margin="2px 0 6px 0", min_width="0")) if self._view is None else None
        )
        self._budget = Budget()

    @property
    def widget(self) -> Any:
        """The control to show."""
        return self._tail if self._view is None else self._view

    @property
    def is_live(self) -> bool:
        """Whether it is the list, which has its own choice of streams and wants its turns."""
        return self._view is not None

    def draw(self, state: RunState, log: LogTail) -> None:
        """Show a log, or what is new in it.

        Parameters
        ----------
        state : RunState
        log : LogTail
        """
        if self._view is not None and self._files is not None:
            step = next((step for step in state.steps if step.id == log.step), None)
            place = LogPlace()
            if step is not None:
                files = tuple(self._files.log_file(step.id, stream) for stream in STREAMS)
                # As people are shown them: no machine's own paths.
                paths = tuple(self._source.log_path(step.id, stream) for stream in STREAMS)
                place = LogPlace(step.id, one_line(step.name), files, paths)
            ended = state.status.is_terminal or (step is not None and step.status.is_terminal)
            self._view.show_log(place, ended=ended)
            return
        value = self._html(log) if log.step else ""
        if self._tail is None or value == self._tail.value:
            return
        size = len(value.encode())
        # What does not fit now comes with one of the next; the last state always does.
        if self._budget.allows(size) or state.status.is_terminal:
            self._budget.spend(size)
            self._tail.value = value

    def _html(self, log: LogTail) -> str:
        """Return the tail, shortened until it can be sent: quotes and colours make it longer."""
        text = log.text
        size = len(text.encode("utf-8", "replace"))
        while True:
            value = render_log(text, path=log.path, note=self._advice)
            if len(value.encode()) <= _MOST or size <= _LEAST:
                return value
            size //= 2
            text = clip_log(text, size=size, colours=True)

    def turn(self) -> None:
        """Show what is new in the list."""
        if self._view is not None:
            self._view.turn()

    def stop(self) -> None:
        """Leave what is not sent yet."""
        if self._view is not None:
            self._view.stop()
