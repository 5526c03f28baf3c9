"""Linked services: the Synapse workspaces that a workspace may attach pools of."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.exceptions import ServiceException, UserErrorException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace

_KIND = "linked_service"


class LinkedServiceConfiguration:
    """The base of what a workspace can be linked with."""


@dataclass(frozen=True)
class SynapseWorkspaceLinkedServiceConfiguration(LinkedServiceConfiguration):
    """A Synapse workspace to link.

    Parameters
    ----------
    subscription_id, resource_group, name : str
        Nothing is checked until a pool is attached, as in Azure ML.
    """

    subscription_id: str
    resource_group: str
    name: str

    @property
    def linked_service_resource_id(self) -> str:
        """The resource id of the Synapse workspace."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.Synapse/workspaces/{self.name}"
        )


class LinkedService:
    """A link from a workspace to a Synapse workspace.

    Parameters
    ----------
    workspace : Workspace
    name : str
    type : str
        ``Synapse``.
    linked_service_resource_id : str
        The resource id of the Synapse workspace.
    system_assigned_identity_principal_id : str
        The id that was made for the link.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        type: str,  # noqa: A002 - Azure ML's name
        linked_service_resource_id: str,
        system_assigned_identity_principal_id: str,
    ) -> None:
        self.workspace = workspace
        self.name = name
        self.type = type
        self.linked_service_resource_id = linked_service_resource_id
        self.system_assigned_identity_principal_id = system_assigned_identity_principal_id

    @staticmethod
    def register(
        workspace: Workspace, name: str, linked_service_config: LinkedServiceConfiguration
    ) -> LinkedService:
        """Link a Synapse workspace; the same name again replaces the link.

        Parameters
        ----------
        workspace : Workspace
        name : str
        linked_service_config : SynapseWorkspaceLinkedServiceConfiguration

        Returns
        -------
        LinkedService

        Raises
        ------
        UserErrorException
            If the name or the configuration is not one.
        """
        names.check_workspace(name)
        if not isinstance(linked_service_config, LinkedServiceConfiguration):
            raise UserErrorException(
                "A linked_service_config is required to add linked service to AML workspace."
            )
        if not isinstance(linked_service_config, SynapseWorkspaceLinkedServiceConfiguration):
            raise UserErrorException(
                "Currently only synapse workspace linked service is supported."
            )
        existing = workspace.store.registry.get(_KIND, name)
        principal = existing.body["principal_id"] if existing else str(uuid.uuid4())
        resource = linked_service_config.linked_service_resource_id
        body = {"resource_id": resource, "principal_id": principal}
        workspace.store.registry.put(_KIND, name, body)
        return _load(workspace, name, body)

    @staticmethod
    def get(workspace: Workspace, name: str) -> LinkedService:
        """Return the link of a name.

        Raises
        ------
        ServiceException
            If there is none.
        """
        entry = workspace.store.registry.get(_KIND, name)
        if entry is None:
            known = [item.name for item in workspace.store.registry.entries(_KIND)]
            raise ServiceException(
                f"Linked service {name} not found in workspace {workspace.name}",
                hint=names.did_you_mean(name, known, "linked services"),
            )
        return _load(workspace, name, entry.body)

    @staticmethod
    def list(workspace: Workspace) -> list[LinkedService]:
        """Return the links of a workspace, by name."""
        entries = workspace.store.registry.entries(_KIND)
        return [_load(workspace, entry.name, entry.body) for entry in entries]

    def unregister(self) -> None:
        """Remove the link; a second time does nothing."""
        self.workspace.store.registry.delete(_KIND, self.name)

    @property
    def synapse_workspace(self) -> str:
        """The name of the Synapse workspace."""
        # The service writes resourcegroups in lower case at times.
        match = re.search(r"/workspaces/([^/]+)$", self.linked_service_resource_id, re.IGNORECASE)
        return match.group(1) if match else ""

    def __repr__(self) -> str:
        # Azure ML's text lacks the last parenthesis, and notebooks show it raw.
        return (
            f"LinkedService(workspace={self.workspace!r}, name={self.name}, type={self.type}, "
            f"linked_service_resource_id={self.linked_service_resource_id}, "
            f"system_assigned_identity_principal_id={self.system_assigned_identity_principal_id}"
        )


def _load(workspace: Workspace, name: str, body: Mapping[str, Any]) -> LinkedService:
    return LinkedService(workspace, name, "Synapse", body["resource_id"], body["principal_id"])
