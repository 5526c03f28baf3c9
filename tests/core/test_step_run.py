"""Steps of a pipeline run: their outputs, logs and details."""

import pytest
from support import make_step, submit

from synapse_magics import Run
from synapse_magics.core.exceptions import ActivityFailedException, UserErrorException
from synapse_magics.store.records import OutputRecord
from synapse_magics.store.specs import InputSpec, OutputSpec, Registration
from synapse_magics.store.states import RunStatus

DATASTORE = "workspaceblobstore"


@pytest.fixture
def run(workspace):
    """Submit two steps, of which the first has written."""
    prep = make_step(
        "prep", outputs=(OutputSpec("made", "mount", DATASTORE, "x", Registration("clean")),)
    )
    fit = make_step("fit", inputs=(InputSpec("data", "mount", node="prep", output="made"),))
    run = Run.get(workspace, submit(workspace.store, prep, fit)[0])
    place = workspace.get_default_datastore().root / "x" / "deep"
    place.mkdir(parents=True)
    (place / "a.txt").write_text("a")
    step = run.find_step_run("prep")[0]
    workspace.store.records.set_outputs(step.id, [OutputRecord("made", DATASTORE, "x", "id-1")])
    return run


@pytest.fixture
def prep(run):
    return run.find_step_run("prep")[0]


def end(run, status):
    runs = run.workspace.store.runs
    runs.transition(run.id, RunStatus.NOT_STARTED, RunStatus.RUNNING)
    runs.transition(run.id, RunStatus.RUNNING, RunStatus(status), error={"message": "why"})


def test_an_output_is_downloaded(prep, tmp_path, capsys):
    data = prep.get_output_data("made")

    assert (data.name, data.datastore_name, data.path_on_datastore) == ("made", DATASTORE, "x")
    assert data.datastore.name == DATASTORE
    assert data.download(local_path="here") == 1
    assert (tmp_path / "here" / "x" / "deep" / "a.txt").read_text() == "a"
    assert data.download("here", show_progress=False) == 0
    assert data.download("here", overwrite=True) == 1
    assert "Downloaded x/deep/a.txt, 1 files out of 1" in capsys.readouterr().out


def test_outputs_by_name(run, prep):
    assert list(prep.get_outputs()) == ["made"]
    output = prep.get_output("made")
    assert (output.name, output.pipeline_run_id) == ("made", run.id)
    assert output.get_port_data_reference().path_on_datastore == "x"
    assert run.get_pipeline_output("made").path_on_datastore == "x"
    with pytest.raises(UserErrorException, match="has no output 'gone'"):
        prep.get_output("gone")
    with pytest.raises(UserErrorException, match="no step of the run has an output 'gone'"):
        run.get_pipeline_output("gone")


def test_details(run, prep):
    details = prep.get_details_with_logs()

    assert details["properties"]["azureml.moduleName"] == "prep"
    assert details["properties"]["azureml.pipelinerunid"] == run.id
    assert details["properties"]["StepType"] == "PythonScriptStep"
    assert details["outputDatasets"][0]["dataset"] == {"id": "id-1", "name": "clean"}
    assert (details["STDOUT"], details["STDERR"]) == ("", "")
    fit = run.find_step_run("fit")[0].get_details()
    assert fit["inputDatasets"] == [
        {
            "dataset": {"id": "id-1"},
            "consumptionDetails": {
                "type": "RunInput",
                "inputName": "data",
                "mechanism": "Mount",
            },
        }
    ]
    properties = run.get_properties()
    assert properties["azureml.runsource"] == "azureml.PipelineRun"
    assert properties["azureml.continue_on_step_failure"] == "False"


def test_logs_by_every_name(prep, tmp_path):
    folder = prep.workspace.store.run_folder(prep.id)
    folder.create()
    folder.stdout.write_text("out")
    folder.stderr.write_text("err")
    end(prep, "Completed")

    for name, text in (
        ("azureml-logs/70_driver_log.txt", "out"),
        ("user_logs/std_log.txt", "out"),
        ("logs/azureml/stdoutlogs.txt", "out"),
        ("logs/azureml/stderrlogs.txt", "err"),
    ):
        prep.download_file(name, "log.txt")
        assert (tmp_path / "log.txt").read_text() == text
    job = prep.get_job_log()
    assert [line.split("] ")[1] for line in job.splitlines()] == ["Running", "Completed"]
    prep.download_file("logs/azureml/executionlogs.txt", "job.txt")
    assert (tmp_path / "job.txt").read_text() == job


def test_a_step_is_waited_for(prep, capsys):
    end(prep, "Completed")

    assert prep.wait_for_completion() == prep.get_status() == "Finished"
    assert prep.status == "Completed"
    said = capsys.readouterr().out
    assert said.startswith(f"\n\nStepRunId: {prep.id}\n")
    assert "StepRun(prep) Execution Summary\n===============================\n" in said


def test_a_step_that_failed_is_waited_for(prep, capsys):
    end(prep, "Failed")

    with pytest.raises(ActivityFailedException, match="Activity Failed"):
        prep.wait_for_completion(show_output=False)
    assert prep.wait_for_completion(raise_on_error=False) == "Failed"
    assert '\nError:\n{\n    "error": {\n        "message": "why"' in capsys.readouterr().out


def test_a_step_that_takes_too_long(prep, capsys):
    assert prep.wait_for_completion(show_output=False, timeout_seconds=0.01) == "NotStarted"
    assert capsys.readouterr().out == "Timed out of waiting. Elapsed time: 0.01\n"


def test_a_detailed_status(prep):
    prep.workspace.store.runs.transition(
        prep.id, RunStatus.NOT_STARTED, RunStatus.QUEUED, message="waits for cpucluster"
    )

    assert prep.get_detailed_status() == {"status": "Queued", "details": ["waits for cpucluster"]}


def test_the_graph(run, tmp_path):
    graph = run.get_graph()
    assert sorted(graph["nodes"]) == ["fit", "prep"]
    assert graph["edges"] == [{"from": "prep", "to": "fit"}]

    assert run.save() == "pipeline.yml"
    assert '"after": [' in (tmp_path / "pipeline.yml").read_text()
