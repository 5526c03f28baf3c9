"""How the magic of sessions tells what happens: the SDK's texts, each to its stream."""

from __future__ import annotations

import os
import sys
import time
import uuid
from typing import TYPE_CHECKING

from IPython.display import publish_display_data

from synapse_magics.core._console import say
from synapse_magics.magics.headless_settings import is_headless
from synapse_magics.sessions.errors import (
    LivyClientTimeoutException,
    SessionError,
    SessionLostError,
    SparkStatementException,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_magics._errors import SynapseMagicsError
    from synapse_magics.store.spark_progress import SparkProgress

_CLOCK_SECONDS = 1.0
_SLOW_SECONDS = 300
_SLOW = (
    "Starting session is taking longer than expected. Please wait for session start to complete."
)


def told(act: Callable[[], None]) -> None:
    """Do something; what goes wrong with a session is told as the SDK's magic tells it.

    Parameters
    ----------
    act : callable
    """
    try:
        act()
    except (LivyClientTimeoutException, SparkStatementException) as error:
        sys.stderr.write(f"An error was encountered:\n{error}\n")
        if isinstance(error, SparkStatementException) or is_headless():
            raise
    except SessionLostError:
        raise
    except SessionError as error:
        tell(error)


def tell(error: SynapseMagicsError) -> None:
    """Write the text of the SDK; without anybody to read it, the cell fails.

    Parameters
    ----------
    error : SynapseMagicsError
    """
    if is_headless():
        raise error
    sys.stderr.write(f"{error}\n")


class Ticks:
    """What is printed while a session starts."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._has_told = False

    def tick(self) -> None:
        """Print one of the dots."""
        say(".", end="")
        if not self._has_told and time.monotonic() > self._began + _SLOW_SECONDS:
            self._has_told = True
            sys.stderr.write(f"{_SLOW}\n")


class CellOutput:
    """The output of the cell that runs."""

    def __init__(self) -> None:
        self._display_id = ""
        self._shown: SparkProgress | None = None
        self._at = 0.0

    @staticmethod
    def text(stream: str, text: str) -> None:
        """Write text of a stream."""
        file = sys.stdout if stream == "stdout" else sys.stderr
        file.write(text)
        file.flush()

    @staticmethod
    def show(data: Mapping[str, str]) -> None:
        """Display a result."""
        publish_display_data(dict(data))

    def spark(self, progress: SparkProgress, *, ended: bool) -> None:
        """Display how far the cell's Spark jobs are, in place; in the end, one line of it.

        Parameters
        ----------
        progress : SparkProgress
        ended : bool
        """
        from synapse_magics.widgets import _front_end  # noqa: PLC0415 - only for long cells
        from synapse_magics.widgets.spark_bars import SparkBars  # noqa: PLC0415

        if not (_front_end.widgets_wanted() and _front_end.in_kernel()):
            return
        now = time.time()
        # What has not changed is sent now and then: the time that has passed is part of it.
        if progress == self._shown and not ended and now < self._at + _CLOCK_SECONDS:
            return
        bars = SparkBars(progress, now, os.environ, ended=ended)
        if self._display_id:
            _front_end.update_output(bars, self._display_id)
        else:
            self._display_id = f"synapse-spark-{uuid.uuid4().hex}"
            _front_end.show_output(bars, self._display_id)
        self._shown, self._at = progress, now
