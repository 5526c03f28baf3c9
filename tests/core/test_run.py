"""Runs, as the store has them: no agent is needed to look at one."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import reuse_support
from support import make_step, submit, wait_until

from synapse_magics import PipelineRun, Run, StepRun
from synapse_magics.agent.client import AgentError
from synapse_magics.core import agent_watch, run_waiting
from synapse_magics.core.exceptions import (
    ActivityFailedException,
    ExperimentExecutionException,
    RunEnvironmentException,
    ServiceException,
    UserErrorException,
)
from synapse_magics.store.records import Metric, OutputRecord
from synapse_magics.store.states import RunStatus

ERROR = {
    "code": "UserError",
    "type": "KeyError",
    "message": "'Age'",
    "where": "cell of step prep, line 2",
    "line": 2,
    "source": 'titanic["Age"]',
}


@pytest.fixture
def submitted(workspace):
    """Submit a pipeline of two steps that nobody runs."""
    run_id, _ = submit(workspace.store, make_step("prep"), make_step("fit", "prep"))
    return Run.get(workspace, run_id)


@pytest.fixture
def prep(submitted):
    return submitted.find_step_run("prep")[0]


def move(run, *statuses, **options):
    """Take a run through statuses, as the agent does."""
    for status in statuses:
        assert run.workspace.store.runs.transition(
            run.id, run.record.status, RunStatus(status), **options
        )


def fail(submitted, error=None):
    step = submitted.find_step_run("prep")[0]
    move(submitted, "Running")
    move(step, "Running")
    move(step, "Failed", message="KeyError: 'Age'", error=error or ERROR)
    move(submitted, "Failed", message="step prep failed")
    return step


def write_stdout(step, text):
    folder = step.workspace.store.run_folder(step.id)
    folder.create()
    folder.stdout.write_text(text)


heard = []


def said(capsys, text):
    """Wait until something was printed."""

    def found():
        heard.append(capsys.readouterr().out)
        return text in "".join(heard)

    wait_until(found, what=text)


def write_stderr(step, text):
    folder = step.workspace.store.run_folder(step.id)
    folder.create()
    folder.stderr.write_text(text)


def test_get_gives_the_class(workspace, submitted, prep):
    assert type(Run.get(workspace, submitted.id)) is PipelineRun
    assert type(workspace.get_run(prep.id)) is StepRun


def test_get_by_the_beginning_of_the_id(workspace, submitted):
    assert Run.get(workspace, submitted.id[:4]).id == submitted.id


def test_a_step_is_known_by_its_whole_id_alone(workspace, submitted):
    """Nobody sees it in a list, and its beginning may be that of a run."""
    step = next(submitted.get_children()).id
    assert Run.get(workspace, step).id == step
    with pytest.raises(ServiceException, match="not found"):
        Run.get(workspace, step[:12])


def test_get_by_a_beginning_that_is_not_enough(workspace, monkeypatch):
    made = iter(("abcd1", "abcd2"))
    with monkeypatch.context() as patch:
        patch.setattr("synapse_magics.store.runs.uuid.uuid4", lambda: next(made))
        for _ in range(2):
            submit(workspace.store)
    with pytest.raises(ServiceException, match="is not enough: 2 runs begin with it"):
        Run.get(workspace, "abcd")


@pytest.mark.parametrize("number", ["", "5", "17"])
def test_a_number_is_no_id(workspace, submitted, number):
    with pytest.raises(ServiceException, match="is not an id, nor enough of one"):
        Run.get(workspace, number)


@pytest.mark.parametrize("run_id", ["gone"])
def test_get_what_is_not_there(workspace, submitted, run_id):
    with pytest.raises(ServiceException, match=f"Run {run_id} not found") as caught:
        Run.get(workspace, run_id)

    assert caught.value.status_code == 404
    assert caught.value.hint == "%synapse_runs lists the runs"


def test_what_a_run_is_called(submitted, prep):
    assert (submitted.type, submitted.number, submitted.name) == ("azureml.PipelineRun", 1, "exp")
    assert (prep.type, prep.number, prep.name) == ("azureml.StepRun", 1, "prep")
    assert prep.pipeline_run_id == submitted.id


@pytest.mark.parametrize(
    ("path", "status", "service"),
    [
        ([], "NotStarted", "NotStarted"),
        (["Queued"], "Queued", "Queued"),
        (["Preparing"], "Preparing", "Running"),
        (["Running"], "Running", "Running"),
        (["Running", "Finalizing"], "Finalizing", "Running"),
        (["Running", "CancelRequested"], "CancelRequested", "Running"),
        (["Running", "Completed"], "Completed", "Finished"),
        (["Running", "Failed"], "Failed", "Failed"),
        (["Canceled"], "Canceled", "Canceled"),
    ],
)
def test_a_status_in_both_vocabularies(prep, path, status, service):
    move(prep, *path)

    assert (prep.status, prep.get_status()) == (status, service)
    assert prep.get_details()["status"] == status


def test_metrics_are_values_or_lists(workspace, prep):
    metrics = [Metric("rows", 5), Metric("loss", 0.5), Metric("loss", 0.25)]
    workspace.store.records.add_metrics(prep.id, metrics)

    assert prep.get_metrics() == {"rows": 5, "loss": [0.5, 0.25]}
    assert prep.get_metrics("rows") == {"rows": 5}
    assert prep.get_metrics("gone") == {}


def test_metrics_of_children_are_by_run(workspace, submitted, prep):
    workspace.store.records.add_metrics(prep.id, [Metric("rows", 5)])
    fit = submitted.find_step_run("fit")[0]

    assert submitted.get_metrics() == {}
    assert submitted.get_metrics(recursive=True) == {
        submitted.id: {},
        prep.id: {"rows": 5},
        fit.id: {},
    }


def test_children_are_newest_first(submitted):
    assert [step.name for step in submitted.get_children()] == ["fit", "prep"]
    assert [step.name for step in submitted.get_steps()] == ["fit", "prep"]


def test_children_are_a_generator(submitted):
    children = submitted.get_children()

    assert len(list(children)) == 2
    assert list(children) == []


def test_find_step_run_by_name(workspace):
    run_id, ids = submit(workspace.store, make_step("same", node="a"), make_step("same", node="b"))
    run = Run.get(workspace, run_id)

    assert [step.id for step in run.find_step_run("same")] == ids
    assert run.find_step_run("sam") == []


def test_tags(submitted):
    submitted.tag("k", "v")
    submitted.tag("flag")

    assert submitted.tags == {"k": "v", "flag": None}


def test_files_are_listed_and_copied(prep, tmp_path):
    write_stderr(prep, "words")
    prep.download_file("logs/azureml/driver/stderr")
    prep.download_file("logs/azureml/driver/stderr", "there/err.txt")

    assert "logs/azureml/driver/stdout" in prep.get_file_names()
    assert (tmp_path / "stderr").read_text() == "words"
    assert (tmp_path / "there" / "err.txt").read_text() == "words"


def test_a_file_that_is_not_there_names_those_there_are(prep):
    write_stderr(prep, "words")
    with pytest.raises(UserErrorException) as caught:
        prep.download_file("../../../config.json")

    assert caught.value.message == (
        "File with path ../../../config.json was not found, available files include: "
        "azureml-logs/70_driver_log.txt,logs/azureml/driver/stderr,logs/azureml/driver/stdout,"
        "logs/azureml/executionlogs.txt,logs/azureml/stderrlogs.txt,logs/azureml/stdoutlogs.txt,"
        "user_logs/std_log.txt."
    )


def test_logs_of_a_step_that_has_not_started_are_empty(prep):
    assert (prep.get_stdout_log(), prep.get_stderr_log(), prep.log_tail()) == ("", "", "")


def test_logs(prep):
    write_stderr(prep, "one\ntwo\nthree\n")

    assert prep.get_stderr_log() == "one\ntwo\nthree\n"
    assert prep.log_tail("stderr", 2) == "two\nthree"


def test_an_output_is_found(workspace, prep):
    record = OutputRecord("prepared", "workspaceblobstore", "dataset/x/prepared", None)
    workspace.store.records.set_outputs(prep.id, [record])

    root = workspace.get_default_datastore().root
    assert prep.output_path("prepared") == root / "dataset/x/prepared"
    with pytest.raises(UserErrorException, match="step prep has no output 'model'") as caught:
        prep.output_path("model")
    assert caught.value.hint == "its outputs: ['prepared']"


def test_details_of_a_step_that_failed(submitted):
    details = fail(submitted).get_details()

    assert details["error"] == {"error": ERROR}
    assert details["startTimeUtc"].endswith("Z")
    assert submitted.get_details()["error"] == {
        "error": {"code": "UserError", "message": "step prep failed"}
    }


def test_details_of_a_run_that_did_not_fail_have_no_error(prep):
    assert "error" not in prep.get_details()


def test_a_failure_says_what_where_and_what_next(submitted):
    step = fail(submitted)
    write_stderr(step, "".join(f"line {n}\n" for n in range(10)))

    assert str(step.failure()).splitlines() == [
        "Activity Failed:",
        "step prep failed: KeyError: 'Age'",
        '    titanic["Age"]',
        "",
        "last lines of logs/azureml/driver/stderr:",
        *(f"  line {n}" for n in range(5, 10)),
        "where: cell of step prep, line 2",
        "hint:  %synapse_logs prep --stream stderr shows the whole log",
        f"       %synapse_submit exp --resume {submitted.id[:8]}  # goes on once it is mended",
        f"       %synapse_load prep --run {submitted.id[:8]}  # brings its inputs to the notebook",
    ]


def test_a_failure_without_a_type_or_a_log(submitted):
    step = fail(submitted, {"code": "SystemError", "message": "killed by signal 9"})

    assert str(step.failure()).splitlines()[:3] == [
        "Activity Failed:",
        "step prep failed: killed by signal 9",
        "where: step prep",
    ]


def test_wait_gives_the_last_status(submitted):
    move(submitted, "Running", "Completed")

    assert submitted.wait() is RunStatus.COMPLETED


def test_wait_is_over_after_a_time(submitted):
    assert submitted.wait(timeout_seconds=0.01) is RunStatus.NOT_STARTED


def test_wait_for_completion_gives_the_services_word(submitted, capsys):
    move(submitted, "Running", "Completed")

    assert submitted.wait_for_completion() == "Finished"
    assert capsys.readouterr().out.splitlines()[:-2] == [
        f"PipelineRunId: {submitted.id}",
        "",
        "PipelineRun Execution Summary",
        "=============================",
        "PipelineRun Status: Finished",
    ]


def test_wait_for_completion_prints_steps(submitted, prep, capsys):
    write_stdout(prep, "one\ntwo\n")
    move(prep, "Running", "Completed")
    move(submitted, "Running", "Completed")
    submitted.wait_for_completion()

    said = capsys.readouterr().out.split("{")[0].splitlines()
    assert said[1:] == [
        *("", "", f"StepRunId: {prep.id}"),
        *("", "Streaming azureml-logs/70_driver_log.txt", "=" * 40, "", "one", "two"),
        *("", "StepRun(prep) Execution Summary", "=" * 31, "StepRun( prep ) Status: Finished"),
    ]


def test_wait_for_completion_prints_each_status_and_what_a_step_prints(submitted, prep, capsys):
    def work():
        said(capsys, "PipelineRun Status: NotStarted")
        for run in (submitted, prep):
            move(run, "Running")
        said(capsys, "StepRun( prep ) Status: Running")
        write_stdout(prep, "hello\n")
        said(capsys, "hello")
        move(prep, "Completed")
        move(submitted, "Completed")

    with ThreadPoolExecutor(1) as other:
        working = other.submit(work)
        submitted.wait_for_completion()
        working.result()

    text = "".join(heard)
    assert "PipelineRun Status: NotStarted\n" in text
    assert "PipelineRun Status: Running\n" in text
    assert "StepRun( prep ) Status: Running\n" in text


@pytest.mark.parametrize("output", [True, False])
def test_an_interrupted_wait_says_that_the_run_goes_on(submitted, monkeypatch, output):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run_waiting.time, "sleep", interrupt)

    with pytest.raises(ExperimentExecutionException, match=r"interrupted\.\nBut the run is still"):
        submitted.wait_for_completion(show_output=output)


def test_wait_for_completion_may_be_quiet(submitted, capsys):
    move(submitted, "Running", "Completed")
    submitted.wait_for_completion(show_output=False)

    assert capsys.readouterr().out == f"PipelineRunId: {submitted.id}\n"


def test_wait_for_completion_raises_the_steps_failure(submitted):
    fail(submitted)
    with pytest.raises(ActivityFailedException) as caught:
        submitted.wait_for_completion()
    first, _, error = caught.value.message.partition("\n")
    assert first == "Activity Failed:"
    assert json.loads(error)["error"]["message"] == "'Age'"
    assert caught.value.where == "cell of step prep, line 2"


def test_wait_for_completion_may_return_a_failure(submitted, capsys):
    fail(submitted)

    assert submitted.wait_for_completion(raise_on_error=False) == "Failed"
    assert '"message": "step prep failed"' in capsys.readouterr().out


def test_wait_for_completion_of_a_run_that_was_canceled(submitted):
    move(submitted, "Canceled")

    assert submitted.wait_for_completion() == "Canceled"


def test_wait_for_completion_gives_up_waiting(submitted, capsys):
    assert submitted.wait_for_completion(timeout_seconds=0.01) == "NotStarted"
    assert "Timed out of waiting. Elapsed time: 0.01\n" in capsys.readouterr().out


def test_waiting_starts_the_next_agent_when_one_has_died(submitted, monkeypatch):
    woken = []
    monkeypatch.setattr(agent_watch, "_REVIVE_SECONDS", 0.6)  # longer than one look at the run
    monkeypatch.setattr(agent_watch.client, "running", lambda _: None)
    monkeypatch.setattr(agent_watch.client, "wake", woken.append)
    submitted.wait_for_completion(timeout_seconds=1)

    assert woken == [submitted.workspace.store.folder]


@pytest.fixture
def watch(workspace, monkeypatch):
    """A watch that finds no agent whenever it looks."""
    monkeypatch.setattr(agent_watch, "_REVIVE_SECONDS", 0.0)
    monkeypatch.setattr(agent_watch.client, "running", lambda _: None)
    return agent_watch.AgentWatch(workspace)


def test_agents_that_die_one_after_the_other_are_given_up(watch, monkeypatch):
    woken = []
    monkeypatch.setattr(agent_watch.client, "wake", woken.append)
    for _ in range(3):
        watch.check()

    with pytest.raises(AgentError, match="died 3 times") as error:
        watch.check()

    assert len(woken) == 3
    assert "agent.log" in error.value.where


def test_an_agent_that_dies_now_and_then_is_not_given_up(watch, monkeypatch):
    monkeypatch.setattr(agent_watch, "_WITHIN_SECONDS", 0.0)
    monkeypatch.setattr(agent_watch.client, "wake", lambda _: None)

    for _ in range(10):
        watch.check()


def test_an_agent_that_does_not_start_is_tried_three_times(watch, monkeypatch):
    def wake(_folder):
        raise AgentError("no memory")

    monkeypatch.setattr(agent_watch.client, "wake", wake)
    watch.check()
    watch.check()

    with pytest.raises(AgentError, match="no memory"):
        watch.check()


def test_a_step_raises_its_own_failure(submitted):
    fail(submitted)
    fit = submitted.find_step_run("fit")[0]
    move(fit, "Canceled")
    fit.raise_on_failure()

    with pytest.raises(ActivityFailedException, match="step prep failed"):
        submitted.find_step_run("prep")[0].raise_on_failure()


def test_a_pipeline_that_failed_without_a_step(submitted):
    move(submitted, "Running")
    move(submitted, "Failed", message="the disk is full")

    with pytest.raises(ActivityFailedException, match="the disk is full"):
        submitted.raise_on_failure()


def test_text(submitted):
    assert repr(submitted) == (
        f"Run(Experiment: exp,\nId: {submitted.id},\nType: azureml.PipelineRun,\n"
        "Status: NotStarted)"
    )


def test_table(submitted):
    html = submitted._repr_html_()

    assert html.count("<th>") == html.count("<td>") == 6
    assert f"<td>{submitted.id}</td><td>azureml.PipelineRun</td><td>NotStarted</td>" in html


def test_context_outside_of_a_run(monkeypatch):
    monkeypatch.delenv("AZUREML_RUN_ID", raising=False)

    assert Run.get_context().id.startswith("OfflineRun")
    with pytest.raises(RunEnvironmentException, match="Could not load a submitted run"):
        Run.get_context(allow_offline=False)


def test_context_inside_of_a_run(monkeypatch):
    monkeypatch.setenv("AZUREML_RUN_ID", "step-1")

    assert Run.get_context(allow_offline=False).id == "step-1"


def test_a_reused_step_shows_the_logs_metrics_and_files_of_the_earlier_run(workspace):
    workspace.store.registry.put("datastore", "main", {"root": "datastores/main"})
    (workspace.store.folder / "datastores" / "main").mkdir()
    spec = reuse_support.step(workspace.store, "fit")
    one, two = (reuse_support.do(workspace.store, spec)["fit"].id for _ in range(2))
    (workspace.store.run_folder(one).outputs / "model.bin").touch()
    first, again = (Run.get(workspace, run_id) for run_id in (one, two))

    assert again.properties["azureml.isreused"] == "true"
    assert again.properties["azureml.reusedrunid"] == one
    assert again.get_stdout_log() == "said by fit\n"
    assert again.log_path() == first.log_path()
    assert again.get_metrics() == {"rows": 3}
    assert "outputs/model.bin" in again.get_file_names()
    assert again.output_path("out") == first.output_path("out")
    assert again.get_details()["startTimeUtc"] is None
    assert not workspace.store.run_folder(two).path.exists()


def test_a_tag_holds_no_secret(workspace, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "abcdefgh-12345678")
    run_id, _ = submit(workspace.store, make_step("a"))

    Run.get(workspace, run_id).tag("with", "abcdefgh-12345678 inside")

    assert Run.get(workspace, run_id).tags == {"with": "*** inside"}
