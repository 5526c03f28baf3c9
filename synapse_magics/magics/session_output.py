"""How the magic of sessions tells what happens: the SDK's texts, each to its stream."""

from __future__ import annotations

import sys
import time
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
