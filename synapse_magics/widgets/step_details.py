"""What is read of a step only when somebody looks: its code, the first rows of its outputs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from synapse_magics.core.output_preview import Preview
    from synapse_magics.core.step_source import SourceFile
    from synapse_magics.store.run_state import RunState, StepState

log = logging.getLogger(__name__)

_TWIN_OUTPUTS = 6
"""Of so many outputs the first rows are read for the output that is saved in a notebook."""


@dataclass(frozen=True)
class StepDetails:
    """The code of a step, and its outputs; nothing of what was not asked for."""

    code: tuple[SourceFile, ...] = ()
    previews: tuple[Preview, ...] = ()


NO_DETAILS = StepDetails()


class DetailSource(Protocol):
    """What can be read of a step."""

    def code(self, step_id: str) -> tuple[SourceFile, ...]:
        """Return the code that a step runs; what runs first comes first."""

    def previews(self, step_id: str) -> tuple[Preview, ...]:
        """Return the beginnings of a completed step's outputs."""


class DetailReader:
    """Read code and outputs once, when they are asked for; neither changes afterwards.

    What cannot be read is not there: a view goes on without it.

    Parameters
    ----------
    source : DetailSource
    """

    def __init__(self, source: DetailSource) -> None:
        self._source = source
        self._code: dict[str, tuple[SourceFile, ...]] = {}
        self._previews: dict[str, tuple[Preview, ...]] = {}

    def code(self, step: StepState) -> tuple[SourceFile, ...]:
        """Return the code of a step.

        Parameters
        ----------
        step : StepState

        Returns
        -------
        tuple of SourceFile
        """
        if step.id not in self._code:
            try:
                self._code[step.id] = self._source.code(step.id)
            except Exception:
                log.debug("code of %s", step.id, exc_info=True)
                self._code[step.id] = ()
        return self._code[step.id]

    def previews(self, step: StepState) -> tuple[Preview, ...]:
        """Return the beginnings of a step's outputs; nothing before it has completed.

        Parameters
        ----------
        step : StepState

        Returns
        -------
        tuple of Preview
        """
        if step.status is not RunStatus.COMPLETED or not step.outputs:
            return ()
        if step.id not in self._previews:
            try:
                self._previews[step.id] = self._source.previews(step.id)
            except Exception:
                log.debug("outputs of %s", step.id, exc_info=True)
                self._previews[step.id] = ()
        return self._previews[step.id]

    def for_twin(self, state: RunState) -> dict[str, StepDetails]:
        """Return what the static view shows: the code that failed; of a run that ended, outputs.

        Parameters
        ----------
        state : RunState

        Returns
        -------
        dict
            By the steps' ids.
        """
        found: dict[str, StepDetails] = {}
        if state.failed is not None:
            found[state.failed.id] = StepDetails(code=self.code(state.failed))
        if state.status.is_terminal:
            with_outputs = [step for step in state.steps if step.output_stats][:_TWIN_OUTPUTS]
            found |= {step.id: StepDetails(previews=self.previews(step)) for step in with_outputs}
        return found

    def everything(self, state: RunState) -> dict[str, StepDetails]:
        """Return all of every step, for a report.

        Parameters
        ----------
        state : RunState

        Returns
        -------
        dict
            By the steps' ids.
        """
        return {step.id: StepDetails(self.code(step), self.previews(step)) for step in state.steps}
