"""Datastores that lie elsewhere: registered by Azure ML's calls or ours, files go in and out."""

from __future__ import annotations

import json

import pytest
from storage_support import AZURITE_ACCOUNT, AZURITE_KEY, SECRET_KEY

from synapse_magics import Dataset, Datastore
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.storage.errors import (
    NothingThereError,
    ReadOnlyError,
    StorageError,
    WrongCredentialError,
)


@pytest.fixture
def write(tmp_path):
    def write(name, text="text"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def lake(workspace, s3):
    s3.make_bucket("lake")
    return Datastore.register(workspace, "lake", "s3://lake/base", f"env:{s3.variable}", s3.options)


def register_container(workspace, azurite, name, **options):
    return Datastore.register_azure_blob_container(
        workspace,
        "blobs",
        name,
        AZURITE_ACCOUNT,
        protocol="http",
        endpoint=f"127.0.0.1:{azurite.port}",
        **options,
    )


def everything_in(folder):
    """Return the bytes of all files of a state folder but the keyvault's."""
    files = [f for f in folder.rglob("*") if f.is_file() and f.name != "keyvault.json"]
    assert any(file.name == "state.db" for file in files)
    return b"\n".join(file.read_bytes() for file in files)


def test_files_go_in_with_azure_mls_lines(lake, s3, write, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("Titanic.csv", "old")

    lake.upload_files(["./Titanic.csv"], target_path="in")

    assert capsys.readouterr().out.splitlines() == [
        "Uploading an estimated of 1 files",
        "Uploading ./Titanic.csv",
        "Uploaded ./Titanic.csv, 1 files out of an estimated total of 1",
        "Uploaded 1 files",
    ]
    assert s3.keys("lake") == ["base/in/Titanic.csv"]
    write("Titanic.csv", "new")
    lake.upload_files(["./Titanic.csv"], target_path="in")
    assert "Target already exists. Skipping upload for in/Titanic.csv" in capsys.readouterr().out
    assert s3.get("lake", "base/in/Titanic.csv") == "old"
    lake.upload_files(["./Titanic.csv"], target_path="in", overwrite=True, show_progress=False)
    assert s3.get("lake", "base/in/Titanic.csv") == "new"
    assert capsys.readouterr().out == ""


def test_a_folder_goes_in_and_comes_out(lake, s3, write, tmp_path, capsys):
    write("data/a.csv", "a")
    write("data/x/b.csv", "b")
    lake.upload(str(tmp_path / "data"), "in")
    assert s3.keys("lake") == ["base/in/a.csv", "base/in/x/b.csv"]
    capsys.readouterr()

    assert lake.download(str(tmp_path / "copy"), prefix="in/x") == 1
    assert (tmp_path / "copy" / "in" / "x" / "b.csv").read_text() == "b"
    assert capsys.readouterr().out.splitlines() == [
        "Downloading in/x/b.csv",
        "Downloaded in/x/b.csv, 1 files out of an estimated total of 1",
    ]
    assert lake.download(str(tmp_path / "copy")) == 1
    target = tmp_path / "copy" / "in" / "x" / "b.csv"
    assert f"Path already exists. Skipping download for {target}" in capsys.readouterr().out


def test_a_download_of_nothing_copies_nothing(lake, tmp_path):
    assert lake.download(str(tmp_path / "copy"), prefix="missing") == 0


def test_a_path_on_it_is_a_reference(lake):
    reference = lake.path("in/a.csv")

    assert (reference.datastore.name, reference.path_on_datastore) == ("lake", "in/a.csv")


def test_a_container_with_its_key_in_the_keyvault(workspace, azurite, write, tmp_path, capsys):
    azurite.make_container("keyed")

    made = register_container(workspace, azurite, "keyed", account_key=AZURITE_KEY)

    said = capsys.readouterr().out
    assert said == (
        "The account_key of datastore blobs is kept in the workspace's keyvault, as "
        "datastore-blobs-account-key.\n"
    )
    assert workspace.get_default_keyvault().get_secret("datastore-blobs-account-key") == AZURITE_KEY
    made.upload_files([write("a.csv")], show_progress=False)
    assert made.download(str(tmp_path / "copy"), show_progress=False) == 1
    assert json.loads(repr(made)) == {
        "name": "blobs",
        "container_name": "keyed",
        "account_name": AZURITE_ACCOUNT,
        "protocol": "http",
        "endpoint": f"127.0.0.1:{azurite.port}",
    }


def test_a_wrong_key_is_refused_at_once_and_not_kept(workspace, azurite):
    azurite.make_container("guarded")
    wrong = AZURITE_KEY.replace("Eby8", "Xby8")

    with pytest.raises(StorageError) as caught:
        register_container(workspace, azurite, "guarded", account_key=wrong)

    assert wrong not in str(caught.value)
    assert "blobs" not in workspace.datastores
    assert workspace.get_default_keyvault().list_secrets() == []
    register_container(workspace, azurite, "guarded", account_key=wrong, skip_validation=True)
    assert "blobs" in workspace.datastores


def test_a_container_is_made_if_that_is_wished(workspace, azurite):
    with pytest.raises(NothingThereError, match="there is no container wished"):
        register_container(workspace, azurite, "wished", account_key=AZURITE_KEY)

    register_container(
        workspace, azurite, "wished", account_key=AZURITE_KEY, create_if_not_exists=True
    )

    assert azurite.client.get_container_client("wished").exists()


def test_a_signature_is_enough(workspace, azurite, write):
    from datetime import datetime, timedelta, timezone

    from azure.storage.blob import ContainerSasPermissions, generate_container_sas

    azurite.make_container("signed")
    token = generate_container_sas(
        AZURITE_ACCOUNT,
        "signed",
        AZURITE_KEY,
        permission=ContainerSasPermissions(read=True, write=True, list=True, create=True),
        expiry=datetime.now(timezone.utc) + timedelta(hours=1),
    )

    made = register_container(workspace, azurite, "signed", sas_token=token)
    made.upload_files([write("a.csv")], show_progress=False)

    assert made.is_sas
    assert made.download("copy", show_progress=False) == 1


def test_a_signature_that_may_only_read_does_not_write(workspace, azurite, write):
    from datetime import datetime, timedelta, timezone

    from azure.storage.blob import ContainerSasPermissions, generate_container_sas

    azurite.make_container("readable", {"a.csv": "a"})
    token = generate_container_sas(
        AZURITE_ACCOUNT,
        "readable",
        AZURITE_KEY,
        permission=ContainerSasPermissions(read=True, list=True),
        expiry=datetime.now(timezone.utc) + timedelta(hours=1),
    )
    made = register_container(workspace, azurite, "readable", sas_token=token)

    with pytest.raises(PermissionError) as caught:
        made.upload_files([write("b.csv")], show_progress=False)

    assert "wasbs://readable@" in str(caught.value)
    assert "b.csv" in str(caught.value)
    assert token.rpartition("sig=")[2] not in str(caught.value)


def test_no_secret_is_in_the_workspaces_files(workspace, azurite, s3, lake, write, tmp_path):
    azurite.make_container("silent")
    made = register_container(workspace, azurite, "silent", account_key=AZURITE_KEY)
    for store in (made, lake):
        store.upload_files([write("a.csv")])
        store.download(str(tmp_path / store.name))
        table = Dataset.Tabular.from_delimited_files((store, "a.csv"), validate=False)
        table.to_pandas_dataframe()
        assert table.register(workspace, store.name).version == 1
        assert SECRET_KEY not in repr(store)
        assert AZURITE_KEY not in repr(store)

    kept = everything_in(workspace.store.folder)

    assert AZURITE_KEY.encode() not in kept
    assert SECRET_KEY.encode() not in kept


def test_a_clients_secret_is_kept_by_reference(workspace, capsys):
    Datastore.register_azure_data_lake_gen2(
        workspace, "gen2", "fs", "acct", "tenant", "client", "correct-horse-battery"
    )

    place = workspace.store.registry.get("datastore", "gen2").body["place"]
    assert place == {
        "address": "abfss://fs@acct.dfs.core.windows.net",
        "options": {"client_id": "client", "tenant_id": "tenant"},
        "credential": "keyvault:datastore-gen2-client-secret",
    }
    assert "correct-horse" not in capsys.readouterr().out
    with pytest.raises(UserErrorException, match="client_secret needs client_id and tenant_id"):
        Datastore.register_azure_data_lake_gen2(workspace, "g", "fs", "acct", None, None, "x")


def test_a_share_and_a_database_are_references(workspace):
    share = Datastore.register_azure_file_share(
        workspace, "share", "files", "acct", account_key="correct-horse-battery"
    )
    Datastore.register_azure_my_sql(workspace, "sql", "server", "db", "me", "correct-horse-staple")

    with pytest.raises(NotSupportedError, match="cannot be accessed here"):
        share.download("copy")
    kept = everything_in(workspace.store.folder)
    assert b"correct-horse" not in kept
    assert workspace.get_default_keyvault().list_secrets() == [
        "datastore-share-account-key",
        "datastore-sql-user-password",
    ]


def test_a_cleartext_credential_of_ours_is_refused(workspace):
    with pytest.raises(StorageError, match="no reference") as caught:
        Datastore.register(workspace, "lake", "s3://lake", SECRET_KEY)

    assert SECRET_KEY not in str(caught.value)
    assert "lake" not in workspace.datastores


def test_a_keyvaults_secret_is_the_credential(workspace, s3, write):
    s3.make_bucket("vaulted")
    options = {**s3.options, "access_key_id": "AKIDEXAMPLE"}
    made = Datastore.register(workspace, "vaulted", "s3://vaulted", "keyvault:lake-key", options)

    with pytest.raises(WrongCredentialError, match="no secret lake-key"):
        made.download("copy")
    workspace.get_default_keyvault().set_secret("lake-key", SECRET_KEY)
    made.upload_files([write("a.csv")], show_progress=False)

    assert s3.keys("vaulted") == ["a.csv"]


def test_a_local_folder_is_used_in_place(workspace, tmp_path, write):
    write("elsewhere/a.csv")
    made = Datastore.register(workspace, "folder", str(tmp_path / "elsewhere"))

    assert made.root.resolve() == tmp_path / "elsewhere"
    made.upload_files([write("b.csv")], show_progress=False)
    assert (tmp_path / "elsewhere" / "b.csv").exists()
    # In the project, it is told relative to it.
    assert workspace.store.registry.get("datastore", "folder").body["root"] == "../elsewhere"
    with pytest.raises(UserErrorException, match="does not exist"):
        Datastore.register(workspace, "other", str(tmp_path / "missing"))


def test_memory_lives_in_this_process(workspace, write):
    made = Datastore.register(workspace, "room", "memory://room")
    made.upload_files([write("a.csv", "in memory")], show_progress=False)

    assert made.download("copy", show_progress=False) == 1
    assert made.datastore_type == "Memory"
    with pytest.raises(NotSupportedError, match="cannot be the default"):
        made.set_as_default()


def test_the_web_is_not_written_to(workspace, web, write):
    made = Datastore.register(workspace, "site", web.address)

    with pytest.raises(ReadOnlyError):
        made.upload_files([write("a.csv")], show_progress=False)


def test_a_registered_name_is_replaced_only_if_that_is_said(workspace, lake, s3):
    with pytest.raises(UserErrorException, match="already registered under the name lake"):
        Datastore.register(workspace, "lake", "s3://other")
    with pytest.raises(UserErrorException, match="already registered"):
        Datastore.register(workspace, "workspaceblobstore", "s3://other", overwrite=True)

    again = Datastore.register(workspace, "lake", "s3://other", overwrite=True)

    assert (again.container_name, again.datastore_type) == ("other", "AmazonS3")
