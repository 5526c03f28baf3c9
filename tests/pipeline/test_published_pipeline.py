"""Published pipelines run without the notebook, the step objects, or the sources."""

import json
import shutil
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from synapse_magics import (
    Dataset,
    OutputFileDatasetConfig,
    Pipeline,
    PipelineParameter,
    PipelineRun,
    PythonScriptStep,
)
from synapse_magics.core.authentication import InteractiveLoginAuthentication
from synapse_magics.core.exceptions import NotSupportedError, ServiceException
from synapse_magics.core.experiment import Experiment
from synapse_magics.core.open_stores import close_store
from synapse_magics.core.workspace import Workspace
from synapse_magics.pipeline.published_pipeline import PublishedPipeline
from synapse_magics.store.published import PublishedError
from synapse_magics.store.removal import sweep
from synapse_magics.store.states import RunStatus

WRITE = "import sys\nopen(sys.argv[1] + '/f', 'w').write(sys.argv[2] * 2)\n"
READ = "import os, sys\nprint(open(os.environ['got'] + '/f').read())\n"


@pytest.fixture
def pipeline(workspace, pool, tmp_path):
    """Two scripts in a folder: one writes what a parameter says, the other one prints it."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "write.py").write_text(WRITE)
    (code / "read.py").write_text(READ)
    made = OutputFileDatasetConfig("made")
    common = {"compute_target": "cpucluster", "source_directory": str(code)}
    word = PipelineParameter("word", "ab")
    write = PythonScriptStep("write.py", name="write", arguments=[made, word], **common)
    read = PythonScriptStep("read.py", name="read", inputs=[made.as_input("got")], **common)
    return Pipeline(workspace, [write, read], description="words")


def printed(run, step="read"):
    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED
    return run.find_step_run(step)[0].get_stdout_log().strip()


def post(address, body, headers):
    request = Request(address, json.dumps(body).encode(), headers)  # noqa: S310 - our own
    with urlopen(request, timeout=10) as answer:  # noqa: S310 - our own
        return json.loads(answer.read())


def test_it_runs_when_its_sources_are_gone(workspace, pipeline):
    published = pipeline.publish("words", "prints a word", "1.0")
    shutil.rmtree("code")
    sweep(workspace.store)

    again = PublishedPipeline.get(Workspace.from_config(), published.id)
    run = again.submit(workspace, "exp", pipeline_parameters={"word": "xy"})

    assert printed(run) == "xyxy"
    assert run.experiment.name == "exp"
    assert run.record.pipeline.pipeline_id == published.id


def test_its_attributes(workspace, pipeline):
    made = pipeline.publish("words", "prints a word", "1.0", continue_on_step_failure=True)
    found = PublishedPipeline.get(workspace, made.id)
    assert (found.name, found.description, found.version) == ("words", "prints a word", "1.0")
    assert (found.status, found.total_run_steps) == ("Active", 2)
    assert found.continue_on_step_failure is True
    assert found.get_step_names() == ["write", "read"]
    assert repr(found) == (
        f"Pipeline(Name: words,\nId: {made.id},\nStatus: Active,\n"
        "Endpoint: served when .endpoint is asked for)"
    )


def test_to_publish_prints_the_steps_once(pipeline, capsys):
    pipeline.publish("words")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" [")[0] for line in lines] == ["Created step write", "Created step read"]
    pipeline.publish("words")
    assert capsys.readouterr().out == ""


def test_one_that_is_disabled_is_listed_only_if_asked_for_and_not_run(workspace, pipeline):
    one, other = pipeline.publish("one"), pipeline.publish("other")
    one.disable()
    assert one.status == "Disabled"

    assert [item.id for item in PublishedPipeline.list(workspace)] == [other.id]
    everything = PublishedPipeline.list(workspace, active_only=False)
    assert [item.id for item in everything] == [other.id, one.id]
    with pytest.raises(PublishedError, match="is Disabled"):
        one.submit(workspace, "exp")
    one.enable()
    assert len(PublishedPipeline.get_all(workspace)) == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [({"wort": "x"}, "with name wort does not exist"), ({"word": 1}, "Expected type")],
)
def test_values_that_do_not_fit_are_refused(workspace, pipeline, given, message):
    with pytest.raises(ValueError, match=message):
        pipeline.publish("words").submit(workspace, "exp", given)


def test_one_that_is_not_there_and_an_argument_that_is_not_supported(workspace, pipeline):
    with pytest.raises(ServiceException, match="PublishedPipeline x not found"):
        PublishedPipeline.get(workspace, "x")
    with pytest.raises(NotSupportedError, match="parent_run_id"):
        pipeline.publish("words").submit(workspace, "exp", parent_run_id="r")


def test_an_experiment_submits_it(workspace, pipeline):
    published = pipeline.publish("words")
    run = published._submit_to(
        Experiment(workspace, "exp"), {"why": "test"}, pipeline_parameters={"word": "z"}
    )
    assert printed(run) == "zz"
    assert run.tags == {"why": "test"}


def test_another_workspace_does_not_run_it(workspace, pipeline, tmp_path):
    published = pipeline.publish("words")
    (tmp_path / "other").mkdir()
    other = Workspace.in_folder(tmp_path / "other", "other")
    try:
        with pytest.raises(ValueError, match="was published in another workspace"):
            published.submit(other, "exp")
    finally:
        close_store(other.folder)


def test_a_run_can_be_published(workspace, pipeline):
    run = pipeline.submit("exp", {"word": "q"})
    assert printed(run) == "qq"

    again = run.publish_pipeline("from run", "", "1").submit(workspace, "exp")

    assert printed(again) == "qq"
    assert again.id != run.id


def test_a_dataset_is_part_of_it(workspace, pool, tmp_path):
    datastore = workspace.get_default_datastore()
    (datastore.root / "in.txt").write_text("data")
    Path("show.py").write_text("import sys\nprint(open(sys.argv[1]).read())")
    source = Dataset.File.from_files((datastore, "in.txt")).as_named_input("source").as_mount()
    step = PythonScriptStep("show.py", arguments=[source], compute_target="cpucluster")
    published = Pipeline(workspace, [step]).publish("show")
    assert printed(published.submit(workspace, "exp"), "show.py") == "data"


def test_it_is_saved_as_yaml(pipeline, tmp_path):
    yaml = pytest.importorskip("yaml")
    file = pipeline.publish("words", version="2").save()
    found = yaml.safe_load(Path(file).read_text())["pipeline"]
    assert (Path(file).name, found["name"], found["version"]) == ("pipeline.yml", "words", "2")
    assert found["parameters"] == {"word": {"type": "str", "default": "ab"}}
    assert [step["script_name"] for step in found["steps"].values()] == ["write.py", "read.py"]


def test_its_endpoint_runs_it_for_who_has_signed_in(workspace, pipeline):
    published = pipeline.publish("words")
    header = InteractiveLoginAuthentication().get_authentication_header()
    body = {"ExperimentName": "rest", "ParameterAssignments": {"word": "ok"}}

    with pytest.raises(HTTPError, match="401"):
        post(published.endpoint, body, {})
    found = post(published.endpoint, body, header)

    assert printed(PipelineRun.get(workspace, found["Id"])) == "okok"
    assert f"Endpoint: {published.endpoint})" in repr(published)
    assert [run.id for run in workspace.store.runs.submitted()] == [found["Id"]]
