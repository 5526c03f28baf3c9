"""What a step started is found, however it tried to get away, and ends with the step."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from engines_support import end_of
from support import is_alive, wait_until

from synapse_magics.engines import process_tree
from synapse_magics.engines.base import JobStatus
from synapse_magics.engines.process_tree import Process, members

# Starts processes that are in a session of their own, whose parents are gone, and that do not
# listen; each tells its id by a file.
RUNAWAYS = """
import os, pathlib, signal, sys, time

def stay(name):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    part = pathlib.Path(name + ".part")
    part.write_text(str(os.getpid()))
    part.rename(name)
    time.sleep(600)
    os._exit(0)

if os.fork() == 0:
    os.setsid()
    stay("session")
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        os.environ.clear()
        stay("twice")
    os._exit(0)
os.wait()
"""
NAMES = ("session", "twice")

needs_reaper = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux gives orphans to whom asks for them"
)


def runaways(folder):
    files = [folder.work / name for name in NAMES]
    wait_until(lambda: all(file.exists() for file in files), what="two processes")
    return [int(file.read_text()) for file in files]


def test_a_family_is_the_session_and_all_descendants_that_live():
    known = {
        1: Process(0, 1, ended=False),
        10: Process(1, 10, ended=False),
        11: Process(10, 10, ended=False),
        12: Process(1, 10, ended=False),  # in the session alone
        13: Process(11, 13, ended=False),  # in a session of its own
        14: Process(13, 14, ended=False),
        15: Process(10, 10, ended=True),
        20: Process(1, 20, ended=False),
    }

    assert members(10, known) == [11, 12, 13, 14]
    assert members(20, known) == []


def test_a_family_with_a_circle_has_an_end():
    known = {2: Process(3, 9, ended=False), 3: Process(2, 8, ended=False)}

    assert members(2, known) == [3]


def test_a_family_is_found_without_proc(monkeypatch):
    class Nowhere:
        def exists(self):
            return False

    monkeypatch.setattr(process_tree, "Path", lambda _: Nowhere())
    with subprocess.Popen([shutil.which("sleep"), "600"], start_new_session=True) as other:
        found = process_tree.processes()[other.pid]
        assert found == Process(os.getpid(), other.pid, ended=False)
        other.kill()


def test_who_may_not_be_signalled_is_passed_over(monkeypatch):
    def kill(pid, number):
        asked.append(pid)
        raise PermissionError  # of a zombie, on macOS

    asked = []
    monkeypatch.setattr(process_tree.os, "kill", kill)

    process_tree.send([1, 2], signal.SIGTERM)

    assert asked == [1, 2]


def test_a_system_that_does_not_hand_over_orphans_is_no_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "ctypes", None)

    assert process_tree.adopt_orphans() is False


@needs_reaper
def test_a_cancel_reaches_who_has_left_the_session_or_lost_its_parent(run, engine, folder):
    handle = run(RUNAWAYS + "time.sleep(600)")
    away = runaways(folder)
    assert {os.getsid(pid) for pid in away}.isdisjoint({os.getsid(handle["pid"])})

    begin = time.monotonic()
    engine.cancel(handle)
    end_of(engine, handle)

    assert time.monotonic() - begin < 5
    assert not any(is_alive(pid) for pid in away)


@needs_reaper
def test_the_end_of_a_step_is_the_end_of_who_has_left_it(run, engine, folder):
    handle = run(RUNAWAYS + "while not all(map(os.path.exists, ['session', 'twice'])): pass")

    assert end_of(engine, handle).exit_code == 0  # of the step itself

    assert not any(is_alive(pid) for pid in runaways(folder))
    assert not Path(f"/proc/{runaways(folder)[1]}").exists()  # not even as a zombie


@needs_reaper
def test_who_has_left_is_ended_at_the_time_limit(run, engine, folder):
    handle = run(RUNAWAYS + "time.sleep(600)", timeout=1)
    away = runaways(folder)

    assert end_of(engine, handle).timed_out

    assert not any(is_alive(pid) for pid in away)


def test_who_has_left_a_step_whose_supervisor_was_killed_is_found_by_its_mark(run, engine, folder):
    handle = run(RUNAWAYS.replace("os.environ.clear()", "") + "time.sleep(600)")
    away = runaways(folder)
    os.kill(handle["pid"], signal.SIGKILL)
    assert end_of(engine, handle).status is JobStatus.VANISHED
    assert all(is_alive(pid) for pid in away)

    engine.cancel(handle)

    wait_until(lambda: not any(is_alive(pid) for pid in away), 2)


def test_who_adopts_orphans_and_has_no_child_is_alone():
    code = (
        "import subprocess, sys\n"
        "from synapse_magics.engines import process_tree as tree\n"
        "print(tree.is_alone())\n"
        "adopts = tree.adopt_orphans()\n"
        "print(tree.is_alone() == adopts)\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "print(tree.is_alone())\n"
        "child.kill()\n"
        "print(tree.is_alone())\n"  # a zombie is a child
        "child.wait()\n"
        "print(tree.is_alone() == adopts)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False", "False", "True"]
