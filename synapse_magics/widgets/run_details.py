"""The live view of a run: drawn in place while it runs, and left behind in its final state."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipywidgets import VBox

from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.core.run import Run
from synapse_magics.store.runs import short_id
from synapse_magics.widgets._front_end import (
    hides_twins,
    in_kernel,
    show_bundle,
    show_output,
    update_output,
    widgets_wanted,
)
from synapse_magics.widgets._log_panel import TURN
from synapse_magics.widgets._panels import Panels
from synapse_magics.widgets._style import ROOT, escape
from synapse_magics.widgets._twin import WIDGET, Twin, twin_html
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.render_run import render_run, render_text
from synapse_magics.widgets.run_data import check_settings, run_data
from synapse_magics.widgets.run_source import RunSource, StoredRun, read_log
from synapse_magics.widgets.step_details import DetailReader
from synapse_magics.widgets.step_tabs import LOG

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_magics.store.run_state import RunState
    from synapse_magics.store.states import RunStatus
    from synapse_magics.widgets.run_source import LogTail

__all__ = ["RunDetails", "RunSource"]

_FASTEST, _SLOWEST = 0.25, 1.0
_SLOWER = 1.15


class RunDetails(VBox):
    """Show a run: header, error, graph, steps, and of one step its log, outputs, metrics and code.

    A second output holds the view as static HTML and as text, written once more when the run ends,
    so a saved notebook shows the final state anywhere; where the live view is drawn, it is hidden.
    One output with both forms would not do: JupyterLab draws the widget, and without a kernel says
    for ever that it is loading. VS Code and Colab, which cannot hide one, get one output. With
    ``SYNAPSE_MAGICS_WIDGETS=0`` there is only the static form and no widget is made.

    Parameters
    ----------
    run_instance : Run or RunSource
        What is read; once here, and at each refresh.
    cancel_button : bool, optional
        Whether the view can cancel the run.
    """

    _state: RunState
    _log: LogTail
    _stop: threading.Event | None = None
    _thread: threading.Thread | None = None

    def __init__(self, run_instance: Run | RunSource, *, cancel_button: bool = True) -> None:
        self._source: RunSource = (
            StoredRun(run_instance) if isinstance(run_instance, Run) else run_instance
        )
        self._lock = threading.RLock()
        self._display_id = f"synapse-run-{uuid.uuid4().hex}"
        self._twin = Twin(self._bundle)
        self._displayed = self._settled = False
        self._picked: dict[str, str] = {}
        self._tab = LOG
        self._details = DetailReader(self._source)
        self._trouble = ""
        self._panels: Panels | None = None
        self._read()
        if not widgets_wanted():
            super().__init__()
            return
        self._panels = Panels(
            self._lock,
            self._source,
            self._details,
            on_step=lambda step: self._pick(step_id=step),
            on_stream=lambda stream: self._pick(stream=stream),
            on_tab=self._turn_to,
            on_cancel=self._cancel,
            cancel_button=cancel_button,
        )
        self._draw()
        super().__init__(children=self._panels.children)
        self.add_class(ROOT)

    def open(self) -> None:
        """Open the channel to the front end, unless widgets are switched off."""
        if self._panels is not None:
            super().open()

    def refresh(self) -> bool:
        """Read the run and send what has changed.

        Returns
        -------
        bool
            Whether the run has ended.
        """
        with self._lock:
            self._read()
            self._draw()
            ended: bool = self._state.status.is_terminal
            if ended and self._displayed and not self._settled:
                self._settled = True
                self._update()
            return ended

    def show(
        self,
        render_lib: Callable[[str], object] | None = None,
        widget_settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Display the view, and keep it up to date in the background until the run ends.

        Displays once however often it is called. Outside a notebook, where nothing can be updated
        in place, it shows the run as it is now.

        Parameters
        ----------
        render_lib : callable, optional
            What displays HTML, such as ``displayHTML`` of Databricks: it is called with the run as
            it is now, and nothing is updated.
        widget_settings : mapping, optional
            ``debug`` and ``send_telemetry`` are ignored: nothing is sent from here.

        Raises
        ------
        NotSupportedError
            If there is another setting, or ``render_lib`` cannot be called.
        """
        check_settings(widget_settings)
        if render_lib is not None:
            self._render_with(render_lib)
            return
        self._display()
        following = self._thread is not None and self._thread.is_alive()
        if self._state.status.is_terminal or following or not in_kernel():
            return
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._follow_in_background,
            args=(self._stop,),
            name=f"synapse-run-view-{short_id(self._state.id)}",
            daemon=True,
        )
        self._thread.start()

    def get_widget_data(self, widget_settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the run as it is now as JSON data: its state, its steps and the log of one.

        Parameters
        ----------
        widget_settings : mapping, optional
            ``debug`` and ``send_telemetry`` are ignored.

        Returns
        -------
        dict

        Raises
        ------
        NotSupportedError
            If there is another setting.
        """
        check_settings(widget_settings)
        with self._lock:
            state = self._source.state()
            return run_data(state, read_log(self._source, state, **self._picked))

    def follow(
        self,
        *,
        on_change: Callable[[RunState], None] | None = None,
        until: float | None = None,
    ) -> RunState:
        """Display the view and wait for the run to end.

        Parameters
        ----------
        on_change : callable, optional
            Called with each state in which a status is new.
        until : float, optional
            When to stop waiting, in seconds since the epoch.

        Returns
        -------
        RunState
            The last state that was read: a terminal one, unless ``until`` came first.

        Raises
        ------
        KeyboardInterrupt
            If a person interrupts it. The view is brought up to date first.
        """
        self.close()
        self._stop = threading.Event()
        self._display()
        try:
            self._watch(self._stop, on_change, until)
        except KeyboardInterrupt:
            if not self.refresh():
                self._update()
            raise
        return self._state

    def close(self) -> None:
        """Stop following the run. What is displayed stays."""
        if self._stop is not None:
            self._stop.set()
        if self._panels is not None:
            self._panels.log.stop()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=2.0)

    def __str__(self) -> str:
        return render_text(self._state)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        static = self._static_bundle()
        if self._panels is None:
            return static
        return {**super()._repr_mimebundle_(**kwargs), **static}

    def _ipython_display_(self) -> None:
        # At the end of a cell it is as live as after show().
        if self._displayed:
            self._put_out()
        else:
            self.show()

    def _put_out(self) -> None:
        if self._has_two_outputs:
            show_bundle({WIDGET: super()._repr_mimebundle_()[WIDGET]})
        show_output(self._twin, self._display_id)

    @property
    def _has_two_outputs(self) -> bool:
        return self._panels is not None and in_kernel() and hides_twins()

    def _bundle(self) -> dict[str, Any]:
        if not self._has_two_outputs:
            return self._repr_mimebundle_()
        static = self._static_bundle()
        return {**static, "text/html": twin_html(static["text/html"])}

    def _static_bundle(self) -> dict[str, Any]:
        with self._lock:
            try:
                return {"text/html": self._static(), "text/plain": render_text(self._state)}
            except Exception as error:  # noqa: BLE001 - no reason for the user's cell to fail
                words = _not_drawn(error)
                return {"text/html": f"<p>{escape(words)}</p>", "text/plain": words}

    def _render_with(self, render_lib: Callable[[str], object]) -> None:
        if not callable(render_lib):
            raise NotSupportedError(
                f"render_lib is a function that displays HTML, not {type(render_lib).__name__}",
                where="RunDetails.show",
                hint="leave it out: a notebook displays the view itself",
            )
        self.refresh()
        with self._lock:
            render_lib(self._static())

    def _static(self) -> str:
        details = self._details.for_twin(self._state)
        return render_run(self._state, self._log.text, self._log.title, details)

    def _watch(
        self,
        stop: threading.Event,
        on_change: Callable[[RunState], None] | None = None,
        until: float | None = None,
    ) -> None:
        pause = _FASTEST
        while not self._state.status.is_terminal:
            if until is not None:
                pause = min(pause, max(0.0, until - time.time()))
            if self.rest(stop, pause) or (until is not None and time.time() >= until):
                return
            before, log_before = self._state, self._log
            self.refresh()
            quiet = replace(before, taken=self._state.taken) == self._state
            quiet = quiet and self._log == log_before
            pause = min(pause * _SLOWER, _SLOWEST) if quiet else _FASTEST
            if _statuses(before) == _statuses(self._state):
                continue
            if on_change is not None:
                on_change(self._state)
            if self._panels is None and in_kernel() and not self._state.status.is_terminal:
                self._update()

    def rest(self, stop: threading.Event, seconds: float) -> bool:
        """Wait, and give the log its turns meanwhile.

        Parameters
        ----------
        stop : threading.Event
        seconds : float

        Returns
        -------
        bool
            Whether to stop.
        """
        if self._panels is None or not self._panels.log.is_live:
            return stop.wait(seconds)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if stop.wait(min(left, TURN)):
                return True
            self._panels.log.turn()
        return stop.is_set()

    def _follow_in_background(self, stop: threading.Event) -> None:
        try:
            self._watch(stop)
        except Exception as error:  # noqa: BLE001 - nobody else could see it
            self._report("This view has stopped", error)

    def _report(self, what: str, error: Exception) -> None:
        with self._lock:
            self._trouble = f"{what}: {type(error).__name__}: {one_line(error)}"
            self._state = replace(self._state, reason=self._trouble)
            self._draw()
            if self._displayed:
                self._update()

    def _display(self) -> None:
        if not self._displayed:
            self._displayed = True
            self._settled = self._state.status.is_terminal
            self._put_out()

    def _update(self) -> None:
        update_output(self._twin, self._display_id)

    def _draw(self) -> None:
        if self._panels is None:
            return
        try:
            self._panels.draw(self._state, self._log, self._tab)
        except Exception as error:  # noqa: BLE001 - the run goes on, and so does who waits for it
            self._panels.tell(_not_drawn(error))

    def _read(self) -> None:
        state = self._source.state()
        if self._trouble and not state.status.is_terminal:
            state = replace(state, reason=self._trouble)
        self._state = state
        self._log = read_log(self._source, state, **self._picked)

    def _pick(self, **choice: str) -> None:
        with self._lock:
            self._picked.update(choice)
            self._log = read_log(self._source, self._state, **self._picked)
            self._draw()

    def _turn_to(self, tab: str) -> None:
        with self._lock:
            self._tab = tab
            self._draw()

    def _cancel(self) -> None:
        try:
            self._source.cancel()
            self.refresh()
        except Exception as error:  # noqa: BLE001 - a button's handler has no cell to fail in
            self._report("It could not be canceled", error)


def _not_drawn(error: Exception) -> str:
    return f"This view cannot be drawn: {type(error).__name__}: {one_line(error)}"


def _statuses(state: RunState) -> tuple[RunStatus, ...]:
    return (state.status, *(step.status for step in state.steps))
