"""Steps that run one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline.pipeline_data import PipelineData
from synapse_magics.pipeline.step import PipelineStep, producer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class StepSequence:
    """Steps that run one after another; a list among them is a group that runs in parallel.

    Parameters
    ----------
    steps : list, optional
    """

    def __init__(self, steps: Iterable[Any] | None = None) -> None:
        self._groups = [list(flatten(item)) for item in steps or ()]
        for before, after in zip(self._groups, self._groups[1:], strict=False):
            for step in after:
                for other in before:
                    step.run_after(other)

    def __iter__(self) -> Iterator[PipelineStep]:
        return (step for group in self._groups for step in group)

    def __len__(self) -> int:
        return sum(len(group) for group in self._groups)

    def __repr__(self) -> str:
        return f"StepSequence({self._groups!r})"


def flatten(steps: Any) -> Iterator[PipelineStep]:
    """Yield the steps that somebody has given to a pipeline.

    Parameters
    ----------
    steps : PipelineStep, PipelineData, StepSequence or list of these
        Of data, the step that makes them.

    Yields
    ------
    PipelineStep

    Raises
    ------
    NotSupportedError
        If there is something else among them.
    """
    if isinstance(steps, PipelineStep):
        yield steps
    elif isinstance(steps, PipelineData):
        yield producer_of(steps)
    elif isinstance(steps, (list, tuple, StepSequence)):
        for item in steps:
            yield from flatten(item)
    else:
        raise NotSupportedError(f"Can not add object of type {type(steps)} to Pipeline.")
