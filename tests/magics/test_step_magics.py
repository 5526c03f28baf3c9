"""Cells that are steps."""

from pathlib import Path

import pytest

from synapse_magics import Environment, python_step, spark_step
from synapse_magics.core.exceptions import ComputeTargetException
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.errors import PipelineError, StepDefinitionError
from synapse_magics.pipeline.steps import PythonScriptStep, SynapseSparkStep

PREP = """\
%%spark_step prep --compute link1-spark01 -i small=tiny -o prepared --driver-memory 1g \
--conf spark.a="x y" --arg rows=limit --param share=0.5 --register prepared=clean --version 2
small.limit(rows).sample(share).write.parquet(prepared)
"""
LAST = "%%python_step last -i prepared\nprint(prepared)\n"


def cell(name):
    return collection.current.cells[name]


def test_a_cell_becomes_a_step_with_what_its_line_says(notebook):
    notebook.names["limit"] = 3
    step = notebook.run(PREP)
    assert isinstance(step, SynapseSparkStep)
    found = cell("prep")
    assert found.compute == "link1-spark01"
    assert found.inputs == {"small": "tiny"}
    assert found.outputs == ("prepared",)
    assert found.registrations == {"prepared": "clean"}
    assert found.arguments == {"rows": 3}
    assert found.parameters == {"share": 0.5}
    assert found.version == "2"
    assert found.size.driver_memory == "1g"
    assert found.size.conf == {"spark.a": "x y"}


def test_the_cell_is_kept_as_it_was_typed_below_its_magic_line(notebook):
    body = "text = '''  {limit} $limit'''  \n\n\tif_ = 1\n".replace("\tif_", "other")
    notebook.names["limit"] = 3
    notebook.run(f"%%python_step one\n{body}")
    assert cell("one").text == f"# %%python_step one\n{body}"


def test_a_step_says_what_it_reads_and_writes(notebook):
    text = notebook.shown(notebook.run("%%python_step one -i tiny -o made\nprint(tiny, made)"))
    assert text["text/plain"] == "python step one: reads tiny, writes made, on cpucluster"


def test_a_step_again_replaces_the_one_of_before_and_says_what_changed(notebook):
    notebook.run("%%python_step one -o made\nprint(made)")
    step = notebook.run("%%python_step one -i tiny -o made\nprint(made, tiny)")
    assert "replaces the step one of before (changed: code, inputs)" in repr(step)
    step = notebook.run("%%python_step one -i tiny -o made\nprint(made, tiny)")
    assert "replaces the step one of before (nothing changed)" in repr(step)
    assert list(collection.current.cells) == ["one"]


def test_an_output_that_is_gone_is_missed_by_those_who_read_it(notebook):
    notebook.run("%%python_step one -o prepared\nprint(prepared)")
    notebook.run(LAST)
    step = notebook.run("%%python_step one\nprint(1)")
    assert "note: step last reads 'prepared', which no step writes now" in repr(step)


def test_the_only_compute_of_its_kind_is_taken(notebook):
    notebook.run("%%python_step one\nprint(1)")
    notebook.run("%%spark_step two\nprint(spark)")
    assert (cell("one").compute, cell("two").compute) == ("cpucluster", "link1-spark01")


def test_which_compute_is_asked_if_there_are_two_or_none(notebook, shell, workspace):
    notebook.run("%synapse_compute second")
    with pytest.raises(ComputeTargetException, match="where is the step to run") as caught:
        notebook.run("%%python_step one\nprint(1)")
    assert "cpucluster, second" in caught.value.hint


def test_a_compute_of_the_other_kind_is_refused(notebook):
    with pytest.raises(ComputeTargetException, match="runs on a SynapseCompute") as caught:
        notebook.run("%%spark_step one --compute cpucluster\nprint(spark)")
    assert "link1-spark01" in caught.value.hint


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--driver-memory 99x", "driver_memory '99x' is not an amount of memory"),
        ("--executor-memory 2", "executor_memory '2' is not an amount of memory"),
        ("--driver-cores -1", "driver_cores -1 is too small"),
        ("--executor-cores=-1", "executor_cores -1 is too small"),
        ("--num-executors 0", "num_executors 0 is too small"),
    ],
)
def test_a_size_that_makes_no_sense_is_refused_with_the_accepted_form(notebook, option, message):
    with pytest.raises(PipelineError) as caught:
        notebook.run(f"%%spark_step one {option}\nprint(spark)")
    assert caught.value.message == message
    assert "a whole number" in caught.value.hint
    assert not collection.current.cells


def test_an_undeclared_name_is_refused_with_its_line_and_what_to_type(notebook):
    notebook.names["limit"] = 3
    with pytest.raises(StepDefinitionError, match="'limit' is not declared") as caught:
        notebook.run("%%python_step one -i tiny\nprint(tiny)\nprint(limit)")
    assert caught.value.where == "step one, line 3"
    assert caught.value.hint == "limit is a notebook variable: add --arg limit=limit"


def test_a_refused_cell_leaves_the_step_of_before(notebook):
    notebook.run("%%python_step one\nprint(1)")
    with pytest.raises(StepDefinitionError):
        notebook.run("%%python_step one\nprint(nothing)")
    assert cell("one").text.endswith("print(1)\n")


def test_an_unknown_input_gets_a_guess(notebook):
    with pytest.raises(StepDefinitionError, match="no dataset is registered as 'tinny'") as caught:
        notebook.run("%%python_step one -i tinny\nprint(tinny)")
    assert caught.value.hint == "did you mean 'tiny'?"


def test_a_dataset_of_the_notebook_needs_no_name(notebook):
    notebook.run("frame = %synapse_dataset tiny\n%synapse_dataset tiny")
    notebook.run("%%python_step one -i frame\nprint(frame)")
    assert cell("one").inputs["frame"] is notebook.names["frame"]


def test_an_output_of_a_step_wins_over_a_dataset_of_the_notebook(notebook):
    notebook.run("prepared = %synapse_dataset tiny")
    notebook.run("%%python_step one -o prepared\nprint(prepared)")
    notebook.run(LAST)
    assert cell("last").inputs == {"prepared": "prepared"}


def test_a_registered_dataset_wins_over_one_of_the_notebook(notebook, tmp_path):
    (tmp_path / "other.csv").write_text("a\n1\n")
    notebook.run("tiny = %synapse_dataset other other.csv")
    notebook.run("%%python_step one -i tiny\nprint(tiny)")
    assert cell("one").inputs == {"tiny": "tiny"}


def test_a_steps_own_output_of_before_is_no_input(notebook):
    notebook.run("%%python_step one -o frame\nprint(frame)")
    notebook.run("frame = %synapse_dataset tiny")
    notebook.run("%%python_step one -i frame\nprint(frame)")
    assert cell("one").inputs == {"frame": notebook.names["frame"]}


def test_empty_lines_above_the_magic_line_count(notebook):
    notebook.run("\n  \n%%python_step one\nprint(1)\nprint(2)")
    assert cell("one").text == "\n\n# %%python_step one\nprint(1)\nprint(2)\n"
    with pytest.raises(StepDefinitionError) as caught:
        notebook.run("\n\n%%python_step one\n\nprint(nothing)\n\n")
    assert caught.value.where == "step one, line 5"


def test_empty_lines_above_a_module_count(notebook):
    notebook.run("\n%%step_module cleaning\nx = 1")
    assert collection.current.modules == {"cleaning": "\n# %%step_module cleaning\nx = 1\n"}


def test_empty_lines_above_are_no_change_of_code(notebook):
    notebook.run("%%python_step one\nprint(1)")
    step = notebook.run("\n\n%%python_step one --version 2\nprint(1)")
    assert "(changed: version)" in repr(step)


def test_a_magic_that_is_called_by_a_function_has_no_lines_above(notebook):
    notebook.run("\n\nget_ipython().run_cell_magic('python_step', 'one', 'print(1)\\n')")
    assert cell("one").text == "# %%python_step one\nprint(1)\n"


def test_a_circle_is_refused_with_its_steps(notebook):
    notebook.run("%%python_step one -o a\nprint(a)")
    notebook.run("%%python_step two -i a -o b\nprint(a, b)")
    with pytest.raises(StepDefinitionError, match="wait for each other: one -> two"):
        notebook.run("%%python_step one -i b -o a\nprint(a, b)")


def test_a_module_is_for_every_step(notebook):
    first = notebook.run("%%step_module cleaning\nx = 1")
    assert repr(first) == "step module cleaning: import cleaning in any step"
    assert "replaces" in repr(notebook.run("%%step_module cleaning\nx = 2"))
    assert collection.current.modules == {"cleaning": "# %%step_module cleaning\nx = 2\n"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("os\nx = 1", "would hide"),
        ("my-module\nx = 1", "cannot be imported"),
        ("broken\nx = (", "was never closed"),
    ],
)
def test_a_module_that_cannot_be_one_is_refused(notebook, text, message):
    with pytest.raises(StepDefinitionError, match=message):
        notebook.run(f"%%step_module {text}")
    assert not collection.current.modules


def test_an_environment_is_taken_by_its_name(notebook, workspace):
    with pytest.raises(Exception, match="plain"):
        notebook.run("%%spark_step one -e plain\nprint(spark)")


def test_a_python_step_takes_an_environment_and_packages(notebook, workspace):
    environment = Environment("mine")
    environment.python.conda_dependencies.set_pip_requirements(["packaging>=20"])
    environment.register(workspace)
    step = notebook.run("%%python_step one -e mine --pip pyflakes --pip 'gone==1'\nprint(1)")

    assert step.environment.name == "mine"
    assert step.environment.python.conda_dependencies.pip_packages == [
        *("packaging>=20", "pyflakes", "gone==1")
    ]


def test_packages_alone_are_an_environment(notebook):
    step = notebook.run("%%python_step one --pip gone==1\nprint(1)")

    assert step.environment.python.conda_dependencies.pip_packages == ["gone==1"]
    assert step.environment_variables == {}


def test_the_same_packages_are_no_change(notebook, capsys):
    notebook.run("%%python_step one --pip gone==1\nprint(1)")
    again = notebook.run("%%python_step one --pip gone==1\nprint(1)")
    other = notebook.run("%%python_step one --pip gone==2\nprint(1)")

    assert "environment" not in repr(again)
    assert "environment" in repr(other)


def test_help_defines_nothing(notebook, capsys):
    assert notebook.run("%%python_step one --help\nprint(1)") is None
    assert capsys.readouterr().out.startswith("%%python_step ")
    assert not collection.current.cells


def comparable(name):
    found = vars(cell(name)).copy()
    found.pop("text")
    return found


def test_the_decorator_makes_an_equal_spark_step(notebook):
    notebook.names["limit"] = 3
    notebook.run(PREP)
    by_magic, step = comparable("prep"), collection.current.cells["prep"]
    collection.current.clear()

    @spark_step(
        compute="link1-spark01",
        inputs={"small": "tiny"},
        outputs=["prepared"],
        driver_memory="1g",
        conf={"spark.a": "x y"},
        arguments={"rows": 3},
        parameters={"share": 0.5},
        register={"prepared": "clean"},
        version="2",
    )
    def prep(small, rows, share, prepared):
        small.limit(rows).sample(share).write.parquet(prepared)

    assert comparable("prep") == by_magic
    assert isinstance(prep, SynapseSparkStep)
    assert cell("prep").declared == step.declared


def test_the_decorator_makes_an_equal_python_step(notebook):
    notebook.run("%%python_step last -i tiny -o made --no-reuse\nprint(tiny, made)")
    by_magic = comparable("last")

    @python_step("last", compute="cpucluster", inputs=["tiny"], outputs=["made"], allow_reuse=False)
    def anything(tiny, made):
        tiny.to_csv(made)

    assert comparable("last") == by_magic
    assert isinstance(anything, PythonScriptStep)
    assert "replaces the step last of before (changed: code)" in repr(anything)


def test_a_decorated_function_keeps_the_line_numbers_of_its_file(notebook):
    @python_step("numbered", compute="cpucluster")
    def numbered():
        sum([1, 2])

    def places(text):
        return [i for i, line in enumerate(text.splitlines()) if line.strip() == "sum([1, 2])"]

    assert places(cell("numbered").text) == places(Path(__file__).read_text())
