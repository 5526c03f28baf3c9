"""Schedules: what a notebook makes, changes and finds, and what the agent does of it."""

from datetime import datetime, timezone

import pytest
from support import wait_until

from synapse_magics import Pipeline, PipelineParameter, PythonScriptStep
from synapse_magics.agent import client
from synapse_magics.core import open_stores
from synapse_magics.core.exceptions import ServiceException
from synapse_magics.core.workspace import Workspace
from synapse_magics.pipeline.schedule import Schedule
from synapse_magics.pipeline.schedule_recurrence import ScheduleRecurrence
from synapse_magics.store.states import RunStatus

YEARLY = ScheduleRecurrence("Month", 12, start_time="2020-01-01T00:00:00")


@pytest.fixture
def published(workspace, pool, tmp_path):
    (tmp_path / "show.py").write_text("import sys\nprint(sys.argv[1])")
    word = PipelineParameter("word", "ab")
    step = PythonScriptStep("show.py", arguments=[word], compute_target="cpucluster")
    return Pipeline(workspace, [step]).publish("show")


@pytest.fixture
def make(workspace, published):
    def make(recurrence=YEARLY, **options):
        return Schedule.create(workspace, "s", published.id, "exp", recurrence, **options)

    return make


@pytest.fixture
def no_agent(monkeypatch):
    monkeypatch.setattr(client, "wake", lambda _: None)


def test_the_agent_submits_the_first_run_at_once(workspace, make):
    schedule = make(ScheduleRecurrence("Day", 1), pipeline_parameters={"word": "hello"})

    run = wait_until(schedule.get_last_pipeline_run, 30)

    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED
    assert run.find_step_run("show.py")[0].get_stdout_log() == "hello\n"
    assert [item.id for item in schedule.get_pipeline_runs()] == [run.id]
    # One day later, not again now.
    wait_until(lambda: (schedule.next_time - datetime.now(timezone.utc)).total_seconds() > 86_000)


def test_the_agent_watches_a_datastore(workspace, make):
    datastore = workspace.get_default_datastore()
    (datastore.root / "in").mkdir()
    (datastore.root / "in" / "old.csv").write_text("x")
    schedule = make(
        None,
        datastore=datastore,
        path_on_datastore="in",
        polling_interval=0.03,
        data_path_parameter_name="word",
    )
    (datastore.root / "in" / "new.csv").write_text("x")

    run = wait_until(schedule.get_last_pipeline_run, 30)

    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED
    assert run.find_step_run("show.py")[0].get_stdout_log() == "in/new.csv\n"


def test_the_agent_stays_while_a_schedule_is_active(workspace, make, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_AGENT_IDLE", "0.1")
    schedule = make()
    pid = client.running(workspace.store.folder)
    assert pid is not None
    # It turns its loop: what is submitted is run.
    run = workspace_run(workspace)
    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED
    assert client.running(workspace.store.folder) == pid

    schedule.disable()

    wait_until(lambda: client.running(workspace.store.folder) is None, 15)


def workspace_run(workspace):
    step = PythonScriptStep("show.py", arguments=["x"], compute_target="cpucluster")
    return Pipeline(workspace, [step]).submit("other")


def test_who_opens_the_workspace_starts_the_agent_of_its_schedules(workspace, make):
    make()
    client.stop(workspace.store.folder)
    open_stores.close_store(workspace.folder)

    opened = Workspace.from_config()

    assert client.running(opened.store.folder) is not None


@pytest.mark.usefixtures("no_agent")
class TestDocuments:
    def test_attributes(self, make, published, capsys):
        schedule = make(description="d", wait_for_provisioning=True)
        assert (schedule.name, schedule.description, schedule.status) == ("s", "d", "Active")
        assert (schedule.pipeline_id, schedule.experiment_name) == (published.id, "exp")
        assert schedule.recurrence.frequency == "Month"
        assert schedule.pipeline_parameters == {}
        assert schedule.get_last_pipeline_run() is None
        assert repr(schedule) == (
            f"Pipeline(Name: s,\nId: {schedule.id},\nStatus: Active,\n"
            f"Pipeline Id: {published.id},\nRecurrence Details: Runs every 12 Months)"
        )
        assert "Provisioning status: Completed" in capsys.readouterr().out

    def test_a_start_that_has_passed_is_not_made_up_for(self, make):
        due = make().next_time
        assert due > datetime.now(timezone.utc)
        assert (due.month, due.day, due.hour) == (1, 1, 0)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"recurrence": None}, "Either recurrence or datastore"),
            ({"datastore": "default"}, "Either recurrence or datastore"),
            ({"path_on_datastore": "in"}, "need a datastore"),
            ({"recurrence": "Day"}, "must be a ScheduleRecurrence, not a str"),
            ({"recurrence": None, "datastore": "default", "polling_interval": 0}, "of minutes"),
            ({"pipeline_parameters": {"wort": 1}}, "wort does not exist"),
            (
                {
                    "recurrence": None,
                    "datastore": "default",
                    "data_path_parameter_name": "wort",
                },
                "wort does not exist",
            ),
        ],
    )
    def test_what_does_not_go_together_is_refused(self, workspace, make, options, message):
        if "datastore" in options:
            options = {**options, "datastore": workspace.get_default_datastore()}
        with pytest.raises(ValueError, match=message):
            make(**options)
        assert Schedule.list(workspace, active_only=False) == []

    def test_a_pipeline_that_is_not_there_is_refused(self, workspace):
        with pytest.raises(ValueError, match="no published pipeline x"):
            Schedule.create(workspace, "s", "x", "exp", YEARLY)
        with pytest.raises(ValueError, match="no pipeline endpoint x"):
            Schedule.create_for_pipeline_endpoint(workspace, "s", "x", "exp", YEARLY)
        with pytest.raises(ServiceException, match="Schedule x not found"):
            Schedule.get(workspace, "x")

    def test_lists(self, workspace, make, published):
        one, other = make(), make()
        one.disable()

        def ids(found):
            return [item.id for item in found]

        assert ids(Schedule.list(workspace)) == [other.id]
        assert ids(Schedule.get_all(workspace, active_only=False)) == [other.id, one.id]
        assert ids(Schedule.get_schedules_for_pipeline_id(workspace, published.id)) == [
            other.id,
            one.id,
        ]
        assert Schedule.list(workspace, pipeline_id="x") == []

    def test_to_disable_and_enable(self, workspace, make, published):
        schedule = make()
        published.disable()
        schedule.disable()
        assert (schedule.status, schedule.next_time) == ("Disabled", None)
        schedule.enable()
        assert Schedule.get(workspace, schedule.id).status == "Active"
        assert schedule.next_time is not None

    def test_an_update_leaves_the_rest(self, workspace, make):
        schedule = make(description="d")
        schedule.update(name="other", pipeline_parameters={"word": "x"})
        found = Schedule.get(workspace, schedule.id)
        assert (found.name, found.description, found.pipeline_parameters) == (
            "other",
            "d",
            {"word": "x"},
        )
        assert found.recurrence.frequency == "Month"

    def test_a_recurrence_takes_the_place_of_a_datastore_and_back(self, workspace, make):
        schedule = make()
        schedule.update(datastore=workspace.get_default_datastore(), path_on_datastore="in")
        assert (schedule.recurrence, schedule.datastore_name, schedule.polling_interval) == (
            None,
            "workspaceblobstore",
            5,
        )
        schedule.update(polling_interval=7)
        assert (schedule.polling_interval, schedule.path_on_datastore) == (7, "in")
        schedule.update(recurrence=YEARLY)
        assert (schedule.datastore_name, schedule.recurrence.interval) == (None, 12)
        with pytest.raises(ValueError, match="need a datastore"):
            schedule.update(polling_interval=7)
        with pytest.raises(ValueError, match="Active or Disabled"):
            schedule.update(status="Gone")
