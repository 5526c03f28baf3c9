"""Tasks around a step's process: in order, in its log, ended with it, failing it if they fail."""

import json
import os
import signal
import time

import psutil
import pytest
from engines_support import end_of
from support import is_alive, wait_until

from synapse_magics.engines import process
from synapse_magics.engines.base import JobState, JobStatus
from synapse_magics.staging.copying import Copy

READ = "print(open('../inputs/data.txt').read())"
WAIT = "import time; time.sleep(600)"


def copy(source, target, where="input data of step step"):
    return Copy(((str(source), str(target)),), where).plain()


@pytest.fixture
def data(tmp_path):
    file = tmp_path / "data.txt"
    file.write_text("seven")
    return file


def staging_of(handle):
    """Return the process that carries out a job's tasks, once it is there."""

    def find():
        family = psutil.Process(handle["pid"]).children()
        return [item for item in family if "synapse_magics.staging" in item.cmdline()]

    return wait_until(find)[0]


@pytest.fixture
def hold(tmp_path, monkeypatch):
    """Return a task of a kind that takes a given time; the child knows it by its own sources."""
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'synapse_magics.staging' in sys.orig_argv:\n"
        "    from synapse_magics.staging import task\n"
        "    task.KINDS['hold'] = 'hold:Hold'\n"
    )
    (tmp_path / "kinds" / "hold.py").write_text(
        "import os, time\n"
        "from dataclasses import dataclass\n"
        "from synapse_magics.staging.task import Task\n"
        "@dataclass(frozen=True)\n"
        "class Hold(Task):\n"
        "    kind = 'hold'\n"
        "    seconds: float\n"
        "    words: str = 'holding'\n"
        "    def carry_out(self, desk):\n"
        "        desk.say(self.words)\n"
        "        time.sleep(self.seconds)\n"
    )
    path = [str(tmp_path / "kinds"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))
    return lambda seconds=600, **fields: {"kind": "hold", "seconds": seconds, **fields}


def test_a_step_finds_what_was_brought_before_it(run, engine, folder, data):
    handle = run(READ, before=(copy(data, "inputs/data.txt"),))

    assert end_of(engine, handle) == JobState(JobStatus.ENDED, 0)
    assert folder.stdout.read_text() == "seven\n"


def test_what_a_step_wrote_is_taken_away_after_it(run, engine, data, tmp_path):
    handle = run("open('made.txt', 'w').write('x')", after=(copy("work/made.txt", tmp_path / "m"),))

    assert end_of(engine, handle) == JobState(JobStatus.ENDED, 0)
    assert (tmp_path / "m").read_text() == "x"


def test_after_a_failure_nothing_is_taken_away(run, engine, tmp_path):
    handle = run(
        "open('made.txt', 'w').write('x')\nraise SystemExit(3)",
        after=(copy("work/made.txt", tmp_path / "m"),),
    )

    assert end_of(engine, handle) == JobState(JobStatus.ENDED, 3)
    assert not (tmp_path / "m").exists()


def test_a_task_that_fails_is_the_steps_failure_in_its_own_words(run, engine, folder, tmp_path):
    handle = run("print('ran')", before=(copy(tmp_path / "gone.csv", "inputs/gone.csv"),))

    assert end_of(engine, handle) == JobState(JobStatus.ENDED, 1)
    assert folder.read_error() == {
        "code": "UserError",
        "type": "FileNotFoundError",
        "message": f"No such file or directory: {tmp_path}/gone.csv",
        "where": "input data of step step",
    }
    assert f"No such file or directory: {tmp_path}/gone.csv" in folder.stderr.read_text()
    assert folder.stdout.read_text() == ""


def test_a_failure_after_the_step_replaces_what_the_step_left(run, engine, folder, tmp_path):
    left = (
        "import os; open(os.environ['SYNAPSE_MAGICS_ERROR'], 'w').write('{\"message\": \"mine\"}')"
    )
    handle = run(left, after=(copy("work/none", tmp_path / "m"),))

    assert end_of(engine, handle) == JobState(JobStatus.ENDED, 1)
    assert "work/none" in folder.read_error()["message"]


def test_tasks_speak_into_the_log_while_they_go_on(run, engine, folder, hold):
    handle = run("", before=(hold(words="bringing"),))

    wait_until(lambda: folder.stderr.read_text() == "bringing\n")
    engine.cancel(handle)
    assert end_of(engine, handle) == JobState(JobStatus.ENDED, 128 + signal.SIGTERM)
    assert json.loads(folder.result.read_text())["canceled"] is True


@pytest.mark.parametrize("which", ["before", "after"])
def test_a_cancel_ends_a_task(run, engine, folder, hold, which):
    handle = run("print('ran')", **{which: (hold(),)})
    wait_until(lambda: "holding" in folder.stderr.read_text())
    staging = staging_of(handle)

    begin = time.monotonic()
    engine.cancel(handle)
    end_of(engine, handle)

    assert time.monotonic() - begin < 2
    assert not is_alive(staging.pid)
    assert folder.stdout.read_text() == ("" if which == "before" else "ran\n")


def test_the_time_limit_holds_for_all_of_an_attempt(run, engine, folder, hold):
    handle = run("import time; time.sleep(0.6)", before=(hold(0.6),), after=(hold(),), timeout=2)

    begin = time.monotonic()
    assert end_of(engine, handle).timed_out
    assert time.monotonic() - begin < 4


def test_nobody_else_is_told_of_a_credential(run, engine, folder, hold, store):
    handle = run("", before=(hold(words="key-of-the-account"),))
    wait_until(folder.stderr.read_text)
    staging = staging_of(handle)

    assert "key-of-the-account" not in " ".join(staging.cmdline())
    assert "key-of-the-account" not in str(staging.environ())
    kept = [item for item in folder.path.rglob("*") if item.is_file() and item != folder.stderr]
    assert not any(b"key-of-the-account" in item.read_bytes() for item in kept)


def test_a_job_without_tasks_starts_no_other_process(run, engine, folder):
    handle = run(WAIT)
    wait_until(folder.started.exists)

    (child,) = wait_until(lambda: psutil.Process(handle["pid"]).children())
    wait_until(lambda: str(folder.work / "step.py") in child.cmdline())


def test_a_supervisor_that_is_killed_leaves_tasks_that_are_found(run, engine, folder, hold, store):
    handle = run("", before=(hold(),))
    wait_until(lambda: "holding" in folder.stderr.read_text())
    staging = staging_of(handle)
    os.kill(handle["pid"], signal.SIGKILL)

    assert wait_until(lambda: engine.poll(handle).status is JobStatus.VANISHED)
    process.cancel(handle, store.folder)

    wait_until(lambda: not is_alive(staging.pid))


def test_secrets_are_kept_out_of_what_tasks_say(run, engine, folder, hold):
    handle = run("", before=(hold(0, words="with s3cr3t-value"),), MY_SECRET="s3cr3t-value")  # noqa: S106

    end_of(engine, handle)
    assert folder.stderr.read_text() == "with ***\n"
