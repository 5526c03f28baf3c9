"""Where a view reads a run: the picture of its steps, and the tail of one step's log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.render_log import MAX_LINES, clip_log

if TYPE_CHECKING:
    from synapse_magics.store.run_state import RunState

STREAMS = ("stdout", "stderr")


class RunSource(Protocol):
    """The store and the log files of a run, or a test's script."""

    def state(self) -> RunState:
        """Return the run as it is now."""

    def log_tail(self, step_id: str, stream: str, lines: int) -> str:
        """Return the last lines of a step's ``stdout`` or ``stderr``; empty before it has any."""

    def log_path(self, step_id: str, stream: str) -> str:
        """Return where the whole log is."""

    def cancel(self) -> None:
        """Ask for the run to be canceled."""


@dataclass(frozen=True)
class LogTail:
    """The tail of a log, and which step and stream it is of; no step if the run has none."""

    step: str = ""
    stream: str = STREAMS[0]
    title: str = ""
    text: str = ""
    path: str = ""


def read_log(
    source: RunSource, state: RunState, step_id: str | None = None, stream: str | None = None
) -> LogTail:
    """Read the log that a person picked, or else the one to look at first.

    Parameters
    ----------
    source : RunSource
    state : RunState
    step_id : str, optional
        The picked step; without it, ``state.focus``.
    stream : str, optional
        The picked stream; without it ``stderr`` of a failed step and ``stdout`` of any other.

    Returns
    -------
    LogTail
    """
    step = next((step for step in state.steps if step.id == step_id), state.focus)
    if step is None:
        return LogTail()
    if stream is None:
        # What a failed step wrote last is what people look for first.
        stream = STREAMS[step.status is RunStatus.FAILED]
    return LogTail(
        step=step.id,
        stream=stream,
        title=f"{one_line(step.name)} · {stream}",
        text=clip_log(source.log_tail(step.id, stream, MAX_LINES)),
        path=source.log_path(step.id, stream),
    )
