"""Runs of the notebook itself: begun, logged to, ended by hand; no agent touches them."""

import io
import zipfile

import pytest
from support import make_step, submit, wait_until, write_snapshot

from synapse_magics import Experiment, PipelineRun, Run, StepRun
from synapse_magics.agent import client
from synapse_magics.core.exceptions import (
    ActivityFailedException,
    NotSupportedError,
    ServiceException,
    UserErrorException,
)
from synapse_magics.core.run import get_run
from synapse_magics.store import removal


@pytest.fixture
def experiment(workspace):
    return Experiment(workspace, "exp")


@pytest.fixture
def run(experiment):
    return experiment.start_logging(name="trial")


def test_it_runs_until_it_is_completed(workspace, run):
    assert (type(run), run.type, run.status) == (Run, None, "Running")
    run.complete()

    assert (run.status, run.get_status(), run.number) == ("Completed", "Completed", 1)
    assert type(workspace.get_run(run.id)) is Run
    assert repr(run).endswith("Type: None,\nStatus: Completed)")


def test_a_block_completes_it(experiment):
    with experiment.start_logging() as run:
        run.log("a", 1)

    assert (run.status, run.get_metrics()) == ("Completed", {"a": 1})


def test_an_exception_in_the_block_fails_it(experiment):
    with pytest.raises(KeyError), experiment.start_logging() as run:
        raise KeyError("Age")

    assert run.status == "Failed"
    assert run.get_details()["error"] == {
        "error": {"code": "UserError", "message": "'Age'", "type": "KeyError"}
    }
    with pytest.raises(ActivityFailedException, match="Activity Failed"):
        run.wait_for_completion()


def test_it_fails_with_words_and_is_canceled(experiment):
    one, two = experiment.start_logging(), experiment.start_logging()
    one.fail("no data", "NoData")
    two.cancel()

    assert one.get_details()["error"]["error"] == {"code": "NoData", "message": "no data"}
    assert two.wait_for_completion()["status"] == "Canceled"


def test_the_agent_leaves_it_alone(workspace, run):
    write_snapshot(workspace.store, "prep", "print('hello')")
    other, _ = submit(workspace.store, make_step("prep"))
    client.wake(workspace.store.folder)
    wait_until(lambda: workspace.store.runs.get(other).status.is_terminal, 30, "the other run")

    assert workspace.store.runs.get(other).status == "Completed"
    assert run.status == "Running"
    assert workspace.store.runs.unfinished() == []
    assert workspace.store.runs.unfinished_ids() == []


def test_what_it_measures(run):
    run.log("loss", 0.5, step=1)
    run.log("loss", 0.25)
    run.log_list("fib", [1, 2])
    run.log_row("one", x=1)
    for n in range(2):
        run.log_row("more", x=n, y=-n)
    run.log_table("table", {"x": [1, 2]})
    matrix = {"schema_type": "confusion_matrix", "schema_version": "v1", "data": {}}
    run.log_confusion_matrix("matrix", matrix)

    assert run.get_metrics() == {
        "loss": [0.5, 0.25],
        "fib": [1, 2],
        "one": {"x": 1},
        "more": {"x": [0, 1], "y": [0, -1]},
        "table": {"x": [1, 2]},
        "matrix": matrix,
    }
    assert run.get_metrics("one") == {"one": {"x": 1}}


def test_what_is_no_metric(run):
    with pytest.raises(UserErrorException, match=r"Use run\.log_list instead"):
        run.log("m", [1])
    with pytest.raises(UserErrorException, match="schema type residuals"):
        run.log_residuals("m", {"schema_type": "predictions"})
    with pytest.raises(UserErrorException, match="either a path or a plot"):
        run.log_image("m")
    assert run.get_metrics() == {}


def test_a_secret_is_not_measured(run, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "tops3cret")
    run.log("m", "it is tops3cret")

    assert run.get_metrics() == {"m": "it is ***"}


def test_an_image_is_a_file_of_the_run(run, tmp_path):
    class Plot:
        def savefig(self, path):
            path.write_bytes(b"image")

    run.log_image("roc", plot=Plot())
    (name,) = run.get_file_names()

    assert run.get_metrics()["roc"].endswith(f"dcid.{run.id}/{name}")
    assert (name.startswith("roc_"), name.endswith(".png")) == (True, True)
    run.download_file(name, str(tmp_path / "roc.png"))
    assert (tmp_path / "roc.png").read_bytes() == b"image"


def test_the_workspace_is_not_a_file_of_its_run(run, tmp_path):
    (tmp_path / "here" / ".synapse").mkdir(parents=True)
    for name in ("here/.synapse/state.db", "here/notes.txt"):
        (tmp_path / name).touch()
    run.upload_folder("here", "here")

    assert run.get_file_names() == ["here/notes.txt"]


def test_files_are_kept_once(run, tmp_path):
    (tmp_path / "model" / "deep").mkdir(parents=True)
    (tmp_path / "model" / "deep" / "a.bin").write_text("a")
    run.upload_folder("outputs/model", "model")
    run.upload_file("notes.txt", io.BytesIO(b"n"))
    done = run.upload_files(["logs/b.txt"], ["model/deep/a.bin"], return_artifacts=True)

    assert run.get_file_names() == ["logs/b.txt", "notes.txt", "outputs/model/deep/a.bin"]
    assert list(done) == ["logs/b.txt"]
    with pytest.raises(UserErrorException, match=r"Resource Conflict: .* already exists"):
        run.upload_file("notes.txt", "model/deep/a.bin")
    with pytest.raises(UserErrorException, match="leaves the run's folder"):
        run.upload_file("../../state.db", "model/deep/a.bin")


def test_files_are_fetched_together(run, tmp_path):
    for name in ("outputs/a/1.txt", "outputs/a/2.txt", "logs/x.txt"):
        run.upload_file(name, io.BytesIO(name.encode()))

    run.download_files("outputs/a", "there")
    run.download_files("outputs/a", "flat", append_prefix=False)
    run.download_files("logs", "named", output_paths=["y.txt"])
    logs = run.get_all_logs("all")

    assert (tmp_path / "there" / "outputs" / "a" / "1.txt").exists()
    assert (tmp_path / "flat" / "2.txt").exists()
    assert (tmp_path / "named" / "y.txt").read_text() == "logs/x.txt"
    assert logs == ["all/logs/x.txt"]
    with pytest.raises(UserErrorException, match="must match the number of files"):
        run.download_files("outputs/a", "no", output_paths=["one"])


def test_tags_and_properties(run):
    run.set_tags({"a": 1, "b": "x"})
    run.tag("c")
    assert run.remove_tags(["b", "gone"]) == {"b": "x"}
    run.add_properties({"p": 1})

    assert run.get_tags() == run.tags == {"a": "1", "c": None}
    assert run.get_properties() == {"p": "1"}
    with pytest.raises(UserErrorException, match="immutable"):
        run.add_properties({"p": 2})


def test_names(run):
    assert (run.display_name, run.description) == ("trial", None)
    run.display_name, run.description = "better", "the second one"

    assert (run.display_name, run.description) == ("better", "the second one")
    assert run.get_properties() == {}


def test_children(run, workspace):
    one = run.child_run("one")
    two, three = run.create_children(tag_key="fold", tag_values=["a", "b"])
    grandchild = two.child_run()
    one.complete()

    assert [child.id for child in run.get_children()] == [three.id, two.id, one.id]
    assert [child.id for child in run.get_children(status="Completed")] == [one.id]
    assert [child.id for child in run.get_children(tags={"fold": "a"})] == [two.id]
    assert [c.id for c in run.get_children(recursive=True)] == [
        *(three.id, two.id, grandchild.id, one.id)
    ]
    assert grandchild.parent.id == two.id
    assert [found.id for found in run.experiment.get_runs()] == [run.id]
    run.complete()
    assert grandchild.status == "Completed"
    with pytest.raises(UserErrorException, match="Invalid arguments"):
        run.create_children()


def test_a_run_that_it_submits_is_its_child(run, workspace):
    class Config:
        def _submit_to(self, _experiment, **_options):
            return Run.get(workspace, submit(workspace.store, make_step("prep"))[0])

    child = run.submit_child(Config())

    assert [found.id for found in run.get_children()] == [child.id]
    assert child.parent.id == run.id
    assert [found.id for found in run.experiment.get_runs()] == [run.id]
    assert len(list(run.experiment.get_runs(include_children=True))) == 3


def test_pipelines_and_steps_are_not_ended_by_hand(workspace):
    run_id, (step_id,) = submit(workspace.store, make_step("prep"))
    run, step = Run.get(workspace, run_id), Run.get(workspace, step_id)

    for one, word in ((run, "Pipeline"), (step, "Step")):
        with pytest.raises(NotImplementedError, match=f"Complete is unsupported for {word} run"):
            one.complete()
        with pytest.raises(NotImplementedError, match=f"Fail is unsupported for {word} run"):
            one.fail()
        with pytest.raises(NotSupportedError, match=f"Child run is unsupported for {word} run"):
            one.child_run()


def test_a_snapshot(run, experiment, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("pass")
    with pytest.raises(ServiceException, match="has no snapshot"):
        run.get_snapshot_id()
    identity = run.take_snapshot("code")

    assert run.get_snapshot_id() == identity
    with zipfile.ZipFile(run.restore_snapshot(path="there")) as archive:
        assert archive.read("a.py") == b"pass"
    with pytest.raises(UserErrorException, match="a snapshot already"):
        run.take_snapshot("code")
    other = experiment.start_logging(snapshot_directory="code")
    assert other.get_snapshot_id() == identity


def test_runs_of_every_kind_have_their_own_class(workspace, experiment, run):
    run_id, (step_id,) = submit(workspace.store, make_step("prep"))

    assert [type(found) for found in Run.list(experiment)] == [PipelineRun, Run]
    assert type(get_run(experiment, step_id)) is StepRun
    assert type(get_run(experiment, step_id, rehydrate=False)) is Run
    with pytest.raises(ServiceException):
        PipelineRun.get(workspace, run.id)
    assert PipelineRun.get(workspace, run_id).id == run_id


def test_it_is_removed_with_its_children(workspace, run):
    child = run.child_run()
    run.complete()
    removal.remove(workspace.store, before=run.record.ended + 1)

    assert workspace.store.runs.get(run.id) is None
    assert workspace.store.runs.get(child.id) is None


def test_what_start_logging_does_not_do_is_refused(experiment):
    with pytest.raises(NotSupportedError, match="outputs is not supported"):
        experiment.start_logging(outputs="outputs")
    with pytest.raises(NotSupportedError, match="colour"):
        experiment.start_logging(colour="red")
    assert list(experiment.get_runs()) == []
