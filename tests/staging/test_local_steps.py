"""Steps whose files are copied: the agent goes on meanwhile, and what goes wrong is named."""

import ctypes
import os
import time
from dataclasses import replace

import pytest
from support import PYTHON, make_step, processes_of, submit, wait_until, write_snapshot

from synapse_magics.agent import client
from synapse_magics.store.specs import (
    Argument,
    ArgumentKind,
    InputSpec,
    OutputSpec,
    Registration,
)
from synapse_magics.store.states import RunStatus as S

WRITE = "import sys; open(sys.argv[1] + '/part.txt', 'w').write('made' * 600_000)"


@pytest.fixture
def start(store):
    """Submit a step, and tell the agent."""

    def start(text="", *, key="step", again=False, **fields):
        if not again:
            write_snapshot(store, key, text)
        step = make_step(key, compute_definition=PYTHON, **fields)
        run_id, (step_id,) = submit(store, step)
        client.wake(store.folder)
        return run_id, step_id

    return start


@pytest.fixture
def run(store, start):
    def run(text="", **fields):
        _, step_id = start(text, **fields)
        wait_until(lambda: store.runs.get(step_id).status.is_terminal, 30)
        return store.runs.get(step_id)

    return run


def log(store, run):
    return store.run_folder(run.id).stderr.read_text()


def with_output(mode, datastore="main", path="out/{run-id}"):
    output = OutputSpec("made", mode, datastore, path, Registration("made-set"))
    return {"outputs": (output,), "arguments": (Argument(ArgumentKind.OUTPUT, "made"),)}


def test_a_cancel_is_heard_while_files_are_copied(store, start, run):
    place = store.datastore_root("main") / "large"
    place.mkdir()
    with (place / "file").open("wb") as file:
        file.truncate(3 << 30)  # it has no blocks; its copy would
    item = InputSpec("data", "download", datastore="main", path="large")
    run_id, step_id = start(key="copies", inputs=(item,))
    copy = store.run_folder(step_id).path / "inputs" / "data" / "file"
    wait_until(lambda: copy.exists() and copy.stat().st_size, 60)

    begin = time.monotonic()
    assert run("", key="another").status is S.COMPLETED  # others begin and end meanwhile
    store.runs.request_cancel(run_id)
    client.wake(store.folder)
    wait_until(lambda: store.runs.get(step_id).status.is_terminal)

    copy.unlink()
    assert store.runs.get(step_id).status is S.CANCELED
    assert time.monotonic() - begin < 5


def test_a_cancel_is_heard_while_files_are_hashed(store, start, run):
    place = store.datastore_root("main") / "large"
    place.mkdir()
    with (place / "file").open("wb") as file:
        file.truncate(40 << 30)
    item = InputSpec("data", "hdfs", datastore="main", path="large")
    run_id, step_id = start(key="reads", inputs=(item,))

    assert run("", key="another").status is S.COMPLETED
    begin = time.monotonic()
    store.runs.request_cancel(run_id)
    client.wake(store.folder)
    wait_until(lambda: store.runs.get(step_id).status.is_terminal)

    assert store.runs.get(step_id).status is S.CANCELED
    assert time.monotonic() - begin < 3


def test_a_large_input_is_known_after_it_was_hashed_once(store, run):
    place = store.datastore_root("main") / "large"
    place.mkdir()
    with (place / "file").open("wb") as file:
        file.truncate(200 << 20)
    item = InputSpec("data", "hdfs", datastore="main", path="large")
    first, second = run("", inputs=(item,)), run("", inputs=(item,), again=True)

    assert (first.status, second.source_id) == (S.COMPLETED, first.id)


def test_a_copy_outlives_its_agent_and_the_next_one_adopts_the_job(store, start):
    place = store.datastore_root("main") / "large"
    place.mkdir()
    with (place / "file").open("wb") as file:
        file.truncate(1 << 30)
    item = InputSpec("data", "download", datastore="main", path="large")
    text = "import os, sys; print(os.stat(sys.argv[1] + '/file').st_size)"
    argument = Argument(ArgumentKind.INPUT, "data")
    _, step_id = start(text, key="copies", inputs=(item,), arguments=(argument,))
    copy = store.run_folder(step_id).path / "inputs" / "data" / "file"
    wait_until(lambda: copy.exists() and copy.stat().st_size, 60)
    for process in processes_of(store.folder):
        if "synapse_magics.agent" in process.cmdline():
            process.kill()
    client.wake(store.folder)
    wait_until(lambda: store.runs.get(step_id).status.is_terminal, 60)

    copy.unlink()
    assert store.runs.get(step_id).status is S.COMPLETED
    assert store.runs.get(step_id).attempt == 1
    assert store.run_folder(step_id).stdout.read_text() == f"{1 << 30}\n"


def test_an_upload_that_was_killed_is_taken_up_by_the_next_attempt(store, start):
    text = WRITE + "\nopen(sys.argv[1] + '/other.txt', 'w').write('x')"
    output = with_output("upload", path="fixed")
    folder = store.datastore_root("main") / "fixed"
    folder.mkdir()
    _, step_id = start(text, retries=1, **output)
    wait_until(lambda: store.runs.get(step_id).status.is_terminal, 30)
    assert store.runs.get(step_id).status is S.COMPLETED

    # What an attempt that was killed in the middle leaves: its note, and some of its files.
    (folder / "other.txt").unlink()
    again, (second,) = submit(
        store, replace(store.runs.get(step_id).step, allow_reuse=False, node="b", name="b")
    )
    store.run_folder(second).create()
    (store.run_folder(second).path / "made.upload").touch()
    client.wake(store.folder)
    wait_until(lambda: store.runs.get(second).status.is_terminal, 30)

    assert store.runs.get(second).status is S.COMPLETED
    assert (folder / "other.txt").read_text() == "x"
    assert again


def test_a_file_that_vanishes_before_it_is_copied_is_named(store, run):
    place = store.datastore_root("main") / "folder"
    place.mkdir()
    (place / "a.csv").symlink_to("/nowhere/a.csv")
    item = InputSpec("data", "download", datastore="main", path="folder")
    done = run(inputs=(item,), retries=2)

    assert (done.status, done.attempt) == (S.FAILED, 1)
    assert "folder/a.csv" in done.error["message"]
    assert done.error["where"] == "input data of step step"
    assert "folder/a.csv" in log(store, done)


def test_an_input_that_is_gone_is_named_in_the_log_too(store, run):
    source = {"datastore": "main", "path": "gone.csv"}
    store.registry.save("saved_dataset", "gone", {"type": "file", "sources": [source]})
    done = run(inputs=(InputSpec("data", "hdfs", dataset_id="gone"),))

    assert done.status is S.FAILED
    assert "gone.csv" in done.error["message"]
    assert "gone.csv" in log(store, done)


@pytest.mark.parametrize("mode", ["mount", "upload"])
def test_a_destination_without_permission_is_named(store, run, mode):
    # Not even root may make a folder there.
    store.registry.put("datastore", "closed", {"root": "/sys"})
    done = run(WRITE, **with_output(mode, "closed", "no/{run-id}"))

    assert done.status is S.FAILED
    assert "Operation not permitted" in done.error["message"] or "denied" in done.error["message"]
    assert "/sys/no" in done.error["message"]
    assert "/sys/no" in log(store, done)
    assert store.registry.get("dataset", "made-set") is None


def test_a_full_disk_is_named_and_nothing_is_registered(store, run, tmp_path):
    place, system = tmp_path / "disk", ctypes.CDLL(None, use_errno=True)
    place.mkdir()
    if system.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, b"size=1m,mode=0700"):
        pytest.skip(f"no small disk can be made: {os.strerror(ctypes.get_errno())}")
    try:
        store.registry.put("datastore", "small", {"root": str(place)})
        done = run(WRITE, **with_output("upload", "small"))
        left = [item for item in place.rglob("*") if item.is_file()]
    finally:
        system.umount2(os.fsencode(place), 2)

    assert done.status is S.FAILED
    assert "No space left on device" in done.error["message"]
    assert str(place) in done.error["message"]
    assert str(place) in log(store, done)
    assert "make room" in done.error["hint"]
    assert store.registry.get("dataset", "made-set") is None
    assert left == []


def test_an_upload_that_fails_is_the_steps_failure(store, run):
    (store.datastore_root("main") / "out").write_text("a file, not a folder")
    done = run(WRITE, **with_output("upload", path="out/here"))

    assert done.status is S.FAILED
    assert "datastores/main/out" in done.error["message"]
    assert store.registry.get("dataset", "made-set") is None
