"""Files of a workspace are stale, cut, damaged or gone: it says so, and nothing is overwritten."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from faults_support import end, new_store, noting
from support import is_alive, make_step, submit, wait_until

from synapse_magics.agent import client
from synapse_magics.agent.client import AgentError
from synapse_magics.store.database import SCHEMA_VERSION, StoreError
from synapse_magics.store.states import RunStatus as S
from synapse_magics.store.store import Store

GATE = "while not os.path.exists({gate!r}): time.sleep(0.02)\n"


@pytest.fixture
def gate(tmp_path):
    return tmp_path / "gate"


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def waiting(store, log, gate):
    """Submit a step that waits for a gate, and return once it does."""
    noting(store, log, "step", GATE.format(gate=str(gate)))
    run_id, (step,) = submit(store, make_step("step"))
    client.wake(store.folder)
    wait_until(lambda: log.exists() and store.runs.get(step).status is S.RUNNING)
    return run_id, step


# --- the lock -----------------------------------------------------------------------------------


@pytest.mark.parametrize("owner", ["dead", "somebody else"])
def test_a_stale_lock_is_taken_over(store, log, table, owner):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (store.folder / "agent" / "lock").write_text(
        f"{dead.pid if owner == 'dead' else os.getppid()}\n"
    )
    noting(store, log, "step")
    run_id, _ = submit(store, make_step("step"))

    assert end(store, run_id) == [S.COMPLETED]
    assert client.running(store.folder) not in {dead.pid, os.getppid(), None}
    table.judge("stale lock", store, [run_id], log=log)


def test_a_copy_that_is_brought_back_is_served_by_another_agent(store, waiting, gate, log, table):
    """The agent of before knows a database that is nowhere any more: it leaves."""
    run_id, _ = waiting
    before, saved = client.running(store.folder), store.folder.with_name("saved")
    ignored = shutil.ignore_patterns("socket")
    shutil.copytree(store.folder, saved, symlinks=True, ignore=ignored)
    store.folder.rename(store.folder.with_name("gone"))
    saved.rename(store.folder)

    with Store(store.folder) as there:
        client.wake(there.folder)
        wait_until(lambda: not is_alive(before), what="the end of the agent of before")
        # To the copy, the job that waits is somebody else's.
        assert end(there, run_id) == [S.FAILED]
        assert len(log.read_text().splitlines()) == 1
        with pytest.raises(StoreError, match="removed or replaced"):
            submit(store, make_step("step"))
        again, _ = submit(there, make_step("step"))
        gate.touch()
        assert end(there, again) == [S.COMPLETED]
        client.stop(there.folder)
        table.judge("state folder replaced under an agent", there, [run_id, again], log=log)


@pytest.mark.faults
def test_a_second_agent_leaves_and_starts_nothing(store, waiting, gate, log, table):
    run_id, _ = waiting
    first = client.running(store.folder)
    line = [sys.executable, "-m", "synapse_magics.agent", str(store.folder)]
    others = [subprocess.Popen(line, cwd=store.folder) for _ in range(5)]
    for other in others:
        assert other.wait(20) == 0
    assert client.running(store.folder) == first
    gate.touch()

    assert end(store, run_id) == [S.COMPLETED]
    table.judge("another agent started beside the one", store, [run_id], times=5, log=log)


# --- the database -------------------------------------------------------------------------------


def test_a_newer_database_names_the_upgrade_and_stays_as_it_is(tmp_path, table):
    with new_store(tmp_path) as store:
        folder = store.folder
        store.database.rows(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        store.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (folder / "state.db").read_bytes()

    with pytest.raises(StoreError, match="written by a newer synapse_magics") as failed:
        Store(folder)
    assert "pip install --upgrade" in failed.value.hint
    with pytest.raises(AgentError, match="written by a newer synapse_magics"):
        client.wake(folder)

    assert (folder / "state.db").read_bytes() == before
    table.add("database of a newer version")


def damaged_head(path):
    with path.open("r+b") as file:
        file.write(b"x" * 100)


def damaged_pages(path):
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


def read_all(folder):
    with Store(folder) as store:
        store.runs.unfinished()
        store.runs.submitted()


def cut(path):
    os.truncate(path, 5000)


@pytest.mark.parametrize("damage", [damaged_head, damaged_pages, cut], ids=lambda one: one.__name__)
def test_a_damaged_database_is_named_and_not_overwritten(tmp_path, table, damage):
    with new_store(tmp_path) as store:
        folder = store.folder
        submit(store, make_step("step"))
        store.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(folder / "state.db")
    before = (folder / "state.db").read_bytes()

    with pytest.raises(StoreError) as failed:
        read_all(folder)
    assert "damaged" in failed.value.hint
    assert str(folder / "state.db") in failed.value.where

    assert (folder / "state.db").read_bytes() == before
    table.add("damaged database")


@pytest.mark.faults
def test_an_agent_of_a_damaged_database_says_so_and_overwrites_nothing(tmp_path, table):
    with new_store(tmp_path) as store:
        folder = store.folder
    damaged_head(folder / "state.db")
    before = (folder / "state.db").read_bytes()

    with pytest.raises(AgentError, match="not a database"):
        client.wake(folder)

    assert (folder / "state.db").read_bytes() == before
    table.add("damaged database")


# --- what a step leaves -------------------------------------------------------------------------

RESULTS = {
    "empty": b"",
    "cut": b'{"exit_code": ',
    "bytes": bytes(range(256)),
    "a list": b"[0]",
    "a text": b'"fine"',
    "a word for a code": b'{"exit_code": "zero"}',
    "no code": b"{}",
    "a fraction": b'{"exit_code": 0.5}',
    "deep": b"[" * 100_000,
}


@pytest.mark.faults
@pytest.mark.parametrize("text", RESULTS.values(), ids=RESULTS)
def test_a_damaged_result_fails_the_step_with_words(store, waiting, gate, log, table, text):
    run_id, step = waiting
    client.stop(store.folder)
    gate.touch()
    result = store.run_folder(step).result
    wait_until(result.exists)
    result.write_bytes(text)

    assert end(store, run_id) == [S.FAILED]
    assert store.runs.get(step).reason
    table.judge("damaged result.json", store, [run_id], log=log)


@pytest.mark.faults
@pytest.mark.parametrize("harm", ["cut", "deleted", "a folder"])
def test_a_log_that_is_harmed_while_a_step_runs_harms_nothing_else(
    store, waiting, gate, log, table, harm
):
    run_id, step = waiting
    for file in (store.run_folder(step).stdout, store.run_folder(step).stderr):
        if harm == "cut":
            os.truncate(file, 0)
        else:
            file.unlink()
        if harm == "a folder":
            file.mkdir()
    gate.touch()

    assert end(store, run_id) == [S.COMPLETED]
    table.judge("log cut or deleted while a step runs", store, [run_id], log=log)


@pytest.mark.faults
@pytest.mark.parametrize("text", [b'{"metric": "a", "val', b"\xff\xfe\n", b"[]\n1\n{}\n"])
def test_damaged_records_harm_nothing_else(store, waiting, gate, log, table, text):
    run_id, step = waiting
    fine = json.dumps({"metric": "rows", "value": 7}).encode() + b"\n"
    with store.run_folder(step).records.open("ab") as file:
        file.write(fine + text)
    gate.touch()

    assert end(store, run_id) == [S.COMPLETED]
    assert [metric.value for metric in store.records.metrics(step)] == [7]
    table.judge("records.jsonl cut or damaged", store, [run_id], log=log)


@pytest.mark.faults
def test_a_run_folder_that_is_deleted_while_a_step_runs_fails_that_step(
    store, waiting, gate, log, table
):
    run_id, step = waiting
    shutil.rmtree(store.run_folder(step).path)
    gate.touch()

    assert end(store, run_id) == [S.FAILED]
    assert store.runs.get(step).reason
    table.judge("run folder deleted while a step runs", store, [run_id], log=log)


@pytest.mark.faults
def test_the_agents_log_and_lock_and_socket_may_be_deleted(store, waiting, gate, log, table):
    run_id, _ = waiting
    for name in ("agent.log", "socket"):
        (store.folder / "agent" / name).unlink()
    gate.touch()

    assert end(store, run_id) == [S.COMPLETED]
    table.judge("agent's log and socket deleted", store, [run_id], log=log)


@pytest.mark.faults
def test_a_deleted_journal_index_is_made_anew(store, log, table):
    noting(store, log, "step")
    run_id, _ = submit(store, make_step("step"))
    folder = store.folder
    copy = folder.parent / "copy" / ".synapse"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("state.db-shm", "socket"))

    with Store(copy) as other:
        assert end(other, run_id) == [S.COMPLETED]
        client.stop(copy)
    with sqlite3.connect(copy / "state.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    table.add("journal index deleted", runs=1)
