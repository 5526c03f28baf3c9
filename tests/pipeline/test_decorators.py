"""Functions as steps: the same definition as the cell magics make, with true line numbers."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synapse_magics import Dataset, python_step, spark_step
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.cells import CellStep, SparkSize
from synapse_magics.pipeline.decorators import function_text, without_annotations
from synapse_magics.pipeline.errors import StepDefinitionError
from synapse_magics.pipeline.steps import PythonScriptStep, SynapseSparkStep
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus

NOTEBOOK_NAME = 5


@pytest.fixture(autouse=True)
def titanic(workspace, pool):
    datastore = workspace.get_default_datastore()
    (datastore.root / "t.csv").write_text("a\n5\n")
    Dataset.Tabular.from_delimited_files((datastore, "t.csv")).register(workspace, "titanic")


def line_of(text):
    return next(
        number
        for number, line in enumerate(Path(__file__).read_text().splitlines(), 1)
        if line.strip() == text
    )


def test_a_spark_function_is_what_the_cell_magic_makes():
    @spark_step(
        compute="link1-spark01",
        inputs=["titanic"],
        outputs=["prepared"],
        register={"prepared": "clean"},
        arguments={"limit": 5},
        parameters={"alpha": 0.5},
        driver_memory="3g",
        conf={"spark.x": "1"},
        allow_reuse=False,
        version="2",
    )
    def prep(titanic, prepared, limit, alpha):
        titanic.limit(limit).write.parquet(prepared, alpha)

    cell = collection.current.cells["prep"]
    assert isinstance(prep, SynapseSparkStep)
    assert cell == CellStep(
        name="prep",
        kind=StepKind.SPARK,
        compute="link1-spark01",
        text=cell.text,
        inputs={"titanic": "titanic"},
        outputs=("prepared",),
        registrations={"prepared": "clean"},
        arguments={"limit": 5},
        parameters={"alpha": 0.5},
        size=SparkSize("3g", 1, "2g", 1, 1, {"spark.x": "1"}),
        allow_reuse=False,
        version="2",
    )


def test_a_python_function_may_have_another_name_and_other_inputs():
    @python_step("fit", compute="cpucluster", inputs={"people": "titanic"})
    def train(people, run):
        run.log("rows", len(people))

    assert isinstance(train, PythonScriptStep)
    assert collection.current.cells["fit"].inputs == {"people": "titanic"}


def test_line_numbers_are_those_of_the_file():
    @python_step(
        compute="cpucluster",
        inputs=["titanic"],
    )
    def fit(titanic):
        raise ValueError(titanic)

    tree = ast.parse(collection.current.cells["fit"].text)
    (statement,) = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    assert statement.lineno == line_of("raise ValueError(titanic)")


def test_the_annotations_of_a_signature_stay_behind():
    @python_step(compute="cpucluster", inputs=["titanic"])
    def fit(
        titanic: pd.DataFrame,  # the table
        run: "RunContext" = None,  # noqa: F821
    ) -> dict[str, pd.DataFrame]:
        raise ValueError(titanic, run)

    tree = ast.parse(collection.current.cells["fit"].text)
    (statement,) = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    assert statement.lineno == line_of("raise ValueError(titanic, run)")
    assert "pd." not in collection.current.cells["fit"].text


@pytest.mark.parametrize(
    "signature",
    [
        "def f(a: int, *b: int, c: (int) = 1, **d: int) -> (int): return a",
        "def f(a, b=lambda x: x, c=lambda x=1, *y: {1: 2}, d: T = {1: x[1:2]}): return a",
        "def f(a: T['x', {1: 2}] = (1,), /, *, b: 'é' = 'é'): return a",
        "def f(\n    a: int  # why: x\n  , b: T[\n        x\n    ]\n) -> T[\n  int\n]: return a",
        "def f(): return {1: 2}",
        "def f(a: int,) -> None:\n    b: int = a\n    return b",
    ],
)
def test_nothing_but_annotations_goes(signature):
    def without(tree):
        function = tree.body[0]
        function.returns = None
        for node in ast.walk(function.args):
            if isinstance(node, ast.arg):
                node.annotation = None
        return ast.dump(tree)

    text = without_annotations(signature)

    tree = ast.parse(text)
    assert ast.dump(tree) == without(ast.parse(signature))
    assert text.count("\n") == signature.count("\n")


def test_a_function_runs(workspace):
    @python_step(compute="cpucluster", inputs=["titanic"])
    def fit(titanic, run):
        run.log("rows", len(titanic))
        raise KeyError("Age")

    run = collection.current.pipeline(workspace).start("exp")

    assert run.wait(timeout_seconds=60) is RunStatus.FAILED
    (step,) = run.find_step_run("fit")
    assert step.get_metrics() == {"rows": 1}
    line = line_of('raise KeyError("Age")')
    assert step.failure().where == f"cell of step fit, line {line}"
    assert fit.name == "fit"


def test_a_parameter_that_is_not_declared():
    with pytest.raises(StepDefinitionError, match="takes 'prepared', which the step does not"):

        @python_step(compute="cpucluster")
        def fit(prepared):
            str(prepared)


def test_a_name_of_the_notebook():
    with pytest.raises(StepDefinitionError) as caught:

        @python_step(compute="cpucluster")
        def fit():
            str(NOTEBOOK_NAME)

    assert caught.value.message == "'NOTEBOOK_NAME' is not declared in this step"
    assert caught.value.where == f"step fit, line {line_of('str(NOTEBOOK_NAME)')}"
    assert caught.value.hint.startswith("NOTEBOOK_NAME is a notebook variable")


def test_a_name_of_the_function_around_it():
    limit = 5
    with pytest.raises(StepDefinitionError, match="'limit' is not declared in this step"):

        @python_step(compute="cpucluster")
        def fit():
            str(limit)


def test_a_function_that_hides_its_own_variable():
    with pytest.raises(StepDefinitionError, match="'titanic' hides the variable of that name"):

        @python_step("fit", compute="cpucluster", inputs=["titanic"])
        def titanic(titanic):
            str(titanic)


def test_another_decorator_would_be_lost():
    def other(function):
        return function

    with pytest.raises(StepDefinitionError, match="has no other decorator"):

        @python_step(compute="cpucluster")
        @other
        def fit():
            pass


def test_a_function_whose_source_is_unknown():
    namespace = {}
    exec("def fit(): pass", namespace)  # noqa: S102
    with pytest.raises(StepDefinitionError, match="the source of the function cannot be found"):
        python_step(compute="cpucluster")(namespace["fit"])


def test_what_is_no_plain_function():
    async def fit():
        pass

    for function in (fit, lambda: 5):
        with pytest.raises(StepDefinitionError, match="only a plain function can be a step"):
            function_text(function)


def test_a_value_that_is_no_json_data_is_refused():
    def one(limit):
        return limit

    with pytest.raises(StepDefinitionError, match="limit is an object; a step takes numbers"):
        python_step(compute="cpucluster", arguments={"limit": object()})(one)
    with pytest.raises(StepDefinitionError, match="limit has a key that is not a text"):
        python_step(compute="cpucluster", parameters={"limit": {1: 2}})(one)


def test_a_scalar_of_numpy_is_pythons():
    def one(limit):
        return limit

    python_step(compute="cpucluster", arguments={"limit": np.int64(3)})(one)

    assert collection.current.cells["one"].arguments == {"limit": 3}
