"""What an AmlCompute says of its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class ScaleSettings:
    """How many nodes there may be.

    Parameters
    ----------
    minimum_node_count, maximum_node_count : int
    idle_seconds_before_scaledown : int
    """

    minimum_node_count: int
    maximum_node_count: int
    idle_seconds_before_scaledown: int

    def serialize(self) -> dict[str, Any]:
        """Return the settings as a dict, in Azure ML's layout.

        Returns
        -------
        dict
        """
        return {
            "minNodeCount": self.minimum_node_count,
            "maxNodeCount": self.maximum_node_count,
            "nodeIdleTimeBeforeScaleDown": f"PT{self.idle_seconds_before_scaledown}S",
        }


@dataclass
class AmlComputeNodeStateCounts:
    """How many nodes do what; a node here is a step that runs."""

    running_node_count: int = 0
    preparing_node_count: int = 0
    idle_node_count: int = 0
    unusable_node_count: int = 0
    leaving_node_count: int = 0
    preempted_node_count: int = 0

    def serialize(self) -> dict[str, int]:
        """Return the counts as a dict, in Azure ML's layout.

        Returns
        -------
        dict
        """
        return {
            "preparingNodeCount": self.preparing_node_count,
            "runningNodeCount": self.running_node_count,
            "idleNodeCount": self.idle_node_count,
            "unusableNodeCount": self.unusable_node_count,
            "leavingNodeCount": self.leaving_node_count,
            "preemptedNodeCount": self.preempted_node_count,
        }


@dataclass
class AmlComputeStatus:
    """The state of an AmlCompute, as :meth:`AmlCompute.get_status` returns it."""

    allocation_state: str
    allocation_state_transition_time: Any
    creation_time: Any
    current_node_count: int
    errors: list[Any] | None
    modified_time: Any
    node_state_counts: AmlComputeNodeStateCounts
    provisioning_state: str
    provisioning_state_transition_time: Any
    scale_settings: ScaleSettings
    target_node_count: int
    vm_priority: str
    vm_size: str

    def serialize(self) -> dict[str, Any]:
        """Return the state as a dict, in Azure ML's layout.

        Returns
        -------
        dict
        """
        return {
            "currentNodeCount": self.current_node_count,
            "targetNodeCount": self.target_node_count,
            "nodeStateCounts": self.node_state_counts.serialize(),
            "allocationState": self.allocation_state,
            "allocationStateTransitionTime": self.allocation_state_transition_time,
            "errors": self.errors,
            "creationTime": self.creation_time,
            "modifiedTime": self.modified_time,
            "provisioningState": self.provisioning_state,
            "provisioningStateTransitionTime": self.provisioning_state_transition_time,
            "scaleSettings": self.scale_settings.serialize(),
            "vmPriority": self.vm_priority,
            "vmSize": self.vm_size,
        }
