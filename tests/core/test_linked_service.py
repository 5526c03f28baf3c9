"""Links to Synapse workspaces."""

import re

import pytest

from synapse_magics import LinkedService, SynapseWorkspaceLinkedServiceConfiguration
from synapse_magics.core.exceptions import ServiceException, UserErrorException
from synapse_magics.core.linked_service import LinkedServiceConfiguration

RESOURCE = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Synapse/workspaces/local"


@pytest.fixture
def link(workspace):
    configuration = SynapseWorkspaceLinkedServiceConfiguration(
        subscription_id="s", resource_group="r", name="local"
    )
    return LinkedService.register(
        workspace=workspace, name="synapselink1", linked_service_config=configuration
    )


def test_register_gives_what_get_gives(workspace, link):
    found = LinkedService.get(workspace, "synapselink1")

    assert repr(found) == repr(link)
    assert (found.type, found.linked_service_resource_id) == ("Synapse", RESOURCE)
    assert found.synapse_workspace == "local"


def test_the_text_lacks_the_last_parenthesis(workspace, link):
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "GUID", str(link))

    assert text == (
        f"LinkedService(workspace={workspace!r}, name=synapselink1, type=Synapse, "
        f"linked_service_resource_id={RESOURCE}, system_assigned_identity_principal_id=GUID"
    )


def test_list_has_all_by_name(workspace, link):
    other = SynapseWorkspaceLinkedServiceConfiguration("s", "r", "other")
    LinkedService.register(workspace, "another", other)

    assert [item.name for item in LinkedService.list(workspace)] == ["another", "synapselink1"]
    assert list(workspace.linked_services) == ["another", "synapselink1"]


def test_register_again_replaces_the_target_and_keeps_the_principal(workspace, link):
    other = SynapseWorkspaceLinkedServiceConfiguration("s", "r", "other")
    again = LinkedService.register(workspace, "synapselink1", other)

    assert again.synapse_workspace == "other"
    principal = link.system_assigned_identity_principal_id
    assert again.system_assigned_identity_principal_id == principal


def test_register_refuses_a_name(workspace):
    configuration = SynapseWorkspaceLinkedServiceConfiguration("s", "r", "local")
    with pytest.raises(UserErrorException, match="workspace name must be between 3 and 33"):
        LinkedService.register(workspace, "<my-link>", configuration)


@pytest.mark.parametrize("configuration", [None, "local"])
def test_register_needs_a_configuration(workspace, configuration):
    with pytest.raises(UserErrorException, match="A linked_service_config is required"):
        LinkedService.register(workspace, "link1", configuration)


def test_register_knows_synapse_only(workspace):
    with pytest.raises(UserErrorException, match="Currently only synapse workspace linked service"):
        LinkedService.register(workspace, "link1", LinkedServiceConfiguration())


def test_get_what_is_not_there(workspace, link):
    with pytest.raises(ServiceException, match="synapselink2 not found") as caught:
        LinkedService.get(workspace, "synapselink2")

    assert caught.value.hint == "did you mean 'synapselink1'?"
    assert caught.value.status_code == 404


def test_unregister_twice(workspace, link):
    link.unregister()
    link.unregister()

    assert LinkedService.list(workspace) == []
