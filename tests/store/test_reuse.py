"""Whether an earlier result stands for a step, and what is said of it."""

import shutil
from dataclasses import replace

import pytest
from reuse_support import (
    dataset,
    do,
    literals,
    output,
    reads,
    step,
    steps_of,
    submit,
)

from synapse_magics.store import reuse
from synapse_magics.store.specs import Argument, ArgumentKind, InputIdentity, PipelineSpec


@pytest.fixture
def root(store):
    folder = store.datastore_root("main")
    (folder / "t.csv").write_text("ab")
    return folder


@pytest.fixture
def pair(store, root):
    """Make a step that reads a file, and one that reads what it makes."""
    first = step(store, "first", inputs=(dataset(store, "t.csv"),))
    return first, step(store, "second", inputs=(reads("first"),))


def said(store, *steps, experiment="exp", **options):
    verdicts = reuse.plan(store, steps, PipelineSpec(**options), experiment=experiment)
    return {spec.name: verdicts[spec.node].text for spec in steps}


def short(run):
    return run.root_id[:8]


def test_a_step_that_has_never_run_runs(store, pair):
    assert said(store, *pair) == {
        "first": "runs, because: it has not completed before",
        "second": "runs, because: input data is new: step first runs",
    }


def test_what_was_done_is_reused(store, pair):
    run = do(store, *pair)["first"]

    assert said(store, *pair) == dict.fromkeys(["first", "second"], f"reused from run {short(run)}")


def test_it_is_reused_by_any_experiment(store, pair):
    run = do(store, *pair, experiment="mine")["first"]

    assert said(store, *pair, experiment="yours")["first"] == f"reused from run {short(run)}"


def test_a_step_that_failed_is_no_result(store, pair):
    do(store, *pair, fails=["second"])

    assert said(store, *pair)["second"] == "runs, because: it has not completed before"


def test_the_own_run_is_no_earlier_result(store, pair):
    run = do(store, *pair)["first"]
    verdicts = reuse.plan(store, pair, PipelineSpec(), experiment="exp", root_id=run.root_id)

    assert [verdict.reused for verdict in verdicts.values()] == [None, None]


def test_changed_code_says_the_line_and_lets_what_depends_on_it_run(store, pair):
    first, second = pair
    do(store, *pair)
    changed = step(store, "first", "print(2)\n", inputs=first.inputs)

    assert said(store, changed, second) == {
        "first": "runs, because: line 1 of first.py changed",
        "second": "runs, because: input data is new: step first runs",
    }


def test_all_reasons_are_told_at_once(store, pair):
    first, _ = pair
    do(store, *pair)
    changed = step(
        store, "first", "print(2)\n", inputs=first.inputs, arguments=literals("--a", "1")
    )

    assert said(store, changed)["first"] == (
        "runs, because: line 1 of first.py changed; argument --a is new (1)"
    )


def test_a_parameter_of_the_pipeline(store):
    fit = step(store, arguments=(*literals("--alpha"), Argument(ArgumentKind.PARAMETER, "alpha")))
    run = do(store, fit, parameters={"alpha": 0.1})["fit"]

    assert said(store, fit, parameters={"alpha": 0.2})["fit"] == (
        "runs, because: argument --alpha 0.1 -> 0.2"
    )
    do(store, fit, parameters={"alpha": 0.2})
    # And back again: not the last result, but one that fits.
    assert said(store, fit, parameters={"alpha": 0.1})["fit"] == f"reused from run {short(run)}"


def test_a_file_behind_an_input_that_changed(store, root, pair):
    do(store, *pair)
    (root / "t.csv").write_text("cd")  # of the same size

    assert said(store, *pair)["first"] == "runs, because: input table: t.csv changed"


def test_azure_mls_rule_does_not_see_the_bytes(store, root, pair):
    run = do(store, *pair)["first"]
    (root / "t.csv").write_text("cd")
    told = said(store, *pair, input_identity=InputIdentity.DEFINITION)

    assert told == dict.fromkeys(["first", "second"], f"reused from run {short(run)}")


def test_a_result_by_definition_is_no_result_by_content(store, root, pair):
    """What was made of the old bytes under that rule never stands for the new ones."""
    first, second = pair
    do(store, *pair)
    (root / "t.csv").write_text("cd")
    changed = step(store, "second", "print(2)\n", inputs=second.inputs)
    do(store, first, changed, input_identity=InputIdentity.DEFINITION)

    assert said(store, first, changed) == {
        "first": "runs, because: input table: its files changed",  # nobody has looked at them
        "second": "runs, because: input data is new: step first runs",
    }
    do(store, first, changed)
    assert "reused" in said(store, first, changed)["second"]


def test_an_input_that_is_gone(store, root, pair):
    do(store, *pair)
    (root / "t.csv").unlink()

    assert said(store, *pair) == {
        "first": "runs, because: input table cannot be read: 't.csv' is not on the datastore",
        "second": "runs, because: input data is new: step first runs",
    }


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (shutil.rmtree, "was deleted"),
        (lambda place: (place / "part").write_text("other"), "was altered"),
        (lambda place: (place / "part").write_text("MADE"), "was altered"),
        (lambda place: (place / "more").write_text(""), "has got other files"),
    ],
    ids=["deleted", "altered", "of the same size", "one more"],
)
def test_an_output_that_is_not_what_it_was(store, root, pair, act, words):
    run = do(store, *pair)["first"]
    act(root / "runs" / run.id / "out")

    assert said(store, *pair) == {
        "first": f"runs, because: output out of run {short(run)} {words}",
        "second": "runs, because: input data is new: step first runs",
    }


def test_an_output_that_was_only_touched(store, root, pair):
    run = do(store, *pair)["first"]
    (root / "runs" / run.id / "out" / "part").touch()

    assert said(store, *pair)["first"] == f"reused from run {short(run)}"


def test_of_several_results_one_that_is_whole_is_taken(store, root):
    fit = step(store)
    one = do(store, fit)["fit"]
    two = do(store, fit, regenerate_outputs=True)["fit"]
    shutil.rmtree(root / "runs" / two.id)

    assert said(store, fit)["fit"] == f"reused from run {short(one)}"


def test_a_step_that_is_never_reused_makes_what_depends_on_it_run(store, pair):
    first, second = pair
    always = replace(first, allow_reuse=False)
    one = do(store, always, second)["second"]

    assert said(store, always, second) == {
        "first": "runs, because: its results are never reused",
        "second": "runs, because: input data is new: step first runs",
    }
    two = do(store, always, second)["second"]
    assert two.source_id is None
    assert two.because == f"input data is new: step first ran again since run {short(one)}"


def test_a_result_that_was_made_anew_in_any_case_can_be_reused(store, pair):
    do(store, *pair)
    told = said(store, *pair, regenerate_outputs=True)
    again = do(store, *pair, regenerate_outputs=True)["first"]

    assert told["first"] == "runs, because: all outputs are generated anew"
    assert said(store, *pair) == dict.fromkeys(
        ["first", "second"], f"reused from run {short(again)}"
    )


def test_what_somebody_asks_for_runs(store, pair):
    do(store, *pair)
    forced = replace(pair[0], must_run="asked for by --from")

    assert said(store, forced)["first"] == "runs, because: asked for by --from"


def test_a_step_that_runs_in_any_case_is_compared_all_the_same(store, pair):
    """So that --diff has something to show."""
    run = do(store, *pair)["first"]
    forced = replace(pair[0], allow_reuse=False)
    verdict = reuse.judge(store, forced, PipelineSpec(), {}, experiment="exp")

    assert verdict.compared.id == run.id


def test_an_input_that_changed_while_the_step_ran_makes_a_result_of_nothing(store, root, pair):
    first, _ = pair
    run = do(store, first, during=lambda: (root / "t.csv").write_text("cd"))["first"]
    (root / "t.csv").write_text("ab")

    assert said(store, first)["first"] == (
        f"runs, because: an input changed while run {short(run)} read it"
    )


def test_a_consumer_is_not_reused_when_its_producer_ran_anew_though_it_made_the_same(store, pair):
    one = do(store, *pair)["second"]
    first, second = do(store, *pair, regenerate_outputs=True).values()
    shutil.rmtree(store.datastore_root("main") / "runs" / second.id)

    # The first step has a result that is whole, the second only one of other data.
    assert said(store, *pair) == {
        "first": f"reused from run {short(first)}",
        "second": f"runs, because: output out of run {short(second)} was deleted",
    }
    assert one.root_id != first.root_id


def test_whose_result_an_input_is(store, root, pair):
    """The producer's own change of mind is told: back to an earlier result."""
    first, second = pair
    one = do(store, first, second, fails=["second"])["first"]
    other = step(store, "first", "print(2)\n", inputs=first.inputs)
    two = do(store, other, second)["first"]

    assert said(store, first, second) == {
        "first": f"reused from run {short(one)}",
        "second": f"runs, because: input data is not that of run {short(two)}: the result of step"
        f" first is from run {short(one)}",
    }


def test_the_agent_says_that_an_input_is_new_when_it_is_there_already(store, pair):
    first, second = pair
    one = do(store, *pair)["first"]
    changed = step(store, "first", "print(2)\n", inputs=first.inputs)
    found = do(store, changed, second)

    assert found["second"].because == (
        f"input data is new: step first ran again since run {short(one)}"
    )


def test_a_version_of_a_dataset(store, root, pair):
    first, _ = pair
    for name in ("t.csv", "u.csv"):
        (root / name).write_text(name)
        body = {"saved_id": dataset(store, name).dataset_id, "type": "file"}
        store.registry.add_version("dataset", "titanic", body)
    do(store, first)
    newer = replace(first, inputs=(dataset(store, "u.csv"),))

    assert said(store, newer)["first"] == (
        "runs, because: input table has a new version (titanic:1 -> titanic:2)"
    )


def test_a_kept_result_stands_whatever_changed_and_says_what(store, pair):
    run = do(store, *pair)["first"]
    changed = step(store, "first", "print(2)\n", inputs=pair[0].inputs, keep=run.id)

    assert said(store, changed, pair[1]) == {
        "first": f"kept from run {short(run)}; although line 1 of first.py changed",
        "second": f"reused from run {short(run)}",
    }


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda store, run: shutil.rmtree(store.datastore_root("main") / "runs" / run.id),
            "output out of run {} , which was to be kept, was deleted",
        ),
        (None, "run {}, which was to be kept, has no output more"),
    ],
)
def test_a_result_that_cannot_be_kept(store, pair, spoil, words):
    run = do(store, *pair)["first"]
    kept = replace(pair[0], keep=run.id)
    if spoil is None:
        kept = replace(kept, outputs=(*kept.outputs, output("more")))
    else:
        spoil(store, run)

    assert said(store, kept)["first"] == "cannot start: " + words.format(short(run)).replace(
        " ,", ","
    )


def test_a_run_that_was_to_be_kept_and_is_gone(store, pair):
    kept = replace(pair[0], keep="0123456789")

    assert said(store, kept)["first"] == (
        "cannot start: run 01234567, which was to be kept, is gone"
    )


def test_what_was_made_of_a_kept_result_is_reused_by_a_whole_run(store, pair):
    first, second = pair
    run = do(store, first)["first"]
    only = do(store, replace(first, keep=run.id, inputs=()), second)["second"]

    assert said(store, *pair) == {
        "first": f"reused from run {short(run)}",
        "second": f"reused from run {short(only)}",
    }


def test_what_was_made_of_a_kept_result_is_not_reused_once_the_producer_changed(store, pair):
    first, second = pair
    run = do(store, first)["first"]
    changed = step(store, "first", "print(2)\n", inputs=first.inputs)
    do(store, replace(changed, keep=run.id), second)

    assert said(store, changed, second) == {
        "first": "runs, because: line 1 of first.py changed",
        "second": "runs, because: input data is new: step first runs",
    }


def test_a_jar_outside_of_the_sources_counts_by_its_content(store, tmp_path):
    jar = tmp_path / "x.jar"
    jar.write_text("1")
    fit = step(store, spark_conf={"spark.jars": f"{jar},lib/own.jar"})
    (verdict,) = reuse.plan(store, [fit], PipelineSpec(), experiment="exp").values()
    do(store, fit)
    assert str(tmp_path) not in str(verdict.fingerprint.parts)
    assert "reused" in said(store, fit)["fit"]

    jar.write_text("2")
    assert said(store, fit)["fit"].startswith("runs, because: Spark setting spark.jars x.jar ")


def test_a_run_of_old_has_no_fingerprint_and_is_no_result(store, pair):
    do(store, *pair)
    with store.database.transaction() as connection:
        connection.execute("DELETE FROM fingerprints")

    assert said(store, *pair)["first"] == "runs, because: it has not completed before"


def test_a_fingerprint_of_an_attempt_before_goes_when_there_is_none_any_more(store, pair):
    run_id = submit(store, *pair)
    first = steps_of(store, run_id)["first"]
    taken = reuse.judge(store, first.step, PipelineSpec(), {}, experiment="exp")
    for verdict in (taken, replace(taken, fingerprint=None)):
        with store.database.transaction() as connection:
            reuse.write(connection, first.id, verdict)

    assert store.database.rows("SELECT * FROM fingerprints") == []
