"""What the objects of a notebook say of themselves: a name and a text in each row.

The same rows are an object's HTML and its text. Of variables there are the names alone, and of a
key vault the names of its secrets: a value may be what nobody should see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.store.requirements import masked
from synapse_magics.widgets.studio_words import moment, parameters, short, tags_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from synapse_magics.core.compute_target import ComputeTarget
    from synapse_magics.core.data_config import DatasetConsumptionConfig, OutputDatasetConfig
    from synapse_magics.core.data_reference import DataPath, DataReference
    from synapse_magics.core.datastore import AbstractDatastore
    from synapse_magics.core.environment import Environment
    from synapse_magics.core.experiment import Experiment
    from synapse_magics.core.keyvault import Keyvault
    from synapse_magics.core.linked_service import LinkedService
    from synapse_magics.core.model import Model
    from synapse_magics.core.run_configuration import RunConfiguration
    from synapse_magics.core.synapse_pool import SynapsePool
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.module import Module, ModuleVersion
    from synapse_magics.pipeline.parallel_run_config import ParallelRunConfig
    from synapse_magics.pipeline.parameters import PipelineParameter
    from synapse_magics.pipeline.pipeline_data import PipelineData
    from synapse_magics.pipeline.pipeline_draft import PipelineDraft
    from synapse_magics.pipeline.pipeline_endpoint import PipelineEndpoint
    from synapse_magics.pipeline.published_pipeline import PublishedPipeline
    from synapse_magics.pipeline.schedule import Schedule
    from synapse_magics.pipeline.script_run_config import ScriptRunConfig
    from synapse_magics.pipeline.step import PipelineStep

Rows = list[tuple[str, Any]]

_LONGEST = 400


def _names(items: Iterable[Any]) -> str:
    return short(", ".join(map(str, items)), _LONGEST)


def workspace_rows(workspace: Workspace) -> Rows:
    """Return what a workspace holds."""
    from synapse_magics.pipeline import collection  # noqa: PLC0415 - brings the cells

    return [
        ("name", workspace.name),
        ("folder", workspace.folder),
        ("linked services", _names(workspace.linked_services)),
        ("compute targets", _names(workspace.compute_targets)),
        ("datasets", _names(workspace.datasets)),
        ("steps in this notebook", _names(collection.current.cells)),
        ("tags", tags_text(workspace.tags)),
    ]


def link_rows(link: LinkedService) -> Rows:
    """Return what a linked service is."""
    return [
        ("name", link.name),
        ("Synapse workspace", link.synapse_workspace),
        ("resource id", link.linked_service_resource_id),
        ("identity", link.system_assigned_identity_principal_id),
    ]


def compute_rows(target: ComputeTarget) -> Rows:
    """Return what a compute target is; a pool also says how it stands."""
    from synapse_magics.core.synapse_compute import SynapseCompute  # noqa: PLC0415 - on demand

    rows: Rows = [
        ("name", target.name),
        ("type", target.type),
        ("steps at once", target.slots),
        ("state", target.provisioning_state),
    ]
    if isinstance(target, SynapseCompute):
        pool = target.pool
        rows += [
            ("Spark pool", f"{pool.name} of {pool.synapse_workspace}"),
            ("the pool is", pool.record(target.workspace).state),
            ("runs on", pool.master),
            ("pauses after", f"{pool.auto_pause_minutes} min"),
        ]
    else:
        rows += [("runs on", "processes of this machine")]
    return [*rows, ("description", target.description), ("tags", tags_text(target.tags))]


def pool_rows(pool: SynapsePool) -> Rows:
    """Return what a Spark pool is."""
    return [
        ("name", pool.name),
        ("Synapse workspace", pool.synapse_workspace),
        ("runs on", pool.master),
        ("steps at once", pool.node_count),
        ("node size, as said", pool.node_size),
        ("pauses after", f"{pool.auto_pause_minutes} min"),
        ("Spark settings", parameters(pool.spark_conf)),
        ("assumed", "yes: no notebook has declared it" if pool.assumed else ""),
    ]


def datastore_rows(datastore: AbstractDatastore) -> Rows:
    """Return what a datastore is; of its credential, nothing."""
    return [
        ("name", datastore.name),
        ("type", datastore.datastore_type),
        ("container", datastore.container_name),
        ("account", datastore.account_name),
        ("protocol", datastore.protocol),
        ("endpoint", datastore.endpoint),
    ]


def consumption_rows(item: DatasetConsumptionConfig) -> Rows:
    """Return what an input of a step is."""
    dataset = item.dataset
    name, version = getattr(dataset, "name", None), getattr(dataset, "version", None)
    known = f"{name}, version {version}" if name and version else name or type(dataset).__name__
    return [
        ("input", item.name),
        ("dataset", short(known)),
        ("mode", item.mode),
        ("path on compute", item.path_on_compute),
    ]


def output_rows(output: OutputDatasetConfig | PipelineData) -> Rows:
    """Return what an output of a step is, before it was written."""
    step, registration = output.origin.step, output.registration
    datastore = output.datastore
    return [
        ("output", output.name),
        ("type", type(output).__name__),
        ("made by step", "no step yet" if step is None else step.name),
        ("datastore", "the default one" if datastore is None else datastore.name),
        ("path", output.path),
        ("mode", getattr(output, "mode", "")),
        ("registered as", "" if registration is None else registration.name),
    ]


def reference_rows(reference: DataReference) -> Rows:
    """Return what a reference to a place is."""
    return [
        ("name", reference.data_reference_name),
        ("datastore", reference.datastore.name),
        ("path", reference.path_on_datastore or "all of it"),
        ("mode", reference.mode),
        ("path on compute", reference.path_on_compute),
    ]


def path_rows(path: DataPath) -> Rows:
    """Return what a path on a datastore is."""
    return [
        ("name", path.name),
        ("datastore", path.datastore_name),
        ("path", path.path_on_datastore),
    ]


def environment_rows(environment: Environment) -> Rows:
    """Return what an environment holds; addresses of indexes without their credentials."""
    packages = environment.python.conda_dependencies
    return [
        ("name", environment.name),
        ("version", environment.version),
        ("conda packages", masked(_names(packages.conda_packages))),
        ("pip packages", masked(_names(packages.pip_packages))),
        ("pip options", masked(_names(packages.pip_options))),
        ("channels", masked(_names(packages.conda_channels))),
        ("Spark packages", _names(item.artifact for item in environment.spark.packages)),
        ("variables", _names(environment.environment_variables)),
    ]


def experiment_rows(experiment: Experiment) -> Rows:
    """Return what an experiment is, and how its last run went."""
    from synapse_magics.store.overview import experiment_lines  # noqa: PLC0415 - on demand

    store = experiment.workspace.store
    line = next((one for one in experiment_lines(store) if one.name == experiment.name), None)
    return [
        ("name", experiment.name),
        ("workspace", experiment.workspace.name),
        ("runs", 0 if line is None else line.runs),
        ("last run", "" if line is None or line.last_status is None else line.last_status),
        ("submitted", "" if line is None else moment(line.last_created)),
        ("tags", tags_text(experiment.tags)),
    ]


def keyvault_rows(vault: Keyvault) -> Rows:
    """Return the names of a key vault's secrets."""
    names = vault.list_secrets()
    return [
        ("workspace", vault.workspace.name),
        ("secrets", len(names)),
        ("names", _names(names)),
    ]


def model_rows(model: Model) -> Rows:
    """Return what a model is."""
    return [
        ("name", model.name),
        ("version", model.version),
        ("description", short(model.description or "", _LONGEST)),
        (
            "framework",
            " ".join(filter(None, [model.model_framework, model.model_framework_version])),
        ),
        ("registered", f"{model.created_time:%Y-%m-%d %H:%M} UTC"),
        ("run", model.run_id),
        ("experiment", model.experiment_name),
        ("tags", tags_text(model.tags)),
        ("properties", tags_text(model.properties)),
    ]


def run_configuration_rows(config: RunConfiguration) -> Rows:
    """Return what a run configuration says."""
    return [
        ("script", config.script),
        (
            "command",
            _names(config.command if isinstance(config.command, list) else [config.command or ""]),
        ),
        ("arguments", _names(config.arguments)),
        ("target", config.target),
        ("framework", config.framework),
        ("environment", config.environment.name),
        ("variables", _names(config.environment_variables)),
        ("data", _names([*config.data, *config.data_references])),
        ("outputs", _names(config.output_data)),
    ]


def script_config_rows(config: ScriptRunConfig) -> Rows:
    """Return what a script and its run configuration say."""
    target = config.run_config.target
    command = config.command
    return [
        ("script", config.script),
        ("command", _names(command) if isinstance(command, list) else command),
        ("source folder", config.source_directory),
        ("arguments", _names(config.arguments or ())),
        ("target", target),
        ("environment", config.run_config.environment.name),
    ]


def parallel_config_rows(config: ParallelRunConfig) -> Rows:
    """Return what the configuration of a parallel run says."""
    return [
        ("entry script", config.entry_script),
        ("source folder", config.source_directory),
        ("compute", getattr(config.compute_target, "name", config.compute_target)),
        ("environment", getattr(config.environment, "name", None)),
        ("mini batch", config.mini_batch_size),
        ("partition keys", _names(config.partition_keys or ())),
        ("nodes", config.node_count),
        ("processes of a node", config.process_count_per_node),
        ("output", config.output_action),
        ("errors allowed", config.error_threshold),
        ("description", short(config.description or "", _LONGEST)),
    ]


def step_rows(step: PipelineStep) -> Rows:
    """Return what a step is: what it reads and writes, where it runs, what is reused."""
    from synapse_magics.pipeline.ports import port_name  # noqa: PLC0415 - on demand

    retries = f"{step.retries} more after {step.retry_on} failures" if step.retries else ""
    return [
        ("step", step.name),
        ("kind", f"{step.kind} ({type(step).__name__})"),
        ("script", step.cell or step.script),
        ("reads", _names(item.name for item in step.inputs)),
        ("writes", _names(map(port_name, step.outputs))),
        ("runs after", _names(other.name for other in step.after)),
        ("compute", step.compute_target),
        ("environment", getattr(step.environment, "name", None)),
        ("parameters", _names(item.name for item in step.parameters)),
        ("Spark settings", short(parameters(step.spark_conf), _LONGEST)),
        ("variables", _names(step.environment_variables)),
        ("reuse", "allowed" if step.allow_reuse else "switched off"),
        ("version", step.version),
        ("attempts", retries),
        ("timeout", "" if step.timeout is None else f"{step.timeout:g} s"),
    ]


def parameter_rows(parameter: PipelineParameter) -> Rows:
    """Return what a pipeline parameter is."""
    default = parameter.default_value
    return [
        ("parameter", parameter.name),
        ("default", short(getattr(default, "name", None) or default, _LONGEST)),
        ("type", type(default).__name__),
    ]


def published_rows(pipeline: PublishedPipeline) -> Rows:
    """Return what a published pipeline is; its address only while it is served."""
    return [
        ("name", pipeline.name),
        ("version", pipeline.version),
        ("status", pipeline.status),
        ("description", short(pipeline.description or "", _LONGEST)),
        ("steps", pipeline.total_run_steps),
        ("id", pipeline.id),
    ]


def endpoint_rows(endpoint: PipelineEndpoint) -> Rows:
    """Return what a pipeline endpoint is."""
    return [
        ("name", endpoint.name),
        ("status", endpoint.status),
        ("default version", endpoint.default_version),
        ("versions", _names(endpoint.list_versions())),
        ("description", short(endpoint.description or "", _LONGEST)),
        ("id", endpoint.id),
    ]


def draft_rows(draft: PipelineDraft) -> Rows:
    """Return what a draft of a pipeline is."""
    return [
        ("name", draft.name),
        ("experiment", draft.experiment_name),
        ("description", short(draft.description or "", _LONGEST)),
        ("steps", _names(draft.get_step_names())),
        ("parameters", parameters(draft.pipeline_parameters)),
        ("tags", tags_text(draft.tags)),
        ("id", draft.id),
    ]


def schedule_rows(schedule: Schedule) -> Rows:
    """Return what a schedule is, and when it is due."""
    watched = f"{schedule.datastore_name}: {schedule.path_on_datastore or 'all of it'}"
    due = schedule.next_time
    return [
        ("name", schedule.name),
        ("status", schedule.status),
        ("when", short(schedule.recurrence or f"when {watched} changes", _LONGEST)),
        ("next", "" if due is None else moment(due.timestamp())),
        ("experiment", schedule.experiment_name),
        ("published pipeline", schedule.pipeline_id),
        ("pipeline endpoint", schedule.pipeline_endpoint_id),
        ("parameters", parameters(schedule.pipeline_parameters)),
        ("description", short(schedule.description or "", _LONGEST)),
        ("trouble", schedule.error),
        ("id", schedule.id),
    ]


def module_rows(module: Module) -> Rows:
    """Return what a module is."""
    return [
        ("name", module.name),
        ("status", module.status),
        ("description", short(module.description or "", _LONGEST)),
        ("default version", module.default_version),
        ("versions", _names(item.version for item in module.module_version_list())),
        ("id", module.id),
    ]


def module_version_rows(version: ModuleVersion) -> Rows:
    """Return what a version of a module is."""
    return [
        ("version", version.version),
        ("inputs", _names(port.name for port in version.inputs)),
        ("outputs", _names(port.name for port in version.outputs)),
        ("module", version.module_id),
        ("id", version.id),
    ]


ROWS: dict[str, tuple[str, Callable[[Any], Rows]]] = {
    "core.compute_target.ComputeTarget": ("compute target", compute_rows),
    "core.data_config.DatasetConsumptionConfig": ("input", consumption_rows),
    "core.data_config.OutputDatasetConfig": ("output", output_rows),
    "core.data_reference.DataPath": ("data path", path_rows),
    "core.data_reference.DataReference": ("data reference", reference_rows),
    "core.datastore.AbstractDatastore": ("datastore", datastore_rows),
    "core.environment.Environment": ("environment", environment_rows),
    "core.experiment.Experiment": ("experiment", experiment_rows),
    "core.keyvault.Keyvault": ("key vault", keyvault_rows),
    "core.linked_service.LinkedService": ("linked service", link_rows),
    "core.model.Model": ("model", model_rows),
    "core.run_configuration.RunConfiguration": ("run configuration", run_configuration_rows),
    "core.synapse_pool.SynapsePool": ("Spark pool", pool_rows),
    "core.workspace.Workspace": ("workspace", workspace_rows),
    "pipeline.module.Module": ("module", module_rows),
    "pipeline.module.ModuleVersion": ("module version", module_version_rows),
    "pipeline.parallel_run_config.ParallelRunConfig": ("parallel run", parallel_config_rows),
    "pipeline.parameters.PipelineParameter": ("pipeline parameter", parameter_rows),
    "pipeline.pipeline_data.PipelineData": ("output", output_rows),
    "pipeline.pipeline_draft.PipelineDraft": ("pipeline draft", draft_rows),
    "pipeline.pipeline_endpoint.PipelineEndpoint": ("pipeline endpoint", endpoint_rows),
    "pipeline.published_pipeline.PublishedPipeline": ("published pipeline", published_rows),
    "pipeline.schedule.Schedule": ("schedule", schedule_rows),
    "pipeline.script_run_config.ScriptRunConfig": ("script run", script_config_rows),
    "pipeline.step.PipelineStep": ("step", step_rows),
}
"""What a person calls the objects of a class, and what reads their rows."""
