"""What steps, pipelines and what is published say of themselves; see ``object_rows``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.widgets.studio_secrets import (
    arguments,
    command_text,
    setting,
    settings,
)
from synapse_magics.widgets.studio_words import (
    LONGEST,
    listed,
    moment,
    short,
    tags_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.pipeline.module import Module, ModuleVersion
    from synapse_magics.pipeline.parallel_run_config import ParallelRunConfig
    from synapse_magics.pipeline.parameters import PipelineParameter
    from synapse_magics.pipeline.pipeline_draft import PipelineDraft
    from synapse_magics.pipeline.pipeline_endpoint import PipelineEndpoint
    from synapse_magics.pipeline.published_pipeline import PublishedPipeline
    from synapse_magics.pipeline.schedule import Schedule
    from synapse_magics.pipeline.script_run_config import ScriptRunConfig
    from synapse_magics.pipeline.step import PipelineStep

Rows = list[tuple[str, Any]]


def script_config_rows(config: ScriptRunConfig) -> Rows:
    """Return what a script and its run configuration say."""
    target = config.run_config.target
    return [
        ("script", config.script),
        ("command", command_words(config.command)),
        ("source folder", config.source_directory),
        ("arguments", arguments(config.arguments or ())),
        ("target", target),
        ("environment", config.run_config.environment.name),
    ]


def command_words(command: list[str] | str | None) -> str:
    """Return a command as it is shown: without the secrets in it.

    Parameters
    ----------
    command : list of str, str or None

    Returns
    -------
    str
    """
    return arguments(command) if isinstance(command, list) else command_text(command or "")


def parallel_config_rows(config: ParallelRunConfig) -> Rows:
    """Return what the configuration of a parallel run says."""
    return [
        ("entry script", config.entry_script),
        ("source folder", config.source_directory),
        ("compute", getattr(config.compute_target, "name", config.compute_target)),
        ("environment", getattr(config.environment, "name", None)),
        ("mini batch", config.mini_batch_size),
        ("partition keys", listed(config.partition_keys or ())),
        ("nodes", config.node_count),
        ("processes of a node", config.process_count_per_node),
        ("output", config.output_action),
        ("errors allowed", config.error_threshold),
        ("description", short(config.description or "", LONGEST)),
    ]


def step_rows(step: PipelineStep) -> Rows:
    """Return what a step is: what it reads and writes, where it runs, what is reused."""
    from synapse_magics.pipeline.ports import port_name  # noqa: PLC0415 - on demand

    retries = f"{step.retries} more after {step.retry_on} failures" if step.retries else ""
    return [
        ("step", step.name),
        ("kind", f"{step.kind} ({type(step).__name__})"),
        ("script", step.cell or step.script),
        ("reads", listed(item.name for item in step.inputs)),
        ("writes", listed(map(port_name, step.outputs))),
        ("runs after", listed(other.name for other in step.after)),
        ("compute", step.compute_target),
        ("environment", getattr(step.environment, "name", None)),
        ("parameters", listed(item.name for item in step.parameters)),
        ("Spark settings", settings(step.spark_conf)),
        ("variables", listed(step.environment_variables)),
        ("reuse", "allowed" if step.allow_reuse else "switched off"),
        ("version", step.version),
        ("attempts", retries),
        ("timeout", "" if step.timeout is None else f"{step.timeout:g} s"),
    ]


def parameter_rows(parameter: PipelineParameter) -> Rows:
    """Return what a pipeline parameter is."""
    default = parameter.default_value
    shown = setting(parameter.name, getattr(default, "name", None) or default)
    return [
        ("parameter", parameter.name),
        ("default", shown),
        ("type", type(default).__name__),
    ]


def published_rows(pipeline: PublishedPipeline) -> Rows:
    """Return what a published pipeline is."""
    return [
        ("name", pipeline.name),
        ("version", pipeline.version),
        ("status", pipeline.status),
        ("description", short(pipeline.description or "", LONGEST)),
        ("steps", pipeline.total_run_steps),
        ("id", pipeline.id),
    ]


def endpoint_rows(endpoint: PipelineEndpoint) -> Rows:
    """Return what a pipeline endpoint is."""
    return [
        ("name", endpoint.name),
        ("status", endpoint.status),
        ("default version", endpoint.default_version),
        ("versions", listed(endpoint.list_versions())),
        ("description", short(endpoint.description or "", LONGEST)),
        ("id", endpoint.id),
    ]


def draft_rows(draft: PipelineDraft) -> Rows:
    """Return what a draft of a pipeline is."""
    return [
        ("name", draft.name),
        ("experiment", draft.experiment_name),
        ("description", short(draft.description or "", LONGEST)),
        ("steps", listed(draft.get_step_names())),
        ("parameters", settings(draft.pipeline_parameters)),
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
        ("when", short(schedule.recurrence or f"when {watched} changes", LONGEST)),
        ("next", "" if due is None else moment(due.timestamp())),
        ("experiment", schedule.experiment_name),
        ("published pipeline", schedule.pipeline_id),
        ("pipeline endpoint", schedule.pipeline_endpoint_id),
        ("parameters", settings(schedule.pipeline_parameters)),
        ("description", short(schedule.description or "", LONGEST)),
        ("trouble", schedule.error),
        ("id", schedule.id),
    ]


def module_rows(module: Module) -> Rows:
    """Return what a module is."""
    return [
        ("name", module.name),
        ("status", module.status),
        ("description", short(module.description or "", LONGEST)),
        ("default version", module.default_version),
        ("versions", listed(item.version for item in module.module_version_list())),
        ("id", module.id),
    ]


def module_version_rows(version: ModuleVersion) -> Rows:
    """Return what a version of a module is."""
    return [
        ("version", version.version),
        ("inputs", listed(port.name for port in version.inputs)),
        ("outputs", listed(port.name for port in version.outputs)),
        ("module", version.module_id),
        ("id", version.id),
    ]


ROWS: dict[str, tuple[str, Callable[[Any], Rows]]] = {
    "pipeline.module.Module": ("module", module_rows),
    "pipeline.module.ModuleVersion": ("module version", module_version_rows),
    "pipeline.parallel_run_config.ParallelRunConfig": ("parallel run", parallel_config_rows),
    "pipeline.parameters.PipelineParameter": ("pipeline parameter", parameter_rows),
    "pipeline.pipeline_draft.PipelineDraft": ("pipeline draft", draft_rows),
    "pipeline.pipeline_endpoint.PipelineEndpoint": ("pipeline endpoint", endpoint_rows),
    "pipeline.published_pipeline.PublishedPipeline": ("published pipeline", published_rows),
    "pipeline.schedule.Schedule": ("schedule", schedule_rows),
    "pipeline.script_run_config.ScriptRunConfig": ("script run", script_config_rows),
    "pipeline.step.PipelineStep": ("step", step_rows),
}
"""As in ``object_rows``."""
