"""The picture of a run that views are drawn from."""

from dataclasses import replace

import pytest
from support import make_step, submit

from synapse_magics.store.records import Metric
from synapse_magics.store.run_state import RunState, StepState, metric_values, read_run_state
from synapse_magics.store.runs import SCRIPT
from synapse_magics.store.specs import InputSpec, OutputSpec, PipelineSpec, StepKind
from synapse_magics.store.states import RunStatus as S


def step(name, status, ended=None, started=1.0):
    return StepState(name, name, name, StepKind.PYTHON, "c", status, started=started, ended=ended)


def run(*steps):
    return RunState("id", "exp", 1, S.RUNNING, created=0.0, taken=10.0, steps=steps)


@pytest.mark.parametrize(
    ("steps", "focus"),
    [
        ([step("a", S.COMPLETED, 2.0), step("b", S.RUNNING)], "b"),
        ([step("a", S.RUNNING), step("b", S.FAILED, 3.0)], "b"),
        ([step("a", S.FAILED, 5.0), step("b", S.FAILED, 3.0)], "b"),
        ([step("a", S.COMPLETED, 5.0), step("b", S.COMPLETED, 3.0)], "a"),
        ([step("a", S.NOT_STARTED), step("b", S.NOT_STARTED)], "a"),
    ],
    ids=["running", "failed before running", "first failed", "last ended", "nothing yet"],
)
def test_the_focus_is_what_to_look_at_first(steps, focus):
    assert run(*steps).focus.name == focus


def test_a_run_without_steps_has_no_focus():
    assert run().focus is None
    assert run().failed is None


@pytest.mark.parametrize(
    ("name", "typed"),
    [("fit", "fit"), ("fit a", '"fit a"'), ("it's", '"it\'s"'), ('a "b"', "'a \"b\"'")],
)
def test_after_a_failure_it_says_what_to_type(name, typed):
    failed = replace(run(step("a", S.COMPLETED), step(name, S.FAILED, 2.0)), status=S.FAILED)

    assert failed.how_to_go_on == (
        "%synapse_submit exp --resume id  # goes on once it is mended",
        f"%synapse_load {typed} --run id  # brings its inputs to the notebook",
    )


def test_the_picture_of_one_step_is_a_run_of_its_own():
    second = replace(step("b", S.FAILED, 3.0), upstream=("a",), reason="it broke")

    alone = run(step("a", S.COMPLETED, 2.0), second).of_step("b")

    assert (alone.id, alone.status, alone.reason, alone.title) == (
        "b",
        S.FAILED,
        "it broke",
        "exp · b",
    )
    assert (alone.elapsed, [one.name for one in alone.steps]) == (2.0, ["b"])
    assert alone.steps[0].upstream == ()
    assert alone.how_to_go_on == ("%synapse_load b --run id  # brings its inputs to the notebook",)


def test_a_step_that_waits_has_taken_no_time():
    assert run(step("a", S.NOT_STARTED, started=None)).of_step("a").elapsed == 0.0


def test_a_run_is_resumed_once_it_has_ended():
    (line,) = run(step("a", S.FAILED, 2.0), step("b", S.RUNNING)).how_to_go_on
    assert line.startswith("%synapse_load a ")
    assert run(step("a", S.RUNNING)).how_to_go_on == ()


def test_elapsed_times_stop_at_the_end():
    assert step("a", S.RUNNING).elapsed(4.0) == 3.0
    assert step("a", S.COMPLETED, 2.0).elapsed(4.0) == 1.0
    assert step("a", S.NOT_STARTED, started=None).elapsed(4.0) is None
    assert run().elapsed == 10.0


def test_a_metric_logged_once_is_a_value_and_else_a_list():
    metrics = [Metric("loss", 2), Metric("rows", 100), Metric("loss", 1)]

    assert metric_values(metrics) == {"loss": [2, 1], "rows": 100}


def test_the_picture_is_read_from_the_store(store):
    made = make_step("a", outputs=(OutputSpec("out", "mount", "main", "x"),))
    taker = make_step("b", inputs=(InputSpec("out", "mount", node="a", output="out"),))
    run_id, (first, second) = submit(store, made, taker)
    store.runs.transition(first, S.NOT_STARTED, S.RUNNING)
    store.records.add_metrics(first, [Metric("rows", 3)])
    store.runs.transition(first, S.RUNNING, S.FAILED, message="why", error={"message": "why"})

    state = read_run_state(store, run_id)

    assert [item.name for item in state.steps] == ["a", "b"]
    assert state.failed.id == first
    assert (state.failed.reason, state.failed.error) == ("why", {"message": "why"})
    assert state.failed.metrics == {"rows": 3}
    assert (state.steps[0].outputs, state.steps[1].inputs) == (("out",), ("out",))
    assert state.steps[1].upstream == ("a",)
    assert read_run_state(store, second).id == run_id
    assert read_run_state(store, "nothing") is None


def test_rows_that_were_logged_repeatedly_are_a_table():
    rows = [Metric("point", {"x": 1}), Metric("point", {"x": 2, "y": 3})]
    tables = [Metric("t", {"x": [1, 2]}), Metric("t", {"x": [3]})]
    mixed = [Metric("m", {"x": 1}), Metric("m", 2)]

    assert metric_values([*rows, *tables, *mixed]) == {
        "point": {"x": [1, 2], "y": [None, 3]},
        "t": {"x": [1, 2, 3]},
        "m": [{"x": 1}, 2],
    }


def test_only_pipelines_are_resumed(store):
    run_id = store.runs.submit("exp", PipelineSpec(), [make_step("a")], kind=SCRIPT)
    (step,) = store.runs.children(run_id)
    for one in (step.id, run_id):
        store.runs.transition(one, S.NOT_STARTED, S.RUNNING)
        store.runs.transition(one, S.RUNNING, S.FAILED)
    state = read_run_state(store, run_id)

    assert (state.kind, state.status) == (SCRIPT, S.FAILED)
    assert not any("resume" in line for line in (*state.how_to_go_on, *state.commands_to_go_on))


def test_a_run_of_many_steps_is_read_at_once(store, monkeypatch):
    asked = []
    rows, row = store.database.rows, store.database.row
    monkeypatch.setattr(store.database, "rows", lambda *given: asked.append(given) or rows(*given))
    monkeypatch.setattr(store.database, "row", lambda *given: asked.append(given) or row(*given))
    run_id, children = submit(store, *(make_step(f"s{n}") for n in range(50)))
    store.records.add_metrics(children[7], [Metric("loss", 0.5), Metric("loss", 0.25)])
    asked.clear()

    state = read_run_state(store, run_id)

    assert len(asked) < 10
    assert state.steps[7].metrics == {"loss": [0.5, 0.25]}
    assert state.steps[8].metrics == {}


def test_a_reused_step_shows_the_metrics_of_its_source(store):
    _, (first,) = submit(store, make_step("fit"))
    run_id, (second,) = submit(store, make_step("fit"))
    store.records.add_metrics(first, [Metric("loss", 0.5)])
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET source_id = ? WHERE id = ?", (first, second))

    (step,) = read_run_state(store, run_id).steps

    assert (step.reused, step.metrics) == (True, {"loss": 0.5})


def test_a_run_names_the_engines_of_its_steps_once():
    engines = ("local_spark", "python_process", "local_spark", "")
    steps = (replace(step(f"s{n}", S.RUNNING), engine=engine) for n, engine in enumerate(engines))

    assert run(*steps).engines == ("local_spark", "python_process")
