"""How far the Spark jobs of a statement are, as its driver says it in a file."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from synapse_magics.store.spark_progress import read_spark_progress

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.sessions.settings import View

_LOOK_SECONDS = 0.25
_CLOCK_SECONDS = 0.01
"""The JVM rounds its times."""


class SparkWatch:
    """Show the Spark jobs of one statement, from the thread that waits for it.

    Parameters
    ----------
    path : pathlib.Path
        What the driver writes, for work that takes more than a second.
    view : View
    """

    def __init__(self, path: Path, view: View) -> None:
        self._path, self._view = path, view
        self._began, self._due = time.time() - _CLOCK_SECONDS, 0.0
        self._has_shown = False

    def look(self) -> None:
        """Show how far they are, at most four times a second."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + _LOOK_SECONDS
            self._show(ended=False)

    def end(self) -> None:
        """Show how they have ended, if they were shown at all."""
        if self._has_shown:
            self._show(ended=True)

    def _show(self, *, ended: bool) -> None:
        progress = read_spark_progress(self._path)
        if progress is None:
            return
        progress = progress.since(self._began)
        if progress.jobs:
            self._has_shown = True
            with contextlib.suppress(Exception):  # a view is no reason for a statement to fail
                self._view.spark(progress, ended=ended)
