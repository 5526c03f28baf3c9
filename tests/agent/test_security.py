"""What a run leaves is its owner's only, holds no secret, and nothing goes through a shell."""

import json
import logging
import os
import shutil
import stat

import pytest
from support import is_alive, make_step, submit, wait_until, write_snapshot

from synapse_magics.agent import client, service
from synapse_magics.store.specs import Argument, ArgumentKind
from synapse_magics.store.states import RunStatus as S
from synapse_magics.store.store import Store

SECRET = "abcdefgh-12345678"  # noqa: S105 - nobody's
TELL = f"""
import os, sys
from synapse_magics.runtime.context import RunContext
secret = os.environ["API_TOKEN"]
assert secret == {SECRET[:5]!r} + {SECRET[5:]!r}
print("it is", secret)
print("it is", repr(secret), file=sys.stderr)
run = RunContext()
run.log("found", secret)
run.tag("found", secret)
os.makedirs("made/by/me")
open("made/by/me/file", "w").close()
"""
ODD = [
    "$(touch ran)",
    "`touch ran`",
    "; touch ran",
    "&& touch ran",
    "| touch ran",
    "> ran",
    "$HOME ${HOME} ~ * ?",
    "a\nb\r\n\tc",
    "'single' \"double\" \\back\\slash",
    "",
    " ",
    "-rf",
    "--option=value with blanks",
    "grüße\u2028\x01\x7f",
    "%s {0} {{x}} ${{x}} !bang #hash",
]


@pytest.fixture
def run(store):
    """Submit steps to an agent, and wait for the end of their run."""

    def run(*steps, **options):
        run_id, ids = submit(store, *steps, **options)
        client.wake(store.folder)
        wait_until(lambda: store.runs.get(run_id).status.is_terminal, 30, "the end of the run")
        return ids

    return run


def holds(store, text):
    """Return the files below the state folder that hold a text."""
    return [
        file.relative_to(store.folder).as_posix()
        for file in store.folder.rglob("*")
        if file.is_file() and text.encode() in file.read_bytes()
    ]


def test_odd_arguments_arrive_byte_for_byte_and_nothing_is_run(store, run):
    write_snapshot(store, "step", "import json, sys\nprint(json.dumps(sys.argv[1:]))")
    arguments = [Argument(ArgumentKind.LITERAL, text) for text in ODD]
    arguments += [Argument(ArgumentKind.PARAMETER, f"p{n}") for n in range(len(ODD))]
    parameters = {f"p{n}": text for n, text in enumerate(ODD)}

    (step,) = run(make_step("step", arguments=tuple(arguments)), parameters=parameters)

    folder = store.run_folder(step)
    assert json.loads(folder.stdout.read_text()) == ODD + ODD
    assert list(store.folder.parent.rglob("ran")) == []


def test_odd_values_of_variables_arrive_byte_for_byte(store, run):
    write_snapshot(store, "step", "import json, os\nprint(json.dumps(dict(os.environ)))")
    variables = {f"ODD_{n}": text for n, text in enumerate(ODD)}

    (step,) = run(make_step("step", environment_variables=variables))

    seen = json.loads(store.run_folder(step).stdout.read_text())
    assert {name: seen.get(name) for name in variables} == variables
    assert list(store.folder.parent.rglob("ran")) == []


def test_all_that_a_run_leaves_is_its_owners(store, run, monkeypatch):
    monkeypatch.setenv("API_TOKEN", SECRET)
    write_snapshot(store, "step", TELL + "raise ValueError('no')")
    before = os.umask(0)
    try:
        (step,) = run(make_step("step"))
    finally:
        os.umask(before)

    assert store.runs.get(step).status is S.FAILED
    folder = store.run_folder(step)
    made = [folder.path, *folder.path.rglob("*")]
    found = {
        item.relative_to(folder.path).as_posix(): stat.S_IMODE(item.lstat().st_mode)
        for item in made
        if not item.is_symlink()
    }
    assert {"records.jsonl", "error.json", "result.json", "work/made/by/me/file"} <= set(found)
    loose = {name: oct(mode) for name, mode in found.items() if mode & 0o077}
    assert loose == {}
    for name in ("state.db", "agent/lock", "agent/agent.log", "agent/socket"):
        assert stat.S_IMODE((store.folder / name).stat().st_mode) == 0o600, name
    for name in ("", "agent", "runs", "snapshots", "datastores"):
        assert stat.S_IMODE((store.folder / name).stat().st_mode) == 0o700, name


@pytest.mark.parametrize("ending", ["", "raise ValueError('no ' + secret)"], ids=["well", "badly"])
def test_the_environments_secrets_are_in_no_file_after_a_run(store, run, monkeypatch, ending):
    monkeypatch.setenv("API_TOKEN", SECRET)
    write_snapshot(store, "step", TELL + ending)

    (step,) = run(make_step("step"))
    client.stop(store.folder)

    record = store.runs.get(step)
    assert record.status is (S.FAILED if ending else S.COMPLETED)
    assert holds(store, SECRET) == []
    assert store.run_folder(step).stdout.read_text() == "it is ***\n"
    assert "it is '***'" in store.run_folder(step).stderr.read_text()
    assert store.records.tags(step)["found"] in {"***", "*" * len(SECRET)}
    if ending:
        assert record.error["message"] == "no ***"
        assert "ValueError: no ***" in record.error["traceback"]


def test_the_agents_log_holds_no_secret(store, monkeypatch):
    monkeypatch.setenv("API_TOKEN", SECRET)
    root = logging.getLogger()
    handler = logging.StreamHandler()
    monkeypatch.setattr(root, "handlers", [handler])

    service.keep_discreet(store.folder)
    error = ValueError(f"no {SECRET}")
    record = root.makeRecord("a", 30, "f", 1, "say %s", (SECRET,), (ValueError, error, None))

    assert handler.format(record) == "say ***\nValueError: no ***"


def test_the_agent_of_a_copy_leaves_the_originals_job_alone(store, tmp_path):
    gate = tmp_path / "gate"
    wait = f"import os, time\nprint(os.getpid())\nwhile not os.path.exists({str(gate)!r}):"
    write_snapshot(store, "step", wait + " time.sleep(0.02)")
    run_id, (step,) = submit(store, make_step("step"))
    client.wake(store.folder)
    log = store.run_folder(step).stdout
    pid = int(wait_until(lambda: log.exists() and log.read_text()))
    wait_until(lambda: store.runs.get(step).status is S.RUNNING)

    copied = tmp_path / "elsewhere" / ".synapse"
    shutil.copytree(store.folder, copied, ignore=shutil.ignore_patterns("socket", "lock"))
    with Store(copied) as copy:
        client.wake(copied)
        wait_until(lambda: copy.runs.get(run_id).status.is_terminal, 30, "the end in the copy")
        assert copy.runs.get(step).status is S.FAILED
        client.stop(copied)

    assert is_alive(pid)
    gate.touch()
    wait_until(lambda: store.runs.get(run_id).status.is_terminal, 30, "the end of the run")
    assert store.runs.get(step).status is S.COMPLETED
