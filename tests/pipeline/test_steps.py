"""Steps: checked when they are made, with Azure ML's texts."""

import pytest

from synapse_magics import (
    ComputeTarget,
    Dataset,
    Environment,
    HDFSOutputDatasetConfig,
    OutputFileDatasetConfig,
    PipelineParameter,
    PythonScriptStep,
    SynapseSparkStep,
)
from synapse_magics.core.environment import CondaDependencies
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.steps import producer_of
from synapse_magics.store.specs import Argument, ArgumentKind, StepKind


def spark(**options):
    given = {
        "file": "dataprep.py",
        "source_directory": "./code",
        "compute_target": "link1-spark01",
        "driver_memory": "7g",
        "driver_cores": 4,
        "executor_memory": "7g",
        "executor_cores": 2,
        "num_executors": 1,
    }
    return SynapseSparkStep(**{**given, **options})


def python(**options):
    return PythonScriptStep(**{"script_name": "train.py", "compute_target": "cpu", **options})


def literal(text):
    return Argument(ArgumentKind.LITERAL, text)


@pytest.fixture
def files(workspace):
    datastore = workspace.get_default_datastore()
    (datastore.root / "t.csv").write_text("a\n5\n")
    return Dataset.File.from_files((datastore, "t.csv"))


def test_a_spark_step_is_named_after_its_file():
    step = spark()

    assert (step.name, step.kind, step.script) == ("dataprep.py", StepKind.SPARK, "dataprep.py")
    assert step.spark_conf["spark.app.name"] == "dataprep.py"
    assert (spark(name="prep").name, spark(name="prep").spark_conf["spark.app.name"]) == (
        "prep",
        "prep",
    )
    assert spark(name="prep", app_name="app").spark_conf["spark.app.name"] == "app"


@pytest.mark.parametrize("name", ["file", "source_directory", "compute_target"])
def test_what_a_spark_step_requires(name):
    with pytest.raises(PipelineError, match=f"^{name} is required"):
        spark(**{name: None})


@pytest.mark.parametrize("name", ["file", "source_directory"])
def test_what_is_a_text_in_a_spark_step(name):
    with pytest.raises(PipelineError, match=f"^{name} must be a string"):
        spark(**{name: 5})


@pytest.mark.parametrize("target", [5, ("link1-spark01", "SynapseSpark")])
def test_a_spark_step_needs_a_pool_by_name_or_object(target):
    with pytest.raises(PipelineError, match=r"^compute_target must be a str or SynapseCompute"):
        spark(compute_target=target)


def test_a_spark_step_does_not_run_locally():
    with pytest.raises(PipelineError, match="SynapseSparkStep doesn't support local compute"):
        spark(compute_target="local")


def test_a_spark_step_takes_the_pool_itself(pool):
    assert spark(compute_target=pool).compute_target == "link1-spark01"


@pytest.mark.parametrize("mode", ["mount", "download"])
def test_modes_that_a_spark_step_refuses(files, mode):
    item = getattr(files.as_named_input("x"), f"as_{mode}")()
    with pytest.raises(PipelineError) as caught:
        spark(inputs=[item])

    assert caught.value.message == (
        "Currently only DIRECT_MODE or HDFS_MODE of DatasetConsumptionConfig is supported for "
        "SynapseSparkStep."
    )
    assert caught.value.where == "input x of step dataprep.py"


def test_modes_that_a_spark_step_takes(files):
    inputs = [files.as_named_input("a"), files.as_named_input("b").as_hdfs()]

    assert [item.mode for item in spark(inputs=inputs).inputs] == ["direct", "hdfs"]


def test_outputs_that_a_spark_step_refuses():
    with pytest.raises(
        PipelineError, match=r"^outputs should be an array of HDFSOutputDatasetConfig"
    ):
        spark(outputs=[OutputFileDatasetConfig("out")])


def test_an_environment_is_one():
    with pytest.raises(
        PipelineError, match=r"^environment should be a valid object of Environment"
    ):
        spark(environment="myenv")


def test_an_environment_is_said_to_give_packages_only(capsys):
    spark(environment=Environment("myenv"))

    assert capsys.readouterr().out == (
        "only conda_dependencies specified in environment will be used in Synapse Spark run.\n"
    )


def test_an_environment_that_nothing_can_build(monkeypatch):
    monkeypatch.setattr("synapse_magics.core.environment_check.find_uv", lambda: None)
    environment = Environment("myenv")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["no-such-package-at-all"]
    )
    with pytest.raises(NotSupportedError, match="asks for no-such-package-at-all"):
        spark(environment=environment)


def test_a_python_step_is_named_after_its_script():
    assert (python().name, python().kind) == ("train.py", StepKind.PYTHON)
    assert python(name="fit").name == "fit"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"script_name": None}, "script_name is required"),
        ({"script_name": 5}, "script_name must be a string"),
        ({"compute_target": None}, "compute_target is required"),
        ({"compute_target": 5}, "compute_target must be a str or AmlCompute"),
        ({"compute_target": ("db", "Databricks")}, "a python step runs on an AmlCompute"),
    ],
)
def test_what_a_python_step_requires(options, text):
    with pytest.raises(PipelineError, match=f"^{text}"):
        python(**options)


def test_what_a_python_step_does_not_support():
    with pytest.raises(NotSupportedError, match="runconfig_pipeline_params is not supported"):
        python(runconfig_pipeline_params={"NodeCount": 2})


def test_a_python_step_takes_its_compute_in_every_form(pool):
    cluster = ComputeTarget(pool.workspace, "cpucluster")
    for target in ("cpucluster", cluster, ("cpucluster", "AmlCompute")):
        assert python(compute_target=target).compute_target == "cpucluster"


def test_hash_paths_still_work_with_a_warning(caplog):
    python(hash_paths=["train.py"])

    assert "hash_paths is of no effect" in caplog.text


def test_arguments_become_places(files):
    item, output = files.as_named_input("file_input").as_hdfs(), HDFSOutputDatasetConfig("out")
    parameter = PipelineParameter("alpha", 0.5)
    step = spark(arguments=["--in", item, "--out", output, "--alpha", parameter, 5, None])

    assert step.arguments == [
        literal("--in"),
        Argument(ArgumentKind.INPUT, "file_input"),
        literal("--out"),
        Argument(ArgumentKind.OUTPUT, "out"),
        literal("--alpha"),
        Argument(ArgumentKind.PARAMETER, "alpha"),
        literal("5"),
        literal("None"),
    ]
    assert (step.inputs, step.outputs, step.parameters) == ([item], [output], [parameter])


def test_what_is_in_arguments_and_in_the_lists_is_one_port(files):
    item, output = files.as_named_input("x").as_hdfs(), HDFSOutputDatasetConfig("out")
    step = spark(
        arguments=[item, output.register_on_complete("result")], inputs=[item], outputs=[output]
    )

    assert (len(step.inputs), len(step.outputs)) == (1, 1)


def test_an_equal_input_made_twice_is_one_port(files):
    step = python(
        arguments=[files.as_named_input("x").as_mount()],
        inputs=[files.as_named_input("x").as_mount()],
    )

    assert len(step.inputs) == 1


def test_an_output_in_a_later_steps_arguments_is_its_input():
    output = HDFSOutputDatasetConfig("out")
    item = output.as_input("step2_input").as_download()
    step = python(arguments=[output], inputs=[item])

    assert step.arguments == [Argument(ArgumentKind.INPUT, "step2_input")]
    assert step.outputs == []


def test_an_output_among_the_inputs_is_mounted():
    (item,) = python(inputs=[HDFSOutputDatasetConfig("out")]).inputs

    assert item.mode == "mount"


def test_two_inputs_of_one_name(files, workspace):
    (workspace.get_default_datastore().root / "u.csv").write_text("a\n6\n")
    other = Dataset.File.from_files((workspace.get_default_datastore(), "u.csv"))
    item = files.as_named_input("x")

    for second in (other.as_named_input("x"), item.as_mount()):
        for options in ({"inputs": [item, second]}, {"arguments": [item, second]}):
            with pytest.raises(PipelineError) as caught:
                python(**options)
            assert caught.value.message == "[x] is repeated. Input port names must be unique."


def test_two_outputs_of_one_name():
    with pytest.raises(PipelineError, match=r"\[x\] is repeated\. Output port names must be"):
        python(outputs=[OutputFileDatasetConfig("x"), OutputFileDatasetConfig("x")])


def test_a_bare_dataset_is_no_argument(files):
    with pytest.raises(PipelineError, match="Datasets cannot be used directly as arguments"):
        python(arguments=[files])


def test_a_bare_dataset_is_no_input(files):
    with pytest.raises(PipelineError, match="cannot be directly used as a step's input"):
        python(inputs=[files])


def test_inputs_and_outputs_of_other_types():
    with pytest.raises(PipelineError, match=r"^Unexpected input type: <class 'str'>"):
        python(inputs=["titanic"])
    with pytest.raises(PipelineError, match=r"^Unexpected output type: <class 'str'>"):
        python(outputs=["out"])


@pytest.mark.parametrize("make", [spark, python])
@pytest.mark.parametrize("name", ["arguments", "inputs", "outputs"])
@pytest.mark.parametrize("value", ["--rate 0.1", 5, {"rate": 0.1}])
def test_what_is_no_list(make, name, value):
    with pytest.raises(PipelineError, match=f"^{name} must be a list, not") as caught:
        make(**{name: value})
    assert caught.value.hint == f"{name}=[...]"


def test_an_output_has_one_step():
    output = HDFSOutputDatasetConfig("out")
    first = spark(name="one", outputs=[output])

    with pytest.raises(PipelineError) as caught:
        spark(name="two", outputs=[output.register_on_complete("result")])
    assert caught.value.message == (
        "Step output out can not be used as an output for step two, as it is already an output of "
        "step one."
    )
    assert producer_of(output) is first


def test_a_step_that_is_made_again_takes_its_outputs_over():
    output = HDFSOutputDatasetConfig("out")
    first = spark(name="one", outputs=[output])
    again = spark(name="one", outputs=[output])

    assert producer_of(output) is again is not first


def test_a_step_that_was_refused_makes_nothing():
    output = HDFSOutputDatasetConfig("out")
    with pytest.raises(PipelineError, match="is not an amount of memory"):
        spark(name="one", outputs=[output], driver_memory="99x")
    step = spark(name="two", outputs=[output])

    assert producer_of(output) is step


def test_an_output_that_no_step_makes():
    with pytest.raises(PipelineError, match="output out is not connected to any previous step"):
        producer_of(HDFSOutputDatasetConfig("out"))


def test_run_after_links_steps_without_data():
    first, second = python(name="a"), python(name="b")
    second.run_after(first)

    assert (second.after, second.producers, first.after) == ((first,), [], ())


def test_outputs_without_a_name_are_called_the_same_in_every_session():
    def made():
        first, second = OutputFileDatasetConfig(), OutputFileDatasetConfig()
        kept = first.register_on_complete("kept")
        step = python(arguments=["--one", first, "--two", second], outputs=[first, second])
        reader = python(name="reader", inputs=[kept.as_input()], arguments=[second.as_input()])
        return [
            [output.name for output in step.outputs],
            [place.value for place in step.arguments],
            [item.name for item in reader.inputs],
            kept.name,
        ]

    one, other = made(), made()

    assert one == other
    (first, second), places, inputs, kept = one
    assert first != second
    assert places == ["--one", first, "--two", second]
    assert (kept, len(set(inputs))) == (first, 2)


def test_an_output_that_has_a_name_keeps_it():
    output = OutputFileDatasetConfig("out")

    python(outputs=[output])

    assert output.name == "out"
