"""Workspaces with many runs, and one with a thing of every kind."""

from __future__ import annotations

import time

from support import make_step

from synapse_magics.store.runs import _insert
from synapse_magics.store.runs import transition as _transition
from synapse_magics.store.specs import PipelineSpec
from synapse_magics.store.states import RunStatus

SCRIPT = '"><script>alert(1)</script>'


def add_runs(store, count, *, experiment="titanic", steps=2, status="Completed"):
    """Write runs of before in one transaction; return their ids, the oldest first."""
    begun = time.time() - count * 60
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(1, count + 1)]
    specs = [make_step(f"step{number}").to_json() for number in range(steps)]
    with store.database.transaction() as connection:
        for number, run_id in enumerate(ids, start=1):
            created = begun + number * 60
            who = (run_id, None, run_id, "azureml.PipelineRun", None, experiment, experiment)
            _insert(connection, (*who, number, PipelineSpec().to_json(), created, None))
            for place, spec in enumerate(specs):
                step = f"{run_id[:-4]}{place + 1:04d}"
                whose = (step, run_id, run_id, "azureml.StepRun", f"step{place}", f"step{place}")
                _insert(connection, (*whose, experiment, place + 1, spec, created, None))
        connection.execute(
            "UPDATE runs SET status = ?, started = created, ended = created + 30", (status,)
        )
    store.registry.save("experiment", experiment, {})
    return ids


def set_status(store, run_id, status):
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET status = ? WHERE id = ?", (status, run_id))


def end_run(store, run_id):
    """Let a run that is running complete."""
    with store.database.transaction() as connection:
        assert _transition(connection, run_id, RunStatus.RUNNING, RunStatus.FINALIZING)
        assert _transition(connection, run_id, RunStatus.FINALIZING, RunStatus.COMPLETED)
