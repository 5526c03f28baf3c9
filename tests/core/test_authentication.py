"""Signing in gives the header that the workspace's endpoint asks for."""

import pytest

from synapse_magics.core.authentication import (
    AzureCliAuthentication,
    InteractiveLoginAuthentication,
    MsiAuthentication,
    ServicePrincipalAuthentication,
)
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.workspace import Workspace

WAYS = [
    InteractiveLoginAuthentication(),
    InteractiveLoginAuthentication(True, "tenant", None),
    ServicePrincipalAuthentication("tenant", "id", "not kept"),
    AzureCliAuthentication(),
    AzureCliAuthentication("AzureCloud"),
    MsiAuthentication(),
    MsiAuthentication("AzureCloud", identity_config={"client_id": "id"}),
]


def test_every_way_gives_the_secret_of_the_workspace(workspace):
    headers = [way.get_authentication_header() for way in WAYS]
    token = (workspace.store.folder / "agent" / "token").read_text()
    assert len(token) > 40
    assert headers == [{"Authorization": f"Bearer {token}"}] * len(WAYS)


def test_there_is_no_header_without_a_workspace(workspace_folder):
    with pytest.raises(UserErrorException):
        InteractiveLoginAuthentication().get_authentication_header()


def test_a_workspace_takes_it(workspace):
    assert Workspace.from_config(auth=WAYS[0]) == workspace


def test_a_password_is_not_kept():
    assert "not kept" not in str(vars(WAYS[2]))
