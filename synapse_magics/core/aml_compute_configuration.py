"""What an AmlCompute is to be: its size, and what Azure ML checks beside."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from synapse_magics.core.compute_configuration import ProvisioningConfiguration
from synapse_magics.core.exceptions import ComputeTargetException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace

REFUSAL = "Invalid provisioning configuration, "


@dataclass(frozen=True)
class AmlComputeProvisioningConfiguration(ProvisioningConfiguration):
    """The size of an AmlCompute to create."""

    vm_size: str
    vm_priority: str
    min_nodes: int
    max_nodes: int
    idle_seconds_before_scaledown: int
    tags: Mapping[str, str] | None
    description: str | None

    def body(self, workspace: Workspace) -> dict[str, Any]:  # noqa: ARG002 - all have room for one
        """Return what the registry keeps."""
        now = datetime.now(timezone.utc).isoformat()
        return {"type": "AmlCompute", **asdict(self), "created": now, "modified": now}


def check_access(name: str | None, password: str | None, key: str | None) -> None:
    """Refuse half an account of an administrator.

    Parameters
    ----------
    name, password, key : str, optional

    Raises
    ------
    ComputeTargetException
    """
    if name and not (password or key):
        raise ComputeTargetException(
            f"{REFUSAL}admin_username needs admin_user_password or admin_user_ssh_key"
        )
    if (password or key) and not name:
        raise ComputeTargetException(f"{REFUSAL}admin_username is missing")


def check_network(group: str | None, network: str | None, subnet: str | None) -> None:
    """Refuse half a network.

    Parameters
    ----------
    group, network, subnet : str, optional

    Raises
    ------
    ComputeTargetException
    """
    given = [bool(item) for item in (group, network, subnet)]
    if any(given) and not all(given):
        raise ComputeTargetException(
            f"{REFUSAL}vnet_resourcegroup_name, vnet_name and subnet_name belong together"
        )
