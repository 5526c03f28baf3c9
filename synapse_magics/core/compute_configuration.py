"""What a compute target is to be, before it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synapse_magics.core.workspace import Workspace


class ComputeConfiguration:
    """What a compute target is to be."""

    def body(self, workspace: Workspace) -> dict[str, Any]:
        """Return what the registry keeps of the target, as JSON data.

        Parameters
        ----------
        workspace : Workspace

        Raises
        ------
        ComputeTargetException
            If it cannot be had there.
        """
        raise NotImplementedError


class AttachConfiguration(ComputeConfiguration):
    """Something that is there already, to be attached."""


class ProvisioningConfiguration(ComputeConfiguration):
    """Something to be created."""
