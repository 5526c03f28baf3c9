"""A job's time limit, and its place in a folder that is moved."""

import errno
import json
import os
import time

import psutil
import pytest
from engines_support import end_of
from support import is_alive, wait_until

from synapse_magics.engines import process, supervisor
from synapse_magics.engines.base import JobState, JobStatus
from synapse_magics.engines.ending import Ending

DEAF = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), flush=True)
if os.fork() == 0:
    print(os.getpid(), flush=True)
time.sleep(600)
"""


def test_a_step_ends_when_its_time_is_over(run, engine, folder):
    begin = time.monotonic()
    handle = run("print('begun')\nimport time; time.sleep(600)", timeout=1)

    state = end_of(engine, handle)

    assert state == JobState(JobStatus.ENDED, -15, timed_out=True)
    assert 1 <= time.monotonic() - begin < 6
    result = json.loads(folder.result.read_text())
    assert (result["timed_out"], result["canceled"]) == (True, False)
    assert folder.stdout.read_text() == "begun\n"


def test_who_does_not_listen_is_gone_within_five_seconds(run, engine, folder):
    handle = run(DEAF, timeout=0.5)
    family = wait_until(lambda: folder.stdout.read_text().split()[1:] and folder.stdout.read_text())

    state = end_of(engine, handle)

    assert state == JobState(JobStatus.ENDED, -9, timed_out=True)
    result = json.loads(folder.result.read_text())
    assert result["ended"] - result["started"] < 5.5
    assert not any(is_alive(int(pid)) for pid in family.split())


def test_a_step_that_ends_in_time_has_not_timed_out(run, engine, folder):
    state = end_of(engine, run("", timeout=600))

    assert state == JobState(JobStatus.ENDED, 0)
    assert json.loads(folder.result.read_text())["timed_out"] is False


def test_a_cancel_before_the_time_limit_is_a_cancel(run, engine, folder):
    handle = run(DEAF, timeout=1)
    wait_until(lambda: folder.stdout.read_text().count("\n") == 2)

    engine.cancel(handle)  # it ends after two seconds, when the time is over, too

    assert end_of(engine, handle) == JobState(JobStatus.ENDED, -9)
    assert json.loads(folder.result.read_text())["canceled"] is True


def test_a_time_limit_needs_no_agent(run, engine, store, monkeypatch):
    handle = run("import time; time.sleep(600)", timeout=0.5)
    monkeypatch.setattr(process, "_children", {})  # nobody polls, nobody waits

    wait_until(store.run_folder("run").result.exists)

    assert engine.poll(handle).timed_out


def test_a_time_limit_of_ten_years_is_a_time_limit(run, engine):
    assert end_of(engine, run("", timeout=10 * 365 * 86400.0)) == JobState(JobStatus.ENDED, 0)


def test_a_supervisor_sleeps_while_a_step_does(run, folder):
    handle = run("print(1)\nimport time; time.sleep(600)", timeout=600)
    wait_until(folder.stdout.read_text)
    wait_until(lambda: psutil.Process(handle["pid"]).status() == psutil.STATUS_SLEEPING)

    def woke():
        before = psutil.Process(handle["pid"]).num_ctx_switches().voluntary
        time.sleep(0.3)  # nothing to wait for: nothing happens
        return psutil.Process(handle["pid"]).num_ctx_switches().voluntary - before

    wait_until(lambda: woke() <= 1)


def test_a_moved_workspace_keeps_its_jobs(run, store, tmp_path):
    os.mkfifo(tmp_path / "gate")
    handle = run(
        "import sys\nprint('one')\nopen(sys.argv[1]).read()\nprint('two')", str(tmp_path / "gate")
    )
    folder = store.run_folder("run")
    wait_until(folder.stdout.read_text)

    moved = tmp_path / "moved"
    store.folder.rename(moved)
    try:
        assert process.poll(handle, moved) == JobState(JobStatus.RUNNING)
        (tmp_path / "gate").write_text("go")
        wait_until(lambda: process.poll(handle, moved).status is not JobStatus.RUNNING)
        assert process.poll(handle, moved) == JobState(JobStatus.ENDED, 0)
        log = moved / folder.stdout.relative_to(store.folder)
        assert log.read_text() == "one\ntwo\n"
    finally:
        moved.rename(store.folder)


def test_a_copied_workspace_leaves_the_originals_jobs_alone(run, engine, folder, store, tmp_path):
    import shutil

    handle = run("print(1)\nimport time; time.sleep(600)")
    wait_until(folder.stdout.read_text)
    copy = tmp_path / "copy"
    shutil.copytree(store.folder, copy, ignore=shutil.ignore_patterns("socket"))

    assert process.poll(handle, copy) == JobState(JobStatus.VANISHED)
    process.cancel(handle, copy)
    assert engine.poll(handle) == JobState(JobStatus.RUNNING)

    os.kill(handle["pid"], 9)  # what it leaves is the original's, too
    end_of(engine, handle)
    process.cancel(handle, copy)
    left = process._left_of(handle)
    assert len(left) == 1
    assert is_alive(left[0])


def test_a_copy_of_a_result_is_a_result(run, engine, store, tmp_path):
    import shutil

    handle = run("")
    end_of(engine, handle)
    shutil.copytree(store.folder, tmp_path / "copy")

    assert process.poll(handle, tmp_path / "copy") == JobState(JobStatus.ENDED, 0)


def test_no_absolute_path_is_in_a_handle(run, engine, tmp_path):
    handle = run("")
    end_of(engine, handle)

    assert str(tmp_path) not in json.dumps(handle)
    assert "/" not in handle["folder"]


def test_a_pause_is_never_negative_and_never_for_ever_with_a_limit():
    ending = Ending(None, 10**9)
    now = time.monotonic()

    assert ending._pause(now) == 3600
    assert ending._pause(now + 2 * 10**9) == 0
    assert Ending(None, None)._pause(now) is None


def test_there_is_room_for_the_last_words_until_the_step_has_ended(run, engine, folder):
    handle = run("print('begun', flush=True)\nimport time; time.sleep(600)")
    wait_until(folder.stdout.read_text)

    assert folder.reserve.stat().st_blocks * 512 >= 1 << 17

    engine.cancel(handle)
    end_of(engine, handle)
    assert not folder.reserve.exists()


class Waiting:
    """An alarm that nobody has rung."""

    cancel = False


def test_a_full_disk_is_waited_for(monkeypatch):
    tries, alarm = [], Waiting()
    monkeypatch.setattr(supervisor, "_ROOM_SECONDS", 0)

    def act():
        tries.append(1)
        if len(tries) < 3:
            raise OSError(errno.ENOSPC, "full")

    supervisor.insist(act, alarm)

    assert len(tries) == 3


@pytest.mark.parametrize(("number", "canceled"), [(errno.EACCES, False), (errno.ENOSPC, True)])
def test_another_trouble_is_not_waited_for_nor_is_it_after_a_cancel(number, canceled):
    alarm = Waiting()
    alarm.cancel = canceled

    def act():
        raise OSError(number, "no")

    with pytest.raises(OSError, match="no"):
        supervisor.insist(act, alarm)
