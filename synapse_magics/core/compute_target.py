"""What all compute targets have in common: found, attached, created, listed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.agent import client
from synapse_magics.core import names
from synapse_magics.core._console import say
from synapse_magics.core.compute_configuration import (
    AttachConfiguration,
    ProvisioningConfiguration,
)
from synapse_magics.core.exceptions import ComputeTargetException, UserErrorException
from synapse_magics.store.warm_drivers import MEMORY, most_drivers

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

    _classes: ClassVar[dict[str, type[ComputeTarget]]] = {}
    _type = ""
    name: str
    workspace: Workspace
    _body: Mapping[str, Any]
    _operation: bool
    _state = "Succeeded"

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
                f"{names.type_of(attach_configuration)} does not say what to attach",
                where=f"compute target {name}",
                hint="SynapseCompute.attach_configuration(...) makes one that does",
            )
        body = attach_configuration.body(workspace)
        target = ComputeTarget._register(workspace, name, body)
        ComputeTarget._warm(target)
        return target

    @staticmethod
    def _warm(target: ComputeTarget) -> None:
        """Let the agent start a driver, so that the first step need not wait for it."""
        definition = target.definition()
        if "master" in definition and most_drivers():
            conf = {"spark.driver.memory": MEMORY, **definition["spark_conf"]}
            definition, store = {**definition, "spark_conf": conf}, target.workspace.store
            # Whoever submits later learns what is wrong; attached it is.
            with contextlib.suppress(SynapseMagicsError):
                store.runs.request_warm(definition)
                client.wake(store.folder)

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
                f"{names.type_of(provisioning_configuration)} does not say what to create",
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
    def id(self) -> str:
        """The resource id that Azure would give it."""
        return f"{self.workspace.get_details()['id']}/computes/{self.name}"

    @property
    def provisioning_state(self) -> str:
        """``Succeeded``: what is registered here is ready; ``Deleting`` once it was removed."""
        return self._state

    @property
    def provisioning_errors(self) -> None:
        """None: nothing is provisioned that could fail."""
        return

    @property
    def location(self) -> str:
        """The location of the workspace."""
        return self.workspace.location

    @property
    def cluster_location(self) -> str:
        """The location of the workspace."""
        return self.workspace.location

    @property
    def tags(self) -> dict[str, str] | None:
        """The tags that it was made with."""
        tags = self._body.get("tags")
        return None if tags is None else dict(tags)

    @property
    def description(self) -> str | None:
        """The description that it was made with."""
        return self._body.get("description")

    @property
    def slots(self) -> int:
        """How many steps run on it at once."""
        raise NotImplementedError

    def definition(self) -> dict[str, Any]:
        """Return what an engine and the scheduler need to know, as JSON data."""
        raise NotImplementedError

    def get_status(self) -> Any:
        """Look whether it is still registered, and return the provisioning state.

        Returns
        -------
        str
        """
        self.refresh_state()
        return self.provisioning_state

    def refresh_state(self) -> None:
        """Read again what the workspace knows of it."""
        entry = self.workspace.store.registry.get(_KIND, self.name)
        if entry is None:
            self._state = "Deleting"
        else:
            self._body = entry.body

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
        self._state = "Deleting"

    def delete(self) -> None:
        """Remove it, or say how that is done."""
        raise NotImplementedError

    def detach(self) -> None:
        """Remove it, or say how that is done."""
        raise NotImplementedError

    def serialize(self) -> dict[str, Any]:
        """Return the compute target as a dict, in Azure ML's layout.

        Returns
        -------
        dict
        """
        return {
            "id": self.id,
            "name": self.name,
            "tags": self.tags,
            "location": self.location,
            "properties": {
                "computeType": self.type,
                "computeLocation": self.cluster_location,
                "description": self.description,
                "resourceId": None,
                "provisioningErrors": self.provisioning_errors,
                "provisioningState": self.provisioning_state,
                "properties": {},
            },
        }

    @classmethod
    def deserialize(cls, workspace: Workspace, object_dict: Mapping[str, Any]) -> ComputeTarget:
        """Return the compute target of a dict that :meth:`serialize` returned.

        Parameters
        ----------
        workspace : Workspace
        object_dict : mapping

        Returns
        -------
        ComputeTarget

        Raises
        ------
        ComputeTargetException
            If it is of another type, or not such a dict.
        """
        properties = object_dict.get("properties") or {}
        kind = ComputeTarget._classes.get(properties.get("computeType", ""))
        if kind is None or not issubclass(kind, cls):
            raise ComputeTargetException(
                f"Cannot convert provided object dict to {cls.__name__}: its computeType is "
                f"{properties.get('computeType')}"
            )
        common = {"tags": object_dict.get("tags"), "description": properties.get("description")}
        body = {"type": properties["computeType"], **common, **kind.body_of(properties)}
        return ComputeTarget._make(workspace, object_dict["name"], body)

    @staticmethod
    def body_of(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the registry keeps of the properties that were serialized."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, id={self.id}, "
            f"type={self.type}, provisioning_state={self.provisioning_state}, "
            f"location={self.location}, tags={self.tags})"
        )
