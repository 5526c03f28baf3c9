"""Where a view reads a run: the picture of its steps, and the tail of one step's log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from synapse_magics.core.agent_watch import AgentWatch
from synapse_magics.core.pipeline_run import StepRun
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.render_log import MAX_LINES, clip_log

if TYPE_CHECKING:
    from synapse_magics.core.run import Run
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


class StoredRun:
    """A run of a workspace, read from the store; where its agent has died, the next is started.

    Parameters
    ----------
    run : Run
    revive : bool
        Without it no agent is ever started: it is only looked at.
    """

    def __init__(self, run: Run, *, revive: bool = True) -> None:
        self._run = run
        self._watch = AgentWatch(run.workspace) if revive else None

    def state(self) -> RunState:
        """Return the run as it is now."""
        state = self._run.state
        if isinstance(self._run, StepRun):
            state = state.of_step(self._run.id)
        if self._watch is not None and not state.status.is_terminal:
            self._watch.check()
        return state

    def log_tail(self, step_id: str, stream: str, lines: int) -> str:
        """Return the last lines of a step's ``stdout`` or ``stderr``; empty before it has any."""
        return StepRun(self._run.experiment, step_id).log_tail(stream, lines)

    def log_path(self, step_id: str, stream: str) -> str:
        """Return where the whole log is."""
        return shown_path(StepRun(self._run.experiment, step_id), stream)

    def cancel(self) -> None:
        """Ask for the run to be canceled."""
        self._run.cancel()


def shown_path(run: Run, stream: str) -> str:
    """Return where a log is, from the workspace's folder.

    Outputs are saved in notebooks, and those are passed around: no machine's own paths in them.

    Parameters
    ----------
    run : Run
    stream : str

    Returns
    -------
    str
    """
    return str(run.log_path(stream).relative_to(run.workspace.store.folder.parent))
