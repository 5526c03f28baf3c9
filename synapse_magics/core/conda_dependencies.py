"""The packages of an environment, as a conda environment file lists them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core import _yaml
from synapse_magics.core.exceptions import UserErrorException

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KEYS = ("name", "channels", "dependencies")
_SDK = "1.61.0"
_FILE = "conda_dependencies.yml"


class CondaDependencies:
    """The packages of an environment.

    Parameters
    ----------
    conda_dependencies_file_path : str, optional
        A conda environment file; Azure ML's own defaults if missing.

    Raises
    ------
    UserErrorException
        If the file is none.
    """

    def __init__(
        self,
        conda_dependencies_file_path: str | None = None,
        _underlying_structure: Mapping[str, Any] | None = None,
    ) -> None:
        self._name = "project_environment"
        self._channels = ["anaconda", "conda-forge"]
        # Azure ML's defaults; the compatibility package meets every azureml-* requirement.
        self._conda = ["python=3.8.13"]
        self._pip = ["azureml-defaults"]
        self._options: list[str] = []
        if conda_dependencies_file_path is not None:
            _underlying_structure = _yaml.read(Path(conda_dependencies_file_path))
            if not isinstance(_underlying_structure, dict):
                raise UserErrorException(
                    f"{conda_dependencies_file_path} is no conda environment file",
                    hint="it has name, channels and dependencies",
                )
        if _underlying_structure is not None:
            self._take(_underlying_structure)

    def _take(self, structure: Mapping[str, Any]) -> None:
        for key in structure:
            if key not in _KEYS:
                raise UserErrorException(
                    f"Environment error: unknown {key} key in environment specification"
                )
        self._name = structure.get("name") or self._name
        self._channels = [str(item) for item in structure.get("channels") or ()]
        self._conda, self._pip = [], []
        for item in structure.get("dependencies") or ():
            if not isinstance(item, dict):
                self._conda.append(str(item))
                continue
            for key, packages in item.items():
                if key != "pip":
                    raise UserErrorException(
                        f"Environment error: unknown {key} key in environment specification"
                    )
                self.set_pip_requirements([str(package) for package in packages or ()])

    @staticmethod
    def create(
        pip_indexurl: str | None = None,
        pip_packages: Iterable[str] | None = None,
        conda_packages: Iterable[str] | None = None,
        python_version: str = "3.10.18",
        pin_sdk_version: bool = True,
    ) -> CondaDependencies:
        """Make one of given packages.

        Parameters
        ----------
        pip_indexurl : str, optional
            An index instead of PyPI.
        pip_packages, conda_packages : iterable of str, optional
            Given packages from PyPI replace ``azureml-defaults``.
        python_version : str
        pin_sdk_version : bool
            Give the packages of the SDK the version whose names these are.

        Returns
        -------
        CondaDependencies
        """
        made = CondaDependencies()
        made.set_python_version(python_version)
        if pip_indexurl is not None:
            made.set_pip_index_url(pip_indexurl)
        made._pip = []
        for package in ["azureml-defaults"] if pip_packages is None else pip_packages:
            bare = pin_sdk_version and re.fullmatch(r"azureml-[\w-]+", package)
            made.add_pip_package(f"{package}~={_SDK}" if bare else package)
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
        self._pip = [*_without(self._pip, pip_package), pip_package]

    def remove_pip_package(self, pip_package: str) -> None:
        """Remove a package; one that is not there is no error.

        Parameters
        ----------
        pip_package : str
        """
        self._pip = _without(self._pip, pip_package)

    def add_conda_package(self, conda_package: str) -> None:
        """Add a package from conda, replacing an entry of the same one.

        Parameters
        ----------
        conda_package : str
        """
        self._conda = [*_without(self._conda, conda_package), conda_package]

    def remove_conda_package(self, conda_package: str) -> None:
        """Remove a package from conda; one that is not there is no error.

        Parameters
        ----------
        conda_package : str
        """
        self._conda = _without(self._conda, conda_package)

    def add_channel(self, channel: str) -> None:
        """Add a channel of conda.

        Parameters
        ----------
        channel : str
        """
        if channel not in self._channels:
            self._channels.append(channel)

    def remove_channel(self, channel: str) -> None:
        """Remove a channel of conda; one that is not there is no error.

        Parameters
        ----------
        channel : str
        """
        self._channels = [item for item in self._channels if item != channel]

    def set_python_version(self, version: str) -> None:
        """Ask for a version of Python.

        Parameters
        ----------
        version : str
        """
        self._conda = [f"python={version}", *_without(self._conda, "python")]

    def get_python_version(self) -> str | None:
        """Return the version of Python that is asked for.

        Returns
        -------
        str or None
        """
        for package in self._conda:
            if package_key(package) == "python":
                return re.sub(r"^python\s*=*\s*", "", package) or None
        return None

    def set_pip_option(self, pip_option: str) -> None:
        """Add an option of pip, replacing the same one.

        Parameters
        ----------
        pip_option : str
            Such as ``--index-url https://host/simple``.
        """
        self.remove_pip_option(pip_option)
        self._options.append(pip_option)

    def remove_pip_option(self, pip_option: str) -> None:
        """Remove an option of pip; one that is not there is no error.

        Parameters
        ----------
        pip_option : str
        """
        word = re.split(r"[\s=]", pip_option, maxsplit=1)[0]
        self._options = [
            item for item in self._options if re.split(r"[\s=]", item, maxsplit=1)[0] != word
        ]

    def set_pip_index_url(self, index_url: str) -> None:
        """Use an index instead of PyPI.

        Parameters
        ----------
        index_url : str
            The address, or the option ``--index-url`` with it.
        """
        given = index_url.startswith("-")
        self.set_pip_option(index_url if given else f"--index-url {index_url}")

    def set_pip_requirements(self, pip_requirements: Iterable[str]) -> None:
        """Replace all that pip installs.

        Parameters
        ----------
        pip_requirements : iterable of str
            Requirements, and options of pip.
        """
        given = list(pip_requirements)
        self._options = [item for item in given if item.startswith("-")]
        self._pip = [item for item in given if not item.startswith("-")]

    @property
    def pip_packages(self) -> list[str]:
        """The packages from PyPI."""
        return list(self._pip)

    @property
    def pip_options(self) -> list[str]:
        """The options of pip."""
        return list(self._options)

    @property
    def conda_packages(self) -> list[str]:
        """The packages from conda, Python among them."""
        return list(self._conda)

    @property
    def conda_channels(self) -> list[str]:
        """The channels of conda."""
        return list(self._channels)

    def as_dict(self) -> dict[str, Any]:
        """Return the packages as a conda environment file holds them.

        Returns
        -------
        dict
        """
        pip = [*self._options, *self._pip]
        return {
            "name": self._name,
            "channels": list(self._channels),
            "dependencies": [*self._conda, *([{"pip": pip}] if pip else [])],
        }

    def serialize_to_string(self) -> str:
        """Return the text of a conda environment file.

        Returns
        -------
        str
        """
        return _yaml.write(self.as_dict())

    def save(self, path: str | None = None) -> str:
        """Write a conda environment file.

        Parameters
        ----------
        path : str, optional
            A file, or a folder; this folder if missing.

        Returns
        -------
        str
            The file.
        """
        file = Path(path or ".")
        if file.is_dir():
            file /= _FILE
        file.write_text(self.serialize_to_string(), encoding="utf-8")
        return str(file)

    def save_to_file(self, base_directory: str, conda_file_path: str | None = None) -> str:
        """Write a conda environment file below a folder.

        Parameters
        ----------
        base_directory : str
        conda_file_path : str, optional
            Below that folder.

        Returns
        -------
        str
            The file, below that folder.
        """
        relative = conda_file_path or _FILE
        file = Path(base_directory) / relative
        file.parent.mkdir(parents=True, exist_ok=True)
        self.save(str(file))
        return relative


def package_key(package: str) -> str:
    """Return the name of a package by which it is known, whatever its version.

    Parameters
    ----------
    package : str

    Returns
    -------
    str
    """
    match = _NAME.match(package)
    return (match.group(0) if match else package).lower().replace("_", "-")


def _without(packages: list[str], package: str) -> list[str]:
    return [item for item in packages if package_key(item) != package_key(package)]
