"""The studio: what a workspace holds, to walk through in a notebook. It changes nothing."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipywidgets import VBox

from synapse_magics.core.run import Run
from synapse_magics.widgets._front_end import (
    hides_twins,
    in_kernel,
    show_bundle,
    widgets_wanted,
)
from synapse_magics.widgets._studio_panels import StudioPanels, forget
from synapse_magics.widgets._twin import WIDGET, twin_html
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.render_studio import (
    ROOT,
    render_overview,
    render_overview_text,
    render_page,
    render_page_text,
)
from synapse_magics.widgets.run_details import RunDetails
from synapse_magics.widgets.run_source import StoredRun
from synapse_magics.widgets.static_view import static_view
from synapse_magics.widgets.studio_model import SHOWN, Page, Place, Section
from synapse_magics.widgets.studio_pages import read_page

if TYPE_CHECKING:
    from synapse_magics.core.workspace import Workspace

__all__ = ["Place", "Section", "Studio"]

log = logging.getLogger(__name__)

_EVERY = 2.0
_PAUSE = 0.2
_IN_OVERVIEW = 10


class Studio(VBox):
    """Walk through a workspace: runs, experiments, datasets, pools, links, pipelines, schedules.

    While it is displayed and something on its page goes on, it reads the page again every two
    seconds, and the log of a run's view as it is written; :meth:`close` ends that. It only reads
    the store, and starts no agent. Where widgets are switched off, at a terminal and in a saved
    notebook, it is the page it began with; without a place, an overview of all sections.

    Parameters
    ----------
    workspace : Workspace
    place : Place, optional
        Where to begin; with the newest runs if missing.
    """

    _stop: threading.Event | None = None
    _thread: threading.Thread | None = None
    _panels: StudioPanels | None = None
    _view: RunDetails | None = None
    _view_of = ""

    def __init__(self, workspace: Workspace, place: Place | None = None) -> None:
        self._workspace = workspace
        self._lock = threading.RLock()
        self._history: list[Place] = []
        self._limit, self._displayed, self._closed = SHOWN, False, False
        self._begun = self._place = place or Place()
        self._page = read_page(workspace, self._place)
        if not widgets_wanted():
            super().__init__()
            return
        self._panels = StudioPanels(
            workspace.name,
            on_place=self.go,
            on_back=self.back,
            on_refresh=self.refresh,
            on_more=self.more,
        )
        self._draw()
        # A number, and no longer None: front ends count from then on who shows it.
        super().__init__(
            children=self._panels.children, _dom_classes=(ROOT, "ss-live"), _view_count=0
        )
        self.observe(self._counted, "_view_count")

    def open(self) -> None:
        """Open the channel to the front end, unless widgets are switched off."""
        if self._panels is not None:
            super().open()

    @property
    def place(self) -> Place:
        """Where somebody is."""
        return self._place

    @property
    def page(self) -> Page:
        """What is shown there."""
        return self._page

    def go(self, place: Place) -> None:
        """Go to a place.

        Parameters
        ----------
        place : Place
        """
        with self._lock:
            if place != self._place:
                self._history.append(self._place)
            self._set(place)

    def back(self) -> None:
        """Go back to the page before; on the first one, stay."""
        with self._lock:
            if self._history:
                self._set(self._history.pop())

    def more(self) -> None:
        """Show more rows."""
        with self._lock:
            self._limit += SHOWN
            self.refresh()

    def refresh(self) -> bool:
        """Read the page again and send what has changed.

        Returns
        -------
        bool
            Whether something on it goes on.
        """
        with self._lock:
            try:
                found = read_page(self._workspace, self._place, self._limit)
                passes = bool(found.trouble) and found.is_live
                self._page = self._troubled(found.trouble) if passes else found
                self._draw()
            except Exception as error:  # noqa: BLE001 - a button's handler has no cell to fail in
                self._page = self._troubled(f"{type(error).__name__}: {one_line(error)}")
                self._put(self._view if self._view_of == self._page.run else None)
            self._keep_up()
            return self._page.is_live

    def _troubled(self, trouble: str) -> Page:
        """Return the page as it was read last, with what is wrong now: it is read again."""
        page, place = self._page, self._place
        if page.place != place:
            page = Page(place, place.key or place.section.heading)
        return replace(page, trouble=trouble, is_live=True)

    def close(self) -> None:
        """Remove the studio from where it is displayed, and end what it does in the background."""
        if self._stop is not None:
            self._stop.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=5.0)
        with self._lock:
            self._closed = True
            self._leave_run()
            if self._panels is None:
                super().close()
                return
            self._panels.close()
            forget(self)

    def __str__(self) -> str:
        return self._forms()[1]

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        if self._panels is None:
            return self._static_bundle()
        return {**self._live_bundle(**kwargs), **self._static_bundle()}

    def _ipython_display_(self) -> None:
        if self._panels is None or not in_kernel():
            raise NotImplementedError  # IPython goes on with the forms above
        if hides_twins():
            show_bundle({WIDGET: self._live_bundle()[WIDGET]})
            static = self._static_bundle()
            show_bundle({**static, "text/html": twin_html(static["text/html"])})
        else:
            show_bundle(self._repr_mimebundle_())

    def _static_bundle(self) -> dict[str, Any]:
        with self._lock:
            page, text = self._forms()
            return {"text/html": page, "text/plain": text}

    def _live_bundle(self, **kwargs: Any) -> dict[str, Any]:
        with self._lock:
            # From now on somebody looks at it.
            self._displayed = True
            self._keep_up()
        found: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return found

    def _set(self, place: Place) -> None:
        self._place, self._limit = place, SHOWN
        self.refresh()
        if self._panels is not None:
            self._panels.focus(self._page)

    def _draw(self) -> None:
        if self._panels is None or self._closed:
            return  # closed, it makes no controls again
        self._look_at_run()
        self._put(self._view)

    def _put(self, view: RunDetails | None) -> None:
        if self._panels is not None and not self._closed:
            self._panels.draw(self._page, view, can_go_back=bool(self._history))

    def _look_at_run(self) -> None:
        if self._view is not None and self._view_of == self._page.run:
            self._view.refresh()
            return
        self._leave_run()
        if self._page.run:
            source = StoredRun(Run.get(self._workspace, self._page.run), revive=False)
            self._view = RunDetails(source, cancel_button=False)
            self._view_of = self._page.run

    def _leave_run(self) -> None:
        view, self._view, self._view_of = self._view, None, ""
        if view is not None:  # it is shown nowhere else
            view.close()
            forget(view)

    def _counted(self, change: Any) -> None:
        """Take note of how many places of the notebook show it."""
        with self._lock:
            self._displayed = change["new"] > 0
            self._keep_up()

    def _keep_up(self) -> None:
        """Read the page again and again while something on it goes on."""
        if (
            self._closed
            or self._thread is not None
            or not (self._displayed and self._page.is_live and in_kernel())
        ):
            return
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._follow, args=(self._stop,), name="synapse-studio", daemon=True
        )
        self._thread.start()

    def _follow(self, stop: threading.Event) -> None:
        try:
            while not self._rest(stop):
                with self._lock:
                    if stop.is_set() or not (self._displayed and self.refresh()):
                        self._thread = None
                        return
        except Exception:
            # Even the trouble could not be drawn; nobody could see it from here.
            log.debug("the studio has stopped following", exc_info=True)
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None

    def _rest(self, stop: threading.Event) -> bool:
        """Wait, and give the log of a run's view its turns meanwhile; return whether to stop."""
        end = time.monotonic() + _EVERY
        while (left := end - time.monotonic()) > 0:
            # A short while: somebody may go to the page of a run, or leave it.
            view, pause = self._view, min(left, _PAUSE)
            try:
                if stop.wait(pause) if view is None else view.rest(stop, pause):
                    return True
            except Exception:
                log.debug("the log of %s", self._view_of, exc_info=True)
                stop.wait(pause)
        return stop.is_set()

    def _forms(self) -> tuple[str, str]:
        """Return what a saved notebook shows, as HTML and as text, from one reading."""
        if self._begun == Place():
            title, pages = self._title(), self._overview()
            return render_overview(title, pages), render_overview_text(title, pages)
        page = read_page(self._workspace, self._begun)
        view, text = _run_forms(self._workspace, page.run)
        return (
            render_page(page, view),
            "\n\n".join(filter(None, [render_page_text(page), text])),
        )

    def _title(self) -> str:
        return f"Workspace {self._workspace.name}"

    def _overview(self) -> list[Page]:
        return [read_page(self._workspace, Place(section), _IN_OVERVIEW) for section in Section]


def _run_forms(workspace: Workspace, run_id: str) -> tuple[str, str]:
    """Return the view of a run as HTML and as text; no widget is made for it."""
    if not run_id:
        return "", ""
    return static_view(StoredRun(Run.get(workspace, run_id), revive=False))
