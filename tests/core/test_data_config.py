"""Inputs and outputs by configuration."""

import copy
import re

import pytest

from synapse_magics import (
    Dataset,
    HDFSOutputDatasetConfig,
    OutputFileDatasetConfig,
    PipelineParameter,
)
from synapse_magics.core.data_config import DatasetConsumptionConfig
from synapse_magics.core.data_reference import DataPath
from synapse_magics.core.dataset_types import DataType
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def files(datastore):
    (datastore.root / "t.csv").write_text("a\n1\n")
    return Dataset.File.from_files((datastore, "t.csv"))


@pytest.fixture
def table(files, datastore):
    return Dataset.Tabular.from_delimited_files((datastore, "t.csv"))


def test_a_named_input_is_direct(files):
    item = files.as_named_input("file_input")

    assert (item.name, item.dataset, item.mode) == ("file_input", files, "direct")


@pytest.mark.parametrize("mode", ["download", "mount", "hdfs"])
def test_modes_are_new_objects(files, mode):
    item = files.as_named_input("file_input")
    other = getattr(item, f"as_{mode}")()

    assert (item.mode, other.mode, other.name) == ("direct", mode, "file_input")


def test_a_mode_that_is_none(files):
    with pytest.raises(UserErrorException, match="Invalid mode copy"):
        DatasetConsumptionConfig("x", files, "copy")


@pytest.mark.parametrize("mode", ["download", "mount", "hdfs"])
def test_a_table_is_direct_only(table, mode):
    with pytest.raises(UserErrorException) as caught:
        getattr(table.as_named_input("x"), f"as_{mode}")()

    assert caught.value.message == (
        f"TabularDataset does not support {mode}. Only FileDataset supports {mode}"
    )


def test_an_input_has_a_name_by_the_rule(files):
    with pytest.raises(UserErrorException, match='Invalid input name "my-input"'):
        files.as_named_input("my-input")


def test_an_input_is_of_data():
    with pytest.raises(UserErrorException, match="not a str"):
        DatasetConsumptionConfig("x", "titanic")


def test_a_path_on_compute_lies_in_the_working_directory(files):
    item = files.as_named_input("x").as_download("data/in/")
    assert item.path_on_compute == "data/in"

    for path in ("../data", ".", "/data/../x"):
        with pytest.raises(NotSupportedError, match="as a place on the compute") as caught:
            files.as_named_input("x").as_mount(path)
        assert "relative to the step's working directory" in caught.value.hint


def test_a_path_on_compute_in_the_root_is_not_made_which_is_said(files, caplog):
    item = files.as_named_input("x").as_mount("/tmp/0a1b")

    assert item.path_on_compute == "/tmp/0a1b"
    assert "/tmp/0a1b is not made on this machine; the step is told" in caplog.text


def test_a_path_on_compute_is_of_files(files):
    with pytest.raises(UserErrorException, match="mode hdfs has no path on the compute"):
        DatasetConsumptionConfig("x", files, "hdfs", "data")


@pytest.mark.parametrize("name", ["path", "USER", "home"])
def test_an_input_called_like_a_variable_of_the_system_is_warned_of(files, caplog, name):
    assert files.as_named_input(name).name == name
    assert f"the input {name} is called like a variable of the system" in caplog.text


def test_an_input_is_a_registered_dataset_by_name(workspace):
    for reference in ((workspace, "titanic"), (workspace, "titanic", 2)):
        assert DatasetConsumptionConfig("x", reference).dataset == reference
    with pytest.raises(UserErrorException, match="not a tuple"):
        DatasetConsumptionConfig("x", ("ws", "titanic"))


def test_an_input_is_a_parameter_whose_default_is_a_dataset(files, table):
    parameter = PipelineParameter("data", files)
    assert DatasetConsumptionConfig("x", parameter).as_mount().dataset is parameter

    with pytest.raises(UserErrorException, match="TabularDataset does not support mount"):
        DatasetConsumptionConfig("x", PipelineParameter("data", table), "mount")
    with pytest.raises(UserErrorException, match="not a PipelineParameter"):
        DatasetConsumptionConfig("x", PipelineParameter("data", "text"))


def test_an_output_without_a_name_gets_one():
    names = {HDFSOutputDatasetConfig().name for _ in range(2)}

    assert len(names) == 2
    assert all(re.fullmatch(r"output_[0-9a-f]{8}", name) for name in names)


def test_an_output_goes_to_a_folder_of_its_run():
    output = HDFSOutputDatasetConfig("out")

    assert (output.datastore, output.path) == (None, "dataset/{run-id}/{output-name}")


def test_an_output_with_a_destination(datastore):
    output = HDFSOutputDatasetConfig(destination=(datastore, "test"))

    assert (output.datastore, output.path) == (datastore, "test")
    assert OutputFileDatasetConfig(destination=datastore).datastore is datastore


@pytest.mark.parametrize("path", ["../out", "a/../../b", ".."])
def test_an_output_that_leaves_the_datastore(datastore, path):
    with pytest.raises(UserErrorException, match="leaves the datastore"):
        HDFSOutputDatasetConfig("out", (datastore, path))


@pytest.mark.parametrize("destination", ["out", ("store", "out"), ("out",), 5])
def test_a_destination_that_is_none(destination):
    with pytest.raises(UserErrorException, match="destination must be a datastore"):
        HDFSOutputDatasetConfig("out", destination)


def test_an_output_has_a_name_by_the_rule():
    with pytest.raises(UserErrorException, match="is not a valid output name"):
        HDFSOutputDatasetConfig("my-output")


def test_register_on_complete_is_a_copy_of_the_same_output():
    output = HDFSOutputDatasetConfig("out")
    registered = output.register_on_complete("result", "words", {"k": "v"})

    assert output.registration is None
    assert registered is not output
    assert registered.origin == output.origin
    assert (registered.registration.name, registered.registration.description) == (
        "result",
        "words",
    )


def test_register_on_complete_needs_a_name():
    with pytest.raises(ValueError, match="name must be provided"):
        HDFSOutputDatasetConfig("out").register_on_complete("")


@pytest.mark.parametrize("kind", [HDFSOutputDatasetConfig, OutputFileDatasetConfig])
def test_an_output_as_input_is_mounted(kind):
    output = kind("out")
    item = output.as_input("step2_input")

    assert (item.name, item.mode, item.dataset) == ("step2_input", "mount", output)
    assert item.as_download().mode == "download"


def test_an_output_as_input_without_a_name_gets_one():
    assert re.fullmatch(r"input_[0-9a-f]{8}", HDFSOutputDatasetConfig("out").as_input().name)


def test_outputs_differ_in_mode():
    assert HDFSOutputDatasetConfig("out").mode == "hdfs"
    assert OutputFileDatasetConfig("out").as_mount().mode == "mount"


def test_a_partition_format_names_the_keys_of_an_output():
    output = OutputFileDatasetConfig("out", partition_format="/{x}/{day:yyyy}/*.csv")

    assert output.as_upload().layout["partition_keys"] == ["x", "day"]
    with pytest.raises(ValueError, match="Invalid partition_format"):
        OutputFileDatasetConfig("out", partition_format="/{x/")


def test_an_output_may_be_written_in_the_working_directory():
    assert OutputFileDatasetConfig("out", source="made").path_on_compute == "made"
    with pytest.raises(NotSupportedError, match="as a place on the compute"):
        OutputFileDatasetConfig("out", source="/tmp/made")


def test_an_uploaded_output_is_the_same_output(datastore):
    output = OutputFileDatasetConfig("out", (datastore, "x"))
    uploaded = output.as_upload(overwrite=True, source_globs=["*.csv"])

    assert (output.mode, uploaded.mode, uploaded.overwrite) == ("mount", "upload", True)
    assert (uploaded.source_globs, uploaded.origin) == (("*.csv",), output.origin)
    assert uploaded.as_mount().mode == "mount"


def test_a_destination_is_a_data_path(datastore):
    output = OutputFileDatasetConfig("out", DataPath(datastore, "a/b"))

    assert (output.datastore, output.path) == (datastore, "a/b")


def test_a_table_of_an_output_is_the_same_output_and_consumed_directly(datastore):
    output = OutputFileDatasetConfig("out", (datastore, "x")).as_upload()
    table = output.read_delimited_files(separator=";", path_glob="**/*.csv")

    assert (table.name, table.mode, table.origin) == ("out", "upload", output.origin)
    assert table.as_input("t").mode == "direct"
    with pytest.raises(UserErrorException, match="does not support download"):
        table.as_input("t").as_download()
    assert table.register_on_complete("people").registration.name == "people"
    assert table.table == {
        "format": "delimited",
        "separator": ";",
        "header": True,
        "multi_line": False,
        "glob": "**/*.csv",
    }
    assert HDFSOutputDatasetConfig("o").read_parquet_files().table["format"] == "parquet"
    assert output.table is None


def test_what_more_is_said_of_a_table_of_an_output():
    given = {
        "include_path": True,
        "partition_format": "/{country}/*",
        "set_column_types": {"n": DataType.to_long()},
    }
    for read in ("read_delimited_files", "read_parquet_files"):
        table = getattr(OutputFileDatasetConfig("out"), read)(**given).table

        assert table["options"] == {**given, "set_column_types": {"n": {"type": "integer"}}}
        with pytest.raises(ValueError, match="Invalid partition_format"):
            getattr(OutputFileDatasetConfig("out"), read)(partition_format="x")
        with pytest.raises(UserErrorException, match="a type for each column"):
            getattr(OutputFileDatasetConfig("out"), read)(set_column_types="x")


@pytest.mark.parametrize(
    ("header", "whether"), [(True, True), (False, False), (3, True), (0, False), (2, "combine")]
)
def test_headers_of_a_table_of_an_output(header, whether):
    table = OutputFileDatasetConfig("out").read_delimited_files(header=header)
    assert table.table["header"] == whether


def test_a_deep_copy_is_of_the_same_data(datastore, files):
    output = HDFSOutputDatasetConfig("out", (datastore, "x"))
    (item, made) = copy.deepcopy([files.as_named_input("x"), output])

    assert (item.dataset, made.origin, made.datastore) == (files, output.origin, datastore)
