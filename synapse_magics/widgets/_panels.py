"""The controls of the live view: one HTML panel for each part of a run, and three choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import HTML, Button, Dropdown, HBox, Layout, ToggleButtons

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._log_panel import LogPanel
from synapse_magics.widgets._style import style_tag
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.graph_svg import render_graph
from synapse_magics.widgets.render_outputs import render_outputs
from synapse_magics.widgets.render_run import render_error, render_header, render_steps
from synapse_magics.widgets.run_source import BOTH, STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

    from synapse_magics.store.run_state import RunState
    from synapse_magics.widgets.run_source import LogTail, RunSource


class Panels:
    """The children of a live view.

    Parameters
    ----------
    lock : threading.RLock
        Held while drawing, so that a person's choice is never taken for a drawn one.
    source : RunSource
        Where the log is read.
    on_step, on_stream : callable
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
        *,
        on_step: Callable[[str], None],
        on_stream: Callable[[str], None],
        on_cancel: Callable[[], None],
        cancel_button: bool,
    ) -> None:
        self._lock, self._drawing = lock, False
        self.header, self.graph, self.steps, self.error = (_panel() for _ in range(4))
        self.log = LogPanel(source, on_stream)
        self.step = Dropdown(
            description="Log of",
            layout=Layout(width="300px"),
            style={"description_width": "initial"},
        )
        self.stream = ToggleButtons(options=(*STREAMS, BOTH), style={"button_width": "72px"})
        self.cancel = Button(
            description="Cancel",
            tooltip="Cancel this run",
            layout=Layout(width="96px", flex="none"),
        )
        self.step.observe(lambda change: self._picked(on_step, change), "value")
        self.stream.observe(lambda change: self._picked(on_stream, change), "value")
        self.cancel.on_click(lambda _: on_cancel())
        # The list has tabs for the streams itself.
        choices = [self.step] if self.log.is_live else [self.step, self.stream]
        top = [self.header, self.cancel] if cancel_button else [self.header]
        self.children = (
            # Beside the panels and not in them: they are sent again and again.
            HTML(style_tag(), layout=Layout(display="none")),
            HBox(top, layout=Layout(justify_content="space-between", align_items="flex-start")),
            self.graph,
            self.steps,
            self.error,
            HBox(choices, layout=Layout(flex_flow="row wrap")),
            self.log.widget,
        )

    def draw(self, state: RunState, log: LogTail) -> None:
        """Bring every control up to date; what has not changed is not sent.

        Parameters
        ----------
        state : RunState
        log : LogTail
        """
        with self._lock:
            self._drawing = True
            try:
                self._draw(state, log)
            finally:
                self._drawing = False

    def _draw(self, state: RunState, log: LogTail) -> None:
        self.header.value = render_header(state)
        self.graph.value = render_graph(state)
        self.steps.value = render_steps(state) + render_outputs(state) if state.steps else ""
        self.error.value = render_error(state)
        self.log.draw(state, log)
        options = tuple((one_line(step.name), step.id) for step in state.steps)
        with self.step.hold_sync():
            if self.step.options != options:
                self.step.options = options
            self.step.value = log.step or None
        self.stream.value = log.stream
        asked = state.status is RunStatus.CANCEL_REQUESTED
        with self.cancel.hold_sync():
            self.cancel.disabled = asked or state.status.is_terminal
            self.cancel.description = "Canceling…" if asked else "Cancel"

    def _picked(self, tell: Callable[[str], None], change: dict[str, Any]) -> None:
        with self._lock:
            if not self._drawing and change["new"] is not None:
                tell(change["new"])


def _panel() -> HTML:
    return HTML(layout=Layout(margin="2px 0 6px 0", min_width="0"))
