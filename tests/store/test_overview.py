"""Many runs at a glance, with a few queries."""

import pytest
from support import make_step, submit

from synapse_magics.store.overview import experiment_lines, registered_as, run_lines
from synapse_magics.store.states import RunStatus


@pytest.fixture
def queries(store, monkeypatch):
    """Count what the database is asked."""
    asked = []
    rows = store.database.rows

    def counting(statement, parameters=()):
        asked.append(statement)
        return rows(statement, parameters)

    monkeypatch.setattr(store.database, "rows", counting)
    return asked


def test_the_newest_run_comes_first_with_its_steps_counted(store):
    submit(store, make_step("one"))
    second, (prep, _) = submit(store, make_step("prep"), make_step("train", "prep"))
    store.runs.transition(prep, RunStatus.NOT_STARTED, RunStatus.COMPLETED)
    store.records.set_tag(second, "by", "ann")

    newest, oldest = run_lines(store, limit=10)

    assert (newest.number, oldest.number) == (2, 1)
    assert newest.steps == {RunStatus.COMPLETED: 1, RunStatus.NOT_STARTED: 1}
    assert newest.tags == {"by": "ann"}
    assert newest.elapsed(newest.created + 5) == 5


def test_as_many_as_asked_for(store):
    for _ in range(3):
        submit(store, make_step("one"))
    assert [line.number for line in run_lines(store, limit=2)] == [3, 2]


def test_the_number_of_queries_does_not_grow_with_the_runs(store, queries):
    submit(store, make_step("one"))
    queries.clear()
    run_lines(store, limit=50)
    few = len(queries)
    for _ in range(20):
        submit(store, make_step("one"), make_step("two"))
    queries.clear()
    run_lines(store, limit=50)
    assert len(queries) == few == 3


def test_those_of_an_experiment_a_published_pipeline_or_a_schedule(store):
    submit(store, make_step("one"))
    mine, _ = submit(store, make_step("one"), pipeline_id="p1", schedule_id="s1")

    assert len(run_lines(store, limit=9, experiment="exp")) == 2
    assert run_lines(store, limit=9, experiment="other") == []
    assert [line.id for line in run_lines(store, limit=9, pipeline_id="p1")] == [mine]
    assert [line.id for line in run_lines(store, limit=9, schedule_id="s1")] == [mine]


def test_experiments_tell_how_their_last_run_went(store):
    store.registry.save("experiment", "empty", {})
    first, _ = submit(store, make_step("one"))
    store.runs.transition(first, RunStatus.NOT_STARTED, RunStatus.FAILED)
    submit(store, make_step("one"))

    used, empty = experiment_lines(store)

    assert (used.name, used.runs, used.unfinished) == ("exp", 2, 1)
    assert used.last_status is RunStatus.NOT_STARTED
    assert (empty.name, empty.runs, empty.last_status) == ("empty", 0, None)


def test_a_saved_dataset_is_found_by_its_latest_name(store):
    store.registry.add_version("dataset", "titanic", {"saved_id": "s1", "type": "file"})
    store.registry.add_version("dataset", "titanic", {"saved_id": "s2", "type": "file"})

    assert registered_as(store, "s2") == ("titanic", 2)
    assert registered_as(store, "s3") is None


def test_versions_come_latest_first(store):
    for number in range(3):
        store.registry.add_version("dataset", "titanic", {"saved_id": str(number)})
    assert [entry.version for entry in store.registry.versions("dataset", "titanic", 2)] == [3, 2]
