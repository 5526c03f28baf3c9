"""What all compute targets have in common: found, attached, created, listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_magics.core import names
from synapse_magics.core._console import say
from synapse_magics.core.exceptions import ComputeTargetException, UserErrorException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace

_KIND = "compute"


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

    _classes: ClassVar[dict[str, type[ComputeTarget]]] = {}
    _type = ""
    name: str
    workspace: Workspace
    _body: Mapping[str, Any]
    _operation: bool

    def __init_subclass__(cls) -> None:
        ComputeTarget._classes[cls._type] = cls

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
        target: ComputeTarget = object.__new__(ComputeTarget._classes[body["type"]])
        target.workspace, target.name, target._body = workspace, name, body
        target._operation = operation
        return target

    @staticmethod
    def attach(
        workspace: Workspace, name: str, attach_configuration: AttachConfiguration
    ) -> ComputeTarget:
        """Attach a Spark pool; the same name again replaces it.

        Parameters
        ----------
        workspace : Workspace
        name : str
        attach_configuration : AttachConfiguration
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
        if not isinstance(attach_configuration, AttachConfiguration):
            raise ComputeTargetException(
                f"a {type(attach_configuration).__name__} does not say what to attach",
                where=f"compute target {name}",
                hint="SynapseCompute.attach_configuration(...) makes one that does",
            )
        body = attach_configuration.body(workspace)
        return ComputeTarget._register(workspace, name, body)

    @staticmethod
    def create(
        workspace: Workspace,
        name: str,
        provisioning_configuration: ProvisioningConfiguration,
    ) -> ComputeTarget:
        """Create an AmlCompute; the same name again replaces it.

        Parameters
        ----------
        workspace : Workspace
        name : str
        provisioning_configuration : ProvisioningConfiguration
            From :meth:`AmlCompute.provisioning_configuration`.

        Returns
        -------
        AmlCompute

        Raises
        ------
        UserErrorException
            If the name is reserved.
        ComputeTargetException
            If the name is refused.
        """
        if name in names.RESERVED_COMPUTE:
            raise UserErrorException(
                f"Please specify a different target name. {name} is a reserved name."
            )
        names.check_compute(name)
        if not isinstance(provisioning_configuration, ProvisioningConfiguration):
            raise ComputeTargetException(
                f"a {type(provisioning_configuration).__name__} does not say what to create",
                where=f"compute target {name}",
                hint="AmlCompute.provisioning_configuration(...) makes one that does",
            )
        body = provisioning_configuration.body(workspace)
        return ComputeTarget._register(workspace, name, body)

    @staticmethod
    def _register(workspace: Workspace, name: str, body: Mapping[str, Any]) -> ComputeTarget:
        existing = workspace.store.registry.get(_KIND, name)
        if existing is not None and existing.body["type"] != body["type"]:
            raise ComputeTargetException(
                f"{name} is of type {existing.body['type']} already",
                where=f"compute target {name}",
                hint=f"choose another name, or remove it: ws.compute_targets[{name!r}]",
            )
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

    def _forget(self) -> None:
        self.workspace.store.registry.delete(_KIND, self.name)

    def serialize(self) -> dict[str, Any]:
        """Return the compute target as a dict."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return ",\n".join(f"{key}: {json.dumps(value)}" for key, value in self.serialize().items())
