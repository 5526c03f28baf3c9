"""AmlCompute clusters: where Python steps run."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from synapse_magics.core._console import say
from synapse_magics.core.aml_compute_configuration import (
    REFUSAL,
    AmlComputeProvisioningConfiguration,
    check_access,
    check_network,
)
from synapse_magics.core.aml_compute_nodes import AmlComputeNodes
from synapse_magics.core.aml_compute_status import (
    AmlComputeNodeStateCounts,
    AmlComputeStatus,
    ScaleSettings,
)
from synapse_magics.core.compute_target import ComputeTarget
from synapse_magics.core.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from collections.abc import Mapping


class AmlCompute(AmlComputeNodes, ComputeTarget):
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
        vm_priority, idle_seconds_before_scaledown, tags, description
            Kept, and shown by :meth:`serialize`: there is no machine to rent.
        location, remote_login_port_public_access, enable_node_public_ip, admin_username,
        admin_user_password, admin_user_ssh_key, vnet_resourcegroup_name, vnet_name, subnet_name,
        identity_type, identity_id
            Checked as by Azure ML, and ignored: they say how machines are reached, and steps are
            processes of this one.

        Returns
        -------
        AmlComputeProvisioningConfiguration

        Raises
        ------
        ComputeTargetException
            If they do not fit together.
        """
        del location, remote_login_port_public_access, enable_node_public_ip
        check_access(admin_username, admin_user_password, admin_user_ssh_key)
        check_network(vnet_resourcegroup_name, vnet_name, subnet_name)
        if identity_type == "UserAssigned" and not identity_id:
            raise ComputeTargetException(f"{REFUSAL}identity_id is missing for UserAssigned")
        if vm_priority not in {"dedicated", "lowpriority"}:
            raise ComputeTargetException(f"{REFUSAL}vm_priority must be dedicated or lowpriority")
        if max_nodes is None:
            raise ComputeTargetException(f"{REFUSAL}max nodes count is mandatory")
        if max_nodes < 0:
            raise ComputeTargetException(
                f"{REFUSAL}max nodes count must be greater than or equal to 0"
            )
        if max_nodes < min_nodes:
            raise ComputeTargetException(
                f"{REFUSAL}max nodes count must be greater than or equal to min nodes count"
            )
        return AmlComputeProvisioningConfiguration(
            vm_size,
            vm_priority,
            min_nodes,
            max_nodes,
            idle_seconds_before_scaledown,
            None if tags is None else dict(tags),
            description,
        )

    @property
    def vm_size(self) -> str:
        """The size of its machines: said, not enforced."""
        return str(self._body["vm_size"])

    @property
    def vm_priority(self) -> str:
        """``dedicated`` or ``lowpriority``: said, not enforced."""
        return str(self._body["vm_priority"])

    @property
    def scale_settings(self) -> ScaleSettings:
        """How many nodes there may be."""
        body = self._body
        return ScaleSettings(
            body["min_nodes"], body["max_nodes"], body["idle_seconds_before_scaledown"]
        )

    @property
    def status(self) -> AmlComputeStatus:
        """What :meth:`get_status` returns."""
        return self.get_status()

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

    def update(
        self,
        min_nodes: int | None = None,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: int | None = None,
    ) -> None:
        """Change how many steps run at once; those that were submitted keep what they had.

        Parameters
        ----------
        min_nodes, max_nodes, idle_seconds_before_scaledown : int, optional
        """
        self.refresh_state()
        given = {
            "min_nodes": min_nodes,
            "max_nodes": max_nodes,
            "idle_seconds_before_scaledown": idle_seconds_before_scaledown,
        }
        changed = {name: value for name, value in given.items() if value is not None}
        body = {**self._body, **changed}
        if not 0 <= body["min_nodes"] <= body["max_nodes"]:
            raise ComputeTargetException(
                f"{REFUSAL}max nodes count must be greater than or equal to min nodes count"
            )
        body["modified"] = datetime.now(timezone.utc).isoformat()
        self._register(self.workspace, self.name, body)
        self._body = body

    def get_status(self) -> AmlComputeStatus:
        """Return what the cluster does.

        Returns
        -------
        AmlComputeStatus
        """
        self.refresh_state()
        running = len(self.list_nodes())
        return AmlComputeStatus(
            allocation_state="Steady",
            allocation_state_transition_time=self._body["modified"],
            creation_time=self._body["created"],
            current_node_count=running,
            errors=None,
            modified_time=self._body["modified"],
            node_state_counts=AmlComputeNodeStateCounts(running),
            provisioning_state=self.provisioning_state,
            provisioning_state_transition_time=None,
            scale_settings=self.scale_settings,
            target_node_count=running,
            vm_priority=self.vm_priority.capitalize(),
            vm_size=self.vm_size,
        )

    def serialize(self) -> dict[str, Any]:
        """Return the compute target as a dict, in Azure ML's layout.

        Returns
        -------
        dict
        """
        found = super().serialize()
        found["properties"]["properties"] = {
            "vmSize": self.vm_size,
            "vmPriority": self.vm_priority,
            "scaleSettings": self.scale_settings.serialize(),
        }
        return found

    @staticmethod
    def body_of(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the registry keeps of the properties that were serialized."""
        own = properties.get("properties") or {}
        scale = own.get("scaleSettings") or {}
        idle = str(scale.get("nodeIdleTimeBeforeScaleDown", "PT1800S"))
        return {
            "vm_size": own.get("vmSize", ""),
            "vm_priority": own.get("vmPriority", "dedicated"),
            "min_nodes": scale.get("minNodeCount", 0),
            "max_nodes": scale.get("maxNodeCount", 1),
            "idle_seconds_before_scaledown": int(idle.strip("PTS")),
            "created": None,
            "modified": None,
        }
