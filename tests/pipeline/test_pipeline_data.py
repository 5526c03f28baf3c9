"""Data that only a pipeline knows."""

import copy

import pytest

from synapse_magics import (
    Dataset,
    HDFSOutputDatasetConfig,
    OutputFileDatasetConfig,
    PipelineParameter,
    PythonScriptStep,
    SynapseSparkStep,
)
from synapse_magics.core.data_config import DatasetConsumptionConfig
from synapse_magics.core.data_reference import DataPath, DataPathComputeBinding, DataReference
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.pipeline_data import (
    InputPortBinding,
    OutputPortBinding,
    PipelineData,
    PipelineDataset,
    TrainingOutput,
)
from synapse_magics.store.specs import Argument, ArgumentKind


def python(**options):
    return PythonScriptStep(**{"script_name": "train.py", "compute_target": "cpu", **options})


def place(kind, name):
    return Argument(ArgumentKind(kind), name)


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def files(datastore):
    (datastore.root / "t.csv").write_text("a\n5\n")
    return Dataset.File.from_files((datastore, "t.csv"))


def test_text_of_what_a_step_writes():
    data = PipelineData("made")

    assert str(data) == "$AZUREML_DATAREFERENCE_made"
    assert data.get_env_variable_name() == "AZUREML_DATAREFERENCE_made"
    assert str(data.as_input("other")) == "$AZUREML_DATAREFERENCE_other"


def test_one_step_writes_and_another_reads():
    data = PipelineData("made", output_name="result")
    first = python(name="a", arguments=["--out", data], outputs=[data])
    second = python(name="b", arguments=["--in", data], inputs=[data])
    third = python(name="c", inputs=[data.as_download("got", "data")])

    assert first.arguments[1] == place("output", "result")
    assert second.arguments[1] == place("input", "made")
    assert (second.producers, third.producers) == ([first], [first])
    (item,) = third.inputs
    assert (item.name, item.mode, item.path_on_compute) == ("got", "download", "data")


def test_a_producer_lives_as_long_as_who_reads_from_it():
    def reader():
        data = PipelineData("made")
        python(name="a", outputs=[data])
        return python(name="b", inputs=[data])

    assert [step.name for step in reader().producers] == ["a"]


def test_what_is_neither_input_nor_output():
    message = "Input/Output made appears in arguments list but is not in the input/output lists"
    with pytest.raises(PipelineError, match=message):
        python(arguments=[PipelineData("made")])


def test_an_input_that_no_step_makes():
    step = python(name="b", inputs=[PipelineData("made")])
    with pytest.raises(
        ValueError, match=r"^Input made on step b is not connected to any previous step"
    ):
        _ = step.producers


def test_an_input_called_like_an_output_is_renamed():
    first = PipelineData("data")
    python(name="a", outputs=[first])
    step = python(
        name="b", inputs=[first], outputs=[PipelineData("data")], arguments=[first, "--x"]
    )

    assert [item.name for item in step.inputs] == ["INPUT_data"]
    assert step.arguments[0] == place("input", "INPUT_data")


@pytest.mark.parametrize("name", ["my-data", "a b", "", "ä"])
def test_names_of_ports(name):
    with pytest.raises(PipelineError, match="is not a valid output name as it may contain only"):
        PipelineData(name)
    with pytest.raises(PipelineError, match="is not a valid input name as it may contain only"):
        PipelineData("x").as_input(name or "-")


def test_what_is_not_supported():
    with pytest.raises(NotSupportedError, match="training_output"):
        PipelineData("x", training_output="model")
    with pytest.raises(PipelineError, match="Invalid output mode copy"):
        PipelineData("x", output_mode="copy")
    with pytest.raises(NotSupportedError, match="AutoML and HyperDrive"):
        TrainingOutput("Metrics")
    with pytest.raises(NotSupportedError, match="PipelineDataset is not supported"):
        PipelineDataset(dataset="x")
    with pytest.raises(NotSupportedError, match="random_split of an output"):
        PipelineData("x").as_dataset().parse_parquet_files().random_split(0.5)
    with pytest.raises(NotSupportedError, match="dataset_output"):
        OutputPortBinding("x", dataset_output="x")
    assert OutputPortBinding("x", bind_mode="upload", overwrite=True).overwrite


def test_a_dataset_of_what_a_step_writes():
    dataset = PipelineData("made").as_dataset()
    python(name="a", arguments=[dataset], outputs=[dataset])
    table = dataset.parse_parquet_files().as_named_input("table")
    step = python(
        name="b",
        inputs=[dataset.as_named_input("files").as_download("in"), table],
        arguments=[table],
    )

    assert [(item.name, item.mode) for item in step.inputs] == [
        ("files", "download"),
        ("table", "direct"),
    ]
    assert dataset.binding().mode == "mount"
    assert table.table == {"format": "parquet", "glob": "**/*.parquet"}


def test_a_dataset_of_what_a_step_writes_is_registered():
    data = PipelineData("made")
    dataset = data.as_dataset().parse_delimited_files(file_extension=".csv")

    assert dataset.register("people") is dataset
    assert (data.registration.name, data.table["glob"]) == ("people", "**/*.csv")
    with pytest.raises(NotSupportedError, match="each finished run adds a version"):
        dataset.register("people", create_new_version=False)
    table = data.as_dataset().parse_delimited_files(include_path=True).table
    assert table["options"] == {"include_path": True}


def test_a_reference_is_an_input(datastore):
    reference = DataReference(datastore, "raw", "in/t.csv")
    step = python(inputs=[reference], arguments=["--in", reference])

    (item,) = step.inputs
    assert (item.name, item.mode, item.bind_object) == ("raw", "mount", reference)
    assert step.arguments[1] == place("input", "raw")
    with pytest.raises(PipelineError, match=r"^Input raw appears in arguments list but is not in"):
        python(arguments=[reference])


def test_a_reference_that_is_uploaded_is_an_output(datastore):
    reference = datastore.path("made").as_upload("local", overwrite=True)
    step = python(inputs=[reference], arguments=[reference])

    (output,) = step.outputs
    assert (output.mode, output.path, output.path_on_compute, output.overwrite) == (
        "upload",
        "made",
        "local",
        True,
    )
    assert (step.inputs, step.arguments[0].kind) == ([], "output")


def test_a_path_that_a_parameter_names(datastore):
    parameter = PipelineParameter("place", DataPath(datastore, "a"))
    bound = (parameter, DataPathComputeBinding("download"))
    step = python(inputs=[bound], arguments=["--in", bound])

    (item,) = step.inputs
    assert (item.name, item.mode, step.parameters) == ("place", "download", [parameter])
    assert step.arguments[1] == place("input", "place")
    with pytest.raises(PipelineError, match="Parameterized datapath place is not in input list"):
        python(arguments=[bound])
    with pytest.raises(NotSupportedError, match="place that a parameter names"):
        python(inputs=[(parameter, DataPathComputeBinding("upload"))])


def test_a_dataset_that_a_parameter_names(files):
    parameter = PipelineParameter("data", files)
    step = python(arguments=[DatasetConsumptionConfig("x", parameter).as_mount()])

    assert step.parameters == [parameter]
    with pytest.raises(PipelineError, match="cannot be used directly as arguments") as caught:
        python(arguments=[parameter])
    assert "DatasetConsumptionConfig('data', parameter)" in caught.value.hint


def test_the_callers_lists_are_changed_in_place(files):
    item, output = files.as_named_input("x").as_mount(), OutputFileDatasetConfig("out")
    arguments, inputs, outputs = ["--in", item, "--out", output, 5], [], []
    python(arguments=arguments, inputs=inputs, outputs=outputs)

    assert arguments == [
        "--in",
        "DatasetConsumptionConfig:x",
        "--out",
        "DatasetOutputConfig:out",
        5,
    ]
    assert (inputs, outputs) == ([item], [output])


def test_a_step_that_was_refused_leaves_the_callers_lists_alone(files):
    item = files.as_named_input("x").as_mount()
    arguments, inputs = [item, files], []
    with pytest.raises(PipelineError):
        python(arguments=arguments, inputs=inputs)

    assert (arguments, inputs) == ([item, files], [])


def test_one_list_of_arguments_serves_two_steps(files):
    item = files.as_named_input("x").as_mount()
    arguments = ["--in", item]
    python(name="a", arguments=arguments)
    again = python(name="b", arguments=copy.deepcopy(arguments))

    assert again.inputs == [item]
    assert again.arguments[1] == place("input", "x")


def test_a_name_in_the_place_of_an_input_will_do(files):
    item = files.as_named_input("x").as_mount()
    step = python(
        arguments=["DatasetConsumptionConfig:x", "DatasetConsumptionConfig:y"], inputs=[item]
    )

    assert step.arguments == [place("input", "x"), place("literal", "DatasetConsumptionConfig:y")]


def test_what_has_no_text_is_no_argument():
    class Mute:
        def __str__(self):
            raise RuntimeError

    with pytest.raises(PipelineError, match="is not a valid type for argument"):
        python(arguments=[Mute()])


def test_a_spark_step_takes_no_pipeline_data():
    output = HDFSOutputDatasetConfig("out")
    for item in (PipelineData("made"), output):
        with pytest.raises(PipelineError, match="Currently only DIRECT_MODE or HDFS_MODE"):
            SynapseSparkStep("a.py", ".", "pool", "2g", 1, "2g", 1, 1, inputs=[item])
    with pytest.raises(PipelineError, match="outputs should be an array of HDFSOutput"):
        SynapseSparkStep("a.py", ".", "pool", "2g", 1, "2g", 1, 1, outputs=[PipelineData("x")])


def test_a_spark_step_does_not_check_modes_of_what_is_in_its_arguments_alone(files):
    item = files.as_named_input("x").as_mount()
    step = SynapseSparkStep("a.py", ".", "pool", "2g", 1, "2g", 1, 1, arguments=[item])

    assert step.inputs == [item]


def test_a_binding_of_an_unknown_mode():
    with pytest.raises(PipelineError, match="Invalid mode copy"):
        InputPortBinding("x", PipelineData("made"), "copy")
