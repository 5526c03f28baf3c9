"""The workspace: a folder with a ``config.json`` and the state folder ``.synapse`` beside it."""

from __future__ import annotations

import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from synapse_magics.core import config_file, names, open_workspaces, workspace_details
from synapse_magics.core._console import say
from synapse_magics.core.address_maps import open_maps
from synapse_magics.core.exceptions import (
    NotSupportedError,
    UserErrorException,
    WorkspaceException,
    unsupported,
)
from synapse_magics.core.open_stores import open_store
from synapse_magics.store.store import STATE_FOLDER

if TYPE_CHECKING:
    import builtins
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
        Without a ``config.json`` the workspace is created in the working directory.
    auth : object, optional
        Ignored: a local workspace is its owner's by the permissions of its files.
    sku, tags
        Ignored, as in Azure ML, for a workspace that is there.
    _location, _disable_service_check, _workspace_id, _cloud
        Ignored: they are about Azure's service.

    Raises
    ------
    WorkspaceException
        If the ``config.json`` found there is of another workspace.
    """

    def __init__(
        self,
        subscription_id: str,
        resource_group: str,
        workspace_name: str,
        auth: object = None,
        _location: str | None = None,
        _disable_service_check: bool = False,
        _workspace_id: str | None = None,
        sku: str = "basic",
        tags: Mapping[str, str] | None = None,
        _cloud: str = "AzureCloud",
    ) -> None:
        del auth, _location, _disable_service_check, _workspace_id, sku, tags, _cloud
        wanted = (subscription_id, resource_group, workspace_name)
        try:
            found = config_file.read(config_file.find(Path.cwd()))
        except config_file.ConfigNotFoundError:
            # Azure ML needs no file where all three are given.
            keys = dict(zip(config_file.KEYS, wanted, strict=True))
            names.check_workspace(workspace_name)
            config_file.write(Path.cwd() / config_file.CONFIG, keys, Path.cwd())
            found = config_file.read(Path.cwd() / config_file.CONFIG)
        if wanted != tuple(found.keys[key] for key in config_file.KEYS):
            raise WorkspaceException(
                f"the workspace here is {' / '.join(found.keys.values())}, not "
                f"{' / '.join(wanted)}",
                where=str(found.path),
            )
        self._set(found.folder, found.keys)
        self._say_if_new()

    def _set(self, folder: Path, config: Mapping[str, str]) -> None:
        self._folder = folder
        self._config = dict(config)
        self._is_new = not (folder / STATE_FOLDER / "state.db").exists()
        try:
            self._store = open_store(folder)
        except PermissionError as error:
            raise WorkspaceException(
                f"the workspace's state cannot be kept in {folder}: it may not be written",
                inner_exception=error,
                where=str(error.filename),
                hint="copy config.json to a folder of your own, and work there",
            ) from error
        open_workspaces.note(self)
        open_maps(self)

    def _say_if_new(self) -> None:
        """Say once that what Azure ML keeps in Azure is kept here."""
        if self._is_new:
            say(
                f"Created the local state of the workspace {self.name} in "
                f"{self._folder / STATE_FOLDER}; what Azure keeps of it is not read."
            )
            self._is_new = False

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
        storage_account: str | None = None,
        key_vault: str | None = None,
        app_insights: str | None = None,
        container_registry: str | None = None,
        adb_workspace: str | None = None,
        primary_user_assigned_identity: str | None = None,
        cmk_keyvault: str | None = None,
        resource_cmk_uri: str | None = None,
        hbi_workspace: bool = False,
        default_cpu_compute_target: object = None,
        default_gpu_compute_target: object = None,
        private_endpoint_config: object = None,
        private_endpoint_auto_approval: bool = True,
        exist_ok: bool = False,
        show_output: bool = True,
        user_assigned_identity_for_cmk_encryption: str | None = None,
        system_datastores_auth_mode: str = "accessKey",
        v1_legacy_mode: bool | None = None,
    ) -> Workspace:
        """Create a workspace in the working directory: ``config.json`` and ``.synapse``.

        Parameters
        ----------
        name : str
        auth, location, create_resource_group, storage_account, key_vault, app_insights,
        container_registry, adb_workspace, primary_user_assigned_identity, cmk_keyvault,
        resource_cmk_uri, hbi_workspace, private_endpoint_config, private_endpoint_auto_approval,
        user_assigned_identity_for_cmk_encryption, system_datastores_auth_mode, v1_legacy_mode
            Ignored: they describe resources of Azure's that a folder does without.
        sku, tags, friendly_name
            Kept with the workspace.
        default_cpu_compute_target, default_gpu_compute_target
            Refused; ``ComputeTarget.create`` makes a compute target.
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
        del auth, create_resource_group, location, storage_account, key_vault, app_insights
        del container_registry, adb_workspace, primary_user_assigned_identity, cmk_keyvault
        del resource_cmk_uri, hbi_workspace, private_endpoint_config
        del private_endpoint_auto_approval, user_assigned_identity_for_cmk_encryption
        del system_datastores_auth_mode, v1_legacy_mode
        unsupported(
            "Workspace.create",
            "ComputeTarget.create(workspace, 'cpu-cluster', configuration) makes one",
            default_cpu_compute_target=default_cpu_compute_target,
            default_gpu_compute_target=default_gpu_compute_target,
        )
        config = {
            "subscription_id": subscription_id or LOCAL_SUBSCRIPTION,
            "resource_group": resource_group or LOCAL_RESOURCE_GROUP,
            "workspace_name": name,
        }
        made = cls._create(Path.cwd(), config, exist_ok=exist_ok, show_output=show_output)
        if made._is_new:  # noqa: SLF001 - a constructor
            texts = workspace_details.texts(tags)
            workspace_details.write(made.store, sku=sku, tags=texts, friendly_name=friendly_name)
        return made

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
            opened = cls._open(found.folder, found.keys)
            if show_output:
                opened._say_if_new()  # noqa: SLF001 - a constructor
            return opened
        try:
            config_file.write(folder / config_file.CONFIG, config, folder)
        except OSError as error:
            raise WorkspaceException(
                f"no workspace can be made here: {error.strerror}",
                inner_exception=error,
                where=str(folder),
                hint="%synapse_workspace NAME --folder DIR names another folder",
            ) from error
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
        opened = Workspace._open(config_file.submitting_folder(found) or found.folder, found.keys)
        opened._say_if_new()  # noqa: SLF001 - a constructor
        return opened

    @staticmethod
    def get(
        name: str,
        auth: object = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        location: str | None = None,
        cloud: str = "AzureCloud",
        id: str | None = None,  # noqa: A002 - Azure ML's name
    ) -> Workspace:
        """Open the workspace of a name, found from the working directory upwards.

        Parameters
        ----------
        name : str
        auth, location, cloud, id
            Ignored: they are about Azure's service.
        subscription_id, resource_group : str, optional
            Must be those of the ``config.json`` if given. Without such a file the workspace is
            created in the working directory, if both are given.

        Returns
        -------
        Workspace
        """
        del location, cloud, id
        if subscription_id is None or resource_group is None:
            found = config_file.read(config_file.find(Path.cwd())).keys
            subscription_id = subscription_id or found["subscription_id"]
            resource_group = resource_group or found["resource_group"]
        return Workspace(subscription_id, resource_group, name, auth)

    @staticmethod
    def list(
        subscription_id: str, auth: object = None, resource_group: str | None = None
    ) -> dict[str, builtins.list[Workspace]]:
        """Return the workspace of the working directory by its name, if it is one of those.

        Parameters
        ----------
        subscription_id : str
        auth : object, optional
            Ignored.
        resource_group : str, optional

        Returns
        -------
        dict
            A list of workspaces by name; empty if there is none.
        """
        del auth
        try:
            found = Workspace.from_config()
        except config_file.ConfigNotFoundError:
            return {}
        wanted = (subscription_id, resource_group or found.resource_group)
        if wanted != (found.subscription_id, found.resource_group):
            return {}
        return {found.name: [found]}

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
    def sku(self) -> str:
        """What was said when it was created; ``basic`` if nothing was."""
        return str(workspace_details.read(self._store)["sku"])

    @property
    def tags(self) -> dict[str, str]:
        """The tags."""
        return dict(workspace_details.read(self._store)["tags"])

    @property
    def friendly_name(self) -> str | None:
        """A name for people."""
        found: str | None = workspace_details.read(self._store)["friendly_name"]
        return found

    @property
    def description(self) -> str | None:
        """What it is for."""
        found: str | None = workspace_details.read(self._store)["description"]
        return found

    @property
    def discovery_url(self) -> str:
        """The address of its folder: no service has to be discovered."""
        return self._folder.as_uri()

    @property
    def service_context(self) -> SimpleNamespace:
        """What tells the workspace from another one: ids and names."""
        return SimpleNamespace(
            subscription_id=self.subscription_id,
            resource_group_name=self.resource_group,
            workspace_name=self.name,
            workspace_id=self.get_details()["workspaceid"],
            location=self.location,
        )

    @property
    def folder(self) -> Path:
        """The folder that holds ``config.json`` and ``.synapse``."""
        return self._folder

    @property
    def store(self) -> Store:
        """The workspace's durable state; that of today, if somebody has replaced the folder."""
        if not self._store.database.is_in_place:
            self._store = open_store(self._folder)
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
    def images(self) -> dict[str, object]:
        """Images by name: none, no images are built here."""
        return {}

    @property
    def webservices(self) -> dict[str, object]:
        """Web services by name: none, nothing is deployed here."""
        return {}

    @property
    def private_endpoints(self) -> dict[str, object]:
        """Private endpoints by name: none, there is no network to be private from."""
        return {}

    @property
    def experiments(self) -> dict[str, Experiment]:
        """Experiments by name, read anew at each access."""
        from synapse_magics.core.experiment import Experiment  # noqa: PLC0415

        return {experiment.name: experiment for experiment in Experiment.list(self)}

    def get_default_datastore(self) -> AbstractDatastore:
        """Return the default datastore."""
        from synapse_magics.core.datastore import Datastore  # noqa: PLC0415

        return Datastore.get_default(self)

    def set_default_datastore(self, name: str) -> None:
        """Make a datastore the default one.

        Parameters
        ----------
        name : str
        """
        from synapse_magics.core.datastore import Datastore  # noqa: PLC0415

        Datastore.get(self, name).set_as_default()

    def get_default_compute_target(self, type: str) -> ComputeTarget | None:  # noqa: A002
        """Return the compute target of the name that Azure ML gives default ones, if there is one.

        Parameters
        ----------
        type : str
            ``CPU`` is ``cpu-cluster``, ``GPU`` is ``gpu-cluster``.

        Returns
        -------
        ComputeTarget or None
        """
        if type.upper() not in {"CPU", "GPU"}:
            raise UserErrorException(
                "Only types [CPU, GPU] are supported.", where="get_default_compute_target"
            )
        return self.compute_targets.get(f"{type.lower()}-cluster")

    def update(
        self,
        friendly_name: str | None = None,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        image_build_compute: str | None = None,
        service_managed_resources_settings: object = None,
        primary_user_assigned_identity: str | None = None,
        allow_public_access_when_behind_vnet: bool | None = None,
        v1_legacy_mode: bool | None = None,
    ) -> dict[str, Any]:
        """Replace what is given, and return the details.

        Parameters
        ----------
        friendly_name, description : str, optional
        tags : mapping, optional
        image_build_compute, service_managed_resources_settings, primary_user_assigned_identity,
        allow_public_access_when_behind_vnet, v1_legacy_mode
            Refused if given: they describe resources of Azure's.

        Returns
        -------
        dict
        """
        unsupported(
            "Workspace.update",
            "leave it out: a workspace here is a folder",
            image_build_compute=image_build_compute,
            service_managed_resources_settings=service_managed_resources_settings,
            primary_user_assigned_identity=primary_user_assigned_identity,
            allow_public_access_when_behind_vnet=allow_public_access_when_behind_vnet,
            v1_legacy_mode=v1_legacy_mode,
        )
        workspace_details.write(
            self._store,
            friendly_name=friendly_name,
            description=description,
            tags=workspace_details.texts(tags),
        )
        return self.get_details()

    def delete(self, delete_dependent_resources: bool = False, no_wait: bool = False) -> None:
        """Refuse: what is in a folder is deleted by its owner."""
        del delete_dependent_resources, no_wait
        raise NotSupportedError(
            "Workspace.delete is not supported here",
            where=str(self._folder),
            hint=f"delete the folder {self._folder / STATE_FOLDER} with all runs and data in it",
        )

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
            "sku": self.sku,
            "friendlyName": self.friendly_name,
            "description": self.description,
            "tags": self.tags,
            "discoveryUrl": self.discovery_url,
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
