"""A cell becomes a script, a main file that stands alone, and a step."""

import ast
import dataclasses
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from synapse_magics import Dataset, Environment
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.pipeline import cell_files, cell_names, cells, parallel_run
from synapse_magics.pipeline.cell_files import script_text
from synapse_magics.pipeline.cells import CellStep, SparkSize
from synapse_magics.pipeline.errors import StepDefinitionError
from synapse_magics.runtime import cell_main, context
from synapse_magics.store.specs import Argument, ArgumentKind, StepKind


def cell(**options):
    given = {
        "name": "prep",
        "kind": StepKind.SPARK,
        "compute": "link1-spark01",
        "text": script_text("%%spark_step prep", "print(1)\n"),
    }
    return CellStep(**{**given, **options})


def check_names(definition, modules):
    cell_names.check_variables(definition)
    cell_names.check_names(definition, modules)


def refused(modules=(), **options):
    with pytest.raises(StepDefinitionError) as caught:
        check_names(cell(**options), dict.fromkeys(modules, ""))
    return caught.value


@pytest.mark.parametrize("body", ["x = 1\n", "", "\n\nx\ty  \n", "é\r\nb", "'''\n  a\n'''"])
def test_a_body_is_kept_byte_for_byte(body):
    first, rest = script_text("%%spark_step prep -i titanic", body).split("\n", 1)

    assert (first, rest.encode()) == ("# %%spark_step prep -i titanic", body.encode())


def test_line_numbers_are_the_cells():
    text = script_text("%%spark_step prep", "x = 1\nraise ValueError\n")
    (statement,) = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Raise)]

    assert statement.lineno == 3  # the magic line is the first


@pytest.mark.parametrize("kind", StepKind)
def test_the_main_file_stands_alone(kind):
    text = cell_files.main_text("prep", kind)

    compile(text, "prep_main.py", "exec")
    assert "synapse_magics" not in text.replace("SYNAPSE_MAGICS", "")
    assert json.dumps({"cell": "prep.py", "kind": kind.value, "step": "prep"}) in text


def test_no_name_of_the_main_files_is_another_ones():
    for modules in (parallel_run._MODULES, (context, *cell_files.READING, cell_main)):
        names = Counter()
        for module in modules:
            tree = ast.parse(Path(module.__file__).read_text())
            defined = [
                item for item in tree.body if isinstance(item, ast.FunctionDef | ast.ClassDef)
            ]
            names.update(item.name for item in defined)
            assigned = [item for item in tree.body if isinstance(item, ast.Assign | ast.AnnAssign)]
            names.update(ast.unparse(getattr(i, "target", None) or i.targets[0]) for i in assigned)

        assert [name for name, count in names.items() if count > 1 and name != "SPEC"] == []


def test_the_main_file_runs_where_nothing_is_installed(tmp_path):
    step = cell(name="fit", text="# %%python_step fit\nprint(alpha * 2, out)\n")
    (tmp_path / "fit.py").write_text(step.text)
    (tmp_path / "fit_main.py").write_text(cell_files.main_text("fit", StepKind.PYTHON))
    arguments = ["--parameter", "alpha", "21", "--output", "out", "there"]

    done = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "fit_main.py"), *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("42 there\n", "")


def test_the_main_file_reads_what_operations_leave_of_a_table(tmp_path):
    (tmp_path / "t.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in range(9)))
    step = cell(name="fit", text='# %%python_step fit\nprint(table["n"].tolist())\n')
    (tmp_path / "fit.py").write_text(step.text)
    (tmp_path / "fit_main.py").write_text(cell_files.main_text("fit", StepKind.PYTHON))
    binding = {
        "kind": "tabular",
        "format": "json_lines",
        "columns": [{"name": "n", "type": "integer"}],
        "operations": [
            {"name": "filter", "expression": [">", ["column", "n"], ["value", 3]]},
            {"name": "take", "count": 2},
        ],
        "paths": [str(tmp_path / "t.jsonl")],
    }

    done = subprocess.run(
        [sys.executable, "-I", "fit_main.py", "--input", "table", json.dumps(binding)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("[4, 5]\n", "")


def test_the_files_of_a_step():
    files = cell().files({"clean": "X = 1\n"})

    assert sorted(files) == ["clean.py", "prep.py", "prep_main.py"]
    assert files["prep.py"] == cell().text


def test_declared_names():
    step = cell(inputs={"a": "x"}, outputs=("b",), arguments={"c": 1}, parameters={"d": 2})

    assert step.declared == {"spark", "run", "a", "b", "c", "d"}
    assert "spark" not in dataclasses.replace(step, kind=StepKind.PYTHON).declared


def test_names_that_are_fine():
    check_names(cell(inputs={"a": "x"}, outputs=("b",), registrations={"b": "data"}), {})


@pytest.mark.parametrize(
    "options",
    [
        {"outputs": ("a", "a")},
        {"inputs": {"a": "x"}, "outputs": ("a",)},
        {"arguments": {"a": 1}, "parameters": {"a": 1}},
    ],
)
def test_a_name_that_is_declared_twice(options):
    error = refused(**options)

    assert (error.message, error.where) == ("'a' is declared twice", "step prep")


@pytest.mark.parametrize("name", ["run", "spark"])
def test_a_name_that_is_there_anyway(name):
    assert refused(inputs={name: "x"}).message == (
        f"{name!r} is there in every step and cannot be declared"
    )


@pytest.mark.parametrize("name", ["my-data", "1a", "a b"])
def test_a_name_that_is_no_variable(name):
    with pytest.raises(UserErrorException, match="Invalid input name"):
        check_names(cell(inputs={name: "x"}), {})


def test_a_name_that_is_a_word_of_python():
    assert refused(inputs={"class": "x"}).message == (
        "'class' is a word of Python's and cannot be a variable"
    )


@pytest.mark.parametrize("name", ["json", "os", "pandas", "pyflakes"])
def test_a_step_that_would_hide_a_module(name):
    error = refused(name=name)

    assert f"would hide the Python module {name!r}" in error.message
    assert error.hint == "choose another name for the step"


def test_a_step_that_would_hide_what_it_imports():
    assert "would hide" in refused(name="own", text="# m\nimport own.part\n").message


@pytest.mark.parametrize("module", ["prep", "prep_main"])
def test_a_step_with_the_file_of_a_module(module):
    assert refused(modules=[module]).message == f"{module!r} is a step module already"


def test_a_step_name_by_the_rule():
    with pytest.raises(UserErrorException, match="a step's name begins with a letter"):
        check_names(cell(name="1st step"), {})


def test_a_registration_of_what_is_no_output():
    error = refused(outputs=("prepared",), registrations={"preparde": "data"})

    assert error.message == "'preparde' is to be registered and is not an output of the step"
    assert error.hint == "did you mean 'prepared'?"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        ({"text": "# %%spark_step prep --other\nprint(1)\n"}, []),
        ({"text": "# %%spark_step prep\nprint(2)\n"}, ["code"]),
        ({"inputs": {"a": "x"}}, ["inputs"]),
        ({"outputs": ("b",), "registrations": {"b": "d"}}, ["outputs", "registered outputs"]),
        ({"compute": "other", "kind": StepKind.PYTHON}, ["kind", "compute"]),
        ({"arguments": {"a": 1}, "parameters": {"b": 1}}, ["arguments", "parameters"]),
        ({"size": SparkSize(driver_memory="4g")}, ["Spark settings"]),
        ({"allow_reuse": False, "version": "2"}, ["reuse", "version"]),
        ({"environment": Environment("e")}, ["environment"]),
    ],
)
def test_differences_in_words(change, words):
    assert cells.differences(cell(), cell(**change)) == words


def test_datasets_that_are_defined_alike_are_no_difference(workspace):
    datastore = workspace.get_default_datastore()
    (datastore.root / "t.csv").write_text("a\n5\n")
    one, other = (Dataset.File.from_files((datastore, "t.csv")) for _ in range(2))

    assert cells.differences(cell(inputs={"a": one}), cell(inputs={"a": other})) == []


def test_a_dataset_by_name_and_version(workspace):
    datastore = workspace.get_default_datastore()
    (datastore.root / "t.csv").write_text("a\n5\n")
    (datastore.root / "u.csv").write_text("a\n6\n")
    for name in ("t.csv", "u.csv"):
        Dataset.File.from_files((datastore, name)).register(
            workspace, "data", create_new_version=True
        )

    assert cells.find_dataset(workspace, "data").version == 2
    assert cells.find_dataset(workspace, "data:1").version == 1


def test_a_spark_cell_as_a_step(workspace, pool):
    datastore = workspace.get_default_datastore()
    (datastore.root / "t.csv").write_text("a\n5\n")
    Dataset.Tabular.from_delimited_files((datastore, "t.csv")).register(workspace, "titanic")
    definition = cell(
        inputs={"people": "titanic"},
        outputs=("prepared",),
        registrations={"prepared": "clean"},
        arguments={"limit": [1, "a"]},
        parameters={"alpha": 0.5},
        size=SparkSize(driver_memory="3g", conf={"spark.x": "1"}),
    )
    step = cells.build(workspace, definition, {}, {"lib": "X = 1\n"})

    assert [(a.kind, a.value) for a in step.arguments] == [
        (ArgumentKind.LITERAL, "--input"),
        (ArgumentKind.LITERAL, "people"),
        (ArgumentKind.INPUT_BINDING, "people"),
        (ArgumentKind.LITERAL, "--output"),
        (ArgumentKind.LITERAL, "prepared"),
        (ArgumentKind.OUTPUT, "prepared"),
        (ArgumentKind.LITERAL, "--parameter"),
        (ArgumentKind.LITERAL, "alpha"),
        (ArgumentKind.PARAMETER_JSON, "alpha"),
        (ArgumentKind.LITERAL, "--parameter"),
        (ArgumentKind.LITERAL, "limit"),
        (ArgumentKind.LITERAL, '[1, "a"]'),
    ]
    assert (step.inputs[0].mode, step.outputs[0].registration.name) == ("direct", "clean")
    assert (step.script, step.cell, step.name) == ("prep_main.py", "prep.py", "prep")
    assert (step.spark_conf["spark.driver.memory"], step.spark_conf["spark.x"]) == ("3g", "1")
    assert sorted(step.files()) == ["lib.py", "prep.py", "prep_main.py"]


def test_a_python_cell_reads_another_steps_output_in_place(workspace, pool):
    made = cells.build(workspace, cell(outputs=("prepared",)), {}, {})
    definition = cell(name="fit", kind=StepKind.PYTHON, compute="cpucluster")
    definition = dataclasses.replace(definition, inputs={"data": "prepared"})
    step = cells.build(workspace, definition, {"prepared": made.outputs[0]}, {})

    assert step.producers == [made]
    assert (step.inputs[0].name, step.inputs[0].mode) == ("data", "mount")
    assert Argument(ArgumentKind.INPUT_BINDING, "data") in step.arguments
