"""What an environment can be made from: files, images, folders."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core import private_wheels
from synapse_magics.core.conda_dependencies import CondaDependencies
from synapse_magics.core.environment_content import EnvironmentContent
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException

if TYPE_CHECKING:
    from typing_extensions import Self

    from synapse_magics.core.environment_sections import ContainerRegistry, DockerBuildContext
    from synapse_magics.core.workspace import Workspace

_DEFINITION = "azureml_environment.json"
_CONDA = "conda_dependencies.yml"
_PYTHON = "3.10.18"

_log = logging.getLogger(__name__)


class EnvironmentSources(EnvironmentContent):
    """The ways to get an environment, and to keep it."""

    @classmethod
    def from_conda_specification(cls, name: str, file_path: str) -> Self:
        """Make an environment of a conda environment file.

        Parameters
        ----------
        name, file_path : str

        Returns
        -------
        Environment
        """
        made = cls(name)
        made.python.conda_dependencies = dependencies = CondaDependencies(file_path)
        if dependencies.get_python_version() is None:
            _log.warning("%s asks for no Python; %s is added, as by Azure ML", file_path, _PYTHON)
            dependencies.set_python_version(_PYTHON)
        return made

    @classmethod
    def from_pip_requirements(
        cls, name: str, file_path: str, pip_version: str | None = None
    ) -> Self:
        """Make an environment of a requirements file of pip.

        Parameters
        ----------
        name, file_path : str
        pip_version : str, optional

        Returns
        -------
        Environment
        """
        made = cls(name)
        try:
            lines = Path(file_path).read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise UserErrorException(f"cannot read {file_path}: {error.strerror}", error) from error
        bare = [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines]
        made.python.conda_dependencies.set_pip_requirements([line for line in bare if line])
        if pip_version is not None:
            made.python.conda_dependencies.add_conda_package(f"pip={pip_version}")
        return made

    @classmethod
    def from_docker_image(
        cls,
        name: str,
        image: str,
        container_registry: ContainerRegistry | None = None,
        conda_specification: str | None = None,
        pip_requirements: str | None = None,
    ) -> Self:
        """Make an environment of an image; of it, only the packages that are listed count here.

        Parameters
        ----------
        name, image : str
        container_registry : ContainerRegistry, optional
        conda_specification, pip_requirements : str, optional
            A file.

        Returns
        -------
        Environment
        """
        made = cls._of_files(name, conda_specification, pip_requirements)
        made.docker.base_image = image
        if container_registry is not None:
            made.docker.base_image_registry = container_registry
        _log.warning("the image %s is kept and not used: steps run in no container", image)
        return made

    @classmethod
    def from_dockerfile(
        cls,
        name: str,
        dockerfile: str,
        conda_specification: str | None = None,
        pip_requirements: str | None = None,
    ) -> Self:
        """Make an environment of a Dockerfile; only the packages that are listed count here.

        Parameters
        ----------
        name : str
        dockerfile : str
            A file, or its text.
        conda_specification, pip_requirements : str, optional
            A file.

        Returns
        -------
        Environment
        """
        made = cls._of_files(name, conda_specification, pip_requirements)
        single = "\n" not in dockerfile
        is_file = single and Path(dockerfile).is_file()
        made.docker.base_image = None
        made.docker.base_dockerfile = Path(dockerfile).read_text("utf-8") if is_file else dockerfile
        _log.warning("the Dockerfile is kept and not used: steps run in no container")
        return made

    @classmethod
    def from_docker_build_context(cls, name: str, docker_build_context: DockerBuildContext) -> Self:
        """Make an environment of a build context, which is kept and not used.

        Parameters
        ----------
        name : str
        docker_build_context : DockerBuildContext

        Returns
        -------
        Environment
        """
        made = cls(name)
        made.docker.base_image = None
        made.docker.build_context = docker_build_context
        _log.warning("the build context is kept and not used: steps run in no container")
        return made

    @classmethod
    def from_existing_conda_environment(cls, name: str, conda_environment_name: str) -> Self:
        """Refuse: steps run in the interpreter that runs the notebook.

        Raises
        ------
        NotSupportedError
            Always.
        """
        raise NotSupportedError(
            f"environment {name}: another conda environment than this interpreter's is not used",
            where=f"conda environment {conda_environment_name}",
            hint="start the notebook in that environment, and leave the step's environment out",
        )

    @staticmethod
    def add_private_pip_wheel(workspace: Workspace, file_path: str, exist_ok: bool = False) -> str:
        """Keep a wheel in the workspace, for environments that ask for what this returns.

        Parameters
        ----------
        workspace : Workspace
        file_path : str
        exist_ok : bool
            Take a wheel of the same name that is kept already for this one.

        Returns
        -------
        str
            What :meth:`CondaDependencies.add_pip_package` takes.

        Raises
        ------
        UserErrorException
            If it is no wheel, or one of its name is kept already.
        """
        return private_wheels.add(workspace, file_path, exist_ok=exist_ok)

    def save_to_directory(self, path: str, overwrite: bool = False) -> None:
        """Write the environment into a folder, as files to keep under version control.

        Parameters
        ----------
        path : str
        overwrite : bool
            Replace what is there.

        Raises
        ------
        UserErrorException
            If the folder is there and must not be overwritten.
        """
        folder = Path(path)
        if folder.exists() and not overwrite:
            raise UserErrorException(
                f"{folder} exists already", hint="overwrite=True replaces the files in it"
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _DEFINITION).write_text(repr(self), encoding="utf-8")
        self.python.packages.save(str(folder / _CONDA))

    @classmethod
    def load_from_directory(cls, path: str) -> Self:
        """Read an environment that was written into a folder.

        Parameters
        ----------
        path : str

        Returns
        -------
        Environment
        """
        folder = Path(path)
        try:
            body = json.loads((folder / _DEFINITION).read_text(encoding="utf-8"))
            conda = folder / _CONDA
            listed = conda.read_text(encoding="utf-8") if conda.is_file() else None
        except (OSError, ValueError) as error:
            raise UserErrorException(
                f"cannot read an environment from {folder}: {error}", error
            ) from error
        loaded = cls.from_body(body["name"], body)
        # A file that was edited counts, and only to read that one takes PyYAML.
        if listed not in {None, loaded.python.conda_dependencies.serialize_to_string()}:
            loaded.python.conda_dependencies = CondaDependencies(str(conda))
        return loaded

    @classmethod
    def _of_files(cls, name: str, conda: str | None, pip: str | None) -> Self:
        if conda is not None and pip is not None:
            raise UserErrorException(
                "conda_specification and pip_requirements cannot both be given",
                where=f"environment {name}",
                hint="list the packages of pip in the conda file",
            )
        if conda is not None:
            return cls.from_conda_specification(name, conda)
        if pip is not None:
            return cls.from_pip_requirements(name, pip)
        made = cls(name)
        made.python.user_managed_dependencies = True  # the image has them
        return made
