"""Inputs and outputs by configuration."""

import re

import pytest

from synapse_magics import Dataset, HDFSOutputDatasetConfig, OutputFileDatasetConfig
from synapse_magics.core.data_config import DatasetConsumptionConfig
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


def test_a_path_on_compute_is_refused(files):
    with pytest.raises(NotSupportedError, match="path_on_compute is not supported here"):
        files.as_named_input("x").as_mount("/data")


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


@pytest.mark.parametrize("option", ["source", "partition_format"])
def test_options_of_file_outputs_that_are_not_supported(option):
    with pytest.raises(NotSupportedError, match=f"{option} is not supported here"):
        OutputFileDatasetConfig("out", **{option: "x"})
