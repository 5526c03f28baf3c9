"""Schedules as the agent carries them out: each due time once, and no time is missed."""

import os
import random
import signal
import time

import pytest
from support import make_step, wait_until, write_snapshot

from synapse_magics.agent import client
from synapse_magics.agent import schedules as agent_schedules
from synapse_magics.agent.schedules import Schedules
from synapse_magics.store import documents, published, schedules
from synapse_magics.store.database import StoreError
from synapse_magics.store.published import Definition
from synapse_magics.store.specs import PipelineSpec

NOON = 1_800_000_000.0
HOUR = 3600.0
HOURLY = {
    "frequency": "Hour",
    "interval": 1,
    "start": "2027-01-15T08:00:00+00:00",  # NOON
    "zone": "UTC",
    "hours": [],
    "minutes": [],
    "week_days": [],
}


@pytest.fixture
def pipeline(store):
    write_snapshot(store, "a", "print()")
    parameters = {"n": 1, "text": "", "data": {"DataStoreName": "main", "RelativePath": "x"}}
    definition = Definition(PipelineSpec(parameters=parameters), (make_step("a"),))
    body = {"name": "p", "status": published.ACTIVE, **definition.body()}
    return documents.create(store, published.PIPELINE, body).id


class Clock:
    now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def schedule(store, pipeline):
    def schedule(**fields):
        body = {
            "name": "s",
            "status": published.ACTIVE,
            "pipeline_id": pipeline,
            "pipeline_endpoint_id": None,
            "experiment_name": "exp",
            "recurrence": HOURLY,
            "pipeline_parameters": {},
            "continue_on_step_failure": None,
            "datastore": None,
            "path": None,
            "polling_interval": None,
            "data_path_parameter_name": None,
            "due": NOON,
            "error": None,
        }
        made = documents.create(store, schedules.KIND, {**body, **fields})
        schedules.remember(store, made.id, {})
        return made.id

    return schedule


@pytest.fixture
def watching(schedule):
    """Watch the folder ``in`` of the datastore, with a look each five minutes."""

    def watching(**fields):
        place = {"datastore": "main", "path": "in", "polling_interval": 5, "recurrence": None}
        return schedule(**{**place, **fields})

    return watching


@pytest.fixture
def put(store):
    def put(name, text="x", at=NOON - 60):
        file = store.datastore_root("main") / "in" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        os.utime(file, (at, at))

    return put


def body_of(store, identity):
    return documents.find(store, schedules.KIND, identity).body


def test_what_is_due_is_submitted_and_due_again_later(store, schedule, clock):
    identity = schedule(pipeline_parameters={"n": 5}, continue_on_step_failure=True)
    todo = Schedules(store, clock)

    assert todo.turn()
    assert todo.turn()

    (run,) = store.runs.submitted()
    assert run.experiment == "exp"
    assert run.pipeline.parameters["n"] == 5
    assert run.pipeline.continue_on_step_failure
    assert run.pipeline.schedule_id == identity
    assert body_of(store, identity)["due"] == NOON + HOUR
    clock.now += HOUR
    todo.turn()
    assert [found.id for found in schedules.submitted(store, identity)] == [
        found.id for found in store.runs.submitted()
    ]
    assert len(store.runs.submitted()) == 2


def test_nothing_is_submitted_before_it_is_due(store, schedule, clock):
    schedule(due=NOON + 1)
    assert Schedules(store, clock).turn()
    assert store.runs.submitted() == []


def test_times_that_were_missed_are_caught_up_once(store, schedule, clock):
    identity = schedule()
    clock.now += 10 * HOUR + 60

    Schedules(store, clock).turn()

    assert len(store.runs.submitted()) == 1
    assert body_of(store, identity)["due"] == NOON + 11 * HOUR


def test_an_agent_that_dies_between_submit_and_note_does_not_submit_twice(
    store, schedule, clock, monkeypatch
):
    identity = schedule()

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(agent_schedules.documents, "change", die)
        with pytest.raises(KeyboardInterrupt):
            Schedules(store, clock).turn()
    assert body_of(store, identity)["due"] == NOON
    clock.now += 5

    Schedules(store, clock).turn()

    assert len(store.runs.submitted()) == 1
    assert body_of(store, identity)["due"] == NOON + HOUR


def test_a_full_disk_makes_it_late_and_not_lost(store, schedule, clock, monkeypatch):
    identity = schedule()

    def full(*_, **__):
        raise StoreError("full")

    with monkeypatch.context() as patch:
        patch.setattr(store.runs, "submit", full)
        with pytest.raises(StoreError):
            Schedules(store, clock).turn()
    assert body_of(store, identity)["due"] == NOON
    Schedules(store, clock).turn()
    assert len(store.runs.submitted()) == 1


def test_one_that_is_disabled_submits_nothing_and_needs_no_agent(store, schedule, clock):
    schedule(status=published.DISABLED)
    assert not Schedules(store, clock).turn()
    assert store.runs.submitted() == []


def test_one_that_is_never_due_again_needs_no_agent(store, schedule, clock):
    schedule(due=None)
    assert not Schedules(store, clock).turn()


def test_one_that_is_disabled_at_the_last_moment_submits_nothing(
    store, schedule, clock, monkeypatch
):
    identity = schedule()
    submit = published.submit

    def disable_first(*given, **options):
        documents.change(
            store, schedules.KIND, identity, lambda body: {**body, "status": published.DISABLED}
        )
        return submit(*given, **options)

    monkeypatch.setattr(published, "submit", disable_first)
    Schedules(store, clock).turn()
    assert store.runs.submitted() == []
    assert body_of(store, identity)["due"] == NOON


def test_a_pipeline_that_cannot_be_run_is_told_of_and_tried_again(store, schedule, clock, pipeline):
    documents.change(
        store, published.PIPELINE, pipeline, lambda body: {**body, "status": published.DISABLED}
    )
    identity = schedule()
    Schedules(store, clock).turn()
    found = body_of(store, identity)
    assert "p is Disabled" in found["error"]
    assert found["due"] == NOON + HOUR


def test_a_pipeline_endpoint_gives_its_default_version(store, schedule, clock, pipeline):
    versions = {"name": "e", "default_version": "0", "versions": {"0": pipeline}}
    endpoint = documents.create(store, published.ENDPOINT, {**versions, "status": published.ACTIVE})
    schedule(pipeline_id=None, pipeline_endpoint_id=endpoint.id)
    Schedules(store, clock).turn()
    assert store.runs.submitted()[0].pipeline.pipeline_id == pipeline


def test_changed_files_start_one_run_together(store, watching, put, clock):
    identity = watching()
    todo = Schedules(store, clock)
    put("a.csv")
    put("b.csv")

    todo.turn()
    assert len(store.runs.submitted()) == 1
    assert body_of(store, identity)["due"] == NOON + 300

    clock.now += 300
    todo.turn()  # nothing has changed
    assert len(store.runs.submitted()) == 1

    put("a.csv", "xy", at=clock.now)
    clock.now += 300
    todo.turn()
    assert len(store.runs.submitted()) == 2


def test_each_changed_file_starts_a_run_of_its_own_if_a_parameter_gets_it(
    store, watching, put, clock
):
    watching(data_path_parameter_name="data")
    put("a.csv")
    put("b.csv")

    Schedules(store, clock).turn()

    found = [run.pipeline.parameters["data"] for run in store.runs.submitted()]
    assert sorted(item["RelativePath"] for item in found) == ["in/a.csv", "in/b.csv"]
    assert {item["DataStoreName"] for item in found} == {"main"}


def test_a_parameter_that_is_a_text_gets_the_path(store, watching, put, clock):
    watching(data_path_parameter_name="text")
    put("a.csv")
    Schedules(store, clock).turn()
    assert store.runs.submitted()[0].pipeline.parameters["text"] == "in/a.csv"


def test_a_look_that_is_repeated_submits_nothing_twice_and_misses_nothing(
    store, watching, put, clock, monkeypatch
):
    watching(data_path_parameter_name="text")
    put("a.csv")

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(agent_schedules.documents, "change", die)
        with pytest.raises(KeyboardInterrupt):
            Schedules(store, clock).turn()
    put("b.csv")
    put("a.csv", "changed", at=NOON - 30)

    Schedules(store, clock).turn()

    found = sorted(run.pipeline.parameters["text"] for run in store.runs.submitted())
    assert found == ["in/a.csv", "in/a.csv", "in/b.csv"]


def test_a_file_that_is_being_written_is_taken_at_the_next_look(store, watching, put, clock):
    watching()
    put("a.csv", at=NOON - 1)
    todo = Schedules(store, clock)
    todo.turn()
    assert store.runs.submitted() == []
    clock.now += 300
    todo.turn()
    assert len(store.runs.submitted()) == 1


def test_a_place_that_is_not_there_has_no_files(store, watching, clock):
    identity = watching(path="nowhere")
    Schedules(store, clock).turn()
    assert (body_of(store, identity)["error"], store.runs.submitted()) == (None, [])


def test_a_place_outside_of_the_datastore_is_not_looked_at(store, watching, clock):
    identity = watching(path="../..")
    Schedules(store, clock).turn()
    assert "leaves the datastore" in body_of(store, identity)["error"]


@pytest.mark.faults
def test_agents_that_are_killed_submit_each_due_time_once(store, schedule, pipeline):
    ids = [schedule(name=f"s{number}", due=time.time() - 60) for number in range(30)]
    kills = random.Random(1)  # noqa: S311 - the same moments every time

    def all_noted():
        return all(body_of(store, identity)["due"] > time.time() for identity in ids)

    for _ in range(200):
        client.wake(store.folder)
        time.sleep(kills.uniform(0, 0.05))
        if all_noted():
            break
        os.kill(wait_until(lambda: client.running(store.folder)), signal.SIGKILL)

    assert all_noted()
    runs = [run.pipeline.schedule_id for run in store.runs.submitted()]
    assert sorted(runs) == sorted(ids)
