"""How much an output holds, as it is stored."""

import sqlite3

import pytest

from synapse_magics.store import database, file_hashes
from synapse_magics.store.output_stats import OutputStats
from synapse_magics.store.records import OutputRecord
from synapse_magics.store.store import Store

BEFORE = OutputStats(1, 10, 3, (("Age", "int64"),), 1)


@pytest.mark.parametrize(
    "stats",
    [
        BEFORE,
        OutputStats(0, 0),
        OutputStats(1, 9, unknown="why"),
        OutputStats(2, 20, since=3, previous=BEFORE),
    ],
)
def test_it_is_read_as_it_was_written(stats):
    assert OutputStats.from_text(stats.to_text()) == stats


@pytest.mark.parametrize("most", [1, 2000])
def test_a_manifest_tells_files_and_bytes_of_few_and_of_many(tmp_path, monkeypatch, most):
    monkeypatch.setattr(file_hashes, "_LISTED_FILES", most)
    for name in ("a", "b"):
        (tmp_path / name).write_text("text")

    assert OutputStats.of_manifest(file_hashes.manifest(tmp_path)) == OutputStats(2, 8)


def test_a_manifest_of_old_does_not():
    assert OutputStats.of_manifest({"there": True, "digest": "x"}) is None


def test_a_database_of_old_opens_and_keeps_its_outputs(tmp_path, monkeypatch):
    folder = tmp_path / ".synapse"
    with monkeypatch.context() as past:
        past.setattr(database, "_VERSIONS", database._VERSIONS[:2])
        past.setattr(database, "SCHEMA_VERSION", 2)
        with Store(folder) as old:
            old.records.set_outputs("run", [OutputRecord("made", "main", "x", None)])
    with Store(folder) as store:
        assert [item.stats for item in store.records.outputs("run")] == [None]
        assert store.records.output_stats("run") == {}
    with sqlite3.connect(folder / "state.db") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (database.SCHEMA_VERSION,)
    connection.close()
