"""What else of Azure ML's names can be imported and is not run here."""

from __future__ import annotations

from synapse_magics.core.not_run_here import NotRunHere, refusing

_SERVING = "serve the file of Model.get_model_path(...) with a web framework of your choice"
_NETWORK = "a workspace here is a folder of this machine; leave it out"
_COMPUTE = "name the compute target in ScriptRunConfig(compute_target=...)"
_NOTEBOOK = "synapse-magics run NOTEBOOK runs a notebook without a front end"
_DATABRICKS = "add the package to the environment of a SynapseSparkStep, or to its jars"
_RUNCONFIG_DATA = "put dataset.as_named_input(...) or an OutputFileDatasetConfig into arguments"
_CACHE = "read the dataset itself; local files need no cache"


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


class DatacacheStore(NotRunHere, signature="(workspace, name, **kwargs)", instead=_CACHE):
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


class AmlComputeConfiguration(
    NotRunHere,
    signature="()",
    instead="AmlCompute.provisioning_configuration(...) describes it, ComputeTarget.create(...) "
    "makes it, and the run configuration's target names it",
):
    """A compute that is made for one run."""


class ModelProfile(NotRunHere, signature="(workspace, name)", instead=_SERVING):
    """What a deployed model needs."""


class History(NotRunHere, instead="Experiment(workspace, name).get_runs() gives the runs"):
    """The runs of a project."""


class DatacacheHydrationTracker(
    NotRunHere,
    signature="(workspace, datacache_store, dataset, replica_count, run_id)",
    instead=_CACHE,
):
    """How far a cache is filled."""


class DatasetDefinition(
    NotRunHere,
    instead="Dataset.Tabular.from_delimited_files(...) defines a table, dataset.register(..., "
    "create_new_version=True) keeps a version of it",
):
    """A version of a dataset, in the words of the dataset that was retired."""


class DatasetActionRun(
    NotRunHere,
    signature="(workspace=None, dataset_id=None, action_id=None, action_request_dto=None)",
    instead="dataset.get_profile() makes the profile here and now",
):
    """The run of an action on a dataset that was retired."""


def _legacy(name: str) -> type[NotRunHere]:
    return refusing(name, _COMPUTE, "The preparation of a compute target.", module=__name__)


attach_legacy_compute_target = _legacy("attach_legacy_compute_target")
remove_legacy_compute_target = _legacy("remove_legacy_compute_target")
prepare_compute_target = _legacy("prepare_compute_target")
is_compute_target_prepared = _legacy("is_compute_target_prepared")
