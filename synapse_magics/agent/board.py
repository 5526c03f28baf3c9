"""What the agent knows of the runs that have not ended: read once, then kept up to date by events.

It holds nothing that the database does not hold; the next agent reads the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from synapse_magics.agent.scheduler import ACTIVE, WAITING, Course, Decision, Destination, Step
from synapse_magics.store.database import may_pass
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import OutputSpec
    from synapse_magics.store.store import Store


@dataclass
class BoardRun:
    """A pipeline run that has not ended.

    ``ready`` are the steps that may start, by the last decision; ``asked`` those for which an
    earlier result was looked for; ``active`` those that hold a slot.
    """

    record: RunRecord
    status: RunStatus
    steps: dict[str, Step]
    continue_on_failure: bool
    ready: tuple[Step, ...] = ()
    asked: set[str] = field(default_factory=set)
    active: dict[str, Step] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._course = Course(self.steps, continue_on_failure=self.continue_on_failure)
        for step in self.steps.values():
            self.put(step)

    def put(self, step: Step) -> None:
        """Take note of a step as it is now.

        Parameters
        ----------
        step : Step
        """
        before = self.steps[step.run_id].status
        self.steps[step.run_id] = step
        if step.status is not before:
            self._course.note(before, step)
        if step.status in ACTIVE:
            self.active[step.run_id] = step
        else:
            self.active.pop(step.run_id, None)

    def is_due(self, before: RunStatus, after: RunStatus) -> bool:
        """Tell whether a change of a step asks for a decision: it ended, or is to start again.

        Parameters
        ----------
        before, after : RunStatus

        Returns
        -------
        bool
        """
        again = after is RunStatus.QUEUED and before is not RunStatus.NOT_STARTED
        return after.is_terminal or again or self.status is RunStatus.CANCEL_REQUESTED

    def waiting(self) -> list[Step]:
        """Return the ready steps that have no earlier result, and wait for a slot.

        Returns
        -------
        list of Step
        """
        found = (self.steps[step.run_id] for step in self.ready if step.run_id in self.asked)
        return [step for step in found if step.status in WAITING]

    def decide(self) -> Decision:
        """Decide what happens next, and note what is ready.

        Returns
        -------
        Decision
        """
        decision = self._course.decide(self.status)
        self.ready = decision.ready
        return decision


class Board:
    """The runs that have not ended, oldest first.

    ``due`` are those that are new or have changed: a decision is to be made for them.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen = store.runs.last_event()
        self.runs: dict[str, BoardRun] = {}
        self.due: dict[str, None] = {}

    def refresh(self) -> dict[str, Exception]:
        """Read what has changed.

        Returns
        -------
        dict
            What is wrong with runs that cannot be read, by their ids.
        """
        for event in self._store.runs.events_after(self._seen):
            self._seen = event.id
            run = self.runs.get(event.root_id)
            if run is None:
                continue
            after = RunStatus(event.after)
            if event.run_id == event.root_id:
                run.status = after
            elif event.run_id in run.steps:
                run.put(replace(run.steps[event.run_id], status=after))
            if event.run_id == event.root_id or run.is_due(RunStatus(event.before), after):
                self.due[event.root_id] = None
        unfinished = self._store.runs.unfinished_ids()
        for gone in self.runs.keys() - set(unfinished):
            del self.runs[gone]
            self.due.pop(gone, None)
        new = [run_id for run_id in unfinished if run_id not in self.runs]
        broken = self._read_all(new)
        if new:  # who was written last need not be the youngest
            self.runs = dict(sorted(self.runs.items(), key=_age))
        return broken

    def active(self) -> list[tuple[str, Step]]:
        """Return the steps that hold a slot, each after its pipeline run.

        Returns
        -------
        list of tuple
        """
        return [(run_id, step) for run_id, run in self.runs.items() for step in run.active.values()]

    def _read_all(self, run_ids: Iterable[str]) -> dict[str, Exception]:
        broken: dict[str, Exception] = {}
        for run_id in run_ids:
            try:
                self._read(run_id)
            except Exception as error:  # a spec that nobody can read is that run's trouble
                if may_pass(error):
                    raise
                broken[run_id] = error
        return broken

    def _read(self, run_id: str) -> None:
        record = self._store.runs.get(run_id)
        if record is None:
            return
        self.runs[run_id] = BoardRun(
            record=record,
            status=record.status,
            steps={step.id: _step(step) for step in self._store.runs.children(run_id)},
            continue_on_failure=record.pipeline.continue_on_step_failure,
        )
        self.due[run_id] = None


def _age(item: tuple[str, BoardRun]) -> tuple[float, str]:
    return item[1].record.created, item[0]


def _step(record: RunRecord) -> Step:
    spec = record.step
    return Step(
        run_id=record.id,
        node=spec.node,
        name=spec.name,
        status=record.status,
        upstream=spec.upstream,
        compute=spec.compute,
        slots=int(spec.compute_definition.get("slots", 1)),
        destinations=tuple(
            destination(output)
            for output in spec.outputs
            if "{run-id}" not in output.path and output.mode != "link"
        ),
    )


def destination(output: OutputSpec) -> Destination:
    """Return the place of an output that every run of its step writes to.

    Parameters
    ----------
    output : OutputSpec

    Returns
    -------
    tuple of str
        The datastore, then the parts of the path.
    """
    path = output.path.replace("{output-name}", output.name).strip("/")
    return (output.datastore, *PurePosixPath(path).parts)
