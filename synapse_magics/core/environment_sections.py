"""The parts of an environment: Python, Docker, Spark.

Only Python's packages and the environment variables have an effect here: steps run in an
interpreter of this machine, in no container. What the Docker and Spark sections say is kept,
registered and given back, so that code which sets it runs on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from synapse_magics.core.conda_dependencies import CondaDependencies
from synapse_magics.core.exceptions import unsupported_rest

_IMAGES = "mcr.microsoft.com/azureml/openmpi4.1.0"

DEFAULT_CPU_IMAGE = f"{_IMAGES}-ubuntu22.04"
"""Azure ML's image for machines without a GPU."""
DEFAULT_GPU_IMAGE = f"{_IMAGES}-cuda11.8-cudnn8-ubuntu22.04"
"""Azure ML's image for machines with a GPU."""


class ContainerRegistry:
    """Where an image is; kept and not used, see :class:`DockerSection`."""

    def __init__(self) -> None:
        self.address: str | None = None
        self.username: str | None = None
        self.password: str | None = None
        self.registry_identity: Any = None


@dataclass
class DockerBuildContext:
    """A folder that an image is built from; kept and not used, see :class:`DockerSection`.

    Parameters
    ----------
    location_type, location : str, optional
    dockerfile_path : str
    """

    location_type: str | None = None
    location: str | None = None
    dockerfile_path: str = "Dockerfile"

    @staticmethod
    def from_local_directory(
        workspace: Any, path: str, dockerfile_path: str = "Dockerfile"
    ) -> DockerBuildContext:
        """Return the context of a folder.

        Parameters
        ----------
        workspace : Workspace
            Ignored: nothing is uploaded.
        path : str
        dockerfile_path : str

        Returns
        -------
        DockerBuildContext
        """
        del workspace
        return DockerBuildContext("local", path, dockerfile_path)


class DockerSection:
    """The container of an environment: kept, registered and given back, and not used.

    Steps run as processes of this machine. This is the one place where that is said of the image,
    its registry, the Dockerfile, ``enabled``, ``shared_volumes``, ``arguments`` and ``shm_size``.

    Parameters
    ----------
    **kwargs
        Azure ML's own; any other is refused.
    """

    def __init__(self, **kwargs: Any) -> None:
        unsupported_rest(type(self).__name__, "set it as an attribute", kwargs)
        self.base_image: str | None = DEFAULT_CPU_IMAGE
        self.base_dockerfile: str | None = None
        self.base_image_registry = ContainerRegistry()
        self.build_context: DockerBuildContext | None = None
        self.enabled = False
        self.gpu_support = False
        self.shared_volumes = True
        self.arguments: list[str] = []
        self.shm_size: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the section as JSON data; the password of a registry is not among it.

        Returns
        -------
        dict
        """
        registry = self.base_image_registry
        return {
            "arguments": list(self.arguments),
            "baseDockerfile": self.base_dockerfile,
            "baseImage": self.base_image,
            "baseImageRegistry": {"address": registry.address, "username": registry.username},
            "buildContext": asdict(self.build_context) if self.build_context else None,
            "enabled": self.enabled,
            "sharedVolumes": self.shared_volumes,
            "shmSize": self.shm_size,
        }

    @staticmethod
    def from_dict(body: dict[str, Any]) -> DockerSection:
        """Return the section of JSON data.

        Parameters
        ----------
        body : dict

        Returns
        -------
        DockerSection
        """
        made = DockerSection()
        registry = body.get("baseImageRegistry") or {}
        made.arguments = list(body.get("arguments") or ())
        made.base_dockerfile, made.base_image = body.get("baseDockerfile"), body.get("baseImage")
        made.base_image_registry.address = registry.get("address")
        made.base_image_registry.username = registry.get("username")
        if body.get("buildContext"):
            made.build_context = DockerBuildContext(**body["buildContext"])
        made.enabled, made.shm_size = body.get("enabled", False), body.get("shmSize")
        made.shared_volumes = body.get("sharedVolumes", True)
        return made


class PythonSection:
    """The Python side of an environment.

    Parameters
    ----------
    **kwargs
        Azure ML's own; any other is refused.
    """

    def __init__(self, **kwargs: Any) -> None:
        unsupported_rest(type(self).__name__, "set it as an attribute", kwargs)
        self.conda_dependencies = CondaDependencies()
        self.conda_dependencies_file: str | None = None
        self.user_managed_dependencies = False
        self.interpreter_path = "python"
        self.base_conda_environment: str | None = None

    @property
    def packages(self) -> CondaDependencies:
        """What is asked for: the file where one is named, else ``conda_dependencies``."""
        if self.conda_dependencies_file:
            return CondaDependencies(self.conda_dependencies_file)
        return self.conda_dependencies

    def to_dict(self) -> dict[str, Any]:
        """Return the section as JSON data.

        Returns
        -------
        dict
        """
        return {
            "baseCondaEnvironment": self.base_conda_environment,
            "condaDependencies": self.packages.as_dict(),
            "interpreterPath": self.interpreter_path,
            "userManagedDependencies": self.user_managed_dependencies,
        }

    @staticmethod
    def from_dict(body: dict[str, Any]) -> PythonSection:
        """Return the section of JSON data.

        Parameters
        ----------
        body : dict

        Returns
        -------
        PythonSection
        """
        made = PythonSection()
        made.base_conda_environment = body.get("baseCondaEnvironment")
        made.conda_dependencies = CondaDependencies(
            _underlying_structure=body.get("condaDependencies")
        )
        made.interpreter_path = body.get("interpreterPath", "python")
        made.user_managed_dependencies = body.get("userManagedDependencies", False)
        return made


@dataclass
class SparkPackage:
    """A package of Maven for Spark; kept and not used.

    Parameters
    ----------
    group, artifact, version : str, optional
    """

    group: str | None = None
    artifact: str | None = None
    version: str | None = None


class SparkSection:
    """The Spark side of an environment: kept and not used, as in Azure ML on Synapse.

    Jars and configuration of a Spark step are arguments of :class:`SynapseSparkStep`.

    Parameters
    ----------
    **kwargs
        Azure ML's own; any other is refused.
    """

    def __init__(self, **kwargs: Any) -> None:
        unsupported_rest(type(self).__name__, "set it as an attribute", kwargs)
        self.repositories: list[str] = []
        self.packages: list[SparkPackage] = []
        self.precache_packages = True

    def to_dict(self) -> dict[str, Any]:
        """Return the section as JSON data.

        Returns
        -------
        dict
        """
        return {
            "packages": [asdict(item) for item in self.packages],
            "precachePackages": self.precache_packages,
            "repositories": list(self.repositories),
        }

    @staticmethod
    def from_dict(body: dict[str, Any]) -> SparkSection:
        """Return the section of JSON data.

        Parameters
        ----------
        body : dict

        Returns
        -------
        SparkSection
        """
        made = SparkSection()
        made.repositories = list(body.get("repositories") or ())
        made.packages = [SparkPackage(**item) for item in body.get("packages") or ()]
        made.precache_packages = body.get("precachePackages", True)
        return made
