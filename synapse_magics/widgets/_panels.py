"""The controls of the live view: HTML panels for the run, and tabs for the step that is picked."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Button, Dropdown, HBox, Layout, ToggleButtons, VBox

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._log_panel import LogPanel
from synapse_magics.widgets._style import escape, style_tag
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.graph_svg import render_graph
from synapse_magics.widgets.render_run import (
    MAX_STEPS,
    render_clock,
    render_error,
    render_graph_words,
    render_header,
    render_steps,
)
from synapse_magics.widgets.render_spark import render_spark_steps, spark_steps
from synapse_magics.widgets.run_source import BOTH, STREAMS
from synapse_magics.widgets.step_tabs import LOG, TABS, render_tab, tab_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

    from synapse_magics.store.run_state import RunState, StepState
    from synapse_magics.widgets.run_source import LogTail, RunSource
    from synapse_magics.widgets.step_details import DetailReader

_BYTES_PER_SECOND = 100_000.0
"""A panel of a large run is not sent more often than that: front ends drop what is too much."""


class Panels:
    """The children of a live view.

    A panel is drawn again only when what it shows has changed, so that a selection or a fold in it
    stays; what changes with the clock alone is in the header.

    Parameters
    ----------
    lock : threading.RLock
        Held while drawing, so that a person's choice is never taken for a drawn one.
    source : RunSource
        Where the log is read.
    details : DetailReader
        Where the code and the outputs of steps come from.
    on_step, on_stream, on_tab : callable
        Called with what a person picked; never for what ``draw`` selected.
    on_cancel : callable
        Called when the button is clicked.
    cancel_button : bool
        Whether there is one.
    """

    def __init__(
        self,
        lock: RLock,
        source: RunSource,
        details: DetailReader,
        *,
        on_step: Callable[[str], None],
        on_stream: Callable[[str], None],
        on_tab: Callable[[str], None],
        on_cancel: Callable[[], None],
        cancel_button: bool,
    ) -> None:
        self._lock, self._drawing, self._details = lock, False, details
        self._drawn: dict[HTML, object] = {}
        self._not_before: dict[HTML, float] = {}
        self.header, self.error, self.graph, self.steps = (_panel() for _ in range(4))
        self.spark, self.detail = _panel(), _panel()
        self.log = LogPanel(source, on_stream)
        self.step = Dropdown(
            description="Step",
            layout=Layout(width="280px"),
            style={"description_width": "initial"},
        )
        self.tab = ToggleButtons(
            options=tuple(TABS), tooltips=tuple(TABS.values()), style={"button_width": "auto"}
        )
        self.tab.add_class("sr-tabs")
        # The list has tabs for the streams itself.
        self.stream = None if self.log.is_live else _stream_buttons()
        self.cancel = _cancel_button() if cancel_button else None
        self.step.observe(lambda change: self._picked(on_step, change), "value")
        self.tab.observe(lambda change: self._picked(on_tab, change), "value")
        if self.stream is not None:
            self.stream.observe(lambda change: self._picked(on_stream, change), "value")
        if self.cancel is not None:
            self.cancel.on_click(lambda _: on_cancel())
        top = [self.header, *filter(None, [self.cancel])]
        choices = HBox(
            [self.step, self.tab], layout=Layout(flex_flow="row wrap", align_items="center")
        )
        self.log_box = VBox([*filter(None, [self.stream]), self.log.widget])
        self.picked = VBox([choices, self.log_box, self.detail])
        self.children = (
            # Beside the panels and not in them: they are sent again and again.
            HTML(style_tag(), layout=Layout(display="none")),
            HBox(top, layout=Layout(justify_content="space-between", align_items="flex-start")),
            self.error,
            self.graph,
            self.steps,
            self.spark,
            self.picked,
        )

    def draw(self, state: RunState, log: LogTail, tab: str) -> None:
        """Bring every control up to date; what has not changed is not sent.

        Parameters
        ----------
        state : RunState
        log : LogTail
        tab : str
            One of ``TABS``.
        """
        with self._lock:
            self._drawing = True
            try:
                self._draw(state, log, tab)
            finally:
                self._drawing = False

    def tell(self, words: str) -> None:
        """Say something in the place of the header.

        Parameters
        ----------
        words : str
        """
        self.header.value = f'<p class="sr-muted">{escape(words)}</p>'

    def _draw(self, state: RunState, log: LogTail, tab: str) -> None:
        self.header.value = render_header(state) + render_clock(state)
        step = next((step for step in state.steps if step.id == log.step), None)
        if state.status.is_terminal:
            self._not_before.clear()  # what is shown last is complete
        self._put(self.graph, _graph_key(state), lambda: _graph(state))
        self._put(self.steps, _steps_key(state), lambda: _steps(state))
        self._put(self.spark, _spark_key(state), lambda: render_spark_steps(state, os.environ))
        failed = step if step is not None and step.status is RunStatus.FAILED else state.failed
        self._put(self.error, _error_key(state, failed), lambda: self._error(state, failed))
        self._draw_choices(state, log)
        self._draw_tab(state, log, step, tab)
        self._draw_cancel(state)

    def _draw_cancel(self, state: RunState) -> None:
        if self.cancel is None:
            return
        asked = state.status is RunStatus.CANCEL_REQUESTED
        with self.cancel.hold_sync():
            self.cancel.disabled = asked or state.status.is_terminal
            self.cancel.description = "Canceling…" if asked else "Cancel"
        _show(self.cancel, shown=not state.status.is_terminal)

    def _draw_choices(self, state: RunState, log: LogTail) -> None:
        options = tuple((one_line(step.name), step.id) for step in state.steps)
        with self.step.hold_sync():
            if self.step.options != options:
                self.step.options = options
            self.step.value = log.step or None
        if self.stream is not None:
            self.stream.value = log.stream
        _show(self.picked, shown=bool(state.steps))

    def _draw_tab(self, state: RunState, log: LogTail, step: StepState | None, tab: str) -> None:
        self.tab.value = tab
        _show(self.log_box, shown=tab == LOG)
        _show(self.detail, shown=tab != LOG)
        if step is None:
            return
        if tab == LOG:
            self.log.draw(state, log)
            return
        key = (tab, tab_key(tab, state, step))
        self._put(self.detail, key, lambda: render_tab(tab, state, step, self._details))

    def _error(self, state: RunState, failed: StepState | None) -> str:
        return render_error(state, failed, self._details.code(failed)) if failed else ""

    def _put(self, panel: HTML, key: object, render: Callable[[], str]) -> None:
        if panel in self._drawn and self._drawn[panel] == key:
            return
        now = time.monotonic()
        if panel is not self.detail and now < self._not_before.get(panel, 0.0):
            return  # the key stays what it was: the next time comes soon
        panel.value = render()
        self._drawn[panel] = key
        self._not_before[panel] = now + len(panel.value) / _BYTES_PER_SECOND

    def _picked(self, tell: Callable[[str], None], change: dict[str, Any]) -> None:
        with self._lock:
            if not self._drawing and change["new"] is not None:
                tell(change["new"])


def _graph(state: RunState) -> str:
    return render_graph(state) + render_graph_words(state)


def _graph_key(state: RunState) -> object:
    return [(step.id, step.name, step.status, step.reused, step.upstream) for step in state.steps]


def _steps_key(state: RunState) -> object:
    # How far Spark is changes twice a second, and stands in a panel of its own.
    return [replace(step, spark=None) for step in state.steps]


def _error_key(state: RunState, failed: StepState | None) -> object:
    return (failed and replace(failed, spark=None), state.status)


def _spark_key(state: RunState) -> object:
    shown = spark_steps(state)
    ticks = any(not step.status.is_terminal for step in shown)
    return ([(step.id, step.status, step.spark) for step in shown], ticks and int(state.taken))


def _steps(state: RunState) -> str:
    return render_steps(state, ticking=False, limit=MAX_STEPS) if state.steps else ""


def _show(control: VBox | HTML | Button, *, shown: bool) -> None:
    control.layout.display = None if shown else "none"


def _stream_buttons() -> ToggleButtons:
    buttons = ToggleButtons(options=(*STREAMS, BOTH), style={"button_width": "auto"})
    buttons.add_class("sr-tabs")
    return buttons


def _cancel_button() -> Button:
    return Button(
        description="Cancel",
        tooltip="Cancel this run",
        layout=Layout(width="96px", flex="none"),
    )


def _panel() -> HTML:
    return HTML(layout=Layout(margin="2px 0 6px 0", min_width="0"))
