"""Python steps as processes: their logs, their ends, their environment."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from engines_support import end_of
from support import is_alive, processes_of, wait_until

from synapse_magics.engines import process, process_tree, supervise
from synapse_magics.engines.base import JobState, JobStatus, describe_exit
from synapse_magics.runtime.bootstrap import STARTUP
from synapse_magics.runtime.context import ERROR, RECORDS

FAMILY = """
import os, signal, subprocess, sys, time
code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", code], preexec_fn=os.setpgrp)
# At once: unbuffered, print writes the parts of a line one by one.
os.write(1, f"{os.getpid()} {child.pid}\\n".encode())
time.sleep(600)
"""


@pytest.fixture(params=["started", "forked"])
def run(request, run, monkeypatch):
    """Start a script in both ways: nothing but its speed may differ."""
    if request.param == "forked":
        monkeypatch.setattr(process, "servers", request.getfixturevalue("forking"))
    return run


def test_the_log_grows_while_the_step_runs(run, engine, folder, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    os.mkfifo(tmp_path / "gate")
    handle = run(
        "import sys\nprint('first')\nprint('oops', file=sys.stderr)\n"
        "open(sys.argv[1]).read()\nprint('second')",
        str(tmp_path / "gate"),
    )

    wait_until(lambda: folder.stdout.read_text() == "first\n")
    wait_until(lambda: folder.stderr.read_text() == "oops\n")
    assert engine.poll(handle) == JobState(JobStatus.RUNNING)

    (tmp_path / "gate").write_text("go")
    assert end_of(engine, handle) == JobState(JobStatus.ENDED, 0)
    assert folder.stdout.read_text() == "first\nsecond\n"


def test_the_exit_code_is_the_scripts(run, engine):
    assert end_of(engine, run("import sys; sys.exit(3)")) == JobState(JobStatus.ENDED, 3)


def test_an_exception_is_told_and_ends_with_one(run, engine, folder):
    state = end_of(engine, run("import nowhere"))

    assert state.exit_code == 1
    assert folder.read_error()["message"] == "No module named 'nowhere'"
    assert "ModuleNotFoundError" in folder.stderr.read_text()


def test_a_killed_step_says_by_what_and_what_that_may_mean(run, engine):
    state = end_of(engine, run("import os; os.kill(os.getpid(), 9)"))

    assert state == JobState(JobStatus.ENDED, -9)
    assert "out of memory" in describe_exit(state.exit_code)


def test_the_result_rings_the_agents_bell(run, store, engine):
    import socket

    path = store.folder / "agent" / "socket"
    with socket.socket(socket.AF_UNIX) as bell:
        bell.bind(str(path))
        bell.listen()
        bell.settimeout(15)
        run("")
        bell.accept()[0].close()

    assert store.run_folder("run").result.exists()


def test_a_cancel_ends_the_whole_family(run, engine, folder):
    handle = run(FAMILY)
    step, grandchild = map(int, wait_until(lambda: folder.stdout.read_text().split()))
    assert os.getpgid(grandchild) != os.getpgid(step)

    begin = time.monotonic()
    engine.cancel(handle)
    end_of(engine, handle)
    wait_until(lambda: not is_alive(grandchild) and not is_alive(step))

    assert time.monotonic() - begin < 5
    assert json.loads(folder.result.read_text())["canceled"] is True


def test_a_step_that_ignores_a_cancel_is_killed(run, engine, folder):
    ignore = "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('ready')\n"
    handle = run(ignore + "time.sleep(600)")
    wait_until(folder.stdout.read_text)

    begin = time.monotonic()
    engine.cancel(handle)

    assert time.monotonic() - begin < 1  # the supervisor waits, not we
    assert end_of(engine, handle) == JobState(JobStatus.ENDED, -9)


def test_a_cancel_of_a_job_that_ended_does_nothing(run, engine):
    handle = run("")
    end_of(engine, handle)

    engine.cancel(handle)

    assert engine.poll(handle) == JobState(JobStatus.ENDED, 0)


@pytest.mark.parametrize("group", ["", ", preexec_fn=os.setpgrp"], ids=["group", "session"])
def test_what_a_step_leaves_ends_before_it_is_over(run, engine, folder, group):
    handle = run(
        "import os, subprocess, sys\n"
        "line = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        f"print(subprocess.Popen(line{group}).pid)"
    )
    assert end_of(engine, handle).exit_code == 0

    assert not is_alive(int(folder.stdout.read_text()))  # by the time the result is there


def test_a_step_never_runs_if_its_handle_cannot_be_recorded(run, engine, folder):
    def record(handle):
        supervisors.append(handle["pid"])
        raise OSError("the disk is full")

    supervisors = []
    with pytest.raises(OSError, match="disk is full"):
        run("open('ran', 'w')", record=record)

    wait_until(lambda: not psutil.pid_exists(supervisors[0]))  # not even as a zombie
    assert not folder.started.exists()
    assert not (folder.work / "ran").exists()
    assert processes_of(folder.path) == []


def test_the_handle_is_recorded_before_the_step_runs(run, engine, folder):
    seen = []

    def record(handle):
        assert process._is_alive(handle)
        seen.append((dict(handle), folder.started.exists()))

    handle = run("", record=record)

    assert seen == [(handle, False)]
    assert json.loads(json.dumps(handle)) == handle
    end_of(engine, handle)
    assert folder.started.exists()


def test_another_process_finds_the_job_by_its_handle(run, store, folder, tmp_path):
    os.mkfifo(tmp_path / "gate")
    handle = run("import sys\nopen(sys.argv[1]).read()", str(tmp_path / "gate"))
    ask = (
        "import json, sys; from pathlib import Path\n"
        "from synapse_magics.engines.process import poll\n"
        "print(poll(json.loads(sys.argv[1]), Path(sys.argv[2])).status)"
    )

    def asked(which):
        line = [sys.executable, "-c", ask, json.dumps(which), str(store.folder)]
        return subprocess.check_output(line, text=True).strip()

    assert asked(handle) == "running"
    assert asked({**handle, "born": "long ago"}) == "vanished"  # a reused number
    (tmp_path / "gate").write_text("go")
    wait_until(folder.result.exists)
    assert asked(handle) == "ended"


def test_a_supervisor_that_is_told_half_runs_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-I", "-S", supervise.__file__],
        input=json.dumps({"argv": ["touch", str(tmp_path / "ran")]}).encode()[:-1],
        check=False,
    )

    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_a_supervisor_imports_nothing_that_takes_time():
    line = [sys.executable, "-I", "-S", "-X", "importtime", supervise.__file__]
    done = subprocess.run(line, input=b"", capture_output=True, text=False, check=False)

    imported = {row.rpartition("|")[2].strip() for row in done.stderr.decode().splitlines()}
    ours = {name for name in imported if name.startswith("synapse_magics")}
    assert ours == {
        "synapse_magics",
        "synapse_magics.engines",
        "synapse_magics.engines.process_tree",
        "synapse_magics.engines.supervisor",
    }
    assert imported.isdisjoint({"asyncio", "ctypes", "logging", "psutil", "socket", "sqlite3"})


@pytest.mark.parametrize("argument", ["x" * 1_000_000, "\0"], ids=["too long", "no text"])
def test_a_step_that_cannot_be_started_says_so(run, engine, folder, argument):
    assert end_of(engine, run("", argument)) == JobState(JobStatus.ENDED, 127)
    words = folder.stderr.read_text().strip()
    assert words
    assert words in folder.read_error()["message"]


def test_a_step_sees_no_traces_of_a_notebook(run, engine, folder, monkeypatch):
    for name in ("JPY_SESSION_NAME", "JPY_PARENT_PID", "SYNAPSE_MAGICS_DEBUG", "MPLBACKEND"):
        monkeypatch.setenv(name, "left")
    monkeypatch.setenv("KEPT", "1")
    handle = run("import json, os; print(json.dumps(dict(os.environ)))", MINE="2")
    end_of(engine, handle)

    seen = json.loads(folder.stdout.read_text())
    assert not [name for name in seen if name.startswith("JPY_")]
    ours = {name for name in seen if name.startswith("SYNAPSE_MAGICS_")}
    assert ours == {STARTUP, RECORDS, ERROR, process.JOB}
    assert "MPLBACKEND" not in seen
    assert (seen["KEPT"], seen["MINE"]) == ("1", "2")


def test_a_step_and_its_children_import_its_modules(run, engine, folder):
    text = (
        "import subprocess, sys, os\nopen('mine.py', 'w').write('print(1)')\n"
        "import mine\nsubprocess.check_call([sys.executable, '-c', 'import mine'], cwd='/')\n"
        "print(os.getcwd())"
    )
    state = end_of(engine, run(text))

    assert state.exit_code == 0
    assert folder.stdout.read_text() == f"1\n1\n{folder.work}\n"


def test_a_job_without_a_result_has_vanished(run, engine, folder):
    handle = run("print(1)\nimport time; time.sleep(600)")
    wait_until(folder.stdout.read_text)
    with contextlib.suppress(ProcessLookupError):
        for pid in [child.pid for child in psutil.Process(handle["pid"]).children()]:
            os.kill(handle["pid"], signal.SIGKILL)
            os.kill(pid, signal.SIGKILL)

    assert end_of(engine, handle) == JobState(JobStatus.VANISHED)


def test_a_job_runs_on_whatever_the_clock_says(run, engine, folder, monkeypatch):
    handle = run("print(1)\nimport time; time.sleep(600)")
    wait_until(folder.stdout.read_text)
    # psutil adds the time of the boot, which moves when somebody sets the clock.
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: 0.0)

    assert engine.poll(handle) == JobState(JobStatus.RUNNING)
    with monkeypatch.context() as patch:
        patch.setattr(process, "_children", {})  # as an agent sees it that has adopted the job
        assert engine.poll(handle) == JobState(JobStatus.RUNNING)


def test_without_a_boot_id_a_process_is_known_by_its_start_time(monkeypatch, tmp_path):
    monkeypatch.setattr(process, "_BOOT", tmp_path / "missing")

    assert process.born(os.getpid()) == str(psutil.Process().create_time())
    assert process.born(2**30) is None


def test_a_cancel_ends_what_a_killed_supervisor_left(run, engine, folder):
    handle = run(FAMILY)
    family = [int(pid) for pid in wait_until(lambda: folder.stdout.read_text().split())]
    os.kill(handle["pid"], signal.SIGKILL)
    assert end_of(engine, handle) == JobState(JobStatus.VANISHED)

    engine.cancel(handle)

    wait_until(lambda: not any(is_alive(pid) for pid in family), 2)


def test_a_cancel_spares_who_is_of_another_attempt(store, folder, monkeypatch):
    killed = []
    monkeypatch.setattr(process_tree.os, "kill", lambda *what: killed.append(what))
    folder.create()
    place = process.identity(folder.path)
    line = [sys.executable, "-c", "print(1, flush=True); import time; time.sleep(600)"]
    environment = {**os.environ, process.JOB: "another"}
    with subprocess.Popen(line, stdout=subprocess.PIPE, env=environment) as other:
        other.stdout.readline()
        gone = {"pid": other.pid, "born": "long ago", "run": "run", "folder": place}
        process.cancel({**gone, "token": "one"}, store.folder)
        process.cancel({**gone, "token": "another"}, store.folder)
        monkeypatch.undo()
        other.kill()

    assert killed == [(other.pid, signal.SIGKILL)]


def test_no_supervisor_stays_behind_as_a_zombie(run, engine):
    handles = [run("pass", run_id=f"run{number}") for number in range(3)]
    for handle in handles:
        end_of(engine, handle)

    def zombies():
        engine.poll(handles[0])
        ours = {handle["pid"] for handle in handles}
        return ours & {child.pid for child in psutil.Process().children()}

    wait_until(lambda: not zombies(), what="the end of every supervisor")


def test_a_later_process_of_the_same_number_is_not_taken_for_the_job(run, engine, folder):
    handle = run("import time; time.sleep(600)")
    earlier = {**handle, "token": "another", "born": "before"}

    assert engine.poll(earlier).status is JobStatus.VANISHED
    engine.cancel(earlier)
    assert engine.poll(handle).status is JobStatus.RUNNING


def test_a_result_that_the_step_wrote_itself_is_not_believed(run, engine, folder):
    handle = run(
        "import json, time\n"
        "open('../result.json', 'w').write(json.dumps({'exit_code': 0}))\n"
        "print('done', flush=True)\n"
        "time.sleep(600)"
    )
    wait_until(folder.stdout.read_text)

    assert engine.poll(handle).status is JobStatus.RUNNING
    engine.cancel(handle)
    assert end_of(engine, handle) == JobState(JobStatus.ENDED, -15)
