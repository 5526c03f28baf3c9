"""The import names of Azure ML SDK v1 for our objects; no logic of their own.

``install()`` makes ``import azureml.core`` and its siblings find the modules here, unless the real
SDK is installed. ``%load_ext synapse_magics`` calls it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION = "1.61.0"
"""The version of the SDK whose names these are."""

_CORE = {
    "AmlCompute": "core.compute",
    "ComputeTarget": "core.compute",
    "Dataset": "core.dataset",
    "Datastore": "core.datastore",
    "Environment": "core.environment",
    "Experiment": "core.experiment",
    "Keyvault": "core.keyvault",
    "LinkedService": "core.linked_service",
    "Model": "core.model",
    "Run": "core.run",
    "SynapseWorkspaceLinkedServiceConfiguration": "core.linked_service",
    "Workspace": "core.workspace",
}
_DATA = {
    "FileDataset": "core.dataset",
    "HDFSOutputDatasetConfig": "core.data_config",
    "OutputFileDatasetConfig": "core.data_config",
    "TabularDataset": "core.dataset",
}
_EXCEPTIONS = dict.fromkeys(
    (
        "ActivityFailedException",
        "AzureMLException",
        "ComputeTargetException",
        "ExperimentExecutionException",
        "ModelNotFoundException",
        "ModelPathNotFoundException",
        "RunEnvironmentException",
        "ServiceException",
        "UserErrorException",
        "WebserviceException",
        "WorkspaceException",
    ),
    "core.exceptions",
)
_PIPELINE = {
    "Pipeline": "pipeline.pipeline",
    "PipelineParameter": "pipeline.parameters",
    "PipelineRun": "core.pipeline_run",
    "PipelineStep": "pipeline.steps",
    "StepRun": "core.pipeline_run",
}

NAMES: Mapping[str, Mapping[str, str]] = {
    "azureml": {},
    "azureml.core": {name: _CORE[name] for name in _CORE if name != "AmlCompute"},
    "azureml.core.compute": {
        "AmlCompute": "core.compute",
        "ComputeTarget": "core.compute",
        "SynapseCompute": "core.compute",
    },
    "azureml.core.compute_target": {"ComputeTargetException": "core.exceptions"},
    "azureml.core.dataset": {"Dataset": "core.dataset"},
    "azureml.core.datastore": {"Datastore": "core.datastore"},
    "azureml.core.environment": {
        "CondaDependencies": "core.environment",
        "Environment": "core.environment",
    },
    "azureml.core.conda_dependencies": {"CondaDependencies": "core.environment"},
    "azureml.core.experiment": {"Experiment": "core.experiment"},
    "azureml.core.linked_service": dict.fromkeys(
        (
            "LinkedService",
            "LinkedServiceConfiguration",
            "SynapseWorkspaceLinkedServiceConfiguration",
        ),
        "core.linked_service",
    ),
    "azureml.core.keyvault": {"Keyvault": "core.keyvault"},
    "azureml.core.model": {"Model": "core.model"},
    "azureml.core.run": {"Run": "core.run"},
    "azureml.core.workspace": {"Workspace": "core.workspace"},
    "azureml.data": _DATA,
    "azureml.data.azure_storage_datastore": {
        "AzureBlobDatastore": "core.datastore",
        "AzureFileDatastore": "core.datastore",
    },
    "azureml.data.dataset_consumption_config": {"DatasetConsumptionConfig": "core.data_config"},
    "azureml.data.output_dataset_config": {
        "HDFSOutputDatasetConfig": "core.data_config",
        "OutputDatasetConfig": "core.data_config",
        "OutputFileDatasetConfig": "core.data_config",
    },
    "azureml.exceptions": _EXCEPTIONS,
    "azureml.pipeline": {},
    "azureml.pipeline.core": _PIPELINE,
    "azureml.pipeline.core.graph": {"PipelineParameter": "pipeline.parameters"},
    "azureml.pipeline.core.run": {
        "PipelineRun": "core.pipeline_run",
        "StepRun": "core.pipeline_run",
    },
    "azureml.pipeline.steps": {
        "ParallelRunConfig": "pipeline.parallel_run",
        "ParallelRunStep": "pipeline.parallel_run",
        "PythonScriptStep": "pipeline.steps",
        "SynapseSparkStep": "pipeline.steps",
    },
    "azureml.widgets": {"RunDetails": "widgets.run_details"},
}
"""Our module for each name, by the SDK's module."""


class AliasModule(ModuleType):
    """A module of the SDK's name; what it holds is imported when it is asked for."""

    def __getattr__(self, name: str) -> object:
        if self.__name__ == "azureml.core" and name in {"VERSION", "__version__"}:
            return VERSION
        names = NAMES[self.__name__]
        if name not in names:
            refusal = AttributeError if name.startswith("_") else ImportError
            raise refusal(
                f"{self.__name__!r} has no {name!r} here; it has {', '.join(sorted(names))}"
            )
        return getattr(import_module(f"synapse_magics.{names[name]}"), name)

    def __dir__(self) -> list[str]:
        return sorted(NAMES[self.__name__])


class AliasFinder:
    """Find the SDK's modules here."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of one of the SDK's modules, or None."""
        del path, target
        if name not in NAMES:
            return None
        spec = ModuleSpec(name, AliasFinder(), is_package=True)  # type: ignore[arg-type]
        if name == "azureml":
            # Packages that are not the SDK live below this name, too: azureml.mlflow.
            real = PathFinder.find_spec(name)
            spec.submodule_search_locations = _locations(real)
        return spec

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        """Return the module of a spec."""
        module = AliasModule(spec.name)
        module.__all__ = sorted(NAMES[spec.name])  # type: ignore[attr-defined]
        return module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Do nothing: everything is there already."""


def is_real_sdk_installed() -> bool:
    """Tell whether Azure ML's own ``azureml.core`` can be imported."""
    locations = _locations(PathFinder.find_spec("azureml"))
    return PathFinder.find_spec("azureml.core", locations) is not None if locations else False


def _locations(spec: ModuleSpec | None) -> list[str]:
    return list(spec.submodule_search_locations or []) if spec is not None else []


def install(*, even_over_the_real_sdk: bool = False) -> bool:
    """Make the SDK's names importable.

    Parameters
    ----------
    even_over_the_real_sdk : bool

    Returns
    -------
    bool
        Whether they are ours now.
    """
    if any(finder is AliasFinder for finder in sys.meta_path):
        return True
    if is_real_sdk_installed() and not even_over_the_real_sdk:
        return False
    sys.meta_path.insert(0, AliasFinder)
    return True
