"""The steps of a notebook: defined, replaced, checked against each other."""

import pytest

from synapse_magics import Dataset
from synapse_magics.core.exceptions import ComputeTargetException, UserErrorException
from synapse_magics.pipeline.cell_files import script_text
from synapse_magics.pipeline.cells import CellStep
from synapse_magics.pipeline.collection import StepCollection
from synapse_magics.pipeline.errors import PipelineError, StepDefinitionError
from synapse_magics.store.specs import StepKind


@pytest.fixture
def steps(workspace, pool):
    datastore = workspace.get_default_datastore()
    (datastore.root / "t.csv").write_text("a\n5\n")
    Dataset.Tabular.from_delimited_files((datastore, "t.csv")).register(workspace, "titanic")
    return StepCollection()


@pytest.fixture
def define(workspace, steps):
    def define(name="prep", inputs=("titanic",), outputs=("prepared",), body=None, **options):
        inputs = inputs if isinstance(inputs, dict) else {item: item for item in inputs}
        if body is None:
            body = "".join(f"print({item})\n" for item in (*inputs, *outputs))
        notebook = options.pop("notebook", {})
        given = {"kind": StepKind.PYTHON, "compute": "cpucluster", **options}
        cell = CellStep(
            name, text=script_text("%%m", body), inputs=inputs, outputs=tuple(outputs), **given
        )
        return steps.define(workspace, cell, notebook)

    return define


def test_a_new_step_says_what_it_is(define):
    assert str(define()) == "python step prep: reads titanic, writes prepared, on cpucluster"
    assert str(define("solo", (), ())) == (
        "python step solo: reads nothing, writes nothing, on cpucluster"
    )


def test_the_same_again_changes_nothing(define):
    define()

    assert str(define()).splitlines()[1] == ("replaces the step prep of before (nothing changed)")


def test_a_replacement_says_what_changed(define, steps):
    define()
    defined = define(body="titanic, prepared, limit\n", arguments={"limit": 5})

    assert defined.replaced == ("code", "arguments")
    assert "changed: code, arguments" in str(defined)
    assert steps.cells["prep"] is defined.cell


def test_edges_come_from_names(define, steps):
    define()
    define("fit", ("prepared",), ("model",))
    define("score", {"m": "model", "t": "titanic"}, ())

    assert steps.edges() == {"prep": set(), "fit": {"prep"}, "score": {"fit"}}


def test_an_input_that_nobody_makes(define):
    define()
    with pytest.raises(StepDefinitionError) as caught:
        define("fit", ("preparde",), ())

    assert caught.value.message == (
        "the input 'preparde' is unknown: no dataset is registered as 'preparde', and no step "
        "declares it as an output"
    )
    assert (caught.value.where, caught.value.hint) == ("step fit", "did you mean 'prepared'?")


def test_a_version_that_is_not_there(define):
    with pytest.raises(UserErrorException, match="Cannot find dataset registered"):
        define(inputs={"titanic": "titanic:7"})


def test_an_output_that_another_step_makes(define, steps):
    define()
    with pytest.raises(StepDefinitionError, match="'prepared' is step prep's already") as caught:
        define("again")
    assert caught.value.where == "step again"
    assert list(steps.cells) == ["prep"]


def test_a_cycle_keeps_the_old_definition(define, steps):
    old = define().cell
    define("fit", ("prepared",), ("model",))
    with pytest.raises(StepDefinitionError, match="these steps would wait for each other") as e:
        define(inputs=("titanic", "model"))

    assert "prep" in e.value.message
    assert "fit" in e.value.message
    assert steps.cells["prep"] is old


def test_a_step_that_reads_what_it_writes(define):
    with pytest.raises(StepDefinitionError, match="wait for each other: prep -> prep"):
        define(inputs={"x": "prepared"})


def test_a_step_cannot_read_what_it_wrote_before(define):
    define()
    with pytest.raises(StepDefinitionError, match="the input 'prepared' is unknown"):
        define(inputs=("prepared",), outputs=("ready",))


def test_an_output_that_is_gone_leaves_a_note(define, steps):
    define()
    define("fit", ("prepared",), ("model",))
    defined = define(outputs=("ready",))

    assert defined.notes == ("step fit reads 'prepared', which no step writes now",)
    assert str(defined).endswith("\nnote: step fit reads 'prepared', which no step writes now")
    assert steps.cells["prep"].outputs == ("ready",)


def test_a_pipeline_of_a_step_whose_input_is_gone(define, steps, workspace):
    define()
    define("fit", ("prepared",), ("model",))
    define(outputs=("ready",))
    with pytest.raises(StepDefinitionError, match="the input 'prepared' is unknown") as caught:
        steps.pipeline(workspace)
    assert caught.value.where == "step fit"

    define("fit", {"prepared": "ready"}, ("model",))
    assert len(steps.pipeline(workspace).steps) == 2


def test_a_compute_that_is_not_there(define):
    with pytest.raises(ComputeTargetException, match="cpuclusterr not found") as caught:
        define(compute="cpuclusterr")
    assert caught.value.hint == "did you mean 'cpucluster'?"


def test_a_compute_of_the_wrong_kind(define):
    with pytest.raises(ComputeTargetException, match="link1-spark01 is a SynapseCompute") as caught:
        define(compute="link1-spark01")
    assert caught.value.where == "step prep"
    assert caught.value.hint == "of that kind there are: cpucluster"


def test_a_problem_in_the_cell(define, steps):
    with pytest.raises(StepDefinitionError) as caught:
        define(body="x = prepared\nprint(titanic, alpha)\n", notebook={"alpha": 1})

    assert caught.value.message == "'alpha' is not declared in this step"
    assert caught.value.where == "step prep, line 3"
    assert caught.value.hint == "alpha is a notebook variable: add --arg alpha=alpha"
    assert steps.cells == {}


def test_several_problems_in_the_cell(define):
    with pytest.raises(StepDefinitionError, match="2 problems in step prep:") as caught:
        define(body="print(one)\nprint(two, prepared)\n")
    assert "  line 2: 'one' is not declared in this step" in str(caught.value).splitlines()


def test_a_module_is_there_in_every_step(define, steps, workspace):
    assert steps.define_module("lib", "# %%step_module lib\nX = 1\n") is False
    assert steps.define_module("lib", "# %%step_module lib\nX = 2\n") is True
    define(body="import lib\nprint(titanic, prepared, lib.X)\n")
    (step,) = steps.pipeline(workspace).steps

    assert step.files()["lib.py"] == b"# %%step_module lib\nX = 2\n"


@pytest.mark.parametrize("name", ["my-lib", "1lib", "class", ""])
def test_a_module_that_cannot_be_imported(steps, name):
    with pytest.raises(StepDefinitionError, match="cannot be imported"):
        steps.define_module(name, "X = 1\n")


@pytest.mark.parametrize("name", ["json", "pandas", "prep", "prep_main"])
def test_a_module_that_would_hide_another(define, steps, name):
    define()
    with pytest.raises(StepDefinitionError, match="would hide another one of that name"):
        steps.define_module(name, "X = 1\n")


def test_a_module_that_is_no_python(steps):
    with pytest.raises(StepDefinitionError, match="SyntaxError") as caught:
        steps.define_module("lib", "# %%step_module lib\nx = (\n")
    assert caught.value.where == "step module lib, line 2"
    assert steps.modules == {}


def test_no_steps_no_pipeline(steps, workspace):
    with pytest.raises(PipelineError, match="there are no steps yet") as caught:
        steps.pipeline(workspace)
    assert "%%spark_step NAME" in caught.value.hint


def test_a_pipeline_of_all_steps(define, steps, workspace):
    define()
    define("fit", ("prepared",), ("model",))
    pipeline = steps.pipeline(workspace, "words")

    assert [spec.name for spec in pipeline.specs()] == ["prep", "fit"]
    assert pipeline.description == "words"


def test_clear_forgets(define, steps):
    define()
    steps.define_module("lib", "X = 1\n")
    steps.clear()

    assert (steps.cells, steps.modules) == ({}, {})


def test_a_name_that_cannot_be_a_variable_is_refused_before_its_use(workspace, pool):
    cell = CellStep("one", StepKind.PYTHON, "cpucluster", script_text("", "1"), outputs=("a-b",))

    with pytest.raises(StepDefinitionError, match="the output 'a-b' cannot be a variable"):
        StepCollection().define(workspace, cell)


def test_an_output_that_the_cell_never_uses_leaves_a_note(workspace, pool):
    cell = CellStep("one", StepKind.PYTHON, "cpucluster", script_text("", "1"), outputs=("model",))

    defined = StepCollection().define(workspace, cell)

    assert defined.notes == ("the cell never uses its output 'model'",)
    assert repr(defined.step).endswith("note: the cell never uses its output 'model'")
