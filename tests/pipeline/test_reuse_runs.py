"""The same pipeline submitted again, run by the agent."""

import shutil

import pytest

from synapse_magics import Dataset
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.cell_files import script_text
from synapse_magics.pipeline.cells import CellStep
from synapse_magics.pipeline.selection import Selection
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus

FIT = "run.log('rows', len(people))\nprint('fitted')\nopen(model + '/m', 'w').write('x')\n"
USE = "print(open(model + '/m').read())\n"


@pytest.fixture
def people(workspace, pool):
    datastore = workspace.get_default_datastore()
    (datastore.root / "t.csv").write_text("age\n5\n6\n")
    Dataset.Tabular.from_delimited_files((datastore, "t.csv")).register(workspace, "people")
    return datastore.root / "t.csv"


@pytest.fixture
def book(workspace, people):
    def book(fit=FIT, use=USE):
        for name, body, inputs, outputs in (
            ("fit", fit, {"people": "people"}, ("model",)),
            ("use", use, {"model": "model"}, ()),
        ):
            text = script_text(f"%%python_step {name}", body)
            registered = {"model": "champion"} if name == "fit" else {}
            cell = CellStep(name, StepKind.PYTHON, "cpucluster", text, inputs, outputs, registered)
            collection.current.define(workspace, cell)

    book()
    return book


def run(workspace, **options):
    """Submit and wait; return the run and why each step ran."""
    made = collection.current.pipeline(workspace).start("exp", **options)
    assert made.wait(timeout_seconds=60).is_terminal
    return made, {step.name: "; ".join(step.because) for step in made.state.steps}


def test_a_second_submit_does_nothing_and_shows_everything(workspace, book):
    one, why = run(workspace)
    two, then = run(workspace)

    assert one.status == two.status == RunStatus.COMPLETED
    assert why == dict.fromkeys(["fit", "use"], "it has not completed before")
    assert then == dict.fromkeys(["fit", "use"], f"reused from run {one.id[:8]}")
    fit = two.find_step_run("fit")[0]
    assert fit.get_stdout_log() == "fitted\n"
    assert fit.get_metrics() == {"rows": 2}
    assert fit.properties["azureml.isreused"] == "true"
    assert fit.properties["azureml.reusedrunid"] == one.find_step_run("fit")[0].id
    assert [step.reused for step in two.state.steps] == [True, True]
    assert Dataset.get_by_name(workspace, "champion").version == 1


def test_what_changed_runs_with_what_depends_on_it(workspace, book, people):
    one, _ = run(workspace)
    people.write_text("age\n5\n7\n")
    two, why = run(workspace)

    assert why == {
        "fit": "input people: t.csv changed",
        "use": f"input model is new: step fit ran again since run {one.id[:8]}",
    }
    assert not any(step.reused for step in two.state.steps)


def test_an_output_that_was_deleted_is_made_again(workspace, book):
    one, _ = run(workspace)
    shutil.rmtree(one.find_step_run("fit")[0].output_path("model"))
    _, why = run(workspace)

    assert why["fit"] == f"output model of run {one.id[:8]} was deleted"


def test_a_failed_run_is_resumed(workspace, book):
    book(use=USE + "raise ValueError\n")
    one, _ = run(workspace)
    book()
    two, why = run(workspace, selection=Selection(resume=one.id))

    assert (one.status, two.status) == (RunStatus.FAILED, RunStatus.COMPLETED)
    assert why["fit"] == f"kept from run {one.id[:8]}"
    assert [step.reused for step in two.state.steps] == [True, False]
