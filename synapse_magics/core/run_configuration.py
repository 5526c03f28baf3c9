"""How a script is to be run: on what, with which packages, variables and Spark settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_magics.core import run_configuration_file
from synapse_magics.core.checked_settings import CheckedSettings
from synapse_magics.core.compute import ComputeTarget
from synapse_magics.core.environment import CondaDependencies, Environment
from synapse_magics.core.exceptions import UserErrorException

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FRAMEWORKS = ("Python", "PySpark", "CNTK", "TensorFlow", "PyTorch")
_SPARK = {"spark.app.name": "Azure ML Experiment", "spark.yarn.maxAppAttempts": 1}


class EnvironmentDefinition(Environment):
    """An environment by its older name."""


class DockerConfiguration(CheckedSettings):
    """Settings of a container; kept and not used: scripts run as processes of this machine.

    Parameters
    ----------
    use_docker : bool
    shared_volumes : bool
    arguments : list of str, optional
    shm_size : str
    """

    use_docker: bool
    shared_volumes: bool
    arguments: list[str]
    shm_size: str

    def __init__(
        self,
        use_docker: bool = False,
        shared_volumes: bool = True,
        arguments: list[str] = [],  # noqa: B006 - Azure ML's default; it is copied
        shm_size: str = "2g",
    ) -> None:
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = list(arguments)
        self.shm_size = shm_size


@dataclass
class HistoryConfiguration(CheckedSettings):
    """What is kept of a run; kept and not used: ``outputs`` and ``logs`` are kept always."""

    output_collection: bool = field(default=True, init=False)
    directories_to_watch: list[str] = field(default_factory=lambda: ["logs"], init=False)
    snapshot_project: bool = field(default=True, init=False)


@dataclass
class SparkConfiguration(CheckedSettings):
    """Spark settings; the values may be numbers."""

    configuration: dict[str, Any] = field(default_factory=lambda: dict(_SPARK), init=False)


@dataclass
class MpiConfiguration(CheckedSettings):
    """An MPI job: more than one process is refused where it is submitted."""

    process_count_per_node: int = 1
    node_count: int = 1


@dataclass
class PyTorchConfiguration(CheckedSettings):
    """A distributed PyTorch job: more than one process is refused where it is submitted."""

    communication_backend: str = "Nccl"
    process_count: int | None = None
    node_count: int = 1


@dataclass
class TensorflowConfiguration(CheckedSettings):
    """A distributed TensorFlow job: more than one worker is refused where it is submitted."""

    worker_count: int = 1
    parameter_server_count: int = 1


@dataclass
class DataReferenceConfiguration(CheckedSettings):
    """A place on a datastore in ``data_references``, which is refused where it is submitted."""

    datastore_name: str | None = None
    mode: str = "mount"
    path_on_datastore: str | None = None
    path_on_compute: str | None = None
    overwrite: bool = False


def argument_list(arguments: Iterable[Any] | None) -> list[Any]:
    """Return the arguments of a script as a list of their own.

    Parameters
    ----------
    arguments : iterable, optional

    Returns
    -------
    list

    Raises
    ------
    UserErrorException
        If it is a text, which would be taken letter by letter.
    """
    if isinstance(arguments, str):
        raise UserErrorException(
            "arguments must be a list, not str",
            hint=f"arguments={arguments.split()!r}",
        )
    return list(arguments or [])


class RunConfiguration(CheckedSettings):
    """How a script is to be run.

    Parameters
    ----------
    script : str, optional
    arguments : list, optional
    framework : str, optional
        ``Python`` (if missing), ``PySpark``, ``CNTK``, ``TensorFlow`` or ``PyTorch``, in whatever
        case; it is kept as it is written.
    communicator : str, optional
        Kept; anything but ``None`` is refused where it is submitted.
    conda_dependencies : CondaDependencies, optional
    command : list of str, optional

    Raises
    ------
    UserErrorException
        If the framework is not known, and where an attribute is set that there is not.
    """

    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "amlcompute": "AmlCompute.provisioning_configuration(...) makes a compute, target names it",
        "datacaches": "inputs are fetched before the script starts: .as_download() on the input",
        "hdi": "a Spark pool: SynapseCompute.attach_configuration(...), and target names it",
        "kubernetescompute": "AmlCompute.provisioning_configuration(...), and target names it",
        "paralleltask": "ParallelRunStep runs a script on parts of a dataset",
        "services": "a script runs on this machine, where its ports are",
    }

    script: str | None
    arguments: list[Any]
    command: list[str] | str | None
    communicator: str
    node_count: int
    max_run_duration_seconds: float | None
    priority: int | None
    environment: Environment
    environment_variables: dict[str, str]
    docker: DockerConfiguration
    history: HistoryConfiguration
    spark: SparkConfiguration
    mpi: MpiConfiguration
    tensorflow: TensorflowConfiguration
    pytorch: PyTorchConfiguration
    data: dict[str, Any]
    output_data: dict[str, Any]
    data_references: dict[str, Any]
    auto_prepare_environment: bool
    """Kept and not used, as in Azure ML: packages are there before a script starts."""
    source_directory_data_store: str | None
    """Kept and not used: a script's sources are stored beside its run, on no datastore."""
    credential_passthrough: bool
    """Kept and not used: a script runs as the person who submits it."""

    def __init__(
        self,
        script: str | None = None,
        arguments: Iterable[Any] | None = None,
        framework: str | None = None,
        communicator: str | None = None,
        conda_dependencies: CondaDependencies | None = None,
        _history_enabled: bool | None = None,
        _path: str | None = None,
        _name: str | None = None,
        command: list[str] | str | None = None,
    ) -> None:
        self.script = script
        self.arguments = argument_list(arguments)
        self.command = command
        self.framework = framework or "Python"
        self.communicator = communicator or "None"
        self._target = "local"
        self.node_count = 1
        self.max_run_duration_seconds = None
        self.priority = None
        self.environment = EnvironmentDefinition("default-environment")
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies
        self.environment_variables = {}
        self.docker = DockerConfiguration()
        self.history = HistoryConfiguration()
        if _history_enabled is not None:
            self.history.output_collection = _history_enabled
        self.spark = SparkConfiguration()
        self.mpi = MpiConfiguration()
        self.tensorflow = TensorflowConfiguration()
        self.pytorch = PyTorchConfiguration()
        self.data = {}
        self.output_data = {}
        self.data_references = {}
        self.auto_prepare_environment = True
        self.source_directory_data_store = None
        self.credential_passthrough = False
        self._path, self._name = _path, _name

    @property
    def framework(self) -> str:
        """The framework, as it was written."""
        return self._framework

    @framework.setter
    def framework(self, value: str) -> None:
        if str(value).lower() not in {name.lower() for name in _FRAMEWORKS}:
            raise UserErrorException(
                f"framework {value} is not one of {', '.join(_FRAMEWORKS)}",
                where="RunConfiguration",
            )
        self._framework = value

    @property
    def is_spark(self) -> bool:
        """Whether the framework is PySpark."""
        return self.framework.lower() == "pyspark"

    @property
    def target(self) -> str:
        """The name of the compute target; ``local`` is this machine."""
        return self._target

    @target.setter
    def target(self, value: str | ComputeTarget) -> None:
        if isinstance(value, ComputeTarget):
            value = value.name
        if not value:
            raise UserErrorException(
                f"target is a compute target or its name, not {value!r}", where="RunConfiguration"
            )
        self._target = value

    @property
    def name(self) -> str | None:
        """The name under which it was saved or loaded."""
        return self._name

    def save(
        self,
        path: str | None = None,
        name: str | None = None,
        separate_environment_yaml: bool = False,
    ) -> str:
        """Write it to ``.azureml/<name>.runconfig``, as YAML.

        Parameters
        ----------
        path : str, optional
            The folder, or the file itself; the working directory if missing.
        name : str, optional
            The one that it has if missing, else its target's.
        separate_environment_yaml : bool
            Refused if given: the environment is in the same file.

        Returns
        -------
        str
            The file.
        """
        chosen = name or self._name or self.target
        file = run_configuration_file.save(
            self, path or self._path, chosen, separate_environment_yaml
        )
        self._name = chosen
        return str(file)

    @staticmethod
    def load(path: str, name: str | None = None) -> RunConfiguration:
        """Read one that was saved.

        Parameters
        ----------
        path : str
            The folder, or the file itself.
        name : str, optional

        Returns
        -------
        RunConfiguration

        Raises
        ------
        UserErrorException
            If there is none.
        """
        found = RunConfiguration(_path=path, _name=name)
        run_configuration_file.load(found, path, name)
        return found

    @staticmethod
    def delete(path: str, name: str) -> None:
        """Remove one that was saved.

        Parameters
        ----------
        path : str
            The folder, or the file itself.
        name : str
        """
        run_configuration_file.delete(path, name)

    def __repr__(self) -> str:
        return f"RunConfiguration(framework={self.framework!r}, target={self.target!r})"
