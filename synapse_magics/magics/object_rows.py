"""What the objects of a notebook say of themselves: a name and a text in each row.

The same rows are an object's HTML and its text. Of variables there are the names alone, and of a
key vault the names of its secrets: a value may be what nobody should see.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from synapse_magics.magics import pipeline_rows
from synapse_magics.store.requirements import masked
from synapse_magics.widgets.studio_secrets import arguments, settings
from synapse_magics.widgets.studio_words import (
    LONGEST,
    listed,
    moment,
    short,
    tags_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    from synapse_magics.magics.pipeline_rows import Rows
    from synapse_magics.pipeline.pipeline_data import PipelineData


def workspace_rows(workspace: Workspace) -> Rows:
    """Return what a workspace holds."""
    from synapse_magics.pipeline import collection  # noqa: PLC0415 - brings the cells

    return [
        ("name", workspace.name),
        ("folder", _place(workspace.folder)),
        ("linked services", listed(workspace.linked_services)),
        ("compute targets", listed(workspace.compute_targets)),
        ("datasets", listed(workspace.datasets)),
        ("steps in this notebook", listed(collection.current.cells)),
        ("tags", tags_text(workspace.tags)),
    ]


def _place(folder: Path) -> str:
    # From here, and not from the root: what is shown is saved in notebooks and passed around.
    place = os.path.relpath(folder)
    return "the working directory" if place == "." else place


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
        ("Spark settings", settings(pool.spark_conf)),
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
        ("conda packages", masked(listed(packages.conda_packages))),
        ("pip packages", masked(listed(packages.pip_packages))),
        ("pip options", masked(listed(packages.pip_options))),
        ("channels", masked(listed(packages.conda_channels))),
        ("Spark packages", listed(item.artifact for item in environment.spark.packages)),
        ("variables", listed(environment.environment_variables)),
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
        ("names", listed(names)),
    ]


def model_rows(model: Model) -> Rows:
    """Return what a model is."""
    return [
        ("name", model.name),
        ("version", model.version),
        ("description", short(model.description or "", LONGEST)),
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
        ("command", pipeline_rows.command_words(config.command)),
        ("arguments", arguments(config.arguments)),
        ("target", config.target),
        ("framework", config.framework),
        ("environment", config.environment.name),
        ("variables", listed(config.environment_variables)),
        ("data", listed([*config.data, *config.data_references])),
        ("outputs", listed(config.output_data)),
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
    "pipeline.pipeline_data.PipelineData": ("output", output_rows),
    **pipeline_rows.ROWS,
}
"""What a person calls the objects of a class, and what reads their rows."""
