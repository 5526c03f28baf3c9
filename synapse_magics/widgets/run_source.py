"""Where a view reads a run: the picture of its steps, and the log of one step."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from synapse_magics.core.agent_watch import AgentWatch
from synapse_magics.core.output_preview import preview
from synapse_magics.core.pipeline_run import StepRun
from synapse_magics.core.step_source import step_source
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets._words import one_line
from synapse_magics.widgets.render_log import MAX_LINES, clip_log
from synapse_magics.widgets.step_details import DetailSource

if TYPE_CHECKING:
    from synapse_magics.core.output_preview import Preview
    from synapse_magics.core.run import Run
    from synapse_magics.core.step_source import SourceFile
    from synapse_magics.store.run_state import RunState, StepState

STREAMS = ("stdout", "stderr")
BOTH = "all"
"""What a view calls both streams together."""

_PACKAGES = re.compile(r"(?:/[^\s\"'/]{1,100}){1,30}/((?:site|dist)-packages|lib/python3\.\d+)/")


class RunSource(DetailSource, Protocol):
    """The store and the log files of a run, or a test's script."""

    def state(self) -> RunState:
        """Return the run as it is now."""

    def log_tail(self, step_id: str, stream: str, lines: int) -> str:
        """Return the last lines of a step's ``stdout`` or ``stderr``; empty before it has any."""

    def log_path(self, step_id: str, stream: str) -> str:
        """Return where the whole log is."""

    def cancel(self) -> None:
        """Ask for the run to be canceled."""


@runtime_checkable
class LogFiles(Protocol):
    """A source whose logs are files here, so that they can be shown whole."""

    def log_file(self, step_id: str, stream: str) -> Path:
        """Return the file of a step's ``stdout`` or ``stderr``."""


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
        The picked stream, or ``all``; without it ``stderr`` of a failed step and ``stdout`` of any
        other.

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
    streams = STREAMS if stream == BOTH else (stream,)
    tails = [source.log_tail(step.id, one, MAX_LINES) for one in streams]
    return LogTail(
        step=step.id,
        stream=stream,
        title=f"{one_line(step.name)} · {stream}",
        text=clip_log("".join(_whole_lines(tail) for tail in tails), colours=True),
        path=" ".join(source.log_path(step.id, one) for one in streams),
    )


def _whole_lines(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


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
        state = replace(state, reason=shown_text(state.reason, self._folder))
        if state.failed is None:
            return state
        return replace(state, steps=tuple(self._shown_step(step) for step in state.steps))

    def log_tail(self, step_id: str, stream: str, lines: int) -> str:
        """Return the last lines of a step's ``stdout`` or ``stderr``; empty before it has any."""
        text = StepRun(self._run.experiment, step_id).log_tail(stream, lines)
        return shown_text(text, self._folder)

    def log_path(self, step_id: str, stream: str) -> str:
        """Return where the whole log is."""
        return shown_path(StepRun(self._run.experiment, step_id), stream)

    def code(self, step_id: str) -> tuple[SourceFile, ...]:
        """Return the code that a step runs; what runs first comes first."""
        return step_source(self._run.workspace.store, StepRun(self._run.experiment, step_id).record)

    def previews(self, step_id: str) -> tuple[Preview, ...]:
        """Return the beginnings of a completed step's outputs."""
        store = self._run.workspace.store
        found = (preview(store, output) for output in store.records.outputs(step_id))
        return tuple(one for one in found if one is not None)

    def log_file(self, step_id: str, stream: str) -> Path:
        """Return the file of a step's ``stdout`` or ``stderr``."""
        return StepRun(self._run.experiment, step_id).log_path(stream)

    def cancel(self) -> None:
        """Ask for the run to be canceled."""
        self._run.cancel()

    @property
    def _folder(self) -> Path:
        folder: Path = self._run.workspace.store.folder.parent
        return folder

    def _shown_step(self, step: StepState) -> StepState:
        if step.error is None:
            return step
        error = {
            key: shown_text(value, self._folder) if isinstance(value, str) else value
            for key, value in step.error.items()
        }
        return replace(step, error=error, reason=shown_text(step.reason, self._folder))


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


def shown_text(text: str, folder: Path) -> str:
    """Return a text, such as a traceback, without a machine's own paths in it.

    Parameters
    ----------
    text : str
    folder : pathlib.Path
        The workspace's: paths below it are told from there on.

    Returns
    -------
    str
    """
    short = text.replace(f"{folder}/", "")
    short = _PACKAGES.sub(r"\1/", short)
    home = str(Path.home())
    return short.replace(f"{home}/", "~/") if len(home) > 1 else short
