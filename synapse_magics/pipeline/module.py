"""Modules: scripts that are published by version, for steps of many pipelines."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.exceptions import ServiceException, unsupported
from synapse_magics.pipeline import snapshot
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.port_defs import InputPortDef, OutputPortDef, ParamDef
from synapse_magics.store import documents
from synapse_magics.store.step_fingerprints import snapshot_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.registry import Entry
    from synapse_magics.store.store import Store

__all__ = [
    "InputPortDef",
    "Module",
    "ModuleVersion",
    "ModuleVersionDescriptor",
    "OutputPortDef",
    "ParamDef",
]

_MODULE, _VERSION = "module", "module_version"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModuleVersionDescriptor:
    """A version of a module by its name and its id.

    Parameters
    ----------
    version : str
    module_version_id : str
    """

    version: str
    module_version_id: str


class ModuleVersion:
    """A version of a module; :meth:`Module.publish_python_script` makes one.

    Parameters
    ----------
    workspace : Workspace
    module_entity : Entry
        The document of the version.
    version : str
    """

    def __init__(
        self,
        workspace: Workspace,
        module_entity: Entry,
        version: str,
        _module_version_provider: object,
    ) -> None:
        entry = module_entity
        self._workspace = workspace
        self._body = entry.body
        self.id = entry.id
        self.module_id = str(entry.body["module_id"])
        self.version = version
        self.description = entry.body["description"]
        self.script_name = str(entry.body["script"])
        self.params: dict[str, Any] = dict(entry.body["params"])

    @staticmethod
    def get(workspace: Workspace, module_version_id: str) -> ModuleVersion:
        """Return a version by its id.

        Raises
        ------
        ServiceException
            If there is none.
        """
        entry = documents.find(workspace.store, _VERSION, module_version_id)
        if entry is None:
            raise ServiceException(f"ModuleVersion {module_version_id} not found")
        return ModuleVersion(workspace, entry, entry.body["version"], None)

    @property
    def inputs(self) -> list[InputPortDef]:
        """Its input ports."""
        return [_port(InputPortDef, body) for body in self._body["inputs"]]

    @property
    def outputs(self) -> list[OutputPortDef]:
        """Its output ports."""
        return [_port(OutputPortDef, body) for body in self._body["outputs"]]

    @property
    def arguments(self) -> list[Any]:
        """Its command line, with a port where what is bound to it will stand."""
        ports: dict[str, dict[str, Any]] = {
            "input": {port.name: port for port in self.inputs},
            "output": {port.name: port for port in self.outputs},
        }
        return [
            item if isinstance(item, str) else ports[item["port"]][item["name"]]
            for item in self._body["arguments"]
        ]

    def files(self) -> dict[str, bytes]:
        """Return the sources as they were published: content by relative path."""
        folder = self._workspace.store.snapshot_folder(self._body["snapshots"][0])
        return snapshot_files(folder)

    def __repr__(self) -> str:
        return f"ModuleVersion(Version: {self.version},\nId: {self.id},\nModule: {self.module_id})"


class Module:
    """A module; :meth:`create` makes one, :meth:`get` finds it.

    Parameters
    ----------
    workspace : Workspace
    module_id : str
    name, description, status, default_version, module_version_list
        Ignored: they are read from what is stored.
    """

    def __init__(
        self,
        workspace: Workspace,
        module_id: str,
        name: object,
        description: object,
        status: object,
        default_version: object,
        module_version_list: object,
        _module_provider: object = None,
        _module_version_provider: object = None,
    ) -> None:
        del name, description, status, default_version, module_version_list
        self._read(workspace, module_id)

    def _read(self, workspace: Workspace, identity: str) -> None:
        self._workspace = workspace
        self.id = identity
        self._body: Mapping[str, Any] = {}
        self._reload()

    @classmethod
    def _of(cls, workspace: Workspace, identity: str) -> Module:
        found = cls.__new__(cls)
        found._read(workspace, identity)  # noqa: SLF001 - a constructor
        return found

    def _reload(self) -> None:
        entry = documents.find(self._workspace.store, _MODULE, self.id)
        if entry is None:
            raise ServiceException(f"Module {self.id} not found")
        self._body = entry.body

    @property
    def name(self) -> str:
        """Its name, which no other module of the workspace has."""
        return str(self._body["name"])

    @property
    def description(self) -> str | None:
        """What a person says of it."""
        found = self._body["description"]
        return None if found is None else str(found)

    @property
    def status(self) -> str:
        """``Active``, ``Deprecated`` or ``Disabled``."""
        return str(self._body["status"])

    @property
    def default_version(self) -> str | None:
        """The version that a step gets which asks for none."""
        self._reload()
        found = self._body["default_version"]
        return None if found is None else str(found)

    @staticmethod
    def create(workspace: Workspace, name: str, description: str) -> Module:
        """Make a module, which has no version yet.

        Parameters
        ----------
        workspace : Workspace
        name, description : str

        Returns
        -------
        Module

        Raises
        ------
        PipelineError
            A ``ValueError``, if there is one of that name.
        """
        store = workspace.store
        body: dict[str, Any] = {
            "name": name,
            "description": description,
            "status": "Active",
            "default_version": None,
            "versions": {},
        }
        entry = documents.create(store, _MODULE, body, lambda: _check_free(store, name))
        return Module._of(workspace, entry.id)

    @staticmethod
    def get(workspace: Workspace, module_id: str | None = None, name: str | None = None) -> Module:
        """Return a module by its id or its name.

        Parameters
        ----------
        workspace : Workspace
        module_id, name : str, optional
            One of them.

        Returns
        -------
        Module

        Raises
        ------
        ServiceException
            If there is none.
        """
        if module_id is not None:
            return Module._of(workspace, module_id)
        if name is None:
            raise PipelineError("either module_id or name must be provided", where="Module.get")
        entry = _named(workspace.store, name)
        if entry is None:
            everything = documents.every(workspace.store, _MODULE)
            raise ServiceException(
                f"Module {name} not found",
                hint=names.did_you_mean(
                    name, [item.body["name"] for item in everything], "modules"
                ),
            )
        return Module._of(workspace, entry.id)

    @staticmethod
    def get_versions(workspace: Workspace, name: str) -> list[ModuleVersionDescriptor]:
        """Return the versions of the module of a name, the oldest first."""
        return Module.get(workspace, name=name).module_version_list()

    def module_version_list(self) -> list[ModuleVersionDescriptor]:
        """Return the versions, the oldest first."""
        self._reload()
        return [
            ModuleVersionDescriptor(version, identity)
            for version, identity in self._body["versions"].items()
        ]

    def publish_python_script(
        self,
        script_name: str,
        description: str,
        inputs: Sequence[InputPortDef],
        outputs: Sequence[OutputPortDef],
        params: Mapping[str, Any] | None = None,
        create_sequencing_ports: bool = True,
        version: str | None = None,
        is_default: bool = False,
        source_directory: str | None = None,
        hash_paths: Sequence[str] | None = None,
        category: str | None = None,
        arguments: Sequence[Any] | None = None,
        runconfig: Any = None,
    ) -> ModuleVersion:
        """Publish a script with its sources as a version of the module.

        Parameters
        ----------
        script_name, description : str
        inputs : list of InputPortDef
        outputs : list of OutputPortDef
        params : mapping, optional
            Parameters of the step and their defaults, ``AML_PARAMETER_<name>`` to the script.
        create_sequencing_ports : bool
            Ignored: ``run_after`` needs no ports here.
        version : str, optional
            The next number if missing.
        is_default : bool
            Make it the default; the first version is that anyway.
        source_directory : str, optional
            The working directory if missing.
        hash_paths : list of str, optional
            Ignored with a warning: all of the source directory counts.
        category : str, optional
            What a person files it under.
        arguments : list, optional
            Texts and ports: where a port stands, what a step binds to it will.
        runconfig
            Not supported; the step that uses the module has one.

        Returns
        -------
        ModuleVersion
        """
        del create_sequencing_ports
        where = f"module {self.name}"
        unsupported(where, "ModuleStep(..., runconfig=...)", runconfig=runconfig)
        if hash_paths:
            log.warning("hash_paths is of no effect: all of the source directory counts")
        folder = Path(source_directory or ".")
        script = folder / script_name
        if not (script.is_file() and script.resolve().is_relative_to(folder.resolve())):
            raise PipelineError(f"script not found at: {script.absolute()}", where=where)
        known = {id(port): port for port in (*inputs, *outputs)}
        body = {
            "module_id": self.id,
            "description": description,
            "script": script_name,
            "inputs": [port.to_body() for port in inputs],
            "outputs": [port.to_body() for port in outputs],
            "params": dict(params or {}),
            "arguments": [_argument(item, known, where) for item in arguments or ()],
            "category": category,
        }
        store = self._workspace.store
        stored = snapshot.save(store, snapshot.read_folder(folder))
        self._reload()
        chosen = self._free_version(version)
        entry = documents.create(
            store, _VERSION, {**body, "version": chosen, "snapshots": [stored]}
        )

        def edit(module: dict[str, Any]) -> Mapping[str, Any]:
            if chosen in module["versions"]:  # somebody was faster
                raise PipelineError(f"version {chosen} exists already", where=where)
            module["versions"] = {**module["versions"], chosen: entry.id}
            if is_default or module["default_version"] is None:
                module["default_version"] = chosen
            return module

        documents.change(store, _MODULE, self.id, edit)
        self._reload()
        return ModuleVersion.get(self._workspace, entry.id)

    def _free_version(self, wanted: str | None) -> str:
        versions = self._body["versions"]
        if wanted is None:
            number = len(versions)
            while str(number) in versions:
                number += 1
            return str(number)
        if str(wanted) in versions:
            raise PipelineError(
                f"version {wanted} exists already",
                where=f"module {self.name}",
                hint="leave version out, and it is the next number",
            )
        return str(wanted)

    def resolve(self, version: str | None = None) -> ModuleVersion | None:
        """Return a version.

        Parameters
        ----------
        version : str, optional
            The default one if missing.

        Returns
        -------
        ModuleVersion or None
            None if there is no such version.
        """
        wanted = self.default_version if version is None else str(version)
        identity = self._body["versions"].get(wanted)
        return None if identity is None else ModuleVersion.get(self._workspace, identity)

    def get_default(self) -> ModuleVersion | None:
        """Return the default version, None if there is no version yet."""
        return self.resolve()

    def get_default_version(self) -> str | None:
        """Return the name of the default version."""
        return self.default_version

    def set_default_version(self, version_id: str) -> None:
        """Make a version the default.

        Parameters
        ----------
        version_id : str
            Its name.
        """
        self._reload()
        if version_id not in self._body["versions"]:
            raise PipelineError(
                f"there is no version {version_id}",
                where=f"module {self.name}",
                hint=f"versions: {', '.join(self._body['versions']) or 'none'}",
            )
        self._change(default_version=version_id)

    def enable(self) -> None:
        """Let steps use it."""
        self._change(status="Active")

    def disable(self) -> None:
        """Let no step use it."""
        self._change(status="Disabled")

    def deprecate(self) -> None:
        """Warn whoever uses it."""
        self._change(status="Deprecated")

    def set_name(self, name: str) -> None:
        """Call it otherwise.

        Parameters
        ----------
        name : str
        """
        found = _named(self._workspace.store, name)
        if found is not None and found.id != self.id:
            _check_free(self._workspace.store, name)
        self._change(name=name)

    def set_description(self, description: str) -> None:
        """Say something else of it.

        Parameters
        ----------
        description : str
        """
        self._change(description=description)

    def _change(self, **changed: str) -> None:
        documents.change(self._workspace.store, _MODULE, self.id, lambda body: {**body, **changed})
        self._reload()

    def __repr__(self) -> str:
        return f"Module(Name: {self.name},\nId: {self.id},\nStatus: {self.status})"


def _port(kind: type[Any], body: Mapping[str, Any]) -> Any:
    return kind(**body)


def _argument(item: Any, known: Mapping[int, Any], where: str) -> str | dict[str, str]:
    if not isinstance(item, (InputPortDef, OutputPortDef)):
        return str(item)
    if id(item) not in known:
        raise PipelineError(
            f"Input/Output {item.name} appears in arguments list but is not in the input/output "
            "lists",
            where=where,
        )
    return {
        "port": "input" if isinstance(item, InputPortDef) else "output",
        "name": item.name,
    }


def _named(store: Store, name: str) -> Entry | None:
    found = documents.every(store, _MODULE)
    return next((entry for entry in found if entry.body["name"] == name), None)


def _check_free(store: Store, name: str) -> None:
    if _named(store, name) is not None:
        raise PipelineError(
            f"there is a module {name} already", hint="Module.get(workspace, name=...) returns it"
        )
