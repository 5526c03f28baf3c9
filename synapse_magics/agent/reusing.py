"""Take over an earlier result instead of running a step, and say why or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.agent import outputs
from synapse_magics.agent.hashing import is_quick
from synapse_magics.agent.input_binding import CHANGED, BindingError
from synapse_magics.store import reuse, runs, step_fingerprints
from synapse_magics.store.database import Sync
from synapse_magics.store.fingerprint import Fingerprint
from synapse_magics.store.specs import InputIdentity
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    import sqlite3

    from synapse_magics.store.reuse import Verdict
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store


def foresee(store: Store, run: RunRecord) -> None:
    """Say for every step of a run that begins what is to be expected of it.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The pipeline run.
    """
    steps = store.runs.children(run.id)
    verdicts = reuse.plan(
        store,
        [step_fingerprints.with_environment(store, step.step) for step in steps],
        run.pipeline,
        experiment=run.experiment,
        root_id=run.id,
    )
    with store.database.transaction(Sync.LATER) as connection:
        connection.executemany(
            # What has begun has its own reasons.
            "UPDATE runs SET because = ? WHERE id = ? AND status = 'NotStarted'",
            [("\n".join(verdicts[str(step.node)].because), step.id) for step in steps],
        )


def take_over(store: Store, run: RunRecord, step: RunRecord) -> bool:
    """Complete a step that is ready with an earlier result, if there is one that fits.

    Parameters
    ----------
    store : Store
    run, step : RunRecord
        The pipeline run and the step run, all of whose upstream steps have completed.

    Returns
    -------
    bool
        Whether the step has completed; otherwise it is to be run.

    Raises
    ------
    BindingError
        If the result that it was to keep is not there any more.
    """
    spec = step_fingerprints.with_environment(store, step.step)
    while True:
        verdict = reuse.judge(
            store,
            spec,
            run.pipeline,
            step_fingerprints.producers_of(store, spec, run.id),
            experiment=run.experiment,
            root_id=run.id,
        )
        if verdict.reused is None:
            break
        with store.database.transaction(Sync.SOON) as connection:
            if _is_there(connection, verdict.reused.id):
                return _complete(connection, step, verdict)
        # It was removed between the look and the transaction: look again.
    if spec.keep is not None:
        raise BindingError(
            verdict.because[0],
            where=f"step {spec.name}",
            hint=f"%synapse_submit --from {spec.name} runs it anew",
        )
    with store.database.transaction(Sync.LATER) as connection:  # with the job's handle
        reuse.write(connection, step.id, verdict)
    return False


def _is_there(connection: sqlite3.Connection, run_id: str) -> bool:
    row = connection.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()
    return row is not None and row["status"] == RunStatus.COMPLETED.value


def _complete(connection: sqlite3.Connection, step: RunRecord, verdict: Verdict) -> bool:
    source = verdict.reused
    if source is None or not runs.transition(
        connection, step.id, step.status, RunStatus.COMPLETED, message=verdict.because[0]
    ):
        return False  # canceled in the meantime
    connection.execute("UPDATE runs SET source_id = ? WHERE id = ?", (source.content_id, step.id))
    reuse.write(connection, step.id, verdict)
    outputs.take_over(
        connection, step.id, source.id, {item.name: item for item in step.step.outputs}
    )
    properties = {
        "azureml.isreused": "true",
        "azureml.reusedrunid": source.content_id,
        "azureml.reusednodeid": str(source.node),
        "azureml.reusedpipeline": source.root_id,
        "azureml.reusedpipelinerunid": source.root_id,
    }
    connection.executemany(
        "INSERT OR REPLACE INTO properties (run_id, key, value) VALUES (?, ?, ?)",
        [(step.id, key, value) for key, value in properties.items()],
    )
    return True


def is_reusable(store: Store, step: RunRecord) -> bool:
    """Tell whether what a step read and imported is still what its fingerprint says.

    An input or a package that changed while the step ran makes a result that belongs to neither.

    Parameters
    ----------
    store : Store
    step : RunRecord

    Returns
    -------
    bool
    """
    if (store.run_folder(step.id).path / CHANGED).exists():
        return False
    if not is_quick(store, [step.step]):
        return False  # large files that are not what they were: not worth to be read once more
    before = step_fingerprints.stored(store, step.id)
    run = store.runs.get(step.root_id)
    if before is None or run is None or run.kind == runs.SCRIPT:
        return False
    spec, identity = (
        step_fingerprints.with_environment(store, step.step),
        run.pipeline.input_identity,
    )
    now = step_fingerprints.take(
        store,
        spec,
        run.pipeline.parameters,
        step_fingerprints.producers_of(store, spec, step.root_id),
        look=identity is InputIdentity.CONTENT,
    )
    return isinstance(now, Fingerprint) and now.by(identity) == before.fingerprint.by(identity)
