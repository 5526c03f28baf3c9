"""Environments: the packages that a step asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core import curated_environments, names
from synapse_magics.core.conda_dependencies import CondaDependencies
from synapse_magics.core.environment_build import ImageBuildDetails, begin_build, image_details
from synapse_magics.core.environment_sources import EnvironmentSources
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.index_credentials import into_keyvault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.core.workspace import Workspace

__all__ = ["CondaDependencies", "Environment"]

_KIND = "environment"
_LABELS = "environment_labels"


class Environment(EnvironmentSources):
    """A named set of packages for steps.

    A step runs in the interpreter of the notebook if that has the packages, else in a virtual
    environment of its own, which is built once for each distinct set of them.

    Parameters
    ----------
    name : str
    **kwargs
        Azure ML's own; any other is refused.
    """

    def register(self, workspace: Workspace) -> Environment:
        """Register a version; the same content is the same version.

        A credential in the address of an index goes to the keyvault; what is registered refers to
        it.

        Parameters
        ----------
        workspace : Workspace

        Returns
        -------
        Environment

        Raises
        ------
        UserErrorException
            If the name is kept for Azure ML's curated environments.
        """
        if self.name.startswith(curated_environments.PREFIX):
            raise UserErrorException(
                f"Environment name {self.name} is not valid: {curated_environments.PREFIX} is kept "
                "for curated environments",
                hint="environment.clone(new_name) makes one of your own",
            )
        body = into_keyvault(workspace.store, self.body())
        entry = workspace.store.registry.add_version(_KIND, self.name, body, unless_same=True)
        return _load(entry.name, entry.version, entry.body)

    @staticmethod
    def get(
        workspace: Workspace, name: str, version: str | None = None, label: str | None = None
    ) -> Environment:
        """Return a registered environment, or a curated one of Azure ML.

        Parameters
        ----------
        workspace : Workspace
        name : str
            A curated name, ``AzureML-...``, stands for a sensible set of packages.
        version : str, optional
            The latest if missing.
        label : str, optional
            A label that a version was given.

        Returns
        -------
        Environment
        """
        if version is not None and label is not None:
            raise UserErrorException("Only one of version or label can be specified")
        packages = curated_environments.packages_of(name)
        if packages is not None:
            found = Environment(name)
            found.version = version or "1"
            found.python.conda_dependencies.set_pip_requirements(packages)
            return found
        if version is not None and not str(version).isdigit():
            raise UserErrorException(f"Invalid value {version} for version of environment {name}.")
        number = None if version is None else int(version)
        if label is not None and label != "latest":
            labels = workspace.store.registry.get(_LABELS, name)
            number = int(labels.body.get(label, 0)) if labels else 0
        entry = workspace.store.registry.get(_KIND, name, number)
        if entry is None:
            known = [item.name for item in workspace.store.registry.entries(_KIND)]
            wanted = f"label {label}" if label else None if number is None else f"version {number}"
            raise UserErrorException(
                f"Environment {name} not found in workspace {workspace.name}",
                where=wanted,
                hint=names.did_you_mean(name, known, "environments"),
            )
        return _load(entry.name, entry.version, entry.body)

    @staticmethod
    def list(workspace: Workspace) -> dict[str, Environment]:
        """Return the latest version of each registered environment by name."""
        entries = workspace.store.registry.entries(_KIND)
        return {entry.name: _load(entry.name, entry.version, entry.body) for entry in entries}

    @staticmethod
    def label(workspace: Workspace, name: str, version: str, labels: Iterable[str]) -> None:
        """Give labels to a version, by which :meth:`get` finds it.

        Parameters
        ----------
        workspace : Workspace
        name, version : str
        labels : iterable of str
        """
        found = Environment.get(workspace, name, version)
        before = workspace.store.registry.get(_LABELS, name)
        given = dict.fromkeys(labels, found.version)
        body = {**(before.body if before else {}), **given}
        workspace.store.registry.put(_LABELS, name, body)

    def clone(self, new_name: str) -> Environment:
        """Return a copy under another name, not registered.

        Parameters
        ----------
        new_name : str

        Returns
        -------
        Environment
        """
        return Environment.from_body(new_name, self.body())

    def build(
        self, workspace: Workspace, image_build_compute: str | None = None
    ) -> ImageBuildDetails:
        """Begin to build the environment, unless it is there or this interpreter will do.

        Parameters
        ----------
        workspace : Workspace
        image_build_compute : str, optional
            Ignored: it is built on this machine.

        Returns
        -------
        ImageBuildDetails
            ``wait_for_completion()`` shows how it goes on.
        """
        del image_build_compute
        return begin_build(workspace, self)

    def build_local(
        self, workspace: Workspace, platform: Any = None, **kwargs: Any
    ) -> ImageBuildDetails:
        """Build the environment and wait for it.

        Parameters
        ----------
        workspace : Workspace
        platform
            Ignored.
        **kwargs
            Ignored: how an image would be built.

        Returns
        -------
        ImageBuildDetails
        """
        del platform, kwargs
        begun = begin_build(workspace, self)
        begun.wait_for_completion(show_output=True)
        return begun

    def get_image_details(self, workspace: Workspace) -> dict[str, Any]:
        """Return where the environment lies, and whether it has been built.

        Parameters
        ----------
        workspace : Workspace

        Returns
        -------
        dict
            ``folder``, ``python``, ``built``, ``packages``.
        """
        return image_details(workspace, self)

    def __str__(self) -> str:
        return f"Environment(Name: {self.name},\nVersion: {self.version})"


def _load(name: str, version: int, body: Mapping[str, Any]) -> Environment:
    found = Environment.from_body(name, body)
    found.version = str(version)
    return found
