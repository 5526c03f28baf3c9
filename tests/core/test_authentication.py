"""Signing in gives the header that the workspace's endpoint asks for."""

import pytest

from synapse_magics.core.authentication import (
    AbstractAuthentication,
    ArmTokenAuthentication,
    Audience,
    AzureCliAuthentication,
    InteractiveLoginAuthentication,
    MsiAuthentication,
    ServicePrincipalAuthentication,
    TokenAuthentication,
)
from synapse_magics.core.exceptions import AuthenticationException, UserErrorException
from synapse_magics.core.workspace import Workspace

WAYS = [
    InteractiveLoginAuthentication(),
    InteractiveLoginAuthentication(True, "tenant", None),
    ServicePrincipalAuthentication("tenant", "id", "not kept"),
    AzureCliAuthentication(),
    AzureCliAuthentication("AzureCloud"),
    MsiAuthentication(),
    MsiAuthentication("AzureCloud", identity_config={"client_id": "id"}),
    ArmTokenAuthentication("not kept"),
    TokenAuthentication(lambda audience: f"for {audience.value}"),
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


def test_every_way_is_one_of_the_same_base():
    assert all(isinstance(way, AbstractAuthentication) for way in WAYS)


def test_a_token_of_azure_is_what_the_function_gives():
    way = TokenAuthentication(lambda audience: f"for {audience.value}")

    assert way.get_token() == "for ARM"
    assert way.get_token(Audience.AZUREML) == "for AZUREML"
    with pytest.raises(UserErrorException, match="Unsupported audience 7"):
        way.get_token(7)


def test_a_function_for_tokens_must_be_given():
    with pytest.raises(AuthenticationException, match="cannot be null"):
        TokenAuthentication(None)


def test_a_new_token_of_azure_is_not_kept(workspace):
    way = ArmTokenAuthentication("one")
    way.update_arm_access_token("two")

    assert "two" not in str(vars(way))
