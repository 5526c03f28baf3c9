"""The loop of the agent: commands, jobs, schedule, sleep until the bell rings."""

from __future__ import annotations

import logging
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from synapse_magics.agent import binding, failure, finishing, recovery
from synapse_magics.agent.bell import Bell
from synapse_magics.agent.scheduler import ACTIVE, Decision, Slots, Step, decide
from synapse_magics.engines import local_spark, python_process
from synapse_magics.engines.base import Engine, JobStatus, create
from synapse_magics.store.database import StoreError, may_pass
from synapse_magics.store.states import RunStatus
from synapse_magics.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from synapse_magics.store.runs import RunRecord

IDLE_VARIABLE = "SYNAPSE_MAGICS_AGENT_IDLE"
_IDLE_SECONDS = 600.0
_BUSY_PAUSE = 0.1
_CALM_PAUSE = 1.0

ENGINES = (local_spark.LocalSpark, python_process.PythonProcess)
"""The engines that this agent runs; importing a module registers its engine."""

log = logging.getLogger(__name__)


class Agent:
    """The one background process of a workspace.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder ``.synapse``; the process works in its ``agent`` folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store = Store(folder)
        self._engines: dict[str, Engine] = {}
        self._steps: dict[str, Step] = {}
        self._bell = Bell()
        self._stopping = False
        self._idle = float(os.environ.get(IDLE_VARIABLE, _IDLE_SECONDS))

    def stop(self, *_: object) -> None:
        """Leave the loop soon; running jobs go on and the next agent adopts them."""
        self._stopping = True

    def run(self) -> None:
        """Work until there has been nothing to do for the idle time."""
        last, recovered = time.monotonic(), False
        while not self._stopping:
            try:
                if not recovered:
                    recovery.recover(self._store)
                    recovered = True
                busy = self.tick()
                pause = _BUSY_PAUSE if busy else _CALM_PAUSE
            except StoreError as error:  # a full disk, say: no step is to blame
                log.warning("the agent waits: %s", error.message)
                busy, pause = True, _CALM_PAUSE
            now = time.monotonic()
            if busy:
                last = now
            elif now - last > self._idle and self._leave():
                return
            if not (self._folder / "state.db").exists():
                log.info("the workspace is gone")
                return
            # Who rings once it is to leave hears nothing, and starts the next one.
            self._bell.wait(pause, lambda: not self._stopping)
        self._leave()

    def tick(self) -> bool:
        """Do what is to be done now.

        Returns
        -------
        bool
            Whether a run is unfinished.
        """
        for command_id, run_id, _command in self._store.runs.pending_commands():
            self._request_cancel(run_id)
            self._store.runs.finish_command(command_id)
        unfinished = self._store.runs.unfinished()
        for run in unfinished:
            for step in self._store.runs.children(run.id):
                with self._blaming(step):
                    self._step(step)
                    if step.status in ACTIVE:
                        self._poll(step)
        while self._advance_all():
            pass  # skipped steps let others be skipped, or let the run end
        return bool(unfinished)

    @contextmanager
    def _blaming(self, step: RunRecord) -> Iterator[None]:
        """Whatever goes wrong with one step fails that step; the others go on."""
        try:
            yield
        except Exception as error:
            if may_pass(error):
                raise
            log.warning("step %s of run %s", step.name, step.root_id, exc_info=error)
            self._end_job(step)
            failure.give_up(self._store, step.id, error)

    def _advance_all(self) -> bool:
        again = False
        for run in self._store.runs.unfinished():
            try:
                again |= self._advance(run, self._slots())
            except Exception as error:
                if may_pass(error):
                    raise
                log.warning("run %s", run.id, exc_info=error)
                self._give_up(run, error)
        return again

    def _give_up(self, run: RunRecord, error: Exception) -> None:
        for step in self._store.runs.children(run.id):
            if not step.status.is_terminal:
                self._end_job(step)
                failure.give_up(self._store, step.id, error)
        failure.give_up(self._store, run.id, error)

    def _slots(self) -> Slots:
        slots = Slots()
        for run in self._store.runs.unfinished():
            for step in self._store.runs.children(run.id):
                if step.status in ACTIVE:
                    slots.used[self._step(step).compute] += 1
        return slots

    def _advance(self, run: RunRecord, slots: Slots) -> bool:
        records = {record.id: record for record in self._store.runs.children(run.id)}
        spec = run.pipeline
        decision = decide(
            run.status,
            [self._step(record) for record in records.values()],
            slots,
            continue_on_failure=spec.continue_on_step_failure,
        )
        if run.status is RunStatus.NOT_STARTED:
            self._store.runs.transition(run.id, run.status, RunStatus.RUNNING)
        for step in decision.queue:
            self._store.runs.transition(
                step.run_id, step.status, RunStatus.QUEUED, message=f"waits for {step.compute}"
            )
        for step, reason in decision.skip:
            self._store.runs.transition(
                step.run_id, step.status, RunStatus.CANCELED, message=reason
            )
        for step in decision.cancel:
            with self._blaming(records[step.run_id]):
                self._cancel(records[step.run_id])
        for step in decision.start:
            self._start(records[step.run_id], spec.parameters)
        self._end(run, decision)
        return bool(decision.skip)

    def _end(self, run: RunRecord, decision: Decision) -> None:
        current = self._store.runs.get(run.id)
        if decision.ending is not None and current is not None:
            self._store.runs.transition(
                run.id, current.status, decision.ending, message=decision.message
            )

    def _start(self, run: RunRecord, parameters: Mapping[str, Any]) -> None:
        if not self._store.runs.transition(run.id, run.status, RunStatus.PREPARING):
            return
        try:
            job = binding.bind(self._store, run, parameters)
            name = str(job.compute["engine"])
            self._engine(name).start(
                job, lambda handle: self._store.records.set_job(run.id, name, handle)
            )
        except Exception as error:  # whatever is wrong with one step, the others go on
            if may_pass(error):
                raise  # the next look takes it up again
            log.warning("step %s did not start", run.name, exc_info=error)
            failure.give_up(self._store, run.id, error)
            return
        self._store.runs.transition(run.id, RunStatus.PREPARING, RunStatus.RUNNING)

    def _poll(self, run: RunRecord) -> None:
        job = self._store.records.job(run.id)
        if job is None or run.status is RunStatus.PREPARING:
            recovery.settle(self._store, run)  # the database refused when it was started
            return
        engine = self._engine(job[0])
        engine.fetch_logs(job[1])
        state = engine.poll(job[1])
        if state.status is JobStatus.RUNNING:
            finishing.ingest(self._store, run.id)
            return
        if state.status is JobStatus.VANISHED:
            engine.cancel(job[1])  # what it started may be there still, and writes
        finishing.finish(self._store, run, state)

    def _end_job(self, run: RunRecord) -> None:
        job = self._store.records.job(run.id)
        if job is not None and run.status in ACTIVE:
            try:
                self._engine(job[0]).cancel(job[1])
            except Exception as error:
                log.warning("the job of step %s may still run", run.name, exc_info=error)

    def _request_cancel(self, run_id: str) -> None:
        run = self._store.runs.get(run_id)
        if run is None or run.status.is_terminal:
            return
        if run.parent_id is not None:
            if run.status in ACTIVE:
                with self._blaming(run):
                    self._cancel(run)
            else:
                self._store.runs.transition(
                    run.id, run.status, RunStatus.CANCELED, message="canceled"
                )
            return
        if run.status is not RunStatus.CANCEL_REQUESTED:
            self._store.runs.transition(run.id, run.status, RunStatus.CANCEL_REQUESTED)

    def _cancel(self, run: RunRecord) -> None:
        if run.status is RunStatus.CANCEL_REQUESTED:
            return
        job = self._store.records.job(run.id)
        noted = self._store.runs.transition(run.id, run.status, RunStatus.CANCEL_REQUESTED)
        if noted and job is not None:
            self._engine(job[0]).cancel(job[1])

    def _engine(self, name: str) -> Engine:
        if name not in self._engines:
            self._engines[name] = create(name, self._folder)
        return self._engines[name]

    def _step(self, record: RunRecord) -> Step:
        known = self._steps.get(record.id)
        if known is None or known.status is not record.status:
            spec = record.step
            known = Step(
                run_id=record.id,
                node=spec.node,
                name=spec.name,
                status=record.status,
                upstream=spec.upstream,
                compute=spec.compute,
                slots=int(spec.compute_definition.get("slots", 1)),
            )
            self._steps[record.id] = known
        return known

    def _leave(self) -> bool:
        """Take the bell down, and look once more: who rang it in vain starts the next agent."""
        self._bell.close()
        if not self._stopping and self._store.runs.unfinished():
            self._bell = Bell()
            return False
        self._store.close()
        return True
