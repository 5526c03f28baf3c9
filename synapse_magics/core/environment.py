"""Environments: the packages that a step asks for."""

from __future__ import annotations

import json
import re
from importlib import metadata
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.core.workspace import Workspace

_KIND = "environment"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class CondaDependencies:
    """The packages of an environment."""

    def __init__(self) -> None:
        # Azure ML's default; the compatibility package meets every azureml-* requirement.
        self._pip = ["azureml-defaults"]
        self._conda: list[str] = []

    @staticmethod
    def create(
        pip_packages: Iterable[str] | None = None,
        conda_packages: Iterable[str] | None = None,
    ) -> CondaDependencies:
        """Make one of given packages.

        Parameters
        ----------
        pip_packages, conda_packages : iterable of str, optional

        Returns
        -------
        CondaDependencies
        """
        made = CondaDependencies()
        if pip_packages is not None:
            made._pip = []
        for package in pip_packages or ():
            made.add_pip_package(package)
        for package in conda_packages or ():
            made.add_conda_package(package)
        return made

    def add_pip_package(self, pip_package: str) -> None:
        """Add a package, replacing an entry of the same one.

        Parameters
        ----------
        pip_package : str
            A requirement such as ``pandas>=2``.
        """
        if not _NAME.match(pip_package):
            raise UserErrorException(f"Invalid package name {pip_package}")
        self._pip = [*(p for p in self._pip if _key(p) != _key(pip_package)), pip_package]

    def add_conda_package(self, conda_package: str) -> None:
        """Add a package from conda, replacing an entry of the same one.

        Parameters
        ----------
        conda_package : str
        """
        self._conda = [*(p for p in self._conda if _key(p) != _key(conda_package)), conda_package]

    @property
    def pip_packages(self) -> list[str]:
        """The packages from PyPI."""
        return list(self._pip)

    @property
    def conda_packages(self) -> list[str]:
        """The packages from conda."""
        return list(self._conda)

    def as_dict(self) -> dict[str, Any]:
        """Return the packages as a conda environment file holds them."""
        return {"name": "project_environment", "dependencies": [*self._conda, {"pip": self._pip}]}


class PythonSection:
    """The Python side of an environment."""

    def __init__(self) -> None:
        self.conda_dependencies = CondaDependencies()
        self.user_managed_dependencies = False


class Environment:
    """A named set of packages for steps.

    Steps run in the interpreter that runs the workspace's agent; a package that is not there is
    refused when the pipeline is made, never ignored.

    Parameters
    ----------
    name : str
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of an environment is a str, not {type(name).__name__}")
        self.name = name
        self.version: str | None = None
        self.python = PythonSection()
        self.environment_variables: dict[str, str] = {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}

    def register(self, workspace: Workspace) -> Environment:
        """Register a version; the same content is the same version.

        Parameters
        ----------
        workspace : Workspace

        Returns
        -------
        Environment
        """
        entry = workspace.store.registry.add_version(
            _KIND, self.name, self._body(), unless_same=True
        )
        return _load(entry.name, entry.version, entry.body)

    @staticmethod
    def get(workspace: Workspace, name: str, version: str | None = None) -> Environment:
        """Return a registered environment.

        Parameters
        ----------
        workspace : Workspace
        name : str
        version : str, optional
            The latest if missing.

        Returns
        -------
        Environment
        """
        if version is not None and not str(version).isdigit():
            raise UserErrorException(f"Invalid value {version} for version of environment {name}.")
        number = None if version is None else int(version)
        entry = workspace.store.registry.get(_KIND, name, number)
        if entry is None:
            known = [item.name for item in workspace.store.registry.entries(_KIND)]
            raise UserErrorException(
                f"Environment {name} not found in workspace {workspace.name}",
                where=None if number is None else f"version {number}",
                hint=names.did_you_mean(name, known, "environments"),
            )
        return _load(entry.name, entry.version, entry.body)

    @staticmethod
    def list(workspace: Workspace) -> dict[str, Environment]:
        """Return the latest version of each registered environment by name."""
        entries = workspace.store.registry.entries(_KIND)
        return {entry.name: _load(entry.name, entry.version, entry.body) for entry in entries}

    def _body(self) -> dict[str, Any]:
        return {
            "pip": self.python.conda_dependencies.pip_packages,
            "conda": self.python.conda_dependencies.conda_packages,
            "variables": self.environment_variables,
        }

    def __repr__(self) -> str:
        body = {"name": self.name, "version": self.version, **self._body()}
        return json.dumps(body, indent=4, sort_keys=True)

    def __str__(self) -> str:
        return f"Environment(Name: {self.name},\nVersion: {self.version})"


def check_installed(environment: Environment) -> None:
    """Refuse an environment that this interpreter does not meet.

    Parameters
    ----------
    environment : Environment

    Raises
    ------
    NotSupportedError
        It names the first requirement that is not met.
    """
    from packaging.requirements import (  # noqa: PLC0415 - only for steps with an environment
        InvalidRequirement,
        Requirement,
    )

    dependencies = environment.python.conda_dependencies
    where = f"environment {environment.name}"
    for text in [*dependencies.conda_packages, *dependencies.pip_packages]:
        if _key(text).startswith("azureml") or _key(text) in {"python", "pip"}:
            continue  # met by this package, and by the interpreter
        try:
            # conda writes pandas=2.3 where pip writes pandas==2.3.*
            wanted = Requirement(re.sub(r"(?<![=<>!~])=(\d[\w.]*)$", r"==\1.*", text))
        except InvalidRequirement as error:
            raise UserErrorException(f"Invalid package name {text}", error, where=where) from error
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            present = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            present = None
        if present is None or not wanted.specifier.contains(present, prereleases=True):
            found = f"{wanted.name} {present}" if present else "nothing"
            raise NotSupportedError(
                f"the environment asks for {text}; installed is {found}",
                where=where,
                hint=f"%pip install '{wanted}', then restart the kernel",
            )


def _key(package: str) -> str:
    match = _NAME.match(package)
    return (match.group(0) if match else package).lower().replace("_", "-")


def _load(name: str, version: int, body: Mapping[str, Any]) -> Environment:
    found = Environment(name)
    found.version = str(version)
    dependencies = CondaDependencies.create(body["pip"], body["conda"])
    found.python.conda_dependencies = dependencies
    found.environment_variables = dict(body["variables"])
    return found
