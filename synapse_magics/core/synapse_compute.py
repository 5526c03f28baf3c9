"""Attached Synapse Spark pools."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.core.compute_configuration import AttachConfiguration
from synapse_magics.core.compute_target import ComputeTarget
from synapse_magics.core.exceptions import ComputeTargetException
from synapse_magics.core.linked_service import LinkedService
from synapse_magics.core.synapse_pool import SynapsePool, engine_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace


@dataclass(frozen=True)
class SynapseAttachConfiguration(AttachConfiguration):
    """Which pool of which linked service to attach."""

    linked_service: LinkedService
    pool_name: str

    def body(self, workspace: Workspace) -> dict[str, Any]:
        """Return what the registry keeps; a pool that cannot be there is refused."""
        link = self.linked_service
        SynapsePool.assume(workspace, link.synapse_workspace, self.pool_name)
        return {
            "type": "SynapseSpark",
            "linked_service": link.name,
            "synapse_workspace": link.synapse_workspace,
            "pool": self.pool_name,
            "resource_id": f"{link.linked_service_resource_id}/bigDataPools/{self.pool_name}",
        }


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
            "auto_pause_minutes": pool.auto_pause_minutes,
            "pool": pool.key,
        }

    def detach(self) -> None:
        """Forget the compute target; the pool stays."""
        self._forget()

    def delete(self) -> None:
        """Refuse: a Synapse pool is detached."""
        raise ComputeTargetException(
            "Delete is not supported for Synapse object. Try to use detach instead."
        )

    @property
    def spark_version(self) -> str:
        """The version of Spark: that of the Synapse runtime, and of PySpark here."""
        return "3.5"

    @property
    def node_count(self) -> int:
        """How many nodes the pool has."""
        return self.pool.node_count

    @property
    def node_size(self) -> str:
        """The size of a node: said, not enforced."""
        return self.pool.node_size

    @property
    def node_size_family(self) -> str:
        """``MemoryOptimized``, as of every Spark pool of Synapse."""
        return "MemoryOptimized"

    @property
    def auto_scale_enabled(self) -> bool:
        """Whether the number of nodes changes; it does not here."""
        return False

    @property
    def min_node_count(self) -> int | None:
        """The least number of nodes; None without auto-scale."""
        return None

    @property
    def max_node_count(self) -> int | None:
        """The largest number of nodes; None without auto-scale."""
        return None

    @property
    def auto_pause_enabled(self) -> bool:
        """Whether an idle pool is paused."""
        return True

    @property
    def auto_pause_in_minutes(self) -> int:
        """After how many idle minutes."""
        return self.pool.auto_pause_minutes

    def serialize(self) -> dict[str, Any]:
        """Return the compute target as a dict, in Azure ML's layout.

        Returns
        -------
        dict
        """
        found = super().serialize()
        found["properties"]["resourceId"] = self.cluster_resource_id
        found["properties"]["properties"] = {
            "sparkVersion": self.spark_version,
            "nodeCount": self.node_count,
            "nodeSizeFamily": self.node_size_family,
            "nodeSize": self.node_size,
            "autoScaleProperties": {
                "enabled": self.auto_scale_enabled,
                "maxNodeCount": self.max_node_count,
                "minNodeCount": self.min_node_count,
            },
            "autoPauseProperties": {
                "enabled": self.auto_pause_enabled,
                "delayInMinutes": self.auto_pause_in_minutes,
            },
        }
        return found

    @staticmethod
    def body_of(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the registry keeps of the properties that were serialized."""
        resource = str(properties.get("resourceId"))
        found = re.search(r"/workspaces/([^/]+)/bigDataPools/([^/]+)$", resource, re.IGNORECASE)
        if found is None:
            raise ComputeTargetException(f"{resource} is not the resource id of a Spark pool")
        return {
            "linked_service": None,
            "synapse_workspace": found[1],
            "pool": found[2],
            "resource_id": resource,
        }

    def __repr__(self) -> str:
        return ",\n".join(f"{key}: {json.dumps(value)}" for key, value in self.serialize().items())
