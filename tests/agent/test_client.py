"""The bell of the agent: one agent per workspace, nobody's child, gone when there is no work."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from support import is_alive, make_step, processes_of, submit, wait_until, write_snapshot

from synapse_magics.agent import client
from synapse_magics.store.store import Store

LAUNCH_AND_WAIT = """
import sys, time
from pathlib import Path
from synapse_magics.agent import client
client.launch(Path(sys.argv[1]))
print("launched", flush=True)
time.sleep(600)
"""


def wait_for_agent(folder):
    pid = wait_until(lambda: client.running(folder), what="an agent")
    wait_until(lambda: client.ring(folder), what="the agent's bell")
    return pid


def agents(folder):
    found = []
    for process in processes_of(folder):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "synapse_magics.agent" in process.cmdline():
                found.append(process.pid)
    return found


def test_an_agent_is_launched_rung_and_stopped(store):
    assert client.running(store.folder) is None
    assert client.ring(store.folder) is False

    client.launch(store.folder)
    pid = wait_for_agent(store.folder)
    assert agents(store.folder) == [pid]

    assert client.stop(store.folder) is True
    assert client.running(store.folder) is None
    assert client.ring(store.folder) is False
    assert client.stop(store.folder) is False
    wait_until(lambda: not is_alive(pid))


def test_only_its_owner_can_ring(store):
    client.launch(store.folder)
    wait_for_agent(store.folder)

    assert stat.S_IMODE((store.folder / "agent" / "socket").stat().st_mode) == 0o600
    assert stat.S_IMODE((store.folder / "agent" / "agent.log").stat().st_mode) == 0o600


def test_to_wake_one_that_is_there_starts_no_other(store):
    client.launch(store.folder)
    pid = wait_for_agent(store.folder)

    client.wake(store.folder)

    assert agents(store.folder) == [pid]


def test_of_two_that_are_launched_at_once_one_stays(store):
    command = [sys.executable, "-m", "synapse_magics.agent", str(store.folder)]
    log = (store.folder / "agent" / "agent.log").open("wb")
    with log:
        both = [subprocess.Popen(command, stdout=log, stderr=log) for _ in range(2)]
        assert [process.wait(30) for process in both] == [0, 0]

    pid = wait_for_agent(store.folder)
    wait_until(lambda: agents(store.folder) == [pid], what="the end of the second agent")

    assert client.running(store.folder) == pid
    text = (store.folder / "agent" / "agent.log").read_text()
    assert text.count(" serves") == 1


def test_an_agent_leaves_when_there_is_nothing_to_do(store, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_AGENT_IDLE", "0.1")
    client.launch(store.folder)
    pid = wait_for_agent(store.folder)

    wait_until(lambda: not is_alive(pid), what="the end of an idle agent")

    assert not (store.folder / "agent" / "socket").exists()
    assert "leaves" in (store.folder / "agent" / "agent.log").read_text()


def test_an_agent_survives_who_started_it(store):
    starter = subprocess.Popen(
        [sys.executable, "-c", LAUNCH_AND_WAIT, str(store.folder)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with starter:
        assert starter.stdout.readline() == b"launched\n"
        pid = wait_for_agent(store.folder)
        descendants = psutil.Process(starter.pid).children(recursive=True)
        os.killpg(starter.pid, signal.SIGHUP)
        os.killpg(starter.pid, signal.SIGKILL)
        starter.wait()

    assert pid not in [process.pid for process in descendants]
    assert os.getsid(pid) != starter.pid
    assert client.ring(store.folder)
    assert client.running(store.folder) == pid


def test_an_agent_does_not_mind_a_terminal_that_closes(store):
    client.launch(store.folder)
    pid = wait_for_agent(store.folder)

    os.kill(pid, signal.SIGHUP)

    assert client.ring(store.folder)
    assert client.running(store.folder) == pid


def test_many_may_ring_at_once(store):
    client.launch(store.folder)
    pid = wait_for_agent(store.folder)

    with ThreadPoolExecutor(50) as threads:
        heard = list(threads.map(client.ring, [store.folder] * 50))

    assert all(heard)
    assert client.running(store.folder) == pid


def test_an_agent_leaves_when_its_workspace_is_deleted(tmp_path, workspace_folder):
    folder = tmp_path / "gone" / ".synapse"
    Store(folder).close()
    client.launch(folder)
    pid = wait_for_agent(folder)

    shutil.rmtree(folder.parent)

    wait_until(lambda: not is_alive(pid), what="the end of the agent")
    assert not folder.exists()


def test_a_long_path_works(tmp_path, workspace_folder):
    folder = tmp_path / ("x" * 120) / ".synapse"
    assert len(str(folder / "agent" / "socket")) > 108
    Store(folder).close()

    client.wake(folder)
    pid = wait_for_agent(folder)

    assert client.running(folder) == pid
    assert client.stop(folder) is True
    assert client.ring(folder) is False


def test_a_killed_agent_is_replaced(store):
    client.launch(store.folder)
    pid = wait_for_agent(store.folder)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: client.running(store.folder) is None)
    assert client.ring(store.folder) is False  # its socket is still there

    client.wake(store.folder)

    assert wait_for_agent(store.folder) != pid


def test_stop_kills_an_agent_that_does_not_listen(store):
    client.launch(store.folder)
    pid = wait_for_agent(store.folder)
    os.kill(pid, signal.SIGSTOP)

    assert client.stop(store.folder, seconds=0.1) is True

    wait_until(lambda: not is_alive(pid))


def test_an_agent_that_cannot_start_says_where_to_look(store, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")

    with pytest.raises(client.AgentError, match="did not start") as error:
        client.launch(store.folder)

    assert "agent.log" in error.value.where


def test_an_agent_that_takes_too_long_to_start_is_given_up(store, monkeypatch):
    monkeypatch.setattr(client, "_LAUNCH_SECONDS", 0.001)

    with pytest.raises(client.AgentError, match="did not start"):
        client.launch(store.folder)


def test_an_agent_that_does_not_answer_has_not_heard(store):
    client.launch(store.folder)
    pid = wait_for_agent(store.folder)
    os.kill(pid, signal.SIGSTOP)

    heard = client.ring(store.folder)

    os.kill(pid, signal.SIGCONT)
    assert heard is False


def test_what_is_submitted_while_the_agent_leaves_is_run(store):
    write_snapshot(store, "step", "")
    for _ in range(5):
        client.launch(store.folder)
        os.kill(client.running(store.folder), signal.SIGTERM)

        run_id, _ = submit(store, make_step("step"))
        client.wake(store.folder)

        wait_until(lambda run_id=run_id: store.runs.get(run_id).status.is_terminal)


def test_once_launched_it_can_be_rung(store):
    client.launch(store.folder)

    assert client.ring(store.folder)


def test_an_agent_that_cannot_serve_is_told_with_its_last_words(store):
    (store.folder / "agent" / "socket").mkdir()

    with pytest.raises(client.AgentError, match=r"did not start\n(.*\n)*.*socket") as error:
        client.wake(store.folder)

    assert "agent.log" in error.value.where


def test_a_log_that_cannot_be_written_is_told(store):
    (store.folder / "agent" / "agent.log").mkdir()

    with pytest.raises(client.AgentError, match="directory"):
        client.launch(store.folder)


def test_who_is_launched_beside_an_agent_goes_at_once(store):
    client.launch(store.folder)
    pid = client.running(store.folder)

    begin = time.monotonic()
    client.launch(store.folder)

    assert time.monotonic() - begin < 4  # the lock is waited for longer
    # It says that somebody hears the bell, and then it ends.
    wait_until(lambda: agents(store.folder) == [pid], what="the end of the second agent")


def test_a_bell_without_an_address_starts_no_second_agent(store, monkeypatch):
    client.launch(store.folder)
    launched = []
    with monkeypatch.context() as patch:
        patch.setattr(client, "_ADDRESS_BYTES", 0)
        patch.setattr(client, "_DESCRIPTORS", "/nowhere")  # as on macOS
        patch.setattr(client, "ring", lambda _: False)
        patch.setattr(client, "launch", launched.append)

        client.wake(store.folder)
        assert launched == []

        client.stop(store.folder)
        client.wake(store.folder)
        assert launched == [store.folder]
