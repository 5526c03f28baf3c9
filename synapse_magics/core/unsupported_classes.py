"""What else of Azure ML's names can be imported and is not run here."""

from __future__ import annotations

from typing import Any, NoReturn

from synapse_magics.core.not_run_here import NotRunHere, refuse

_SERVING = "serve the file of Model.get_model_path(...) with a web framework of your choice"
_NETWORK = "a workspace here is a folder of this machine; leave it out"
_COMPUTE = "name the compute target in ScriptRunConfig(compute_target=...)"
_NOTEBOOK = "synapse-magics run NOTEBOOK runs a notebook without a front end"
_DATABRICKS = "add the package to the environment of a SynapseSparkStep, or to its jars"
_RUNCONFIG_DATA = "put dataset.as_named_input(...) or an OutputFileDatasetConfig into arguments"
_OPEN_DATA = (
    "download the data once, and define it by Dataset.Tabular.from_delimited_files(...) or "
    "from_parquet_files(...)"
)


class Image(NotRunHere, instead=_SERVING):
    """An image of a container with a model."""


class ContainerImage(NotRunHere, instead=_SERVING):
    """An image of a container with a model."""


class Webservice(NotRunHere, signature="(workspace, name)", instead=_SERVING):
    """A deployed model."""


class AciWebservice(NotRunHere, signature="(workspace, name)", instead=_SERVING):
    """A model in Azure Container Instances."""


class AksWebservice(NotRunHere, signature="(workspace, name)", instead=_SERVING):
    """A model in Azure Kubernetes Service."""


class LocalWebservice(NotRunHere, signature="(workspace, name)", instead=_SERVING):
    """A model in a local container."""


class InferenceConfig(NotRunHere, instead=_SERVING):
    """How a model is served."""


class ResourceConfiguration(
    NotRunHere, signature="(cpu=None, memory_in_gb=None, gpu=None)", instead=_SERVING
):
    """The machine that a model is served by."""


class PrivateEndPoint(NotRunHere, instead=_NETWORK):
    """A private network address of a workspace."""


class PrivateEndPointConfig(NotRunHere, instead=_NETWORK):
    """What a private network address is made with."""


class DatacacheStore(NotRunHere, instead="read the dataset itself; local files need no cache"):
    """A cache of datasets."""


class SqlDataReference(
    NotRunHere,
    signature="(datastore, data_reference_name=None, sql_table=None, sql_query=None, "
    "sql_stored_procedure=None, sql_stored_procedure_params=None)",
    instead="query the database in a PythonScriptStep, and write what it answers to an output",
):
    """A table of a database, or a query."""


class Data(NotRunHere, instead=_RUNCONFIG_DATA):
    """An input of a run, in a run configuration."""


class OutputData(NotRunHere, instead=_RUNCONFIG_DATA):
    """An output of a run, in a run configuration."""


class JarLibrary(NotRunHere, signature="(library=None)", instead=_DATABRICKS):
    """A Java library for Databricks."""


class MavenLibrary(
    NotRunHere, signature="(coordinates=None, repo=None, exclusions=None)", instead=_DATABRICKS
):
    """A library of Maven for Databricks."""


class PyPiLibrary(NotRunHere, signature="(package=None, repo=None)", instead=_DATABRICKS):
    """A package of PyPI for Databricks."""


class EggLibrary(NotRunHere, signature="(library=None)", instead=_DATABRICKS):
    """A Python egg for Databricks."""


class RCranLibrary(NotRunHere, signature="(package=None, repo=None)", instead=_DATABRICKS):
    """A package of R for Databricks."""


class NotebookRunConfig(NotRunHere, instead=_NOTEBOOK):
    """A notebook to submit."""


class AzureMLNotebookHandler(NotRunHere, instead=_NOTEBOOK):
    """What runs a submitted notebook."""


class NotebookRunnerStep(NotRunHere, instead=_NOTEBOOK):
    """A notebook as a step."""


class ParallelRunStepDetails(
    NotRunHere,
    signature="(run_instance)",
    instead="RunDetails(run).show() shows every step of a run with its logs",
):
    """The view of a parallel step."""


class OpenDataset(NotRunHere, instead=_OPEN_DATA):
    """A table of Azure Open Datasets."""


class NycTlcGreen(OpenDataset):
    """Rides of New York's green taxis."""


class NycTlcYellow(OpenDataset):
    """Rides of New York's yellow taxis."""


class NycTlcFhv(OpenDataset):
    """Rides of New York's for-hire vehicles."""


class NoaaIsdWeather(OpenDataset):
    """The weather, by hour."""


class PublicHolidays(OpenDataset):
    """Public holidays."""


class Diabetes(OpenDataset):
    """Patients with diabetes."""


class MNIST(OpenDataset):
    """Handwritten digits."""


def attach_legacy_compute_target(*_args: Any, **_kwargs: Any) -> NoReturn:
    """Refuse, and say what to use.

    Raises
    ------
    NotSupportedError
        Always.
    """
    refuse("attach_legacy_compute_target", _COMPUTE)


def remove_legacy_compute_target(*_args: Any, **_kwargs: Any) -> NoReturn:
    """Refuse, and say what to use.

    Raises
    ------
    NotSupportedError
        Always.
    """
    refuse("remove_legacy_compute_target", _COMPUTE)


def prepare_compute_target(*_args: Any, **_kwargs: Any) -> NoReturn:
    """Refuse, and say what to use.

    Raises
    ------
    NotSupportedError
        Always.
    """
    refuse("prepare_compute_target", _COMPUTE)


def is_compute_target_prepared(*_args: Any, **_kwargs: Any) -> NoReturn:
    """Refuse, and say what to use.

    Raises
    ------
    NotSupportedError
        Always.
    """
    refuse("is_compute_target_prepared", _COMPUTE)
