"""Take over what a dead agent left behind."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from synapse_magics.agent import failure
from synapse_magics.engines.base import JobStatus, create
from synapse_magics.store.database import may_pass
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

log = logging.getLogger(__name__)


def recover(store: Store) -> None:
    """Bring every step that was being prepared or canceled to a status that can be gone on from.

    Running steps need nothing: their handles are in the database, so a live job is polled as if
    nothing had happened, an ended one is read from its result, and a vanished one fails. Neither
    does a step that was queued again: its attempt is in the database and its last job is not, so
    whatever that one has left is set aside at the next start. A step that was completed with an
    earlier result was so in one transaction.

    Parameters
    ----------
    store : Store
    """
    for step in store.runs.active():
        try:
            settle(store, step)
        except Exception as error:  # whatever is wrong with one step, the others go on
            if may_pass(error):
                raise
            log.warning("step %s of run %s", step.name, step.root_id, exc_info=error)
            failure.give_up(store, step.id, error)


def settle(store: Store, step: RunRecord) -> None:
    """Bring a step that was being prepared or canceled to where it can be gone on from.

    Parameters
    ----------
    store : Store
    step : RunRecord
        The step run; left alone in any other status.
    """
    if step.status is RunStatus.PREPARING:
        _take_up(store, step)
    elif step.status is RunStatus.CANCEL_REQUESTED:
        _cancel(store, step)


def _take_up(store: Store, step: RunRecord) -> None:
    job = store.records.job(step.id)
    if job is not None:
        engine, handle, _ = job
        state = create(engine, store.folder).poll(handle)
        if state.status is JobStatus.ENDED or store.run_folder(step.id).started.exists():
            store.runs.transition(step.id, step.status, RunStatus.RUNNING, message="adopted")
            return
        if state.status is JobStatus.RUNNING:
            return  # it is about to start, or to notice that it never will: looked at again soon
    # Its job never had any effect: a supervisor starts nothing before the handle is stored.
    store.runs.transition(step.id, step.status, RunStatus.QUEUED, message="taken up again")


def _cancel(store: Store, step: RunRecord) -> None:
    job = store.records.job(step.id)
    if job is None:
        store.runs.transition(step.id, step.status, RunStatus.CANCELED, message="canceled")
    else:
        # The agent may have died between noting the wish and doing something about it.
        create(job[0], store.folder).cancel(job[1])
