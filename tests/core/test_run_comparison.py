"""Runs side by side, and what differs."""

from support import make_step

from synapse_magics.core.run import Run
from synapse_magics.core.run_comparison import Row, compare
from synapse_magics.store.records import Metric
from synapse_magics.store.specs import PipelineSpec
from synapse_magics.store.states import RunStatus as S


def make_run(workspace, *names, parameters=None, tags=None, metrics=()):
    spec = PipelineSpec(parameters=parameters or {})
    store = workspace.store
    run_id = store.runs.submit("exp", spec, [make_step(name) for name in names], tags=tags)
    for step in store.runs.children(run_id):
        store.runs.transition(step.id, S.NOT_STARTED, S.RUNNING)
        store.runs.transition(step.id, S.RUNNING, S.COMPLETED)
        store.records.add_metrics(step.id, [Metric(*metric) for metric in metrics])
    return Run.get(workspace, run_id)


def rows(*runs):
    return {row.what: row for row in compare(runs).rows}


def test_a_number_tells_its_change_and_a_text_that_it_differs():
    assert Row("x", (1, 5, 3)).change == "+2"
    assert Row("x", (0.5, 0.25)).change == "-0.25"
    assert Row("x", ("a", "b")).change == "differs"
    assert Row("x", (True, False)).change == "differs"
    assert Row("x", (1.0, float("nan"))).change == "differs"
    assert Row("x", (None, 1)).change == "differs"
    assert Row("x", ("a", "a")).change == ""
    assert Row("x", (1,)).change == ""


def test_parameters_tags_and_metrics_stand_side_by_side(workspace):
    one = make_run(workspace, "fit", parameters={"alpha": 1}, metrics=[("rows", 3)])
    two = make_run(
        workspace, "fit", parameters={"alpha": 2}, tags={"by": "ann"}, metrics=[("rows", 5)]
    )

    found = rows(one, two)

    assert found["parameter alpha"].facts == (1, 2)
    assert found["tag by"].facts == (None, "ann")
    assert found["fit"].facts == ("Completed", "Completed")
    assert found["fit: rows"].facts == (3, 5)
    assert found["fit: rows"].change == "+2"


def test_of_what_was_logged_repeatedly_the_last_value_counts(workspace):
    run = make_run(workspace, "fit", metrics=[("loss", 3), ("loss", 1)])

    assert rows(run, run)["fit: loss"].facts == (1, 1)


def test_what_only_one_of_them_has_stands_where_it_belongs(workspace):
    one, two = make_run(workspace, "prep", "report"), make_run(workspace, "prep", "fit", "report")

    names = [row.what for row in compare([one, two]).rows if ":" not in row.what]

    assert names[-3:] == ["prep", "fit", "report"]
    assert rows(one, two)["fit"].facts == (None, "Completed")


def test_as_a_data_frame(workspace):
    one, two = (make_run(workspace, "fit", metrics=[("rows", n)]) for n in (3, 5))

    frame = compare([one, two]).to_pandas_dataframe()

    assert list(frame.columns) == [one.id, two.id]
    assert frame.loc["fit: rows"].tolist() == [3, 5]
