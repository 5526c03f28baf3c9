"""A step that has secrets in its environment prints them in vain."""

import json
import os
import stat
import sys
import time
from pathlib import Path

import pytest
from engines_support import end_of
from support import wait_until

from synapse_magics.engines import process
from synapse_magics.engines.base import JobState, JobStatus
from synapse_magics.engines.step_output import StepOutput, blank_file, mask_file

SECRET = "abcdefgh12345678"  # noqa: S105 - nobody's
needs_proc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture(autouse=True)
def no_secrets_of_this_machine(monkeypatch):
    from synapse_magics.store.secrets import known_secrets

    for name in known_secrets(os.environ):
        monkeypatch.delenv(name)


def open_descriptors():
    return len(list(Path("/dev/fd").iterdir()))


def files_with(text, folder):
    return [
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and text.encode() in file.read_bytes()
    ]


def test_a_step_without_secrets_writes_to_the_files_itself(run, engine, folder):
    end_of(
        engine,
        run("import os; print(os.path.samestat(os.fstat(1), os.stat(os.readlink('/dev/fd/1'))))"),
    )

    assert folder.stdout.read_text() == "True\n"


def test_a_step_with_secrets_writes_to_pipes(run, engine, folder):
    end_of(
        engine, run("import os, stat; print(stat.S_ISFIFO(os.fstat(1).st_mode))", API_TOKEN=SECRET)
    )

    assert folder.stdout.read_text() == "True\n"


def test_both_logs_come_without_secrets(run, engine, folder):
    text = (
        "import os, sys\nfor out in (sys.stdout, sys.stderr):\n"
        "    print('x', os.environ['API_TOKEN'], file=out)"
    )
    state = end_of(engine, run(text, API_TOKEN=SECRET))

    assert state == JobState(JobStatus.ENDED, 0)
    assert (folder.stdout.read_text(), folder.stderr.read_text()) == ("x ***\n", "x ***\n")


def test_a_variable_that_the_workspace_names_is_masked(run, engine, folder):
    end_of(
        engine, run("print('acme corporation')", secrets=("CUSTOMER",), CUSTOMER="acme corporation")
    )

    assert folder.stdout.read_text() == "***\n"


def test_an_inherited_secret_is_masked(run, engine, folder, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    end_of(engine, run("import os; print(os.environ['GITHUB_TOKEN'])"))

    assert folder.stdout.read_text() == "***\n"


def test_a_masked_log_grows_while_the_step_runs(run, engine, folder, tmp_path):
    os.mkfifo(tmp_path / "gate")
    text = f"import sys\nprint('is {SECRET}')\nprint('hm abc', end='')\nopen(sys.argv[1]).read()"
    handle = run(text, str(tmp_path / "gate"), API_TOKEN=SECRET)

    wait_until(lambda: folder.stdout.read_text() == "is ***\nhm ")
    assert engine.poll(handle) == JobState(JobStatus.RUNNING)

    (tmp_path / "gate").write_text("go")
    end_of(engine, handle)
    assert folder.stdout.read_text() == "is ***\nhm abc"


def test_all_that_a_step_prints_at_its_end_is_there_before_its_result(run, engine, folder):
    text = (
        "import os, sys\nsys.stdout.write('x' * 3_000_000 + 'end')\nsys.stdout.flush()\nos._exit(3)"
    )
    handle = run(text, API_TOKEN=SECRET)
    wait_until(folder.result.exists)
    log = folder.stdout.read_text()

    assert end_of(engine, handle).exit_code == 3
    assert len(log) == 3_000_003
    assert log.endswith("end")


def test_a_cancel_is_heard_however_much_is_printed(run, engine, folder):
    text = (
        "import signal, sys\nsignal.signal(15, signal.SIG_IGN)\n"
        "while True: sys.stdout.write('x' * 9999 + '\\n')"
    )
    handle = run(text, API_TOKEN=SECRET)
    wait_until(folder.stdout.read_text)

    begin = time.monotonic()
    engine.cancel(handle)
    end_of(engine, handle)

    assert time.monotonic() - begin < 5


@needs_proc
def test_an_endless_log_is_not_held_in_memory(run, engine, folder):
    text = "import sys\nfor _ in range(3000): sys.stdout.write('x' * 100_000)"
    handle = run(text, API_TOKEN=SECRET)

    with Path(f"/proc/{handle['pid']}/status").open() as status:
        wait_until(lambda: folder.stdout.stat().st_size > 100 << 20, 60)
        peak = [line for line in status if line.startswith("VmHWM")]

    assert int(peak[0].split()[1]) < 64 << 10  # KiB
    end_of(engine, handle, 60)


@needs_proc
def test_who_keeps_a_pipe_open_does_not_keep_the_step(run, engine, folder, tmp_path):
    os.mkfifo(tmp_path / "gate")
    text = "import os, sys\nprint(os.getpid())\nopen(sys.argv[1]).read()"
    handle = run(text, str(tmp_path / "gate"), API_TOKEN=SECRET)
    step = int(wait_until(folder.stdout.read_text))

    with Path(f"/proc/{step}/fd/1").open("wb"):
        (tmp_path / "gate").write_text("go")
        assert end_of(engine, handle, 5).exit_code == 0


def test_an_error_is_kept_without_secrets(run, engine, folder):
    end_of(engine, run("import os; raise ValueError(os.environ['API_TOKEN'])", API_TOKEN=SECRET))

    error = folder.read_error()
    assert error["message"] == "***"
    assert error["source"].startswith("import os; raise ValueError")
    assert "ValueError: ***" in folder.stderr.read_text()
    assert files_with(SECRET, folder.path) == []


def test_records_are_kept_without_secrets_and_without_moving(run, engine, folder):
    odd = 'quote"and\\more'
    text = (
        "import os\nfrom synapse_magics.runtime.context import RunContext\n"
        "run = RunContext()\nrun.log('a', os.environ['API_TOKEN'])\nrun.tag('b', 'c')"
    )
    end_of(engine, run(text, API_TOKEN=odd))

    first, second = map(json.loads, folder.records.read_text().splitlines())
    assert set(first["value"]) == {"*"}
    assert second["tag"] == "b"
    assert len(first["value"]) == len(json.dumps(odd)[1:-1])


def test_the_secrets_of_a_step_are_in_no_file_of_its_run(run, engine, folder, store):
    text = (
        "import os, sys\nfrom synapse_magics.runtime.context import RunContext\n"
        "secret = os.environ['API_TOKEN']\nprint(secret, repr(secret))\n"
        "RunContext().log(secret, secret)\nRunContext().tag(secret, secret)\n"
        "raise RuntimeError(f'with {secret} in it')"
    )
    end_of(engine, run(text, API_TOKEN=SECRET))

    assert files_with(SECRET, store.folder) == []


def test_a_file_of_the_users_behind_a_link_is_not_touched(tmp_path):
    (tmp_path / "mine").write_text(SECRET)
    (tmp_path / "error.json").symlink_to(tmp_path / "mine")

    mask_file(tmp_path / "error.json", (SECRET.encode(),))
    blank_file(tmp_path / "error.json", (SECRET.encode(),))

    assert (tmp_path / "mine").read_text() == SECRET


def test_files_that_are_missing_or_empty_stay_so(tmp_path):
    (tmp_path / "empty").touch()

    blank_file(tmp_path / "empty", (SECRET.encode(),))
    blank_file(tmp_path / "missing", (SECRET.encode(),))
    mask_file(tmp_path / "missing", (SECRET.encode(),))

    assert [file.name for file in tmp_path.iterdir()] == ["empty"]


def test_a_masked_file_is_for_the_owner_only(tmp_path):
    (tmp_path / "error.json").write_text(SECRET)

    mask_file(tmp_path / "error.json", (SECRET.encode(),))

    assert (tmp_path / "error.json").read_text() == "***"
    assert stat.S_IMODE((tmp_path / "error.json").stat().st_mode) == 0o600


def test_a_full_disk_ends_the_log_and_not_the_step(tmp_path):
    reader, alarm = os.pipe()
    with StepOutput(["/dev/full"], (b"x" * 8,), reader) as output:
        os.write(output.ends[0], b"said")
        output.wait(1)
    os.close(reader)
    os.close(alarm)


def test_without_secrets_nothing_is_told_to_the_supervisor(store, folder):
    from synapse_magics.engines.base import StepJob

    told = process.describe(StepJob("run", folder, "s.py"), store.folder, [], {"HOME": "/home/me"})

    assert told["secrets"] == ()
    assert told["bell"] == "../../agent/socket"


def test_no_descriptor_is_left_open(tmp_path):
    reader, alarm = os.pipe()
    before = open_descriptors()
    with StepOutput([str(tmp_path / "a"), str(tmp_path / "b")], (b"x" * 8,), reader):
        assert open_descriptors() > before
    assert open_descriptors() == before
    os.close(reader)
    os.close(alarm)
