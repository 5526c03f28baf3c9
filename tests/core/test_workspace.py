"""A workspace is a folder: created, opened, found again, described."""

import json
import shutil
import stat

import pytest
from support import make_step, submit

from synapse_magics import AmlCompute, ComputeTarget, Workspace
from synapse_magics.core import open_stores as module
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException, WorkspaceException
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


AZURE = {
    "subscription_id": "11111111-2222-3333-4444-555555555555",
    "resource_group": "my-group",
    "workspace_name": "my-ws",
}


@pytest.fixture
def azure(workspace_folder):
    """Work in a folder with a configuration from Azure, and no state."""
    (workspace_folder / ".azureml").mkdir()
    (workspace_folder / ".azureml" / "config.json").write_text(json.dumps(AZURE))
    yield workspace_folder
    module.close_store(workspace_folder)


def test_a_configuration_from_azure_gets_a_local_state_and_that_is_said_once(azure, capsys):
    found = Workspace.from_config()

    assert capsys.readouterr().out == (
        f"Created the local state of the workspace my-ws in {azure / '.synapse'}; what Azure "
        "keeps of it is not read.\n"
    )
    assert (found.name, found.resource_group) == ("my-ws", "my-group")
    assert found.get_default_datastore().name == "workspaceblobstore"
    Workspace.from_config()
    module.close_store(azure)
    Workspace.from_config()
    Workspace.get("my-ws")
    assert capsys.readouterr().out == ""


def test_get_of_a_configuration_from_azure_says_so_as_well(azure, capsys):
    Workspace.get("my-ws", subscription_id=AZURE["subscription_id"], resource_group="my-group")

    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_state_that_cannot_be_kept_is_named(azure, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("synapse_magics.core.workspace.open_store", refuse)  # root may do all
    with pytest.raises(WorkspaceException, match="cannot be kept") as caught:
        Workspace.from_config()
    assert "copy config.json" in caught.value.hint


def test_three_names_are_enough_without_a_configuration(workspace_folder, capsys):
    made = Workspace.get(name="my-ws", subscription_id="s", resource_group="r")

    assert len(capsys.readouterr().out.splitlines()) == 1
    assert Workspace("s", "r", "my-ws") == Workspace.from_config() == made
    assert capsys.readouterr().out == ""
    module.close_store(workspace_folder)


def test_a_name_alone_is_not_enough_without_a_configuration(workspace_folder):
    with pytest.raises(UserErrorException, match="could not be found"):
        Workspace.get("my-ws")
    assert list(workspace_folder.iterdir()) == []


def test_list_finds_the_one_that_is_here(workspace):
    subscription = workspace.subscription_id

    assert Workspace.list(subscription) == {"test-ws": [workspace]}
    assert Workspace.list(subscription, resource_group="local") == {"test-ws": [workspace]}
    assert Workspace.list(subscription, resource_group="other") == {}
    assert Workspace.list("other") == {}


def test_list_where_nothing_is(workspace_folder):
    assert Workspace.list("s") == {}


def test_what_is_said_of_a_workspace_is_kept(workspace_folder):
    made = Workspace.create(
        "titanic", sku="enterprise", tags={"team": 1}, friendly_name="Ship", show_output=False
    )
    assert (made.sku, made.tags, made.friendly_name) == ("enterprise", {"team": "1"}, "Ship")

    details = made.update(description="sinks", tags={"team": "b"})

    again = Workspace.from_config()
    assert (again.tags, again.description) == ({"team": "b"}, "sinks")
    assert (details["tags"], details["sku"]) == ({"team": "b"}, "enterprise")
    module.close_store(workspace_folder)


def test_the_rest_of_a_workspace(workspace):
    assert (workspace.sku, workspace.tags) == ("basic", {})
    assert (workspace.images, workspace.webservices, workspace.private_endpoints) == ({}, {}, {})
    assert workspace.discovery_url == workspace.folder.as_uri()
    assert workspace.service_context.workspace_name == "test-ws"
    assert workspace.service_context.workspace_id == workspace.get_details()["workspaceid"]


def test_default_compute_targets_have_azure_mls_names(workspace):
    assert workspace.get_default_compute_target("CPU") is None
    size = AmlCompute.provisioning_configuration(max_nodes=1)
    ComputeTarget.create(workspace, "cpu-cluster", size)

    assert workspace.get_default_compute_target("CPU").name == "cpu-cluster"
    assert workspace.get_default_compute_target("GPU") is None
    with pytest.raises(UserErrorException, match="Only types"):
        workspace.get_default_compute_target("TPU")


def test_delete_says_which_folder(workspace):
    with pytest.raises(NotSupportedError) as caught:
        workspace.delete()
    assert str(workspace.folder / ".synapse") in caught.value.hint
    with pytest.raises(NotSupportedError, match="image_build_compute"):
        workspace.update(image_build_compute="cpu")
    with pytest.raises(NotSupportedError, match="default_cpu_compute_target"):
        Workspace.create("other", default_cpu_compute_target=object())


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
