"""When a transaction is on disk, seen by what it asks of the system."""

import os

import pytest

from synapse_magics.store import database as database_module
from synapse_magics.store.database import Sync
from synapse_magics.store.store import Store


@pytest.fixture
def synced(store, monkeypatch):
    """Count how often the journal is synced by us."""
    calls, fsync = [], os.fsync
    monkeypatch.setattr(
        database_module.os, "fsync", lambda number: (calls.append(number), fsync(number))
    )
    return calls


def mode(store):
    """Return SQLite's number for how this connection syncs: 2 is with every commit."""
    return store.database.row("PRAGMA synchronous")[0]


@pytest.mark.parametrize("sync", Sync)
def test_whatever_one_transaction_does_the_next_is_on_disk_at_once(store, sync):
    with store.database.transaction(sync) as connection:
        inside = connection.execute("PRAGMA synchronous").fetchone()[0]
    assert inside == (2 if sync is Sync.NOW else 1)
    assert mode(store) == 2


def test_one_that_fails_leaves_it_as_well(store):
    def fail():
        with store.database.transaction(Sync.LATER):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert mode(store) == 2


@pytest.mark.parametrize(
    ("wrote", "times"),
    [
        ((), 0),
        ((Sync.NOW,), 0),
        ((Sync.LATER,), 0),
        ((Sync.SOON,), 1),
        ((Sync.SOON, Sync.LATER), 1),
        ((Sync.SOON, Sync.NOW, Sync.LATER), 0),
    ],
)
def test_what_is_to_be_there_soon_is_there_when_it_is_settled(store, synced, wrote, times):
    for number, sync in enumerate(wrote):
        with store.database.transaction(sync) as connection:
            connection.execute(
                "INSERT INTO tags (run_id, key, value) VALUES ('r', ?, 'v')", (str(number),)
            )
    store.database.settle()
    store.database.settle()
    assert len(synced) == times


def test_it_is_settled_at_the_latest_when_the_database_is_closed(store, synced):
    with Store(store.folder) as other, other.database.transaction(Sync.SOON) as connection:
        connection.execute("INSERT INTO tags (run_id, key, value) VALUES ('r', 'k', 'v')")
    assert len(synced) == 1
