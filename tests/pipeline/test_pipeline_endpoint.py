"""Pipeline endpoints: versions of a pipeline under one name."""

import json
from urllib.request import Request, urlopen

import pytest

from synapse_magics import Experiment, Pipeline, PipelineRun, PythonScriptStep
from synapse_magics.agent import client
from synapse_magics.core.authentication import InteractiveLoginAuthentication
from synapse_magics.core.exceptions import NotSupportedError, ServiceException
from synapse_magics.pipeline.pipeline_endpoint import PipelineEndpoint
from synapse_magics.pipeline.published_pipeline import PublishedPipeline
from synapse_magics.pipeline.schedule import Schedule
from synapse_magics.pipeline.schedule_recurrence import ScheduleRecurrence
from synapse_magics.store.states import RunStatus


@pytest.fixture
def pipeline(workspace, pool, tmp_path):
    """Make a pipeline that prints a word."""

    def pipeline(word):
        (tmp_path / "show.py").write_text("import sys\nprint(sys.argv[1])")
        step = PythonScriptStep("show.py", arguments=[word], compute_target="cpucluster")
        return Pipeline(workspace, [step])

    return pipeline


@pytest.fixture
def endpoint(workspace, pipeline):
    return PipelineEndpoint.publish(workspace, "words", "prints words", pipeline("zero"))


def printed(run):
    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED
    return run.find_step_run("show.py")[0].get_stdout_log().strip()


def test_its_attributes_and_where_it_is_found(workspace, endpoint):
    for found in (
        PipelineEndpoint.get(workspace, name="words"),
        PipelineEndpoint.get(workspace, id=endpoint.id),
        *PipelineEndpoint.list(workspace),
    ):
        assert (found.id, found.name, found.description) == (endpoint.id, "words", "prints words")
        assert (found.status, found.default_version) == ("Active", "0")
    assert repr(endpoint) == (
        f"PipelineEndpoint(Name: words,\nId: {endpoint.id},\nStatus: Active,\n"
        "Default version: 0,\nEndpoint: served when .endpoint is asked for)"
    )


def test_versions_are_counted_and_one_is_the_default(workspace, endpoint, pipeline):
    endpoint.add(pipeline("one"))
    two = pipeline("two").publish("two")
    endpoint.add_default(two)

    assert endpoint.list_versions() == ["0", "1", "2"]
    assert endpoint.get_default_version() == "2"
    assert endpoint.get_pipeline().id == two.id
    assert endpoint.get_pipeline("0").id == endpoint.list_pipelines()[0].id
    endpoint.set_default_version("1")
    assert PipelineEndpoint.get(workspace, name="words").default_version == "1"
    endpoint.set_default(two)
    assert endpoint.get_default_version() == "2"
    two.disable()
    assert len(endpoint.list_pipelines()) == 2
    assert len(endpoint.list_pipelines(active_only=False)) == 3


def test_what_is_no_version_is_refused(endpoint, pipeline):
    other = pipeline("other").publish()
    with pytest.raises(ValueError, match="has no version 7"):
        endpoint.set_default_version("7")
    with pytest.raises(ValueError, match="is no version of words"):
        endpoint.set_default(other)
    with pytest.raises(ValueError, match="has no version 7"):
        endpoint.submit("exp", pipeline_version="7")
    endpoint.add(other)
    with pytest.raises(ValueError, match="is a version of words already"):
        endpoint.add(other)
    with pytest.raises(ValueError, match="not a str"):
        endpoint.add("other")
    with pytest.raises(NotSupportedError):
        endpoint.submit("exp", parent_run_id="r")


def test_a_name_is_given_once(workspace, endpoint, pipeline):
    with pytest.raises(ValueError, match="PipelineEndpoint already exists with the given name"):
        PipelineEndpoint.publish(workspace, "words", "", pipeline("x"))
    assert len(PublishedPipeline.list(workspace)) == 1
    other = PipelineEndpoint.publish(workspace, "other", "", pipeline("x"))
    with pytest.raises(ValueError, match="already exists"):
        other.set_name("words")
    other.set_name("else")
    other.set_description("says x")
    found = PipelineEndpoint.get(workspace, name="else")
    assert (found.id, found.description) == (other.id, "says x")
    with pytest.raises(ServiceException, match="PipelineEndpoint other not found"):
        PipelineEndpoint.get(workspace, name="other")
    with pytest.raises(ValueError, match="either id or name"):
        PipelineEndpoint.get(workspace)


def test_an_archived_one_gives_its_name_free(workspace, endpoint, pipeline):
    endpoint.archive()
    assert PipelineEndpoint.list(workspace) == []
    PipelineEndpoint.publish(workspace, "words", "", pipeline("x"))
    with pytest.raises(ValueError, match="already exists"):
        endpoint.reactivate("words")
    endpoint.reactivate("words again")
    assert (endpoint.name, endpoint.status) == ("words again", "Active")
    endpoint.disable()
    with pytest.raises(ValueError, match="is Disabled"):
        endpoint.submit("exp")
    endpoint.enable()
    assert len(PipelineEndpoint.get_all(workspace, max_results=1)) == 1


def test_it_runs_the_version_that_is_asked_for(workspace, endpoint, pipeline):
    endpoint.add_default(pipeline("one"))
    assert printed(endpoint.submit("exp")) == "one"
    assert printed(endpoint.submit("exp", pipeline_version="0")) == "zero"
    run = endpoint._submit_to(Experiment(workspace, "other"), {"k": "v"})
    assert (printed(run), run.tags) == ("one", {"k": "v"})


def test_its_address_runs_it(workspace, endpoint):
    header = InteractiveLoginAuthentication().get_authentication_header()
    body = json.dumps({"ExperimentName": "rest"}).encode()
    with urlopen(Request(endpoint.endpoint, body, header), timeout=10) as answer:  # noqa: S310 - our own
        found = json.loads(answer.read())
    assert printed(PipelineRun.get(workspace, found["Id"])) == "zero"


def test_a_schedule_follows_it(workspace, endpoint, pipeline, monkeypatch):
    monkeypatch.setattr(client, "wake", lambda _: None)
    schedule = Schedule.create_for_pipeline_endpoint(
        workspace, "s", endpoint.id, "exp", ScheduleRecurrence("Hour", 1)
    )
    assert (schedule.pipeline_id, schedule.pipeline_endpoint_id) == (None, endpoint.id)
    found = Schedule.get_schedules_for_pipeline_endpoint_id(workspace, endpoint.id)
    assert [item.id for item in found] == [schedule.id]
