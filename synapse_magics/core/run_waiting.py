"""Wait for a run, and show meanwhile what its script prints."""

from __future__ import annotations

import codecs
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from synapse_magics.core._console import say
from synapse_magics.core.agent_watch import AgentWatch
from synapse_magics.core.announcement import announce_waited
from synapse_magics.core.exceptions import ActivityFailedException, ExperimentExecutionException
from synapse_magics.core.run_base import RunBase
from synapse_magics.store.runs import INTERACTIVE

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.store.states import RunStatus

INTERRUPTED = (
    "The output streaming for the run interrupted.\nBut the run is still executing on the compute "
    "target. \nDetails for canceling the run can be found here: "
    "https://aka.ms/aml-docs-cancel-run"
)
_PIECE = 1 << 16


class LogStream:
    """A log that grows, printed as far as it has come.

    Parameters
    ----------
    path : pathlib.Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def show(self) -> None:
        """Print what is new."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                while piece := file.read(_PIECE):
                    self._read += len(piece)
                    say(self._decoder.decode(piece), end="")
        except OSError:
            return  # not there yet


def say_streaming(name: str) -> None:
    """Print the heading of a log.

    Parameters
    ----------
    name : str
    """
    heading = f"Streaming {name}"
    say(f"\n{heading}\n{'=' * len(heading)}\n")


def say_error(details: dict[str, Any]) -> None:
    """Print the error of a run.

    Parameters
    ----------
    details : dict
    """
    say(f"\nError:\n{error_text(details.get('error'))}")


def error_text(error: Any) -> str:
    """Return an error as Azure ML prints it, without the traceback, which the log shows.

    Parameters
    ----------
    error : dict or None

    Returns
    -------
    str
    """
    found = dict(error or {})
    if isinstance(found.get("error"), dict):
        found["error"] = {k: v for k, v in found["error"].items() if k != "traceback"}
    return json.dumps(found, indent=4)


class RunWaiting(RunBase):
    """Waiting for a run."""

    def wait(self, timeout_seconds: float | None = None) -> RunStatus:
        """Wait until the run has ended, printing nothing.

        Parameters
        ----------
        timeout_seconds : float, optional

        Returns
        -------
        RunStatus
            One that is not terminal if the time was over first.
        """
        return self._wait(timeout_seconds, AgentWatch(self.workspace))

    def _wait(self, timeout_seconds: float | None, alive: AgentWatch) -> RunStatus:
        return self._wait_until(
            None if timeout_seconds is None else deadline_of(timeout_seconds), alive
        )

    def _wait_until(self, deadline: float | None, alive: AgentWatch) -> RunStatus:
        begun = time.monotonic()
        while True:
            record = self.record
            if record.status.is_terminal or (deadline is not None and time.monotonic() > deadline):
                return record.status
            if record.kind != INTERACTIVE:
                alive.check()
            # Who waits waits a twentieth longer than the run, and not longer than a quarter second.
            time.sleep(min(max(0.01, 0.05 * (time.monotonic() - begun)), 0.25))

    def _waited(self) -> None:
        """Tell a headless runner that a cell knows how the run ended."""
        if self.record.status.is_terminal:
            announce_waited(self.id)

    def _failure(self, details: dict[str, Any]) -> ActivityFailedException:
        """Return the exception with which waiting ends: Azure ML's text, our place and hint."""
        return ActivityFailedException(error_text(details.get("error")), where=f"run {self.id}")


def interrupted(error: KeyboardInterrupt) -> ExperimentExecutionException:
    """Return the exception for somebody who does not want to wait any more.

    Parameters
    ----------
    error : KeyboardInterrupt

    Returns
    -------
    ExperimentExecutionException
    """
    return ExperimentExecutionException(INTERRUPTED, error)


def deadline_of(timeout_seconds: float) -> float:
    """Return the moment, of the monotonic clock, at which a time is over.

    Parameters
    ----------
    timeout_seconds : float

    Returns
    -------
    float
    """
    return time.monotonic() + min(timeout_seconds, sys.maxsize)
