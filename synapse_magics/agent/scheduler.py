"""Decide what happens next in a run: a pure function of its steps' statuses.

Nothing is remembered between two decisions, so the next agent decides as this one would have.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

WAITING = frozenset({RunStatus.NOT_STARTED, RunStatus.QUEUED})
ACTIVE = frozenset(
    {
        RunStatus.PREPARING,
        RunStatus.RUNNING,
        RunStatus.FINALIZING,
        RunStatus.CANCEL_REQUESTED,
    }
)


@dataclass(frozen=True)
class Step:
    """What the scheduler needs to know of a step run."""

    run_id: str
    node: str
    name: str
    status: RunStatus
    upstream: frozenset[str] = frozenset()
    compute: str = ""
    slots: int = 1


@dataclass(frozen=True)
class Decision:
    """What is to be done in one run.

    ``skip`` holds step runs that will never start, with the reason; ``ending`` the status that the
    pipeline run gets now that nothing is left to do, or None.
    """

    start: tuple[Step, ...] = ()
    queue: tuple[Step, ...] = ()
    skip: tuple[tuple[Step, str], ...] = ()
    cancel: tuple[Step, ...] = ()
    ending: RunStatus | None = None
    message: str = ""


@dataclass
class Slots:
    """How many steps run on each compute target, over all runs."""

    used: Counter[str] = field(default_factory=Counter)

    def take(self, step: Step) -> bool:
        """Take a slot if one is free.

        Parameters
        ----------
        step : Step

        Returns
        -------
        bool
        """
        if self.used[step.compute] >= step.slots:
            return False
        self.used[step.compute] += 1
        return True


def decide(
    status: RunStatus, steps: Sequence[Step], slots: Slots, *, continue_on_failure: bool = False
) -> Decision:
    """Decide what happens next in one run.

    Parameters
    ----------
    status : RunStatus
        The pipeline run's.
    steps : sequence of Step
    slots : Slots
        Free places on compute targets; those of started steps are taken from it.
    continue_on_failure : bool
        Whether branches that do not depend on a failed step go on.

    Returns
    -------
    Decision
    """
    if all(step.status.is_terminal for step in steps):
        ending, message = _ending(status, steps)
        return Decision(ending=ending, message=message)
    if status is RunStatus.CANCEL_REQUESTED:
        return Decision(
            skip=tuple((step, "the run was canceled") for step in steps if step.status in WAITING),
            cancel=tuple(step for step in steps if step.status in ACTIVE - {status}),
        )
    by_node = {step.node: step for step in steps}
    failed = [step for step in steps if step.status is RunStatus.FAILED]
    start, queue, skip = [], [], []
    for step in steps:
        if step.status not in WAITING:
            continue
        lost = [
            by_node[node]
            for node in sorted(step.upstream)
            if by_node[node].status in {RunStatus.FAILED, RunStatus.CANCELED}
        ]
        blocking = lost or ([] if continue_on_failure else failed)
        if blocking:
            skip.append((step, f"not started: step {blocking[0].name} {_word(blocking[0])}"))
        elif all(by_node[node].status is RunStatus.COMPLETED for node in step.upstream):
            if slots.take(step):
                start.append(step)
            elif step.status is RunStatus.NOT_STARTED:
                queue.append(step)
    return Decision(start=tuple(start), queue=tuple(queue), skip=tuple(skip))


def _ending(status: RunStatus, steps: Sequence[Step]) -> tuple[RunStatus, str]:
    failed = [step.name for step in steps if step.status is RunStatus.FAILED]
    canceled = [step for step in steps if step.status is RunStatus.CANCELED]
    if status is RunStatus.CANCEL_REQUESTED and (canceled or failed):
        return RunStatus.CANCELED, "canceled"
    if failed:
        plural = "s" if len(failed) > 1 else ""
        return RunStatus.FAILED, f"step{plural} {', '.join(failed)} failed"
    if canceled:
        return RunStatus.CANCELED, "a step was canceled"
    return RunStatus.COMPLETED, ""


def _word(step: Step) -> str:
    return "failed" if step.status is RunStatus.FAILED else "was not run"
