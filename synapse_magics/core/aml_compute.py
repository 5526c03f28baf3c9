"""AmlCompute clusters: where Python steps run."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from synapse_magics.core._console import say
from synapse_magics.core.compute_target import ComputeTarget, ProvisioningConfiguration
from synapse_magics.core.exceptions import ComputeTargetException, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace


@dataclass(frozen=True)
class AmlComputeProvisioningConfiguration(ProvisioningConfiguration):
    """The size of an AmlCompute to create."""

    vm_size: str
    min_nodes: int
    max_nodes: int

    def body(self, workspace: Workspace) -> dict[str, Any]:  # noqa: ARG002 - all have room for one
        """Return what the registry keeps."""
        return {
            "type": "AmlCompute",
            "vm_size": self.vm_size,
            "min_nodes": self.min_nodes,
            "max_nodes": self.max_nodes,
        }


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
        self._forget()

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
