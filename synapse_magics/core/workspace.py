"""The workspace: a folder with a ``config.json`` and the state folder ``.synapse`` beside it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core import config_file, names
from synapse_magics.core._console import say
from synapse_magics.core.exceptions import UserErrorException, WorkspaceException
from synapse_magics.core.open_stores import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.compute import ComputeTarget
    from synapse_magics.core.dataset import AbstractDataset
    from synapse_magics.core.datastore import AbstractDatastore
    from synapse_magics.core.environment import Environment
    from synapse_magics.core.experiment import Experiment
    from synapse_magics.core.keyvault import Keyvault
    from synapse_magics.core.linked_service import LinkedService
    from synapse_magics.core.model import Model
    from synapse_magics.core.run import Run
    from synapse_magics.store.store import Store

LOCAL_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
LOCAL_RESOURCE_GROUP = "local"


class Workspace:
    """A workspace that was created in a folder.

    Parameters
    ----------
    subscription_id, resource_group, workspace_name : str
        As in ``config.json``; the folder is found from the working directory upwards.
    auth : object, optional
        Ignored: a local workspace is its owner's by the permissions of its files.

    Raises
    ------
    WorkspaceException
        If the ``config.json`` found there is of another workspace.
    UserErrorException
        If there is none.
    """

    def __init__(
        self,
        subscription_id: str,
        resource_group: str,
        workspace_name: str,
        auth: object = None,
    ) -> None:
        del auth
        found = config_file.read(config_file.find(Path.cwd()))
        wanted = (subscription_id, resource_group, workspace_name)
        if wanted != tuple(found.keys[key] for key in config_file.KEYS):
            raise WorkspaceException(
                f"the workspace here is {' / '.join(found.keys.values())}, not "
                f"{' / '.join(wanted)}",
                where=str(found.path),
            )
        self._set(found.folder, found.keys)

    def _set(self, folder: Path, config: Mapping[str, str]) -> None:
        self._folder = folder
        self._config = dict(config)
        self._store = open_store(folder)

    @classmethod
    def _open(cls, folder: Path, config: Mapping[str, str]) -> Workspace:
        workspace = cls.__new__(cls)
        workspace._set(folder, config)  # noqa: SLF001 - a constructor
        return workspace

    @classmethod
    def create(
        cls,
        name: str,
        auth: object = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        location: str | None = None,
        create_resource_group: bool = True,
        sku: str = "basic",
        tags: Mapping[str, str] | None = None,
        friendly_name: str | None = None,
        exist_ok: bool = False,
        show_output: bool = True,
    ) -> Workspace:
        """Create a workspace in the working directory: ``config.json`` and ``.synapse``.

        Parameters
        ----------
        name : str
        auth, location, create_resource_group, sku, tags, friendly_name
            Ignored: they describe an Azure resource.
        subscription_id, resource_group : str, optional
            Kept in ``config.json``; placeholders if missing.
        exist_ok : bool
            Open the workspace when it is there already.
        show_output : bool
            Say where it was created.

        Returns
        -------
        Workspace
        """
        del auth, create_resource_group, sku, tags, friendly_name, location
        config = {
            "subscription_id": subscription_id or LOCAL_SUBSCRIPTION,
            "resource_group": resource_group or LOCAL_RESOURCE_GROUP,
            "workspace_name": name,
        }
        return cls._create(Path.cwd(), config, exist_ok=exist_ok, show_output=show_output)

    @classmethod
    def in_folder(cls, folder: Path, name: str) -> Workspace:
        """Open the workspace of a folder; create it there if there is none.

        Parameters
        ----------
        folder : pathlib.Path
        name : str

        Returns
        -------
        Workspace

        Raises
        ------
        WorkspaceException
            If the folder holds another workspace.
        """
        config = {
            "subscription_id": LOCAL_SUBSCRIPTION,
            "resource_group": LOCAL_RESOURCE_GROUP,
            "workspace_name": name,
        }
        return cls._create(folder.absolute(), config, exist_ok=True, show_output=False)

    @classmethod
    def _create(
        cls, folder: Path, config: Mapping[str, str], *, exist_ok: bool, show_output: bool
    ) -> Workspace:
        name = names.check_workspace(config["workspace_name"])
        file = config_file.in_folder(folder)
        if file is not None:
            found = config_file.read(file)
            there = found.keys["workspace_name"]
            if there != name:
                raise WorkspaceException(
                    f"this folder already holds the workspace {there!r}",
                    where=str(file),
                    hint=f"%synapse_workspace {there}, or another folder",
                )
            if not exist_ok:
                raise WorkspaceException(
                    f"Workspace with name '{name}' already exists.",
                    where=str(file),
                    hint="exist_ok=True opens it",
                )
            return cls._open(found.folder, found.keys)
        config_file.write(folder / config_file.CONFIG, config, folder)
        workspace = cls._open(folder, config)
        if show_output:
            say(f"Created the workspace {name} in {folder}")
        return workspace

    @staticmethod
    def from_config(
        path: str | None = None,
        auth: object = None,
        _logger: object = None,
        _file_name: str | None = None,
    ) -> Workspace:
        """Open the workspace of a ``config.json``.

        Parameters
        ----------
        path : str, optional
            The file, or a folder to search from upwards; the working directory if missing. In
            each folder, ``.azureml``, ``aml_config`` and the folder itself are looked into.
        auth : object, optional
            Ignored.

        Returns
        -------
        Workspace

        Raises
        ------
        UserErrorException
            If there is no such file.
        """
        del auth, _logger
        start = Path(path) if path is not None else Path.cwd()
        path_found = (
            start if start.is_file() else config_file.find(start, _file_name or config_file.CONFIG)
        )
        found = config_file.read(path_found)
        return Workspace._open(config_file.submitting_folder(found) or found.folder, found.keys)

    @staticmethod
    def get(
        name: str,
        auth: object = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
    ) -> Workspace:
        """Open the workspace of a name, found from the working directory upwards.

        Parameters
        ----------
        name : str
        auth : object, optional
            Ignored.
        subscription_id, resource_group : str, optional
            Must be those of the ``config.json`` if given.

        Returns
        -------
        Workspace
        """
        found = config_file.read(config_file.find(Path.cwd())).keys
        return Workspace(
            subscription_id or found["subscription_id"],
            resource_group or found["resource_group"],
            name,
            auth,
        )

    @property
    def name(self) -> str:
        """The workspace's name."""
        return self._config["workspace_name"]

    @property
    def subscription_id(self) -> str:
        """The Azure subscription, or a placeholder."""
        return self._config["subscription_id"]

    @property
    def resource_group(self) -> str:
        """The Azure resource group, or a placeholder."""
        return self._config["resource_group"]

    @property
    def location(self) -> str:
        """Where it is."""
        return "local"

    @property
    def folder(self) -> Path:
        """The folder that holds ``config.json`` and ``.synapse``."""
        return self._folder

    @property
    def store(self) -> Store:
        """The workspace's durable state."""
        return self._store

    @property
    def compute_targets(self) -> dict[str, ComputeTarget]:
        """Compute targets by name, read anew at each access."""
        from synapse_magics.core.compute import ComputeTarget  # noqa: PLC0415 - a cycle otherwise

        return {target.name: target for target in ComputeTarget.list(self)}

    @property
    def linked_services(self) -> dict[str, LinkedService]:
        """Linked services by name, read anew at each access."""
        from synapse_magics.core.linked_service import LinkedService  # noqa: PLC0415

        return {service.name: service for service in LinkedService.list(self)}

    @property
    def datastores(self) -> dict[str, AbstractDatastore]:
        """Datastores by name, read anew at each access."""
        from synapse_magics.core.datastore import Datastore  # noqa: PLC0415

        entries = self._store.registry.entries("datastore")
        return {entry.name: Datastore.get(self, entry.name) for entry in entries}

    @property
    def datasets(self) -> dict[str, AbstractDataset]:
        """The latest version of each registered dataset by name, read anew at each access."""
        from synapse_magics.core.dataset import Dataset  # noqa: PLC0415

        return Dataset.get_all(self)

    @property
    def environments(self) -> dict[str, Environment]:
        """The latest version of each registered environment by name, read anew at each access."""
        from synapse_magics.core.environment import Environment  # noqa: PLC0415

        return Environment.list(self)

    @property
    def models(self) -> dict[str, Model]:
        """The latest version of each registered model by name, read anew at each access."""
        from synapse_magics.core.model import Model  # noqa: PLC0415 - a cycle otherwise

        return {model.name: model for model in Model.list(self, latest=True)}

    @property
    def experiments(self) -> dict[str, Experiment]:
        """Experiments by name, read anew at each access."""
        from synapse_magics.core.experiment import Experiment  # noqa: PLC0415

        return {experiment.name: experiment for experiment in Experiment.list(self)}

    def get_default_datastore(self) -> AbstractDatastore:
        """Return the default datastore."""
        from synapse_magics.core.datastore import Datastore  # noqa: PLC0415

        return Datastore.get_default(self)

    def get_default_keyvault(self) -> Keyvault:
        """Return the workspace's secrets."""
        from synapse_magics.core.keyvault import Keyvault  # noqa: PLC0415 - a cycle otherwise

        return Keyvault(self)

    def get_run(self, run_id: str) -> Run:
        """Return a run by its id."""
        from synapse_magics.core.run import Run  # noqa: PLC0415

        return Run.get(self, run_id)

    def declare_secret(self, variable: str) -> None:
        """Name an environment variable whose value logs, errors and views show as ``***``.

        Variables whose name says it (``API_TOKEN``, ``DB_PASSWORD``) need no declaration. The
        value is never stored. Steps that start from now on are masked.

        Parameters
        ----------
        variable : str

        Raises
        ------
        UserErrorException
            If no variable can have that name.
        """
        if not variable or "=" in variable or not variable.isprintable():
            raise UserErrorException(
                f"{variable!r} is not the name of an environment variable",
                hint="workspace.declare_secret('NAME'): the name, not the value",
            )
        self._store.registry.put("secret", variable, {"variable": variable})

    def write_config(self, path: str | None = None, file_name: str | None = None) -> None:
        """Write ``.azureml/config.json`` below a folder, from where it leads back here.

        Parameters
        ----------
        path : str, optional
            The working directory if missing.
        file_name : str, optional
        """
        file = Path(path or ".") / ".azureml" / (file_name or config_file.CONFIG)
        config_file.write(file, self._config, self._folder)

    def get_details(self) -> dict[str, Any]:
        """Return what Azure ML tells of a workspace, as far as it makes sense here."""
        identity = (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{self.name}"
        )
        return {
            "id": identity,
            "name": self.name,
            "location": self.location,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "sku": "local",
            "workspaceid": str(uuid.uuid5(uuid.NAMESPACE_URL, identity)),
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workspace) and other.folder == self.folder

    def __hash__(self) -> int:
        return hash(self._folder)

    def __repr__(self) -> str:
        return (
            f"Workspace.create(name={self.name!r}, subscription_id={self.subscription_id!r}, "
            f"resource_group={self.resource_group!r})"
        )
