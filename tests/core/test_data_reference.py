"""Places on datastores: references and paths."""

import re

import pytest

from synapse_magics import Dataset
from synapse_magics.core.data_reference import DataPath, DataPathComputeBinding, DataReference
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


def test_a_reference_is_named_after_its_datastore(datastore):
    assert str(DataReference(datastore)) == "$AZUREML_DATAREFERENCE_workspaceblobstore"
    assert str(DataReference(datastore, "raw")) == "$AZUREML_DATAREFERENCE_raw"


def test_modes_are_new_objects(datastore):
    reference = DataReference(datastore, "raw", "in")

    assert [reference.mode, reference.as_download().mode, reference.as_upload().mode] == [
        "mount",
        "download",
        "upload",
    ]
    assert reference.as_upload("made", overwrite=True).to_config() == {
        "dataStoreName": "workspaceblobstore",
        "mode": "upload",
        "pathOnDataStore": "in",
        "pathOnCompute": "made",
        "overwrite": True,
    }
    whole = [datastore.as_mount(), datastore.as_download(), datastore.as_upload()]
    assert [item.mode for item in whole] == ["mount", "download", "upload"]


def test_a_path_on_a_datastore_has_a_name_of_its_own(datastore):
    one, two = datastore.path("a"), datastore.path("b")

    assert re.fullmatch(r"[0-9a-f]{32}", one.data_reference_name)
    assert one.data_reference_name != two.data_reference_name
    assert datastore.path().data_reference_name == "workspaceblobstore"
    assert datastore.path("a", "mine").data_reference_name == "mine"


def test_a_path_below_a_reference(datastore):
    below = datastore.path("in").path("a/b", "named")

    assert (below.path_on_datastore, below.data_reference_name) == ("in/a/b", "named")


def test_a_mode_that_is_none(datastore):
    with pytest.raises(UserErrorException, match="Invalid mode copy"):
        DataReference(datastore, mode="copy")
    with pytest.raises(UserErrorException, match="Invalid mode direct"):
        DataPathComputeBinding("direct")
    with pytest.raises(NotSupportedError, match="as a place on the compute"):
        DataPathComputeBinding(path_on_compute="../data")
    with pytest.raises(NotSupportedError, match="as a place on the compute"):
        DataReference(datastore, mode="upload", path_on_compute="/data")


def test_a_path_has_a_name(datastore):
    assert re.fullmatch(r"workspaceblobstore_[0-9a-f]{8}", DataPath(datastore, "a").name)
    assert DataPath(datastore, "a", "mine").name == "mine"
    assert (DataPath(datastore).datastore_name, DataPath().datastore_name) == (
        "workspaceblobstore",
        None,
    )


def test_a_reference_to_a_path(datastore):
    path = DataPath(datastore, "a", "mine")
    reference = path.create_data_reference()
    bound = path.create_data_reference("x", DataPathComputeBinding("download", "d"))

    assert (reference.data_reference_name, reference.mode) == ("mine", "mount")
    assert (bound.data_reference_name, bound.mode, bound.path_on_compute) == ("x", "download", "d")
    with pytest.raises(UserErrorException, match="names no datastore"):
        DataPath().create_data_reference()


def test_datasets_are_made_of_references_and_paths(datastore):
    (datastore.root / "t.txt").write_text("x")
    for place in (DataPath(datastore, "t.txt"), DataReference(datastore, "raw", "t.txt")):
        assert Dataset.File.from_files(place).to_path() == ["/t.txt"]
