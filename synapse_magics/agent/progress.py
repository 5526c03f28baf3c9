"""Carry out what the scheduler decides: runs begin and end, steps are reused, start or wait."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

from synapse_magics.agent import reusing
from synapse_magics.agent.board import Board, BoardRun
from synapse_magics.agent.hashing import Hashing, is_quick
from synapse_magics.agent.scheduler import Decision, Step, allot
from synapse_magics.store.database import Sync, may_pass
from synapse_magics.store.runs import Change
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from synapse_magics.agent.jobs import Jobs
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.store import Store

_PATIENCE_SECONDS = 1.0
"""How long one kind of work goes on before somebody looks at the jobs again."""

_FEW = 2
"""Steps of one kind that have started before a process that makes the start faster is ready."""

Item = TypeVar("Item")

log = logging.getLogger(__name__)


class Progress:
    """Bring the runs that have not ended forward, as far as that goes now.

    Parameters
    ----------
    store : Store
    jobs : Jobs
    """

    def __init__(self, store: Store, jobs: Jobs) -> None:
        self._store = store
        self._jobs = jobs
        self.board = Board(store)
        self.behind = False
        """Whether time was over before everything was done: the rest is to be done at once."""
        self._settled = False
        self._hashing = Hashing(store.folder)
        self._reading = False

    def turn(self) -> None:
        """Do what follows from what has changed; a long list of work is left when time is over."""
        self._refresh()
        if self._settled and not self.board.due:
            return
        # Whatever keeps us from the end of this.
        self.behind = self._settled = self._reading = False
        asked: set[str] = set()
        while True:
            whole, _ = self._each(list(self.board.due), self._decide)
            listened, reused = self._each(self._unasked(), lambda pair: self._ask(*pair, asked))
            placed, vain = (True, False) if reused else self._place(asked)
            self._refresh()
            self.behind = not (whole and listened and placed)
            if vain or self.behind:
                return
            if not (reused or self.board.due):
                break
        self._settled = not self._reading

    @staticmethod
    def _each(items: Iterable[Item], work: Callable[[Item], bool]) -> tuple[bool, bool]:
        """Do some work for each item until time is over; tell whether all was done, and any."""
        until, done, late = time.monotonic() + _PATIENCE_SECONDS, False, False
        for item in items:
            if late:
                return False, done
            done |= work(item)
            late = time.monotonic() > until
        return True, done

    def _refresh(self) -> None:
        for run_id, error in self.board.refresh().items():
            log.warning("run %s cannot be read", run_id, exc_info=error)
            self._give_up(run_id, error)

    # --- what becomes of a run ---

    def _decide(self, run_id: str) -> bool:
        run = self.board.runs[run_id]
        try:
            self._carry_out(run, run.decide())
        except Exception as error:
            if may_pass(error):
                raise
            log.warning("run %s", run_id, exc_info=error)
            self._give_up(run_id, error)
        self.board.due.pop(run_id, None)
        return True

    def _carry_out(self, run: BoardRun, decision: Decision) -> None:
        runs = self._store.runs
        if run.status is RunStatus.NOT_STARTED and runs.transition(
            run.record.id, run.status, RunStatus.RUNNING
        ):
            run.status = RunStatus.RUNNING
            self._foresee(run)
        runs.transition_all(
            Change(step.run_id, step.status, RunStatus.CANCELED, reason)
            for step, reason in decision.skip
        )
        for step in decision.cancel:
            record = runs.get(step.run_id)
            if record is not None and not record.status.is_terminal:
                with self._jobs.blaming(record):
                    self._jobs.cancel(record)
        if decision.ending is not None:
            runs.transition(run.record.id, run.status, decision.ending, message=decision.message)

    def _foresee(self, run: BoardRun) -> None:
        try:
            steps = self._store.runs.children(run.record.id)
            self._warm([step.step for step in steps])
            if is_quick(self._store, [step.step for step in steps]):
                reusing.foresee(self._store, run.record)
        except Exception as error:  # only words: each step is asked again when it is ready
            if may_pass(error):
                raise
            log.warning("run %s", run.record.id, exc_info=error)

    def _warm(self, specs: Iterable[StepSpec]) -> None:
        """Let the engines get ready for the steps that come, as far as that is sooner than they."""
        wanted: dict[str, list[dict[str, Any]]] = {}
        for spec in specs:
            compute = dict(spec.compute_definition)
            compute["spark_conf"] = {**compute.get("spark_conf", {}), **spec.spark_conf}
            wanted.setdefault(json.dumps(compute, sort_keys=True), []).append(compute)
        for alike in wanted.values():
            if "master" in alike[0] or len(alike) > _FEW:
                self._jobs.warm(alike[0])

    def _give_up(self, run_id: str, error: Exception) -> None:
        for step in self._store.runs.children(run_id):
            if not step.status.is_terminal:
                self._jobs.end(step)
                self._jobs.give_up(step.id, error)
        self._jobs.give_up(run_id, error)

    # --- what becomes of a step that is ready ---

    def _unasked(self) -> Iterable[tuple[BoardRun, Step]]:
        """Return the steps for which no earlier result was looked for: of each run one, and on."""
        lists = [
            [(run, step) for step in run.ready if step.run_id not in run.asked]
            for run in self.board.runs.values()
        ]
        rows = zip_longest(*filter(None, lists))
        return (pair for pair in chain.from_iterable(rows) if pair is not None)

    def _ask(self, run: BoardRun, step: Step, asked: set[str]) -> bool:
        """Complete a step with an earlier result, if one is found; tell whether it has ended."""
        record = self._current(run, step)
        if record is None:
            return False
        done = True
        with self._jobs.blaming(record):
            if not self._is_read(record):
                return False
            done = reusing.take_over(self._store, run.record, record)
        run.asked.add(step.run_id)
        asked.add(step.run_id)
        return done

    def _place(self, asked: set[str]) -> tuple[bool, bool]:
        """Give out the free slots; tell whether that was all, and whether one was not taken."""
        board = self.board
        ready = ((run_id, run.waiting()) for run_id, run in board.runs.items() if run.ready)
        allotment = allot(board.active(), ready)
        self._store.runs.transition_all(
            (
                Change(step.run_id, step.status, RunStatus.QUEUED, message)
                for step, message in allotment.wait
                if step.status is RunStatus.NOT_STARTED
            ),
            sync=Sync.LATER,
        )
        runs = {step.run_id: run for run in board.runs.values() for step in run.ready}
        return self._each(allotment.start, lambda step: self._start(runs[step.run_id], step, asked))

    def _start(self, run: BoardRun, step: Step, asked: set[str]) -> bool:
        """Start a step, or reuse a result; tell whether neither was ours to do any more."""
        record = self._current(run, step)
        if record is None:
            return True
        vain = False
        with self._jobs.blaming(record):
            if step.run_id not in asked and not self._is_read(record):
                return False
            # What it reads, or what there is to be reused, may have changed while it waited.
            if step.run_id in asked or not reusing.take_over(self._store, run.record, record):
                vain = not self._jobs.start(record, run.record.pipeline.parameters)
        return vain

    def _is_read(self, record: RunRecord) -> bool:
        """Tell whether a step's inputs are known; if not, it is looked at again soon."""
        done = self._hashing.is_done(self._store, record)
        self._reading |= not done
        return done

    def _current(self, run: BoardRun, step: Step) -> RunRecord | None:
        """Return a step run, if it is what the board takes it for; the database is right."""
        record = self._store.runs.get(step.run_id)
        if record is None or record.status is step.status:
            return record
        run.put(replace(step, status=record.status))
        return None
