"""The jobs of steps: started, looked at, ended; an error of one step's job is that step's alone."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_magics.agent import binding, failure, finishing, recovery
from synapse_magics.agent.attempts import Cause, fail_attempt
from synapse_magics.agent.scheduler import ACTIVE
from synapse_magics.engines.base import Engine, JobStatus, create
from synapse_magics.store.database import StoreError, Sync, may_pass
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

log = logging.getLogger(__name__)


class Jobs:
    """The jobs of a workspace's steps.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._engines: dict[str, Engine] = {}
        self._gone: set[str] = set()
        self._blamed: dict[str, Exception] = {}

    @contextmanager
    def blaming(self, step: RunRecord) -> Iterator[None]:
        """Let whatever goes wrong with one step fail that step; the others go on."""
        try:
            yield
        except Exception as error:
            if may_pass(error):
                raise
            log.warning("step %s of run %s", step.name, step.root_id, exc_info=error)
            self.end(step)
            if self._lives(step):
                # It may write until it has ended; who writes to the same place waits for that.
                self._blamed[step.id] = error
            else:
                self.give_up(step.id, error)

    def give_up(self, run_id: str, error: Exception) -> None:
        """Let a run fail because of an error of ours, even if its spec cannot be read."""
        try:
            failure.give_up(self._store, run_id, error)
        except StoreError:
            raise
        except Exception as worse:
            log.warning("run %s cannot be read", run_id, exc_info=worse)
            run = self._store.runs.get(run_id)
            words = f"what was submitted cannot be read: {type(error).__name__}"
            known = {"code": "SystemError", "message": words}
            if run is not None:
                self._store.runs.transition(
                    run_id, run.status, RunStatus.FAILED, message=words, error=known
                )

    def warm(self, compute: Mapping[str, Any]) -> None:
        """Let the engine of a compute target get ready; who cannot says so when a step comes.

        Parameters
        ----------
        compute : mapping
            Its definition.
        """
        try:
            self._engine(str(compute["engine"])).warm(compute)
        except Exception as error:
            log.info("nothing is warmed", exc_info=error)

    def start(self, step: RunRecord, parameters: Mapping[str, Any]) -> bool:
        """Start a step that is ready.

        Parameters
        ----------
        step : RunRecord
        parameters : mapping
            The pipeline parameters in force.

        Returns
        -------
        bool
            False if somebody else has changed its status: it is not ours to start, then.
        """
        # Not on disk by itself: until there is a job, the next agent does as well from before.
        if not self._store.runs.transition(
            step.id, step.status, RunStatus.PREPARING, sync=Sync.LATER
        ):
            return False
        step, prepared = replace(step, status=RunStatus.PREPARING), False
        try:
            job = binding.bind(self._store, step, parameters)
            name = str(job.compute["engine"])
            engine = self._engine(name)
            prepared = True
            engine.start(job, lambda handle: self._store.records.set_job(step.id, name, handle))
        except Exception as error:  # whatever is wrong with one step, the others go on
            if may_pass(error):
                raise  # the next look takes it up again
            log.warning("step %s did not start", step.name, exc_info=error)
            # The system has no process to spare, say.
            ours = prepared and isinstance(error, OSError)
            self._fail_start(step, error, Cause.INFRASTRUCTURE if ours else Cause.CODE)
            return True
        # Nor is this: that there is a job is on disk, and whether it began is seen in its folder.
        self._store.runs.transition(
            step.id, RunStatus.PREPARING, RunStatus.RUNNING, sync=Sync.LATER
        )
        return True

    def _fail_start(self, step: RunRecord, error: Exception, cause: Cause) -> None:
        try:
            failure.tell(self._store, step, error)
            fail_attempt(self._store, step, failure.describe(error), cause)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - its words are of no use, and it must fail all the same
            self.give_up(step.id, error)

    def poll(self, step: RunRecord) -> None:
        """Look at the job of a step that holds a slot, and do what follows.

        Parameters
        ----------
        step : RunRecord
        """
        job = self._store.records.job(step.id)
        if job is None or step.status is RunStatus.PREPARING:
            recovery.settle(self._store, step)  # the database refused when it was started
            return
        engine = self._engine(job[0])
        state = engine.poll(job[1])
        if step.id in self._blamed:
            if state.status is not JobStatus.RUNNING:
                self.give_up(step.id, self._blamed.pop(step.id))
            return
        engine.fetch_logs(job[1])
        if state.status is JobStatus.RUNNING:
            if step.status is RunStatus.CANCEL_REQUESTED:
                engine.cancel(job[1])  # whoever noted the wish may have died over it
            finishing.ingest(self._store, step.id)
            return
        if state.status is JobStatus.VANISHED:
            engine.cancel(job[1])  # what it started may be there still, and writes
            if step.attempt <= step.step.retries and step.id not in self._gone:
                # Looked for once more: the next attempt is not to meet anybody of this one.
                self._gone.add(step.id)
                return
        self._gone.discard(step.id)
        finishing.finish(self._store, step, state)

    def cancel(self, step: RunRecord) -> None:
        """Note that a step is to be canceled, and ask its job to end.

        Parameters
        ----------
        step : RunRecord
        """
        if step.status is RunStatus.CANCEL_REQUESTED:
            return
        job = self._store.records.job(step.id)
        noted = self._store.runs.transition(step.id, step.status, RunStatus.CANCEL_REQUESTED)
        if noted and job is not None:
            self._engine(job[0]).cancel(job[1])

    def end(self, step: RunRecord) -> None:
        """End the job of a step that fails for another reason, if it has one.

        Parameters
        ----------
        step : RunRecord
        """
        job = self._store.records.job(step.id)
        if job is not None and step.status in ACTIVE:
            try:
                self._engine(job[0]).cancel(job[1])
            except Exception as error:
                log.warning("the job of step %s may still run", step.name, exc_info=error)

    def _lives(self, step: RunRecord) -> bool:
        job = self._store.records.job(step.id)
        if job is None or step.status not in ACTIVE:
            return False
        try:
            return self._engine(job[0]).poll(job[1]).status is JobStatus.RUNNING
        except Exception as error:
            log.warning("the job of step %s may still run", step.name, exc_info=error)
            return False

    def _engine(self, name: str) -> Engine:
        if name not in self._engines:
            self._engines[name] = create(name, self._store.folder)
        return self._engines[name]
