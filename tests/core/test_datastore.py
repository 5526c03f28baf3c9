"""Datastores: files go in and come out, and nothing leaves."""

import copy
import json
import re

import pytest

from synapse_magics import Dataset, Datastore, OutputFileDatasetConfig
from synapse_magics.core.datastore import (
    AzureBlobDatastore,
    AzureDataLakeDatastore,
    AzureDataLakeGen2Datastore,
    AzureSqlDatabaseDatastore,
)
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.store.locations import LocationError


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def write(tmp_path):
    def write(name, text="text"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def names_on(datastore):
    return sorted(
        item.relative_to(datastore.root).as_posix()
        for item in datastore.root.rglob("*")
        if item.is_file()
    )


def test_look_up_by_name_and_without(workspace):
    assert Datastore(workspace, "workspacefilestore").name == "workspacefilestore"
    assert Datastore(workspace).name == "workspaceblobstore"
    assert Datastore.get_default(workspace).name == "workspaceblobstore"


def test_look_up_what_is_not_there(workspace):
    with pytest.raises(UserErrorException, match="Could not find datastore with name blob") as e:
        Datastore(workspace, "blob")
    assert "workspaceblobstore" in e.value.hint


def test_it_is_described_as_in_azure_ml(workspace):
    found = Datastore(workspace)

    assert json.loads(repr(found)) == {
        "name": "workspaceblobstore",
        "container_name": "workspaceblobstore",
        "account_name": "local",
        "protocol": "file",
        "endpoint": "local",
    }
    assert str(found) == repr(found)
    assert (found.datastore_type, found.is_sas, found.workspace) == ("AzureBlob", False, workspace)
    assert type(found).__name__ == "AzureBlobDatastore"
    assert type(Datastore.get(workspace, "workspacefilestore")).__name__ == "AzureFileDatastore"
    twin = copy.copy(found)
    assert (type(twin), twin.name, twin.root) == (type(found), found.name, found.root)


def test_another_one_becomes_the_default(workspace):
    workspace.set_default_datastore("workspacefilestore")

    assert workspace.get_default_datastore().name == "workspacefilestore"
    Datastore.get(workspace, "workspaceblobstore").set_as_default()
    assert Datastore.get_default(workspace).name == "workspaceblobstore"
    with pytest.raises(UserErrorException, match="Could not find datastore"):
        workspace.set_default_datastore("none")


def blob(workspace, **options):
    return Datastore.register_azure_blob_container(
        workspace, "lake", "container", "account", **options
    )


def test_azure_storage_is_registered_as_a_reference(workspace):
    made = blob(workspace, blob_cache_timeout=5)

    found = workspace.datastores["lake"]
    assert type(made) is type(found) is AzureBlobDatastore
    assert json.loads(repr(found)) == {
        "name": "lake",
        "container_name": "container",
        "account_name": "account",
        "protocol": "https",
        "endpoint": "core.windows.net",
    }


def test_every_kind_is_registered(workspace):
    Datastore.register_azure_file_share(workspace, "share", "files", "account")
    Datastore.register_azure_data_lake_gen2(workspace, "gen2", "system", "account")
    Datastore.register_azure_data_lake(workspace, "gen1", "store")
    Datastore.register_azure_sql_database(workspace, "sql", "server", "database")
    Datastore.register_dbfs(workspace, "dbfs")

    found = {name: item.datastore_type for name, item in workspace.datastores.items()}
    assert found.items() >= {
        ("share", "AzureFile"),
        ("gen2", "AzureDataLakeGen2"),
        ("gen1", "AzureDataLake"),
        ("sql", "AzureSqlDatabase"),
        ("dbfs", "DBFS"),
    }


def test_a_datastore_is_of_the_class_of_its_kind(workspace):
    gen2 = Datastore.register_azure_data_lake_gen2(workspace, "gen2", "system", "account")
    gen1 = Datastore.register_azure_data_lake(workspace, "gen1", "store", "tenant", "client")
    database = Datastore.register_azure_sql_database(workspace, "sql", "server", "database")

    assert type(gen2) is AzureDataLakeGen2Datastore
    assert (gen2.container_name, gen2.tenant_id) == ("system", None)
    assert type(gen1) is type(workspace.datastores["gen1"]) is AzureDataLakeDatastore
    assert (gen1.store_name, gen1.tenant_id, gen1.client_id) == ("store", "tenant", "client")
    assert type(database) is AzureSqlDatabaseDatastore
    assert (database.server_name, database.database_name) == ("server", "database")


def test_a_name_is_registered_again_only_if_that_is_said(workspace):
    blob(workspace)

    with pytest.raises(UserErrorException, match="already registered under the name lake"):
        blob(workspace)
    assert blob(workspace, overwrite=True, protocol="http").protocol == "http"
    with pytest.raises(UserErrorException, match="already registered") as caught:
        Datastore.register_azure_blob_container(
            workspace, "workspaceblobstore", "c", "a", overwrite=True
        )
    assert "every workspace has" in caught.value.hint
    with pytest.raises(UserErrorException, match="name is invalid"):
        Datastore.register_dbfs(workspace, "a-b")


def test_the_data_of_a_reference_is_refused_with_the_alternative(workspace, write):
    lake = Datastore.register_azure_file_share(workspace, "lake", "files", "account")
    write("a.txt")
    for access in (
        lambda: lake.upload_files(["a.txt"]),
        lambda: lake.download("here"),
        lake.set_as_default,
        lambda: OutputFileDatasetConfig("out", (lake, "path")),
    ):
        with pytest.raises(NotSupportedError, match="cannot be accessed here") as caught:
            access()
        assert "get_default_datastore()" in caught.value.hint
    with pytest.raises(NotImplementedError, match="cannot be accessed here"):
        Dataset.File.from_files((lake, "a.txt"))


def test_unregister_forgets_the_name(workspace):
    lake = blob(workspace)

    lake.unregister()

    assert "lake" not in workspace.datastores
    for name in ("workspaceblobstore", "workspacefilestore"):
        with pytest.raises(UserErrorException, match="cannot be unregistered"):
            Datastore.get(workspace, name).unregister()


def test_upload_prints_what_azure_ml_prints(datastore, write, capsys):
    write("Titanic.csv")
    datastore.upload_files(files=["./Titanic.csv"], overwrite=True)

    assert capsys.readouterr().out.splitlines() == [
        "Uploading an estimated of 1 files",
        "Uploading ./Titanic.csv",
        "Uploaded ./Titanic.csv, 1 files out of an estimated total of 1",
        "Uploaded 1 files",
    ]
    assert names_on(datastore) == ["Titanic.csv"]


def test_a_second_upload_is_skipped(datastore, write, capsys):
    file = write("Titanic.csv", "old")
    datastore.upload_files([file], show_progress=False)
    file.write_text("new")
    datastore.upload_files([file])

    assert "Target already exists. Skipping upload for Titanic.csv" in capsys.readouterr().out
    assert (datastore.root / "Titanic.csv").read_text() == "old"


def test_overwrite_replaces(datastore, write):
    file = write("Titanic.csv", "old")
    datastore.upload_files([file])
    file.write_text("new")
    datastore.upload_files([file], overwrite=True)

    assert (datastore.root / "Titanic.csv").read_text() == "new"
    assert names_on(datastore) == ["Titanic.csv"]


def test_without_progress_nothing_is_printed(datastore, write, capsys):
    file = write("a.csv")
    for _ in range(2):
        datastore.upload_files([file], show_progress=False)
        datastore.download("copy", show_progress=False)

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["missing.csv", "folder"])
def test_what_is_no_file_is_refused(datastore, tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserErrorException) as caught:
        datastore.upload_files([name])

    assert caught.value.message == (
        f"'{name}' does not point to a file. Please upload the file to cloud first if running in "
        "a cloud notebook."
    )
    assert caught.value.where == str(tmp_path / name)


def test_one_file_may_come_without_a_list(datastore, write):
    write("a.csv")
    datastore.upload_files("a.csv")

    assert names_on(datastore) == ["a.csv"]


def test_no_file_at_all(datastore, capsys):
    datastore.upload_files([])

    assert capsys.readouterr().out.endswith("Uploaded 0 files\n")


def test_sub_folders_of_the_common_folder_are_kept(datastore, write):
    files = [write("data/a.csv"), write("data/2020/b.csv")]
    datastore.upload_files(files, target_path="./in")

    assert names_on(datastore) == ["in/2020/b.csv", "in/a.csv"]


def test_files_beside_the_working_directory_are_kept_apart(datastore, write, tmp_path, monkeypatch):
    write("one/a.csv")
    write("two/a.csv")
    monkeypatch.chdir(tmp_path / "one")
    datastore.upload_files(["a.csv", "../two/a.csv"])

    assert names_on(datastore) == ["one/a.csv", "two/a.csv"]


def test_relative_root_says_what_is_kept(datastore, write, tmp_path):
    datastore.upload_files([write("data/2020/b.csv")], relative_root=str(tmp_path))

    assert names_on(datastore) == ["data/2020/b.csv"]


def test_a_file_outside_of_relative_root_is_refused(datastore, write, tmp_path):
    write("b.csv")
    with pytest.raises(UserErrorException, match="not below relative_root"):
        datastore.upload_files(["b.csv"], relative_root=str(tmp_path / "data"))


@pytest.mark.parametrize("target", ["../out", "a/../../out"])
def test_a_target_outside_of_the_datastore_is_refused(datastore, write, tmp_path, target):
    with pytest.raises(LocationError, match="leaves the datastore"):
        datastore.upload_files([write("a.csv")], target_path=target)
    assert not list(tmp_path.rglob("out"))


def test_upload_keeps_a_folders_tree(datastore, write, tmp_path):
    write("data/a.csv")
    write("data/x/b.csv")
    datastore.upload(str(tmp_path / "data"), "in")

    assert names_on(datastore) == ["in/a.csv", "in/x/b.csv"]


def test_the_state_of_the_workspace_is_not_uploaded_with_its_folder(datastore, workspace_folder):
    (workspace_folder / "a.csv").write_text("a")
    expected = ["a.csv", "config.json"]
    for target in ("in", "again"):  # the second copy would hold the first one
        datastore.upload(".", target)
    assert names_on(datastore) == sorted(f"{t}/{n}" for t in ("in", "again") for n in expected)

    with pytest.raises(UserErrorException, match="the state of a workspace is not data"):
        datastore.upload(".synapse")


def test_what_lies_within_the_state_folder_is_uploaded_where_that_is_meant(datastore):
    (datastore.root / "made").mkdir(parents=True)
    (datastore.root / "made" / "a.csv").write_text("a")

    datastore.upload(str(datastore.root / "made"), "copy")
    datastore.upload_files([str(datastore.root / "made" / "a.csv")], target_path="second")

    assert names_on(datastore) == ["copy/a.csv", "made/a.csv", "second/a.csv"]


def test_listed_files_of_the_state_are_left_out_and_that_is_said(
    datastore, workspace_folder, caplog
):
    (workspace_folder / "a.csv").write_text("a")
    listed = [str(file) for file in workspace_folder.rglob("*") if file.is_file()]
    datastore.upload_files(listed, relative_root=str(workspace_folder))

    assert names_on(datastore) == ["a.csv", "config.json"]
    assert "of a workspace's state folder are not uploaded" in caplog.text
    with pytest.raises(UserErrorException, match="the state of a workspace is not data"):
        datastore.upload_files([".synapse/state.db"], relative_root=".")


def test_upload_of_a_file_as_a_folder_is_refused(datastore, write):
    with pytest.raises(UserErrorException, match=r"src_path must be a directory\."):
        datastore.upload(str(write("a.csv")))


def test_the_returned_reference_reads_as_azure_mls(datastore, write):
    file = write("a.csv")

    assert repr(datastore.upload_files([file])) == "$AZUREML_DATAREFERENCE_workspaceblobstore"
    named = repr(datastore.upload_files([file], target_path="in"))
    assert re.fullmatch(r"\$AZUREML_DATAREFERENCE_[0-9a-f]{32}", named)


def test_download_keeps_paths_and_counts(datastore, write, tmp_path, capsys):
    datastore.upload_files([write("data/a.csv"), write("data/x/b.csv")], target_path="in")
    capsys.readouterr()

    assert datastore.download(str(tmp_path / "copy"), prefix="in/x") == 1
    assert (tmp_path / "copy" / "in" / "x" / "b.csv").read_text() == "text"
    assert capsys.readouterr().out.splitlines() == [
        "Downloading in/x/b.csv",
        "Downloaded in/x/b.csv, 1 files out of an estimated total of 1",
    ]


def test_download_again_is_skipped(datastore, write, tmp_path, capsys):
    datastore.upload_files([write("a.csv")])
    target = tmp_path / "copy"
    datastore.download(str(target))

    assert datastore.download(str(target)) == 0
    assert f"Path already exists. Skipping download for {target / 'a.csv'}" in (
        capsys.readouterr().out
    )
    assert datastore.download(str(target), overwrite=True) == 1
