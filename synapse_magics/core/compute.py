"""Compute targets: attached Synapse Spark pools and AmlCompute clusters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core._console import say
from synapse_magics.core.exceptions import (
    ComputeTargetException,
    UserErrorException,
    unsupported,
)
from synapse_magics.core.linked_service import LinkedService
from synapse_magics.core.synapse_pool import SynapsePool, engine_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace

_KIND = "compute"


class ComputeTarget:
    """A compute target; the call looks one up and returns its own class.

    Parameters
    ----------
    workspace : Workspace
    name : str

    Raises
    ------
    ComputeTargetException
        If the workspace has none of that name.
    """

    _type = ""
    name: str
    workspace: Workspace
    _body: Mapping[str, Any]
    _operation: bool

    def __new__(cls, workspace: Workspace, name: str) -> ComputeTarget:  # noqa: D102, PYI034 - a factory
        entry = workspace.store.registry.get(_KIND, name)
        if entry is None:
            known = [item.name for item in workspace.store.registry.entries(_KIND)]
            raise ComputeTargetException(
                f"ComputeTargetNotFound: Compute Target with name {name} not found in provided "
                "workspace",
                hint=names.did_you_mean(name, known, "compute targets"),
            )
        return cls._make(workspace, name, entry.body)

    @staticmethod
    def _make(
        workspace: Workspace, name: str, body: Mapping[str, Any], *, operation: bool = False
    ) -> ComputeTarget:
        target: ComputeTarget = object.__new__(_CLASSES[body["type"]])
        target.workspace, target.name, target._body = workspace, name, body
        target._operation = operation
        return target

    @staticmethod
    def attach(
        workspace: Workspace, name: str, attach_configuration: SynapseAttachConfiguration
    ) -> ComputeTarget:
        """Attach a Spark pool; the same name again replaces it.

        Parameters
        ----------
        workspace : Workspace
        name : str
        attach_configuration : SynapseAttachConfiguration
            From :meth:`SynapseCompute.attach_configuration`.

        Returns
        -------
        SynapseCompute

        Raises
        ------
        ComputeTargetException
            If the name is refused, or there is no such pool; it names the pools there are.
        """
        names.check_compute(name)
        link, pool_name = attach_configuration.linked_service, attach_configuration.pool_name
        SynapsePool.get(workspace, link.synapse_workspace, pool_name)
        body = {
            "type": "SynapseSpark",
            "linked_service": link.name,
            "synapse_workspace": link.synapse_workspace,
            "pool": pool_name,
            "resource_id": f"{link.linked_service_resource_id}/bigDataPools/{pool_name}",
        }
        workspace.store.registry.put(_KIND, name, body)
        return ComputeTarget._make(workspace, name, body, operation=True)

    @staticmethod
    def create(
        workspace: Workspace,
        name: str,
        provisioning_configuration: AmlComputeProvisioningConfiguration,
    ) -> ComputeTarget:
        """Create an AmlCompute; the same name again replaces it.

        Parameters
        ----------
        workspace : Workspace
        name : str
        provisioning_configuration : AmlComputeProvisioningConfiguration
            From :meth:`AmlCompute.provisioning_configuration`.

        Returns
        -------
        AmlCompute
        """
        if name in RESERVED:
            raise UserErrorException(
                f"Please specify a different target name. {name} is a reserved name."
            )
        names.check_compute(name)
        body = {
            "type": "AmlCompute",
            "vm_size": provisioning_configuration.vm_size,
            "min_nodes": provisioning_configuration.min_nodes,
            "max_nodes": provisioning_configuration.max_nodes,
        }
        workspace.store.registry.put(_KIND, name, body)
        return ComputeTarget._make(workspace, name, body, operation=True)

    @staticmethod
    def list(workspace: Workspace) -> list[ComputeTarget]:
        """Return all compute targets of a workspace, by name."""
        entries = workspace.store.registry.entries(_KIND)
        return [ComputeTarget._make(workspace, entry.name, entry.body) for entry in entries]

    @property
    def type(self) -> str:
        """``SynapseSpark`` or ``AmlCompute``."""
        return self._type

    @property
    def provisioning_state(self) -> str:
        """``Succeeded``: what is registered here is ready."""
        return "Succeeded"

    @property
    def slots(self) -> int:
        """How many steps run on it at once."""
        raise NotImplementedError

    def definition(self) -> dict[str, Any]:
        """Return what an engine and the scheduler need to know, as JSON data."""
        raise NotImplementedError

    def get_status(self) -> Any:
        """Return the provisioning state."""
        return self.provisioning_state

    def wait_for_completion(
        self, show_output: bool = False, is_delete_operation: bool = False
    ) -> None:
        """Wait for the operation that gave this object.

        Parameters
        ----------
        show_output : bool
            Print the state, too.
        is_delete_operation : bool

        Raises
        ------
        ComputeTargetException
            If the object was looked up by name, as in Azure ML.
        """
        del is_delete_operation
        if not self._operation:
            raise ComputeTargetException(
                "Long running operation information not known, unable to poll. Current state is "
                f"{self.provisioning_state}"
            )
        # Azure ML prints the state without a line break before this.
        if show_output:
            say(self.provisioning_state, end="")
        say(f'Provisioning operation finished, operation "{self.provisioning_state}"')

    def serialize(self) -> dict[str, Any]:
        """Return the compute target as a dict."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return ",\n".join(f"{key}: {json.dumps(value)}" for key, value in self.serialize().items())


RESERVED = names.RESERVED_COMPUTE


@dataclass(frozen=True)
class SynapseAttachConfiguration:
    """Which pool of which linked service to attach."""

    linked_service: LinkedService
    pool_name: str


class SynapseCompute(ComputeTarget):
    """An attached Synapse Spark pool."""

    _type = "SynapseSpark"

    @staticmethod
    def attach_configuration(
        linked_service: LinkedService,
        type: str,  # noqa: A002 - Azure ML's name
        pool_name: str,
    ) -> SynapseAttachConfiguration:
        """Say which pool to attach.

        Parameters
        ----------
        linked_service : LinkedService
        type : str
            ``SynapseSpark``.
        pool_name : str

        Returns
        -------
        SynapseAttachConfiguration
        """
        if not isinstance(linked_service, LinkedService):
            raise ComputeTargetException(
                "A valid linked_service object is required to attach compute."
            )
        if type != "SynapseSpark":
            raise ComputeTargetException("Only SynapseSpark type is supported now.")
        if not pool_name:
            raise ComputeTargetException("pool_name must be provided to attach synapse compute")
        return SynapseAttachConfiguration(linked_service, pool_name)

    @property
    def pool(self) -> SynapsePool:
        """The pool that it stands on."""
        return SynapsePool.get(self.workspace, self._body["synapse_workspace"], self._body["pool"])

    @property
    def slots(self) -> int:
        """How many steps run on it at once: the pool's nodes."""
        return self.pool.node_count

    @property
    def cluster_resource_id(self) -> str:
        """The resource id of the pool."""
        return str(self._body["resource_id"])

    def definition(self) -> dict[str, Any]:
        """Return what an engine and the scheduler need to know, as JSON data."""
        pool = self.pool
        return {
            "engine": engine_of(pool.master),
            "slots": self.slots,
            "master": pool.master,
            "spark_conf": dict(pool.spark_conf),
        }

    def detach(self) -> None:
        """Forget the compute target; the pool stays."""
        self.workspace.store.registry.delete(_KIND, self.name)

    def delete(self) -> None:
        """Refuse: a Synapse pool is detached."""
        raise ComputeTargetException(
            "Delete is not supported for Synapse object. Try to use detach instead."
        )

    def serialize(self) -> dict[str, Any]:
        """Return the compute target as a dict, in Azure ML's layout."""
        pool = self.pool
        return {
            "id": self.name,
            "name": self.name,
            "tags": None,
            "location": self.workspace.location,
            "properties": {
                "computeType": self.type,
                "computeLocation": self.workspace.location,
                "description": None,
                "resourceId": self.cluster_resource_id,
                "provisioningErrors": None,
                "provisioningState": self.provisioning_state,
                "properties": {
                    "sparkVersion": "3.5",
                    "nodeCount": pool.node_count,
                    "nodeSizeFamily": "MemoryOptimized",
                    "nodeSize": pool.node_size,
                    "autoScaleProperties": {"enabled": False},
                    "autoPauseProperties": {
                        "enabled": True,
                        "delayInMinutes": pool.auto_pause_minutes,
                    },
                },
            },
        }


@dataclass(frozen=True)
class AmlComputeProvisioningConfiguration:
    """The size of an AmlCompute to create."""

    vm_size: str
    min_nodes: int
    max_nodes: int


class AmlCompute(ComputeTarget):
    """A cluster for Python steps; here, local processes bounded by ``max_nodes``."""

    _type = "AmlCompute"

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        vm_priority: str = "dedicated",
        min_nodes: int = 0,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: int = 1800,
        admin_username: str | None = None,
        admin_user_password: str | None = None,
        admin_user_ssh_key: str | None = None,
        vnet_resourcegroup_name: str | None = None,
        vnet_name: str | None = None,
        subnet_name: str | None = None,
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        remote_login_port_public_access: str = "NotSpecified",
        identity_type: str | None = None,
        identity_id: str | None = None,
        location: str | None = None,
        enable_node_public_ip: bool = True,
    ) -> AmlComputeProvisioningConfiguration:
        """Describe an AmlCompute to create.

        Parameters
        ----------
        vm_size : str
        min_nodes, max_nodes : int
            ``max_nodes`` must be given, and bounds how many steps run at once.
        vm_priority, idle_seconds_before_scaledown, tags, description, location,
        remote_login_port_public_access, enable_node_public_ip
            Ignored: there is no machine to rent.
        admin_username, admin_user_password, admin_user_ssh_key, vnet_resourcegroup_name,
        vnet_name, subnet_name, identity_type, identity_id
            Refused: they describe access to Azure machines.

        Returns
        -------
        AmlComputeProvisioningConfiguration
        """
        del idle_seconds_before_scaledown, tags, description, location
        del remote_login_port_public_access, enable_node_public_ip
        unsupported(
            "AmlCompute.provisioning_configuration",
            "steps run as processes of this machine; leave it out",
            admin_username=admin_username,
            admin_user_password=admin_user_password,
            admin_user_ssh_key=admin_user_ssh_key,
            vnet_resourcegroup_name=vnet_resourcegroup_name,
            vnet_name=vnet_name,
            subnet_name=subnet_name,
            identity_type=identity_type,
            identity_id=identity_id,
        )
        refusal = "Invalid provisioning configuration, "
        if vm_priority not in {"dedicated", "lowpriority"}:
            raise ComputeTargetException(f"{refusal}vm_priority must be dedicated or lowpriority")
        if max_nodes is None:
            raise ComputeTargetException(f"{refusal}max nodes count is mandatory")
        if max_nodes < 0:
            raise ComputeTargetException(
                f"{refusal}max nodes count must be greater than or equal to 0"
            )
        if max_nodes < min_nodes:
            raise ComputeTargetException(
                f"{refusal}max nodes count must be greater than or equal to min nodes count"
            )
        return AmlComputeProvisioningConfiguration(vm_size, min_nodes, max_nodes)

    @property
    def vm_size(self) -> str:
        """The size of its machines: said, not enforced."""
        return str(self._body["vm_size"])

    @property
    def scale_settings(self) -> SimpleNamespace:
        """``minimum_node_count`` and ``maximum_node_count``."""
        return SimpleNamespace(
            minimum_node_count=self._body["min_nodes"], maximum_node_count=self._body["max_nodes"]
        )

    @property
    def slots(self) -> int:
        """How many steps run on it at once: ``max_nodes``."""
        return int(self._body["max_nodes"])

    def definition(self) -> dict[str, Any]:
        """Return what an engine and the scheduler need to know, as JSON data."""
        return {"engine": "python_process", "slots": self.slots}

    def wait_for_completion(  # type: ignore[override]  # Azure ML's signature
        self,
        show_output: bool = False,
        min_node_count: int | None = None,
        timeout_in_minutes: float = 25,
        is_delete_operation: bool = False,
    ) -> None:
        """Return at once: local processes are always there.

        Parameters
        ----------
        show_output : bool
            Print the state.
        min_node_count, timeout_in_minutes, is_delete_operation
            Ignored for the same reason.
        """
        del min_node_count, timeout_in_minutes
        if self._operation:
            super().wait_for_completion(show_output, is_delete_operation)
        if show_output:
            say("AmlCompute wait for completion finished\n")
            say("Minimum number of nodes requested have been provisioned")

    def delete(self) -> None:
        """Forget the compute target."""
        self.workspace.store.registry.delete(_KIND, self.name)

    def detach(self) -> None:
        """Refuse: an AmlCompute is deleted."""
        raise ComputeTargetException(
            "Detach is not supported for AmlCompute object. Try to use delete instead."
        )

    def serialize(self) -> dict[str, Any]:
        """Return the compute target as a dict, in Azure ML's layout."""
        return {
            "id": self.name,
            "name": self.name,
            "location": self.workspace.location,
            "properties": {
                "computeType": self.type,
                "provisioningState": self.provisioning_state,
                "properties": {
                    "vmSize": self.vm_size,
                    "scaleSettings": {
                        "minNodeCount": self._body["min_nodes"],
                        "maxNodeCount": self._body["max_nodes"],
                    },
                },
            },
        }


_CLASSES: dict[str, type[ComputeTarget]] = {
    "SynapseSpark": SynapseCompute,
    "AmlCompute": AmlCompute,
}
