"""Steps whose inputs and outputs lie on S3: brought before them, sent after them, or mounted."""

import os
import signal

import psutil
import pytest
from support import PYTHON, make_step, processes_of, submit, wait_until, write_snapshot

from synapse_magics.agent import client
from synapse_magics.engines import mounts
from synapse_magics.pipeline.input_listings import with_listings
from synapse_magics.store.specs import (
    Argument,
    ArgumentKind,
    InputSpec,
    OutputSpec,
    Registration,
)
from synapse_magics.store.states import RunStatus as S

FOLDER = {"type": "file", "sources": [{"datastore": "lake", "path": "in"}]}
FILE = {"type": "file", "sources": [{"datastore": "lake", "path": "one.txt"}]}
GLOB = {"type": "file", "sources": [{"datastore": "lake", "path": "in/*.csv"}]}
LIST = """
import os, sys
where = sys.argv[1]
print(sorted(os.listdir(where)) if os.path.isdir(where) else open(where).read())
"""
WRITE = "import sys; open(sys.argv[1] + '/part.txt', 'w').write('made')"


@pytest.fixture
def run(workspace, lake):
    """Run a script as a step, with an input or an output as its argument."""
    store = workspace.store
    for name, body in (("folder", FOLDER), ("file", FILE), ("glob", GLOB)):
        store.registry.save("saved_dataset", name, body)

    def run(
        text,
        *,
        item=None,
        output=None,
        wait=True,
        listed=True,
        key="step",
        kind_of_argument=ArgumentKind.INPUT,
        **fields,
    ):
        if not store.snapshot_folder(key).exists():
            write_snapshot(store, key, text)
        port = item or output
        kind = kind_of_argument if item else ArgumentKind.OUTPUT
        step = make_step(
            key,
            inputs=(item,) if item else (),
            outputs=(output,) if output else (),
            arguments=(Argument(kind, port.name),),
            compute_definition=PYTHON,
            **fields,
        )
        steps = with_listings(store, [step]) if listed else [step]
        _, (step_id,) = submit(store, *steps)
        client.wake(store.folder)
        if wait:
            wait_until(lambda: store.runs.get(step_id).status.is_terminal, 40)
        return store.runs.get(step_id)

    return run


def said(workspace, run):
    folder = workspace.store.run_folder(run.id)
    return folder.stdout.read_text(), folder.stderr.read_text()


@pytest.mark.parametrize("mode", ["hdfs", "download", "mount"])
@pytest.mark.parametrize(
    ("dataset", "expected"),
    [("folder", "['a.csv', 'b.csv']\n"), ("file", "one\n"), ("glob", "['a.csv', 'b.csv']\n")],
)
def test_a_step_reads_what_lies_elsewhere(workspace, run, mode, dataset, expected):
    done = run(LIST, item=InputSpec("data", mode, dataset_id=dataset))

    assert said(workspace, done)[0] == expected
    assert done.status is S.COMPLETED


@pytest.mark.parametrize("local", [False, True])
def test_a_table_is_read_from_the_files_that_are_there(workspace, run, local):
    sources = [{"datastore": "lake", "path": "in/*.csv"}]
    if local:
        folder = workspace.store.datastore_root("workspaceblobstore")
        (folder / "c.csv").write_text("x,y\n5,6\n")
        sources.append({"datastore": "workspaceblobstore", "path": "c.csv"})
    reader = {"format": "delimited", "separator": ",", "header": True, "encoding": "utf8"}
    columns = [{"name": name, "type": "integer"} for name in "xy"]
    body = {"type": "tabular", "sources": sources, "reader": {**reader, "columns": columns}}
    workspace.store.registry.save("saved_dataset", "table", body)
    item = InputSpec("data", "direct", dataset_id="table")
    text = "import sys, json; print(json.load(open(sys.argv[1][1:]))['paths'])"
    done = run(text, item=item, kind_of_argument=ArgumentKind.INPUT_BINDING)
    names = [path.rpartition("/")[2] for path in eval(said(workspace, done)[0])]  # noqa: S307

    assert names == ["a.csv", "b.csv", *(["c.csv"] if local else [])]


def test_a_credential_of_the_keyvault_is_in_no_file_but_its_own(workspace, lake, run):
    secret = os.environ[lake.variable]
    workspace.get_default_keyvault().set_secret("lake-key", secret)
    place = {**lake.place("lake").to_json(), "credential": "keyvault:lake-key"}
    workspace.store.registry.put("datastore", "lake", {"type": "S3", "place": place})
    done = run(LIST, item=InputSpec("data", "hdfs", dataset_id="folder"))

    assert said(workspace, done)[0] == "['a.csv', 'b.csv']\n"
    files = [item for item in workspace.store.folder.rglob("*") if item.is_file()]
    found = [item.name for item in files if secret.partition(":")[2].encode() in item.read_bytes()]
    assert set(found) <= {"keyvault.json"}


def test_a_path_in_the_working_directory(workspace, run):
    item = InputSpec("data", "mount", dataset_id="folder", path_on_compute="data/in")
    done = run("import os; print(sorted(os.listdir('data/in')))", item=item)

    assert said(workspace, done)[0] == "['a.csv', 'b.csv']\n"


def test_what_was_not_changed_is_not_brought_twice(workspace, run):
    item = InputSpec("data", "hdfs", dataset_id="folder")
    first = run(LIST, item=item, allow_reuse=False)
    second = run(LIST, item=item, allow_reuse=False)

    assert "2 files" in said(workspace, first)[1]
    assert said(workspace, second)[1] == ""


def test_a_step_is_reused_while_its_listing_is_the_same(workspace, lake, run):
    item = InputSpec("data", "hdfs", dataset_id="folder")
    first, second = run(LIST, item=item), run(LIST, item=item)
    lake.put("lake", "in/a.csv", "x,y\n9,9\n")
    third = run(LIST, item=item)

    assert (first.source_id, second.source_id, third.source_id) == (None, first.id, None)
    assert "a.csv" in third.because


def test_who_submits_without_a_look_gets_a_run_that_says_so(workspace, run):
    item = InputSpec("data", "hdfs", dataset_id="folder")
    run(LIST, item=item)
    done = run(LIST, item=item, listed=False)

    assert done.source_id is None
    assert "nobody looked" in done.because


def test_what_changes_after_the_submit_makes_no_result_for_others(workspace, lake, run):
    item = InputSpec("data", "hdfs", dataset_id="file")
    stale = with_listings(workspace.store, [make_step("x", inputs=(item,))])[0].inputs[0]
    lake.put("lake", "one.txt", "two")
    changed = run(LIST, item=stale)

    assert said(workspace, changed)[0] == "two\n"
    assert "changed since the run was submitted" in said(workspace, changed)[1]
    lake.put("lake", "one.txt", "one")
    assert run(LIST, item=item).source_id is None


@pytest.mark.parametrize("mode", ["mount", "upload", "hdfs"])
def test_an_output_is_sent_and_registered(workspace, lake, run, mode):
    output = OutputSpec(
        "made", mode, "lake", "out/{run-id}/{output-name}", Registration("made-set")
    )
    text = "import os, sys; os.makedirs(sys.argv[1], exist_ok=True)\n" + WRITE
    done = run(text, output=output)

    assert done.status is S.COMPLETED
    assert lake.get("lake", f"out/{done.id}/made/part.txt") == "made"
    assert workspace.store.registry.get("dataset", "made-set").body["run_id"] == done.id
    (record,) = workspace.store.records.outputs(done.id)
    assert list(record.manifest["files"]) == ["part.txt"]


@pytest.mark.parametrize("mode", ["mount", "download", "hdfs"])
def test_an_output_whose_mirror_is_gone_is_brought_again(workspace, lake, run, mode):
    store = workspace.store
    for name, text in {
        "make": WRITE,
        "clear": f"import shutil; shutil.rmtree({str(store.folder / 'mirrors')!r})",
        "read": LIST,
    }.items():
        write_snapshot(store, name, text)
    output = OutputSpec("made", "mount", "lake", "out/{run-id}")
    _, ids = submit(
        store,
        make_step("make", outputs=(output,), arguments=(Argument(ArgumentKind.OUTPUT, "made"),)),
        make_step("clear", "make"),
        make_step(
            "read",
            "clear",
            inputs=(InputSpec("got", mode, node="make", output="made"),),
            arguments=(Argument(ArgumentKind.INPUT, "got"),),
        ),
    )
    client.wake(store.folder)
    wait_until(lambda: store.runs.get(ids[2]).status.is_terminal, 40)

    assert said(workspace, store.runs.get(ids[2]))[0] == "['part.txt']\n"


def test_a_credential_that_the_agent_has_not_got_is_named(workspace, lake, run):
    place = {**lake.place("lake").to_json(), "credential": "env:NOT_SET_AT_ALL"}
    workspace.store.registry.put("datastore", "lake", {"type": "S3", "place": place})
    done = run(LIST, item=InputSpec("data", "hdfs", dataset_id="folder"))

    assert "NOT_SET_AT_ALL is not set" in done.error["message"]
    assert "agent was started" in done.error["hint"]


def test_a_result_on_another_machine_is_reused(workspace, run):
    output = OutputSpec("made", "mount", "lake", "out/{run-id}")
    first, second = run(WRITE, output=output), run(WRITE, output=output)

    assert second.source_id == first.id


def test_what_a_failed_step_wrote_is_not_sent(workspace, lake, run):
    output = OutputSpec("made", "mount", "lake", "out/{run-id}", Registration("made-set"))
    done = run(WRITE + "\nraise SystemExit(2)", output=output)

    assert done.status is S.FAILED
    assert not [key for key in lake.keys("lake") if key.startswith("out/")]
    assert workspace.store.registry.get("dataset", "made-set") is None


def test_an_upload_that_meets_a_file_sends_nothing(workspace, lake, run):
    lake.put("lake", "fixed/part.txt", "old")
    done = run(WRITE, output=OutputSpec("made", "upload", "lake", "fixed"))

    assert done.status is S.FAILED
    assert "part.txt is on datastore lake already" in done.error["message"]
    assert lake.get("lake", "fixed/part.txt") == "old"


def test_a_place_that_runs_share_is_there_for_the_step(workspace, lake, run):
    lake.make_bucket("lake", {"fixed/old.txt": "old", "fixed/gone.txt": "gone"})
    text = (
        "import os, sys\nprint(sorted(os.listdir(sys.argv[1])))\n"
        "os.remove(sys.argv[1] + '/gone.txt')\n" + WRITE
    )
    done = run(text, output=OutputSpec("made", "mount", "lake", "fixed"))

    assert said(workspace, done)[0] == "['gone.txt', 'old.txt']\n"
    assert lake.keys("lake") == ["fixed/old.txt", "fixed/part.txt"]


def test_a_file_that_has_vanished_is_named(workspace, lake, run):
    lake.client.delete_object(Bucket="lake", Key="one.txt")
    done = run(LIST, item=InputSpec("data", "hdfs", dataset_id="file"), retries=3)

    assert done.status is S.FAILED
    assert done.attempt == 1
    assert "s3://lake/one.txt" in done.error["message"]
    assert "s3://lake/one.txt" in said(workspace, done)[1]
    assert done.error["where"]


def test_a_bucket_that_is_not_there_is_named_when_the_output_is_sent(workspace, lake, run, s3):
    body = {"type": "S3", "place": s3.place("no-such-bucket").to_json()}
    workspace.store.registry.put("datastore", "lake", body)
    done = run(WRITE, output=OutputSpec("made", "mount", "lake", "out/{run-id}"))

    assert done.status is S.FAILED
    assert "no-such-bucket" in done.error["message"]


def test_a_server_that_does_not_answer_is_worth_another_attempt(workspace, lake, run):
    from synapse_magics.storage.places import make_place

    options = {"endpoint_url": "http://127.0.0.1:9", "region": "us-east-1"}
    place = make_place("s3://lake", options, f"env:{lake.variable}")
    workspace.store.registry.put("datastore", "lake", {"type": "S3", "place": place.to_json()})
    item = InputSpec("data", "hdfs", dataset_id="file")
    done = run(LIST, item=item, listed=False, retries=1)

    assert done.status is S.FAILED
    assert done.attempt == 2
    assert done.error["code"] == "SystemError"


def test_no_credential_is_in_any_file_of_the_workspace(workspace, lake, run):
    run(LIST, item=InputSpec("data", "mount", dataset_id="folder"))
    run(WRITE, output=OutputSpec("made", "mount", "lake", "out/{run-id}"), key="other")

    secret = os.environ[lake.variable].partition(":")[2].encode()
    files = [item for item in workspace.store.folder.rglob("*") if item.is_file()]
    assert not [item for item in files if secret in item.read_bytes()]


# --- mounts ---

SLOW = LIST + "sys.stdout.flush()\nimport time; time.sleep(600)\n"
needs_fuse = pytest.mark.skipif(not os.access("/dev/fuse", os.W_OK), reason="no /dev/fuse here")


@pytest.fixture
def mounted(workspace, run):
    """Run a step that goes on while its input is mounted."""
    item = InputSpec("data", "mount", dataset_id="folder")
    step = run(SLOW, item=item, wait=False)
    folder = workspace.store.run_folder(step.id)
    wait_until(lambda: folder.stdout.exists() and folder.stdout.read_text(), 30)
    return step


def family_of(workspace):
    return processes_of(workspace.store.folder)


@needs_fuse
def test_an_input_is_mounted_and_read_only(workspace, run):
    text = (
        "import os, sys\nprint(os.path.ismount(sys.argv[1]), open(sys.argv[1] + '/a.csv').read())\n"
        "try:\n    os.remove(sys.argv[1] + '/a.csv')\nexcept OSError as error:\n    print(error)\n"
    )
    done = run(text, item=InputSpec("data", "mount", dataset_id="folder"))
    out, err = said(workspace, done)

    assert out.startswith("True x,y\n1,2\n")
    assert "Read-only file system" in out
    assert err == ""
    assert mounts.below(workspace.store.folder) == []


@needs_fuse
def test_a_cancel_ends_a_mount(workspace, mounted):
    assert len(mounts.below(workspace.store.folder)) == 1
    workspace.store.runs.request_cancel(mounted.root_id)
    client.wake(workspace.store.folder)

    wait_until(lambda: workspace.store.runs.get(mounted.id).status.is_terminal)
    assert mounts.below(workspace.store.folder) == []


@needs_fuse
def test_a_mount_outlives_the_agent_and_no_more(workspace, mounted):
    store = workspace.store
    agents = [p for p in family_of(workspace) if "synapse_magics.agent" in p.cmdline()]
    for agent in agents:
        os.kill(agent.pid, signal.SIGKILL)
    client.wake(store.folder)

    assert len(mounts.below(store.folder)) == 1
    store.runs.request_cancel(mounted.root_id)
    client.wake(store.folder)
    wait_until(lambda: store.runs.get(mounted.id).status.is_terminal)
    assert mounts.below(store.folder) == []


@needs_fuse
@pytest.mark.parametrize("who", ["supervisor", "mount", "both"])
def test_no_mount_is_left_whoever_is_killed(workspace, mounted, who):
    store = workspace.store
    supervisor = psutil.Process(store.records.job(mounted.id)[1]["pid"])
    (mount,) = [
        item
        for item in supervisor.children(recursive=True)
        if "synapse_magics.staging.mount_process" in item.cmdline()
    ]
    for process in {"supervisor": [supervisor], "mount": [mount], "both": [mount, supervisor]}[who]:
        process.kill()
    if who == "mount":
        store.runs.request_cancel(mounted.root_id)
        client.wake(store.folder)

    wait_until(lambda: store.runs.get(mounted.id).status.is_terminal)
    wait_until(lambda: mounts.below(store.folder) == [])
    wait_until(lambda: not mount.is_running() or mount.status() == psutil.STATUS_ZOMBIE)


def test_where_nothing_can_be_mounted_the_files_are_brought(
    workspace, lake, run, monkeypatch, tmp_path
):
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'synapse_magics.staging' in sys.orig_argv:\n"
        "    from pathlib import Path\n"
        "    from synapse_magics.staging import mounting\n"
        "    mounting.DEVICE = Path('/dev/no-fuse')\n"
    )
    path = [str(tmp_path / "kinds"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))
    done = run(LIST, item=InputSpec("data", "mount", dataset_id="folder"))
    out, err = said(workspace, done)

    assert out == "['a.csv', 'b.csv']\n"
    assert "downloaded, because it cannot be mounted: there is no /dev/no-fuse here" in err
