"""A workspace is a folder: created, opened, found again, described."""

import json
import shutil
import stat

import pytest
from support import make_step, submit

from synapse_magics import Workspace
from synapse_magics.core import open_stores as module
from synapse_magics.core.exceptions import UserErrorException, WorkspaceException
from synapse_magics.store.database import StoreError
from synapse_magics.store.secrets import declared


def test_create_writes_the_configuration(workspace, tmp_path):
    assert json.loads((tmp_path / "config.json").read_text()) == {
        "subscription_id": "00000000-0000-0000-0000-000000000000",
        "resource_group": "local",
        "workspace_name": "test-ws",
    }


def test_create_says_where(workspace_folder, capsys):
    workspace = Workspace.create("titanic", subscription_id="s", resource_group="r")

    assert capsys.readouterr().out == f"Created the workspace titanic in {workspace_folder}\n"
    assert (workspace.subscription_id, workspace.resource_group) == ("s", "r")
    workspace.store.close()


def test_create_refuses_a_name(workspace_folder):
    with pytest.raises(UserErrorException, match="between 3 and 33"):
        Workspace.create("a")
    assert list(workspace_folder.iterdir()) == []


def test_create_again_is_refused(workspace):
    with pytest.raises(WorkspaceException, match="'test-ws' already exists") as caught:
        Workspace.create("test-ws")
    assert caught.value.hint == "exist_ok=True opens it"


def test_create_again_with_exist_ok_opens_it(workspace):
    assert Workspace.create("test-ws", exist_ok=True) == workspace


def test_create_another_in_the_same_folder_is_refused(workspace, tmp_path):
    with pytest.raises(WorkspaceException, match="already holds the workspace 'test-ws'"):
        Workspace.create("other", exist_ok=True)
    assert json.loads((tmp_path / "config.json").read_text())["workspace_name"] == "test-ws"


def test_create_heeds_a_configuration_in_dot_azureml(workspace, tmp_path):
    workspace.write_config()
    (tmp_path / "config.json").unlink()

    with pytest.raises(WorkspaceException, match="already holds the workspace 'test-ws'"):
        Workspace.create("other")


def test_state_is_its_owners(workspace, tmp_path):
    state = tmp_path / ".synapse"
    folders = [state, *(item for item in state.rglob("*") if item.is_dir())]

    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert stat.S_IMODE((state / "state.db").stat().st_mode) & 0o077 == 0


def test_a_fresh_workspace_is_furnished(workspace):
    assert set(workspace.datastores) == {"workspaceblobstore", "workspacefilestore"}
    assert workspace.get_default_datastore().name == "workspaceblobstore"
    assert (workspace.compute_targets, workspace.linked_services) == ({}, {})
    assert (workspace.datasets, workspace.environments, workspace.experiments) == ({}, {}, {})


def test_from_config_searches_upwards(workspace, tmp_path, monkeypatch):
    below = tmp_path / "notebooks" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)

    assert Workspace.from_config() == workspace


def test_from_config_takes_a_folder_or_a_file(workspace, tmp_path, monkeypatch):
    monkeypatch.chdir("/")

    assert Workspace.from_config(str(tmp_path)) == workspace
    assert Workspace.from_config(str(tmp_path / "config.json")) == workspace


def test_from_config_finds_nothing(workspace_folder):
    with pytest.raises(UserErrorException, match=r"config\.json, could not be found in"):
        Workspace.from_config()


def test_write_config_leads_back_from_elsewhere(workspace, tmp_path):
    other = tmp_path / "notebooks"
    workspace.write_config(str(other))

    assert (other / ".azureml" / "config.json").is_file()
    assert Workspace.from_config(str(other)) == workspace


def test_the_constructor_opens_what_is_here(workspace):
    found = Workspace("00000000-0000-0000-0000-000000000000", "local", "test-ws")

    assert found == workspace


def test_the_constructor_refuses_another_workspace(workspace):
    with pytest.raises(WorkspaceException, match=r"test-ws, not s / r / other"):
        Workspace("s", "r", "other")


def test_get_refuses_another_name(workspace):
    assert Workspace.get("test-ws") == workspace
    with pytest.raises(WorkspaceException):
        Workspace.get("other")


def test_repr_is_azure_mls(workspace):
    assert repr(workspace) == (
        "Workspace.create(name='test-ws', subscription_id='00000000-0000-0000-0000-000000000000', "
        "resource_group='local')"
    )


def test_details_name_the_resource(workspace):
    details = workspace.get_details()

    assert details["name"] == "test-ws"
    assert details["id"].endswith("/workspaces/test-ws")
    assert workspace.get_details()["workspaceid"] == details["workspaceid"]


@pytest.fixture
def reopened(workspace, monkeypatch):
    """Open the workspace as another process does; return the folders whose agent was woken."""

    def reopened(agent=None):
        woken = []
        with monkeypatch.context() as patch:
            patch.setattr(module.client, "running", lambda _: agent)
            patch.setattr(module.client, "wake", woken.append)
            patch.setattr(module, "_open", {})
            Workspace.from_config().store.close()
        return woken

    return reopened


def test_to_open_it_wakes_an_agent_for_runs_that_were_left(workspace, reopened):
    assert reopened() == []
    submit(workspace.store, make_step("step"))

    assert reopened() == [workspace.store.folder]
    assert reopened(agent=1) == []


def test_it_opens_though_no_agent_starts(workspace, monkeypatch):
    submit(workspace.store, make_step("step"))
    (workspace.store.folder / "agent" / "agent.log").mkdir()
    monkeypatch.setattr(module, "_open", {})

    Workspace.from_config().store.close()


def test_who_deletes_the_state_folder_starts_over(workspace, pool):
    before = workspace.store
    shutil.rmtree(before.folder)

    again = Workspace.in_folder(workspace.folder, workspace.name)

    assert again.compute_targets == {}
    assert again.store is not before
    assert workspace.store is again.store
    assert not before.database.is_in_place
    with pytest.raises(StoreError, match="closed"):
        before.runs.submitted()


def test_a_secret_is_declared_by_name_and_its_value_is_not_stored(workspace, monkeypatch):
    monkeypatch.setenv("CUSTOMER", "acme corporation")

    workspace.declare_secret("CUSTOMER")
    workspace.declare_secret("CUSTOMER")

    assert declared(workspace.store.registry) == ("CUSTOMER",)
    files = [file for file in workspace.store.folder.rglob("*") if file.is_file()]
    assert not [file for file in files if b"acme corporation" in file.read_bytes()]


@pytest.mark.parametrize("name", ["", "NAME=value", "a\nb"])
def test_what_is_no_name_of_a_variable_cannot_be_declared(workspace, name):
    with pytest.raises(UserErrorException, match="not the name"):
        workspace.declare_secret(name)


def test_a_state_folder_that_was_replaced_is_opened_anew(workspace, workspace_folder):
    workspace.store.registry.put("link", "old", {})
    shutil.rmtree(workspace_folder / ".synapse")

    workspace.store.registry.put("link", "new", {})

    assert [entry.name for entry in workspace.store.registry.entries("link")] == ["new"]
    assert Workspace.from_config().store is workspace.store
