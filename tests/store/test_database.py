"""The database: its schema, its permissions, its transactions."""

import contextlib
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time

import pytest

from synapse_magics.store.database import SCHEMA_VERSION, Database, StoreError, may_pass
from synapse_magics.store.store import Store


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_newer_schema_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "state.db"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()

    with pytest.raises(StoreError, match="newer synapse_magics") as error:
        Database(path)

    assert error.value.where == str(path)
    assert "--upgrade" in error.value.hint


def test_the_state_is_its_owners(tmp_path):
    with Store(tmp_path / ".synapse") as store:
        store.registry.put("kind", "name", {})

        assert mode(store.folder) == 0o700
        assert {mode(item) for item in store.folder.iterdir() if item.is_dir()} == {0o700}
        files = [item for item in store.folder.iterdir() if item.is_file()]
        assert {item.name for item in files} >= {"state.db", "state.db-wal"}
        assert {mode(item) for item in files} == {0o600}


def test_an_exception_takes_everything_back(tmp_path):
    database = Database(tmp_path / "state.db")
    statement = "INSERT INTO tags VALUES ('run', 'key', 'value')"

    def half():
        with database.transaction() as connection:
            connection.execute(statement)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()

    assert database.rows("SELECT * FROM tags") == []
    with database.transaction() as connection:  # and the next one is not in its way
        connection.execute(statement)
    assert database.row("SELECT key FROM tags")["key"] == "key"
    database.close()


def test_a_database_that_another_process_is_making_is_waited_for(tmp_path):
    path = tmp_path / "state.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE t (a)")
    other.execute("BEGIN IMMEDIATE")
    later = threading.Timer(0.1, other.execute, ["ROLLBACK"])
    later.start()

    Database(path).close()  # SQLite itself would say at once that it is locked

    later.join()
    other.close()


def test_what_was_committed_is_synced(tmp_path):
    database = Database(tmp_path / "state.db")

    assert database.row("PRAGMA journal_mode")[0] == "wal"
    assert database.row("PRAGMA synchronous")[0] == 2  # FULL
    database.close()


def test_a_copied_state_folder_finds_its_datastore(tmp_path):
    with Store(tmp_path / "one" / ".synapse") as store:
        store.registry.put("datastore", "main", {"root": "datastores/main"})
    (tmp_path / "one").rename(tmp_path / "two")

    with Store(tmp_path / "two" / ".synapse") as store:
        root = store.datastore_root("main")

    assert root == tmp_path / "two" / ".synapse" / "datastores" / "main"


def test_an_unknown_datastore_is_named(tmp_path):
    with (
        Store(tmp_path / ".synapse") as store,
        pytest.raises(Exception, match="Could not find datastore with name nowhere"),
    ):
        store.datastore_root("nowhere")


def test_a_database_that_refuses_says_which_and_what_to_do(tmp_path):
    database = Database(tmp_path / "state.db")

    with pytest.raises(StoreError, match="no such table: nowhere") as error:
        database.rows("SELECT * FROM nowhere")

    assert error.value.where == str(tmp_path / "state.db")
    assert may_pass(error.value)
    database.close()


def test_a_full_disk_is_told_and_not_hidden_by_the_rollback(tmp_path):
    database = Database(tmp_path / "state.db")
    pages = database.row("PRAGMA page_count")[0]
    database.rows(f"PRAGMA max_page_count = {pages}")

    def fill():
        with database.transaction() as connection:
            connection.execute("INSERT INTO tags VALUES ('run', 'k', ?)", ("x" * 1_000_000,))

    with pytest.raises(StoreError, match="disk is full") as error:
        fill()

    assert error.value.hint == "make room on the disk, and try again"
    assert database.rows("SELECT * FROM tags") == []
    database.close()


def test_a_commit_that_fails_is_taken_back(tmp_path):
    database = Database(tmp_path / "state.db")
    database.rows("PRAGMA foreign_keys = ON")
    statement = "INSERT INTO jobs (run_id, engine, handle) VALUES ('none', 'e', '{}')"

    def orphan():
        with database.transaction() as connection:
            connection.execute("PRAGMA defer_foreign_keys = ON")
            connection.execute(statement)

    with pytest.raises(StoreError, match="FOREIGN KEY") as error:
        orphan()

    assert not may_pass(error.value)
    with database.transaction():
        pass  # the next one is not in its way
    assert database.rows("SELECT * FROM jobs") == []
    database.close()


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "state.db").write_bytes(b"x" * 5000)

    with pytest.raises(StoreError, match="not a database") as error:
        Database(tmp_path / "state.db")

    assert "damaged" in error.value.hint


def test_to_open_a_database_waits_for_no_writer(tmp_path, monkeypatch):
    path = tmp_path / "state.db"
    one = Database(path)
    monkeypatch.setattr("synapse_magics.store.database._BUSY_SECONDS", 0.0)

    with one.transaction():
        Database(path).close()

    one.close()


def test_an_interrupt_while_it_waits_for_another_writer_leaves_no_lock(tmp_path):
    with contextlib.closing(Database(tmp_path / "state.db")) as ours:
        main = threading.main_thread().ident
        holder = sqlite3.connect(
            tmp_path / "state.db", isolation_level=None, check_same_thread=False
        )
        holder.execute("BEGIN IMMEDIATE")

        def interrupt_then_let_go():
            signal.pthread_kill(main, signal.SIGINT)
            time.sleep(0.3)  # SQLite is inside its wait, and Python's handler runs after it
            holder.rollback()

        thread = threading.Timer(0.2, interrupt_then_let_go)
        thread.start()
        with pytest.raises(KeyboardInterrupt), ours.transaction():
            pytest.fail("it was interrupted")
        thread.join()

        holder.execute("BEGIN IMMEDIATE")  # nobody holds the lock
        holder.rollback()
        holder.close()
        with ours.transaction():
            pass


def test_a_file_that_was_replaced_is_written_to_no_more(tmp_path):
    path = tmp_path / "state.db"
    with contextlib.closing(Database(path)) as ours:
        assert ours.is_in_place
        path.rename(tmp_path / "old.db")
        assert not ours.is_in_place
        with pytest.raises(StoreError, match="removed or replaced"), ours.transaction():
            pytest.fail("it was replaced")
        Database(path).close()
        assert not ours.is_in_place


def test_an_index_that_others_removed_under_a_connection_is_noticed(tmp_path):
    path = tmp_path / "state.db"
    with contextlib.closing(Database(path)) as ours:
        path.read_bytes()  # whatever closes the file gives SQLite's locks of this process back
        other = f"""
import pathlib, sqlite3
other = sqlite3.connect({str(path)!r})
other.execute("CREATE TABLE made (it)")
other.close()  # it takes itself for the last
"""
        subprocess.run([sys.executable, "-c", other], check=True)

        assert not ours.is_in_place
        with pytest.raises(StoreError, match="removed or replaced"), ours.transaction():
            pytest.fail("it would not be seen by anybody")

    with contextlib.closing(Database(path)) as again:
        assert again.rows("SELECT * FROM made") == []
