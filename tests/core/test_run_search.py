"""Runs and steps by what people call them."""

import pytest
from support import make_step, submit

from synapse_magics.core.exceptions import ServiceException, UserErrorException
from synapse_magics.core.run_search import find_run, find_runs, find_step, parse_tags
from synapse_magics.store.specs import PipelineSpec
from synapse_magics.store.states import RunStatus as S


def test_the_last_run_is_the_newest(workspace):
    submit(workspace.store, make_step("a"))
    newest, _ = submit(workspace.store, make_step("a"))

    assert find_run(workspace, "last").id == newest


def test_the_last_run_of_an_experiment(workspace):
    run_id, _ = submit(workspace.store, make_step("a"))
    workspace.store.runs.submit("other", PipelineSpec(), [make_step("a")])

    assert find_run(workspace, "last", "exp").id == run_id
    with pytest.raises(ServiceException, match="nothing was submitted yet as nobody"):
        find_run(workspace, "last", "nobody")


def test_a_step_leads_to_its_run(workspace):
    run_id, (step,) = submit(workspace.store, make_step("a"))

    assert find_run(workspace, run_id[:8]).id == run_id
    assert find_run(workspace, step).id == run_id


def test_without_a_name_it_is_the_step_to_look_at(workspace):
    run_id, (_, second) = submit(workspace.store, make_step("a"), make_step("b"))
    workspace.store.runs.transition(second, S.NOT_STARTED, S.RUNNING)

    run = find_run(workspace, run_id)
    assert find_step(run).name == "b"
    assert find_step(run, "a").name == "a"
    with pytest.raises(UserErrorException, match="no step 'c'"):
        find_step(run, "c")


def test_a_run_without_steps_has_none_to_look_at(workspace):
    run_id, _ = submit(workspace.store)
    with pytest.raises(ServiceException, match="the run has no steps"):
        find_step(find_run(workspace, run_id))


def test_runs_by_tags(workspace):
    ids = [
        workspace.store.runs.submit("exp", PipelineSpec(), [make_step("a")], tags=tags)
        for tags in ({"by": "ann"}, {"by": "bob", "nightly": None}, None)
    ]

    def found(**tags):
        return [ids.index(run.id) for run in find_runs(workspace, tags=tags)]

    assert found() == [2, 1, 0]
    assert found(by=None) == [1, 0]
    assert found(by="ann") == [0]
    assert found(by="bob", nightly=None) == [1]
    assert found(by="'; DROP TABLE runs; --") == []
    assert len(find_runs(workspace, limit=1)) == 1


def test_tags_as_they_are_typed():
    assert parse_tags(["nightly", "by=ann", "eq=a=b", "none="]) == {
        "nightly": None,
        "by": "ann",
        "eq": "a=b",
        "none": "",
    }
    assert parse_tags(None) == {}
    with pytest.raises(UserErrorException, match="'=x' is not a tag"):
        parse_tags(["=x"])
