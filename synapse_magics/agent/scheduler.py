"""Decide what happens next: pure functions of the steps' statuses.

Nothing is remembered between two decisions, so the next agent decides as this one would have.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synapse_magics.agent.ready_steps import ReadySteps
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WAITING = frozenset({RunStatus.NOT_STARTED, RunStatus.QUEUED})
ACTIVE = frozenset(
    {
        RunStatus.PREPARING,
        RunStatus.RUNNING,
        RunStatus.FINALIZING,
        RunStatus.CANCEL_REQUESTED,
    }
)

Destination = tuple[str, ...]
"""A place that outputs of several runs share: the datastore, then the parts of the path."""


@dataclass(frozen=True)
class Step:
    """What the scheduler needs to know of a step run.

    ``slots`` is how many steps its compute target takes at once.
    """

    run_id: str
    node: str
    name: str
    status: RunStatus
    upstream: frozenset[str] = frozenset()
    compute: str = ""
    slots: int = 1
    destinations: tuple[Destination, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What is to be done in one run.

    ``ready`` holds the steps that may start, ``skip`` those that will never start, with the reason;
    ``ending`` is the status that the pipeline run gets now that nothing is left to do, or None.
    """

    ready: tuple[Step, ...] = ()
    skip: tuple[tuple[Step, str], ...] = ()
    cancel: tuple[Step, ...] = ()
    ending: RunStatus | None = None
    message: str = ""


@dataclass(frozen=True)
class Allotment:
    """Which ready steps start now, and what the others wait for."""

    start: tuple[Step, ...] = ()
    wait: tuple[tuple[Step, str], ...] = ()


def decide(
    status: RunStatus, steps: Sequence[Step], *, continue_on_failure: bool = False
) -> Decision:
    """Decide what happens next in one run.

    Parameters
    ----------
    status : RunStatus
        The pipeline run's.
    steps : sequence of Step
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
    ready, skip = [], []
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
            ready.append(step)
    return Decision(ready=tuple(ready), skip=tuple(skip))


class Course:
    """The course of one run: what :func:`decide` says, without a look at every step each time.

    As long as steps only complete, a decision takes time for those that wait for one of them. Any
    other change, a failure say, is looked at by :func:`decide`, which is always right.

    Parameters
    ----------
    steps : mapping
        All steps as they are, by their run ids; whoever changes one tells :meth:`note`.
    continue_on_failure : bool
    """

    def __init__(self, steps: Mapping[str, Step], *, continue_on_failure: bool) -> None:
        self._steps, self._continue = steps, continue_on_failure
        self._by_node = {step.node: step.run_id for step in steps.values()}
        self._waiting_for: dict[str, list[str]] = {}
        for step in steps.values():
            for node in step.upstream:
                self._waiting_for.setdefault(node, []).append(step.run_id)
        self._left = sum(not step.status.is_terminal for step in steps.values())
        self._ready = ReadySteps(steps, lambda step: step.status in WAITING)
        self._completed: list[Step] = []
        self._is_known = False

    def note(self, before: RunStatus, after: Step) -> None:
        """Take note of a step whose status has changed.

        Parameters
        ----------
        before : RunStatus
        after : Step
        """
        self._left += int(before.is_terminal) - int(after.status.is_terminal)
        if after.status is RunStatus.COMPLETED:
            self._completed.append(after)
        elif after.status.is_terminal or (after.status in WAITING and before not in WAITING):
            self._is_known = False  # others will not start; or it is ready again

    def decide(self, status: RunStatus) -> Decision:
        """Decide what happens next.

        Parameters
        ----------
        status : RunStatus
            The pipeline run's.

        Returns
        -------
        Decision
            Of a great many steps that are ready, the first of each compute target.
        """
        completed, self._completed = self._completed, []
        if not (self._is_known and status is RunStatus.RUNNING and self._left):
            steps = list(self._steps.values())
            decision = decide(status, steps, continue_on_failure=self._continue)
            self._ready.put(step.run_id for step in decision.ready)
            self._is_known = status is RunStatus.RUNNING and not decision.skip
            return replace(decision, ready=self._ready.first())
        self._ready.add(
            run_id
            for done in completed
            for run_id in self._waiting_for.get(done.node, ())
            if self._may_start(self._steps[run_id])
        )
        return Decision(ready=self._ready.first())

    def _may_start(self, step: Step) -> bool:
        return step.status in WAITING and all(
            self._steps[self._by_node[node]].status is RunStatus.COMPLETED for node in step.upstream
        )


def allot(
    active: Iterable[tuple[str, Step]], ready: Iterable[tuple[str, Sequence[Step]]]
) -> Allotment:
    """Give the free slots of compute targets to steps that are ready.

    A slot goes to the run that has the fewest steps on its compute target, then to the oldest; in a
    run the order is that of submission. So a run of a hundred steps does not keep out one of two.
    Steps that write to one destination never run at once.

    Parameters
    ----------
    active : iterable of tuple
        The pipeline run and the step, of every step that holds a slot.
    ready : iterable of tuple
        The pipeline run and its ready steps, the oldest run first.

    Returns
    -------
    Allotment
    """
    board = _Board()
    for run, step in active:
        board.take(run, step)
    start: list[Step] = []
    wait: list[tuple[Step, str]] = []
    queues: dict[str, list[tuple[int, int, str, list[Step]]]] = {}
    for order, (run, steps) in enumerate(ready):
        computes: dict[str, list[Step]] = {}
        for step in reversed(steps):
            computes.setdefault(step.compute, []).append(step)
        for compute, found in computes.items():
            queues.setdefault(compute, []).append((board.share(run, compute), order, run, found))
    for compute, queue in queues.items():
        heapq.heapify(queue)
        most = max(step.slots for *_, steps in queue for step in steps)
        while queue:
            if board.used[compute] >= most:  # nobody needs to be asked
                full = f"waits for {compute}"
                wait += [(step, full) for *_, steps in queue for step in reversed(steps)]
                break
            _, order, run, steps = heapq.heappop(queue)
            step = steps.pop()
            obstacle = board.obstacle(step)
            if obstacle:
                wait.append((step, obstacle))
            else:
                board.take(run, step)
                start.append(step)
            if steps:
                heapq.heappush(queue, (board.share(run, step.compute), order, run, steps))
    return Allotment(tuple(start), tuple(wait))


@dataclass
class _Board:
    """Who holds which slots, and who writes where.

    ``writers`` are the steps that write to a place, ``above`` is the place that is written to below
    another one, so nobody has to look at all of them.
    """

    used: Counter[str] = field(default_factory=Counter)
    shares: Counter[tuple[str, str]] = field(default_factory=Counter)
    writers: dict[Destination, str] = field(default_factory=dict)
    above: dict[Destination, Destination] = field(default_factory=dict)

    def share(self, run: str, compute: str) -> int:
        return self.shares[run, compute]

    def take(self, run: str, step: Step) -> None:
        self.used[step.compute] += 1
        self.shares[run, step.compute] += 1
        for place in step.destinations:
            self.writers[place] = step.name
            self.above.update({place[:size]: place for size in range(1, len(place))})

    def obstacle(self, step: Step) -> str:
        if self.used[step.compute] >= step.slots:
            return f"waits for {step.compute}"
        for mine in step.destinations:
            other = self._shared(mine)
            if other is not None:
                where = "/".join(other[1:]) or "all of it"
                return f"waits for step {self.writers[other]}, which writes to {where}"
        return ""

    def _shared(self, mine: Destination) -> Destination | None:
        """Return the place written to that is this one, holds it, or lies in it."""
        parents = (mine[:size] for size in range(1, len(mine) + 1))
        found = next((place for place in parents if place in self.writers), None)
        return found or self.above.get(mine)


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
