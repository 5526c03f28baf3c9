"""A step that is ready takes over an earlier result, or is told why it runs."""

import shutil
from dataclasses import replace

import pytest
from reuse_support import dataset, do, execute, output, reads, step, steps_of, submit, work

from synapse_magics.agent import reusing
from synapse_magics.agent.binding import BindingError
from synapse_magics.store import reuse
from synapse_magics.store.run_state import read_run_state
from synapse_magics.store.specs import InputIdentity, Registration
from synapse_magics.store.states import RunStatus as S


@pytest.fixture
def root(store):
    folder = store.datastore_root("main")
    (folder / "t.csv").write_text("ab")
    return folder


@pytest.fixture
def pair(store, root):
    """Make a step that reads a file and registers its output, and one that reads that."""
    made = output(registration=Registration("champion"))
    first = step(store, "first", inputs=(dataset(store, "t.csv"),), outputs=(made,))
    return first, step(store, "second", inputs=(reads("first"),))


def versions(store):
    return [entry.version for entry in store.registry.entries("dataset")]


def reused(found):
    return {name: record.source_id is not None for name, record in found.items()}


def test_a_second_run_does_nothing_and_shows_the_first(store, pair):
    one, two = do(store, *pair), do(store, *pair)

    for name, record in two.items():
        first = one[name]
        assert (record.status, record.source_id) == (S.COMPLETED, first.id)
        assert record.content_id == first.id
        assert record.because == record.reason == f"reused from run {first.root_id[:8]}"
        assert (record.started, record.ended is None) == (None, False)
        assert store.records.properties(record.id) == {
            "azureml.isreused": "true",
            "azureml.reusedrunid": first.id,
            "azureml.reusednodeid": name,
            "azureml.reusedpipeline": first.root_id,
            "azureml.reusedpipelinerunid": first.root_id,
        }
        assert store.records.outputs(record.id) == store.records.outputs(first.id)


def test_its_picture_has_the_metrics_of_the_first(store, pair):
    do(store, *pair)
    state = read_run_state(store, do(store, *pair)["first"].root_id)

    assert [(item.reused, item.metrics) for item in state.steps] == [(True, {"rows": 3})] * 2


def test_a_reused_step_of_a_reused_step_shows_the_first_of_them(store, pair):
    one = do(store, *pair)
    for _ in range(2):
        again = do(store, *pair)
        assert {name: record.source_id for name, record in again.items()} == {
            name: record.id for name, record in one.items()
        }


def test_a_result_stays_when_a_run_that_reused_it_has_changed_its_mind(store, pair):
    """Only the run that made it counts, whatever came between."""
    one = do(store, *pair)["first"]
    do(store, step(store, "first", "print(2)\n", inputs=pair[0].inputs))

    assert do(store, *pair)["first"].source_id == one.id


def test_an_output_is_registered_once_as_long_as_it_is_the_same(store, pair):
    first = do(store, *pair)["first"]
    do(store, *pair)

    assert versions(store) == [1]
    do(store, *pair, regenerate_outputs=True)
    assert store.registry.get("dataset", "champion").version == 2
    # The result of the first run is the only one left: the latest version is what was made.
    newest = store.registry.get("dataset", "champion").body["run_id"]
    shutil.rmtree(store.datastore_root("main") / "runs" / newest)
    assert do(store, *pair)["first"].source_id == first.id
    entry = store.registry.get("dataset", "champion")
    assert (entry.version, entry.body["saved_id"]) == (
        3,
        store.records.outputs(first.id)[0].dataset_id,
    )


def test_an_output_that_is_to_be_registered_from_now_on(store, pair):
    first, _ = pair
    do(store, replace(first, outputs=(output(),)))
    assert versions(store) == []

    found = do(store, first)["first"]
    assert found.source_id is not None
    assert versions(store) == [1]


def test_who_runs_has_a_reason_and_a_fingerprint(store, pair):
    found = do(store, *pair)

    assert [record.because for record in found.values()] == ["it has not completed before"] * 2
    assert reused(found) == {"first": False, "second": False}


def test_a_result_that_goes_between_the_look_and_the_decision_is_not_taken(
    store, pair, monkeypatch
):
    one = do(store, pair[0])["first"]
    judge = reuse.judge

    def slow(*args, **options):
        verdict = judge(*args, **options)
        with store.database.transaction() as connection:
            connection.execute("DELETE FROM fingerprints WHERE run_id = ?", (one.id,))
            connection.execute("DELETE FROM runs WHERE id = ?", (one.id,))
        return verdict

    monkeypatch.setattr(reuse, "judge", slow)
    found = do(store, pair[0])["first"]

    assert (found.source_id, found.because) == (None, "it has not completed before")


def test_a_step_that_is_canceled_meanwhile_takes_nothing_over(store, pair):
    do(store, pair[0])
    run_id = submit(store, pair[0])
    stale = steps_of(store, run_id)["first"]
    store.runs.transition(stale.id, S.NOT_STARTED, S.CANCELED)

    assert not reusing.take_over(store, store.runs.get(run_id), stale)
    assert store.runs.get(stale.id).source_id is None
    assert store.records.outputs(stale.id) == []
    assert store.records.properties(stale.id) == {}


def test_what_was_to_be_kept_and_is_gone_fails_its_step(store, root, pair):
    one = do(store, pair[0])["first"]
    shutil.rmtree(root / "runs" / one.id)
    run_id = submit(store, replace(pair[0], keep=one.id))

    with pytest.raises(BindingError, match="which was to be kept, was deleted") as caught:
        execute(store, run_id)
    assert (caught.value.where, caught.value.hint) == (
        "step first",
        "%synapse_submit --from first runs it anew",
    )


def test_a_kept_step_takes_its_outputs_over_without_what_it_read(store, pair):
    first, second = pair
    one = do(store, first)["first"]
    found = do(store, replace(first, keep=one.id, inputs=()), second)

    assert reused(found) == {"first": True, "second": False}
    assert found["first"].because == f"kept from run {one.root_id[:8]}"
    assert store.records.outputs(found["first"].id) == store.records.outputs(one.id)
    assert reused(do(store, *pair)) == {"first": True, "second": True}


def test_a_kept_result_of_a_reused_step_is_the_first_one(store, pair):
    one = do(store, pair[0])["first"]
    two = do(store, pair[0])["first"]
    found = do(store, replace(pair[0], keep=two.content_id))["first"]

    assert found.source_id == one.id


def test_what_is_to_be_expected_is_said_before_anything_runs(store, pair):
    run_id = submit(store, *pair)
    reusing.foresee(store, store.runs.get(run_id))

    assert {name: record.because for name, record in steps_of(store, run_id).items()} == {
        "first": "it has not completed before",
        "second": "input data is new: step first runs",
    }


def test_what_has_begun_keeps_its_own_reasons(store, pair):
    run_id = submit(store, *pair)
    run = store.runs.get(run_id)
    first = steps_of(store, run_id)["first"]
    reusing.take_over(store, run, first)
    store.runs.transition(first.id, S.NOT_STARTED, S.RUNNING)
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET because = 'mine' WHERE id = ?", (first.id,))
    reusing.foresee(store, run)

    assert store.runs.get(first.id).because == "mine"


def test_an_input_that_changes_while_its_step_runs_makes_no_result(store, root, pair):
    run_id = submit(store, pair[0])
    first = steps_of(store, run_id)["first"]
    reusing.take_over(store, store.runs.get(run_id), first)
    assert reusing.is_reusable(store, first)
    work(store, first, during=lambda: (root / "t.csv").write_text("cd"))

    assert not reusing.is_reusable(store, first)
    assert do(store, pair[0])["first"].source_id is None


def test_by_definition_nobody_looks_at_the_bytes_of_an_input(store, root, pair, monkeypatch):
    monkeypatch.setattr(
        "synapse_magics.store.step_fingerprints.dataset_hashes", lambda *_: pytest.fail("looked")
    )
    first = do(store, pair[0], input_identity=InputIdentity.DEFINITION)["first"]
    (root / "t.csv").write_text("cd")

    again = do(store, pair[0], input_identity=InputIdentity.DEFINITION)["first"]
    assert again.source_id == first.id


def test_a_package_that_changes_while_its_step_runs_makes_no_result(store, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mine_at_work.py").write_text("x = 1")
    asked = {"python": "any", "mine_at_work": "any"}  # whoever starts it looks by itself
    fit = step(store, text="import mine_at_work\n", environment=asked)

    def during():
        (tmp_path / "mine_at_work.py").write_text("x = 2")

    do(store, fit, during=during)
    assert do(store, fit)["fit"].source_id is None
    assert do(store, fit)["fit"].source_id is not None


def test_the_environment_is_that_of_the_process_that_starts_the_step(store, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mine_to_run.py").write_text("x = 1")
    asked = {"python": "any", "mine_to_run": "of the submitter"}
    do(store, step(store, text="import mine_to_run\n", environment=asked))
    (tmp_path / "mine_to_run.py").write_text("x = 2")

    assert (
        do(store, step(store, text="import mine_to_run\n", environment=asked))["fit"].source_id
        is None
    )


def test_a_step_without_a_fingerprint_is_no_result(store, pair):
    run_id = submit(store, pair[0])
    assert not reusing.is_reusable(store, steps_of(store, run_id)["first"])


def test_an_attempt_more_asks_again(store, pair):
    run_id = submit(store, pair[0])
    first = steps_of(store, run_id)["first"]
    reusing.take_over(store, store.runs.get(run_id), first)
    store.runs.transition(first.id, S.NOT_STARTED, S.RUNNING)
    store.runs.transition(first.id, S.RUNNING, S.QUEUED)
    other = do(store, pair[0])["first"]  # somebody else was faster

    assert reusing.take_over(store, store.runs.get(run_id), store.runs.get(first.id))
    assert store.runs.get(first.id).source_id == other.id
