"""Go on from an earlier run: what completed is kept, the rest runs."""

import shutil
from dataclasses import replace

import pytest
from reuse_support import do, execute, output, reads, step, steps_of, submit

from synapse_magics import Experiment
from synapse_magics.agent import client
from synapse_magics.core.exceptions import ServiceException
from synapse_magics.core.pipeline_run import PipelineRun
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.resumption import apply, parameters, resume
from synapse_magics.pipeline.selection import EVERYTHING, Selection
from synapse_magics.store.packages import versions
from synapse_magics.store.reuse import plan
from synapse_magics.store.specs import PipelineSpec, StepKind
from synapse_magics.store.states import RunStatus as S


@pytest.fixture(autouse=True)
def no_agent(monkeypatch):
    monkeypatch.setattr(client, "wake", lambda _: None)


@pytest.fixture
def store(workspace):
    """Give the datastore of the workspace the name that the steps know."""
    workspace.store.registry.put("datastore", "main", {"root": "datastores/main"})
    (workspace.store.folder / "datastores" / "main").mkdir()
    return workspace.store


@pytest.fixture
def chain(store):
    first = step(store, "first")
    second = step(store, "second", inputs=(reads("first"),))
    return first, second, step(store, "third", inputs=(reads("second"),))


def chosen(store, steps, **fields):
    """Return what becomes of steps: their names, and those that are kept."""
    found = apply(store, steps, Selection(**fields), "exp")
    return {spec.name: spec.keep for spec in found}


def failed(store, chain, **options):
    """Run the chain; its last step fails."""
    found = do(store, *chain, fails=["third"], **options)
    return found, found["first"].root_id


def again(workspace, run_id, **options):
    run = PipelineRun(Experiment(workspace, "exp"), run_id)
    made = resume(run, **options)
    return execute(workspace.store, made.id)


def test_everything_is_everything(store, chain):
    assert apply(store, chain, EVERYTHING, "exp") == list(chain)


def test_what_completed_is_kept(store, chain):
    found, run_id = failed(store, chain)

    assert chosen(store, chain, resume=run_id) == {
        "first": found["first"].id,
        "second": found["second"].id,
        "third": None,
    }


def test_what_completed_and_is_not_whole_any_more_runs(store, chain):
    found, run_id = failed(store, chain)
    shutil.rmtree(store.datastore_root("main") / "runs" / found["second"].id)

    assert chosen(store, chain, resume=run_id) == {
        "first": found["first"].id,
        "second": None,
        "third": None,
    }


def test_a_step_that_has_one_output_more_now_runs(store, chain):
    """What reads that output would find nothing."""
    found, run_id = failed(store, chain)
    second = replace(chain[1], outputs=(*chain[1].outputs, output("more")))

    assert chosen(store, (chain[0], second, chain[2]), resume=run_id) == {
        "first": found["first"].id,
        "second": None,
        "third": None,
    }


def test_what_was_reused_is_kept_as_what_it_shows(store, chain):
    one = do(store, *chain)
    found, run_id = failed(store, (*chain[:2], replace(chain[2], version="2")))

    assert found["first"].id != one["first"].id
    assert chosen(store, chain, resume=run_id)["first"] == one["first"].id


def test_a_part_keeps_the_latest_result_of_what_it_reads(store, chain):
    do(store, *chain)
    latest = do(store, *chain, regenerate_outputs=True)

    assert chosen(store, chain, only=("third",)) == {
        "second": latest["second"].id,
        "third": None,
    }


def test_results_of_the_own_experiment_come_first(store, chain):
    own = do(store, *chain)
    do(store, *chain, experiment="other", regenerate_outputs=True)

    assert chosen(store, chain, only=("third",))["second"] == own["second"].id


def test_a_kept_step_reads_only_what_is_there(store, chain):
    do(store, *chain)
    kept, third = apply(store, chain, Selection(only=("third",)), "exp")

    assert (kept.inputs, kept.upstream) == ((), frozenset())
    assert (third.inputs, third.must_run) == (chain[2].inputs, "asked for by --only")


@pytest.mark.parametrize("spoil", [True, False])
def test_a_result_that_is_to_be_kept_and_is_not_there(store, chain, spoil):
    if spoil:
        found = do(store, *chain)
        shutil.rmtree(store.datastore_root("main") / "runs" / found["second"].id)
    what = "has no whole outputs left" if spoil else "has never completed"
    with pytest.raises(PipelineError, match=f"step second {what}") as caught:
        chosen(store, chain, only=("third",))
    assert caught.value.where == "step second"
    assert caught.value.hint == "%synapse_submit --from second runs it as well"


def test_steps_of_one_name_cannot_be_told_apart(store, chain):
    twice = (chain[0], replace(chain[0], node="other"))
    with pytest.raises(PipelineError, match="steps of one name cannot be told apart"):
        chosen(store, twice, only=("first",))


def test_a_run_that_goes_on_cannot_be_resumed(store, chain):
    run_id = submit(store, *chain)
    with pytest.raises(PipelineError, match="has not ended: it is NotStarted"):
        chosen(store, chain, resume=run_id)


@pytest.mark.parametrize("step_run", [True, False])
def test_a_run_that_is_none_cannot_be_resumed(store, chain, step_run):
    reference = do(store, *chain)["first"].id if step_run else "nobody"
    with pytest.raises(ServiceException, match=f"Run {reference} not found"):
        chosen(store, chain, resume=reference)


def test_the_parameters_of_a_run_that_is_resumed(store, chain):
    _, run_id = failed(store, chain, parameters={"alpha": 2})

    assert parameters(store, Selection(resume=run_id)) == {"alpha": 2}
    assert parameters(store, EVERYTHING) == {}


def test_a_run_is_resumed_as_it_was(workspace, store, chain):
    found, run_id = failed(store, chain, parameters={"alpha": 2}, continue_on_step_failure=True)
    now = again(workspace, run_id)

    assert {name: record.source_id for name, record in now.items()} == {
        "first": found["first"].id,
        "second": found["second"].id,
        "third": None,
    }
    assert [record.status for record in now.values()] == [S.COMPLETED] * 3
    spec = store.runs.get(now["first"].root_id).pipeline
    assert (spec.resumes, spec.parameters) == (run_id, {"alpha": 2})
    assert spec.continue_on_step_failure


def test_a_resumed_run_that_failed_again_is_resumed(workspace, store, chain):
    found, run_id = failed(store, chain)
    run = PipelineRun(Experiment(workspace, "exp"), run_id)
    second = resume(run)
    execute(store, second.id, fails=["third"])
    now = again(workspace, second.id)

    assert now["second"].source_id == found["second"].id
    assert now["third"].status is S.COMPLETED


def test_the_same_token_resumes_once(workspace, store, chain):
    _, run_id = failed(store, chain)
    run = PipelineRun(Experiment(workspace, "exp"), run_id)

    one, two = (resume(run, client_token="nightly") for _ in range(2))  # noqa: S106

    assert one.id == two.id


def test_nothing_is_left_of_a_run_that_completed(workspace, store, chain):
    run_id = do(store, *chain)["first"].root_id
    with pytest.raises(PipelineError, match="no step is left to run"):
        again(workspace, run_id)


def test_who_wanted_everything_anew_gets_it_after_a_failure_too(workspace, store, chain):
    """An earlier result of the failed step is not what was asked for."""
    alone = step(store, "alone", environment=versions(StepKind.PYTHON, {}))
    do(store, alone)
    run_id = do(store, alone, regenerate_outputs=True, fails=["alone"])["alone"].root_id

    assert again(workspace, run_id)["alone"].source_id is None


def test_what_somebody_asked_for_runs_after_a_failure_too(workspace, store):
    alone = step(store, "alone", environment=versions(StepKind.PYTHON, {}))
    do(store, alone)
    asked = replace(alone, must_run="asked for by --from")
    run_id = do(store, asked, fails=["alone"])["alone"].root_id
    now = again(workspace, run_id)["alone"]

    assert (now.source_id, now.because) == (None, "asked for by --from")


def test_what_a_part_had_kept_is_kept_again(workspace, store, chain):
    one = do(store, *chain)
    part = apply(store, chain, Selection(only=("third",)), "exp")
    run_id = do(store, *part, fails=["third"])["third"].root_id
    now = again(workspace, run_id)

    assert now["second"].source_id == one["second"].id
    assert now["third"].status is S.COMPLETED


def test_what_a_part_had_kept_cannot_be_made_anew_without_what_it_read(workspace, store, chain):
    one = do(store, *chain)
    part = apply(store, chain, Selection(only=("third",)), "exp")
    run_id = do(store, *part, fails=["third"])["third"].root_id
    shutil.rmtree(store.datastore_root("main") / "runs" / one["second"].id)

    with pytest.raises(PipelineError, match=r"step second, which run .* had kept, are gone") as e:
        again(workspace, run_id)
    assert e.value.hint == "%synapse_submit --from second runs it anew"


def test_packages_that_were_updated_meanwhile_are_those_of_the_new_run(
    workspace, store, chain, monkeypatch, tmp_path
):
    old = {"python": "2.7", "pandas": "old"}
    _, run_id = failed(store, [replace(step, environment=old) for step in chain])
    told = tmp_path / "newer" / "pandas-99.9.dist-info" / "METADATA"
    told.parent.mkdir(parents=True)
    told.write_text("Metadata-Version: 2.1\nName: pandas\nVersion: 99.9\n")
    monkeypatch.syspath_prepend(str(tmp_path / "newer"))
    third = again(workspace, run_id)["third"]

    assert third.step.environment["pandas"] == "99.9"
    assert steps_of(store, run_id)["third"].step.environment == old


def test_a_result_that_would_be_reused_is_kept_rather_than_the_latest_one(store, chain):
    """The latest one may be of other parameters."""
    first, second, third = chain
    wanted = do(store, *chain)
    other = replace(second, version="other")
    do(store, first, other, third)

    def judge():
        return plan(store, chain, PipelineSpec(), experiment="exp")

    kept = {s.name: s.keep for s in apply(store, chain, Selection(only=("third",)), "exp", judge)}
    assert kept["second"] == wanted["second"].id
    kept = {s.name: s.keep for s in apply(store, chain, Selection(only=("third",)), "exp")}
    assert kept["second"] != wanted["second"].id
