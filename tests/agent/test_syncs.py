"""A chain of steps that do nothing waits for the disk as seldom as can be."""

import contextlib

import pytest
from agent_support import turn_until
from support import make_step, submit, write_snapshot

from synapse_magics.store.database import Database, Sync
from synapse_magics.store.states import RunStatus as S


@pytest.fixture
def synced(monkeypatch):
    """Count the transactions of this process that are on disk at once."""
    made, real = [], Database.transaction

    @contextlib.contextmanager
    def transaction(database, sync=Sync.NOW):
        with real(database, sync) as connection:
            yield connection
        if sync is Sync.NOW:
            made.append(sync)

    monkeypatch.setattr(Database, "transaction", transaction)
    return made


@pytest.mark.parametrize("size", [1, 4])
def test_a_step_of_a_chain_is_synced_once_beside_its_result(store, agent, synced, size):
    names = [f"s{number}" for number in range(size)]
    for name in names:
        write_snapshot(store, name, "")
    steps = [make_step(name, *names[:number][-1:]) for number, name in enumerate(names)]
    run_id, ids = submit(store, *steps)
    synced.clear()

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert {store.runs.get(step).status for step in ids} == {S.COMPLETED}
    # The handle of each job, and the begin and the end of the run.
    assert len(synced) <= size + 2
