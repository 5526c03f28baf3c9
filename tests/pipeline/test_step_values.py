"""What a step's cell finds by name, brought to the notebook."""

import stat
from pathlib import Path

import pandas as pd
import pytest
from reuse_support import execute

from synapse_magics import Dataset
from synapse_magics.agent import client
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.cell_files import script_text
from synapse_magics.pipeline.cells import CellStep
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.step_values import step_values
from synapse_magics.store.specs import StepKind


@pytest.fixture(autouse=True)
def no_agent(monkeypatch):
    monkeypatch.setattr(client, "wake", lambda _: None)


@pytest.fixture
def datastore(workspace, pool):
    datastore = workspace.get_default_datastore()
    for name, text in (("t.csv", "age\n5\n6\n"), ("one.txt", "1"), ("more/two.txt", "2")):
        place = datastore.root / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
    Dataset.Tabular.from_delimited_files((datastore, "t.csv")).register(workspace, "people")
    Dataset.File.from_files((datastore, "one.txt")).register(workspace, "one")
    Dataset.File.from_files([(datastore, "one.txt"), (datastore, "more/two.txt")]).register(
        workspace, "both"
    )
    return datastore


def define(workspace, name, kind=StepKind.PYTHON, **fields):
    compute = "cpucluster" if kind is StepKind.PYTHON else "link1-spark01"
    given = {"compute": compute, "text": script_text(f"%%python_step {name}", "pass\n"), **fields}
    collection.current.define(workspace, CellStep(name=name, kind=kind, **given))


def submit(workspace, **values):
    return collection.current.pipeline(workspace).start("exp", values)


def of(run, name):
    (step,) = run.find_step_run(name)
    return step


@pytest.fixture
def fit(workspace, datastore):
    define(
        workspace,
        "fit",
        inputs={"people": "people", "one": "one", "both": "both"},
        outputs=("model",),
        arguments={"limit": [1, "a"]},
        parameters={"alpha": 0.1},
    )


def test_a_python_step_finds_what_its_cell_finds(workspace, datastore, fit):
    step = of(submit(workspace, alpha=0.2), "fit")
    found = step_values(step)

    pd.testing.assert_frame_equal(found["people"], pd.DataFrame({"age": [5, 6]}))
    assert found["one"] == str(datastore.root / "one.txt")
    assert sorted(file.read_text() for file in Path(found["both"]).rglob("*.txt")) == ["1", "2"]
    assert (found["limit"], found["alpha"]) == ([1, "a"], 0.2)
    assert sorted(found) == ["alpha", "both", "limit", "model", "one", "people", "run"]


def test_an_output_is_a_place_of_its_own(workspace, fit):
    step = of(submit(workspace), "fit")
    place = Path(step_values(step)["model"])
    (place / "x").write_text("")

    assert place.is_relative_to(workspace.store.run_folder(step.id).path / "debug")
    assert workspace.store.records.outputs(step.id) == []
    # A second look begins anew.
    assert list(Path(step_values(step)["model"]).iterdir()) == []


def test_the_place_is_for_the_owner_alone(workspace, fit):
    step = of(submit(workspace), "fit")
    step_values(step)
    folder = workspace.store.run_folder(step.id).path

    assert [stat.S_IMODE(place.stat().st_mode) for place in (folder, folder / "debug")] == [
        0o700,
        0o700,
    ]


def test_what_is_logged_there_is_not_the_steps(workspace, fit):
    step = of(submit(workspace), "fit")
    step_values(step)["run"].log("rows", 3)

    assert step.get_metrics() == {}


@pytest.fixture
def two(workspace, datastore):
    define(workspace, "prep", outputs=("prepared",))
    define(workspace, "train", inputs={"data": "prepared"})


def test_the_output_of_another_step_is_the_real_one(workspace, two):
    run = submit(workspace)
    found = execute(workspace.store, run.id, fails=["train"])
    place = Path(step_values(of(run, "train"))["data"])

    assert found["train"].status == "Failed"
    assert (place / "part").read_text() == "made"


def test_that_of_a_reused_step_is_the_earlier_one(workspace, two):
    one, other = submit(workspace), None
    execute(workspace.store, one.id)
    other = submit(workspace)
    execute(workspace.store, other.id)

    assert of(other, "prep").record.source_id == of(one, "prep").id
    assert step_values(of(other, "train"))["data"] == step_values(of(one, "train"))["data"]


@pytest.mark.parametrize("fails", [["prep"], None], ids=["failed", "waits"])
def test_an_output_that_is_not_whole_is_refused(workspace, two, fails):
    run = submit(workspace)
    status = "NotStarted"
    if fails:
        execute(workspace.store, run.id, fails=fails)
        status = "Failed"
    with pytest.raises(PipelineError, match=f"has not written prepared.*it is {status}") as caught:
        step_values(of(run, "train"))
    assert caught.value.where == "input data of step train"
    assert caught.value.hint == "%synapse_load prep brings the inputs of that step"


def test_a_spark_step_gets_addresses_and_a_session(workspace, datastore, monkeypatch):
    monkeypatch.setattr("synapse_magics.pipeline.step_values.spark_session", lambda: "session")
    define(workspace, "prep", StepKind.SPARK, inputs={"one": "one"}, outputs=("made",))
    found = step_values(of(submit(workspace), "prep"))

    assert found["spark"] == "session"
    assert found["one"] == f"file://{datastore.root / 'one.txt'}"
    assert found["made"].startswith("file://")
    # Spark refuses to write where something is.
    assert not Path(found["made"].removeprefix("file://")).exists()
