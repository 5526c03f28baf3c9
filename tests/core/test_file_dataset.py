"""Files are chosen by what is known of them, mounted as links, and named as inputs."""

from datetime import datetime, timezone
from pathlib import Path

import pytest

from synapse_magics import Dataset
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.store.locations import LocationError


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def folder(datastore):
    for name in ("x/2019/one.csv", "x/2020/three.txt"):
        path = datastore.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return Dataset.File.from_files((datastore, "x"))


def test_a_condition_on_files(folder):
    size, extension = folder.file_metadata("Size"), folder.file_metadata("Extension")
    late = folder.file_metadata("LastModifiedTime") > datetime(2000, 1, 1, tzinfo=timezone.utc)

    assert folder.filter(size > 15).to_path() == ["/2020/three.txt"]
    assert folder.filter((extension == ".csv") & late).to_path() == ["/2019/one.csv"]
    assert folder.filter(size > 1000).to_path() == []


def test_what_is_not_known_of_files(folder):
    with pytest.raises(UserErrorException, match="nothing called 'Owner' is known of files"):
        folder.file_metadata("Owner")
    with pytest.raises(NotSupportedError, match="have no columns here"):
        folder["year"]


def test_a_mount_is_there_for_a_while(folder):
    with folder.mount() as mounted:
        place = Path(mounted.mount_point)
        assert (place / "2019" / "one.csv").read_text() == "x/2019/one.csv"
        (place / "2019" / "own").touch()

    assert [file.name for file in place.rglob("*")] == ["2019", "own"]
    assert len(folder.files()) == 2


def test_a_mount_leaves_nothing(folder, tmp_path):
    mounted = folder.take(1).mount(str(tmp_path / "here"))
    mounted.start()
    assert sorted(file.name for file in (tmp_path / "here").rglob("*")) == ["2019", "one.csv"]
    mounted.stop()

    assert list((tmp_path / "here").iterdir()) == []


def test_a_mount_where_something_is(folder, tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "own").touch()
    with pytest.raises(UserErrorException, match="something is at the mount point"):
        folder.mount(str(tmp_path / "here")).start()


def test_options_of_a_mount_are_refused(folder):
    with pytest.raises(NotSupportedError, match="mount_options is not supported"):
        folder.mount(mount_options=object())


def test_inputs_without_a_name_have_that_of_the_definition(folder):
    mounted, copied, address = folder.as_mount("in"), folder.as_download(), folder.as_hdfs()

    assert (mounted.mode, copied.mode, address.mode) == ("mount", "download", "hdfs")
    assert mounted.path_on_compute == "in"
    assert mounted.name == copied.name == address.name
    assert mounted.name.startswith("input_")
    assert folder.take(1).as_mount().name != mounted.name


def test_download_of_what_is_gone(folder, datastore, tmp_path):
    dataset = Dataset.File.from_files((datastore, "x/2019/one.csv"))
    (datastore.root / "x/2019/one.csv").unlink()

    assert dataset.download(str(tmp_path / "a"), ignore_not_found=True) == []
    with pytest.raises(LocationError, match="is not on the datastore"):
        dataset.download(str(tmp_path / "a"))


def test_when_the_data_changed(folder):
    changed = max(file.stat().st_mtime for file in folder.files())

    assert folder.data_changed_time == datetime.fromtimestamp(changed, timezone.utc)


def test_what_is_said_of_a_registered_dataset_is_changed(workspace, folder):
    dataset = folder.register(workspace, "files", "old", {"a": "1"})

    assert dataset.update("new").description == "new"
    assert dataset.add_tags({"a": "2", "b": "3"}).tags == {"a": "2", "b": "3"}
    assert dataset.remove_tags(["a"]).tags == {"b": "3"}
    found = Dataset.get_by_name(workspace, "files")
    assert (found.version, found.description, found.tags) == (1, "new", {"b": "3"})
    assert dataset.update(tags={}).tags == {}


def test_nothing_is_said_of_what_is_not_registered(folder):
    with pytest.raises(UserErrorException, match="only a registered dataset"):
        folder.add_tags({"a": "1"})


def test_files_have_no_partition_keys(folder):
    assert folder.partition_keys == []
    with pytest.raises(UserErrorException, match="no partition keys"):
        folder.get_partition_key_values()
