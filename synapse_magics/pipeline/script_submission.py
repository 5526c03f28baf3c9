"""Submit a script under an experiment: a run whose one step does the work, as a pipeline's would.

So the agent, its engines and its recovery know nothing of scripts.
"""

from __future__ import annotations

import copy
import shlex
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from synapse_magics.core.compute import AmlCompute, ComputeTarget, SynapseCompute
from synapse_magics.core.data_config import OutputDatasetConfig
from synapse_magics.core.exceptions import (
    ComputeTargetException,
    ExperimentExecutionException,
    NotSupportedError,
    UserErrorException,
)
from synapse_magics.core.output_origin import Origin
from synapse_magics.core.run_snapshot import ENVIRONMENT
from synapse_magics.pipeline import git_info, snapshot, spark_settings
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.pipeline_data import PipelineData
from synapse_magics.pipeline.ports import taken
from synapse_magics.pipeline.step import PipelineStep
from synapse_magics.pipeline.step_specs import Shared, step_spec
from synapse_magics.pipeline.submission import hand_in_script
from synapse_magics.runtime import command_main
from synapse_magics.store.specs import PipelineSpec, StepKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.environment import Environment
    from synapse_magics.core.experiment import Experiment
    from synapse_magics.core.run_configuration import RunConfiguration
    from synapse_magics.core.script_run import ScriptRun
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.script_run_config import ScriptRunConfig
    from synapse_magics.store.specs import StepSpec

LOCAL = "local"
_LOCAL_SLOTS = 64
"""Scripts on ``local`` start at once, as in Azure ML; so many that nobody waits, as a rule."""

_SHELL = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "&"})
_CURATED = "AzureML-"


class LocalTarget:
    """The compute target ``local``: a process of this machine, or a Spark on it.

    Parameters
    ----------
    kind : StepKind
    """

    name = LOCAL

    def __init__(self, kind: StepKind) -> None:
        self._kind = kind

    def definition(self) -> dict[str, Any]:
        """Return what an engine and the scheduler need to know, as JSON data."""
        if self._kind is StepKind.SPARK:
            return _embedded_spark(_LOCAL_SLOTS)
        return {"engine": "python_process", "slots": _LOCAL_SLOTS}


def submit(
    config: ScriptRunConfig, experiment: Experiment, tags: Mapping[str, str | None] | None = None
) -> ScriptRun:
    """Submit a script and return at once.

    Parameters
    ----------
    config : ScriptRunConfig
    experiment : Experiment
    tags : mapping, optional
        Of the run.

    Returns
    -------
    ScriptRun

    Raises
    ------
    ExperimentExecutionException
        If the script is not there.
    NotSupportedError
        If something is asked for that would change the result and is not there.
    """
    workspace, settings = experiment.workspace, config.run_config
    _refuse(settings)
    script, arguments, files = _sources(config)
    spec = _spec(workspace, settings, script, arguments, files)
    labels = {ENVIRONMENT: _environment(workspace, settings.environment)}
    return hand_in_script(
        experiment,
        PipelineSpec(),
        spec,
        run_id=f"{experiment.name}_{int(time.time())}_{uuid.uuid4().hex[:8]}",
        tags=tags,
        properties=git_info.properties(Path(config.source_directory)),
        labels=labels,
    )


def _spec(
    workspace: Workspace,
    settings: RunConfiguration,
    script: str,
    arguments: list[Any],
    files: Mapping[str, bytes],
) -> StepSpec:
    kind = StepKind.SPARK if settings.is_spark else StepKind.PYTHON
    target = _target(workspace, settings.target, kind)
    name = arguments[0] if script == command_main.FILE else Path(script).name
    where = f"script {name}"
    step = PipelineStep(
        str(name),
        kind,
        script,
        {},
        target.name,
        arguments=[_own(item) for item in arguments],
        environment=settings.environment,
        allow_reuse=False,
    )
    _check_inputs(step, kind, where)
    step.timeout = settings.max_run_duration_seconds
    if kind is StepKind.SPARK:
        step.spark_conf = _spark_conf(settings, where)
    datastore = workspace.get_default_datastore()
    spec = step_spec(
        workspace, step, cast("ComputeTarget", target), files, datastore, Shared(save=True)
    )
    if kind is StepKind.SPARK and isinstance(target, AmlCompute):
        spec = replace(spec, compute_definition=_embedded_spark(target.slots))
    own = {str(key): str(value) for key, value in settings.environment_variables.items()}
    return replace(spec, environment_variables={**spec.environment_variables, **own})


# --- what is run ---


def _sources(config: ScriptRunConfig) -> tuple[str, list[Any], Mapping[str, bytes]]:
    folder = Path(config.source_directory)
    if config.command is not None:
        command = _command(config.command)
        text = Path(command_main.__file__).read_bytes()
        files = snapshot.read_folder(folder).having({command_main.FILE: text})
        return command_main.FILE, [*command, *config.arguments], files
    if not config.script:
        raise UserErrorException(
            "either a script or a command has to be given", where="ScriptRunConfig"
        )
    place = folder / config.script
    if not place.is_file() or not place.resolve().is_relative_to(folder.resolve()):
        raise ExperimentExecutionException(
            f"{place} script path doesn't exist. The script should be inside the project folder",
            where=f"source_directory {folder.absolute()}",
        )
    return Path(config.script).as_posix(), config.arguments, snapshot.read_folder(folder)


def _command(command: list[Any] | str) -> list[Any]:
    found: list[Any] = shlex.split(command) if isinstance(command, str) else list(command)
    if len(found) == 1 and isinstance(found[0], str) and " " in found[0]:
        found = shlex.split(found[0])
    shell = [item for item in found if isinstance(item, str) and item in _SHELL]
    if shell or not found:
        raise NotSupportedError(
            f"a command is a program and its arguments; no shell reads {' '.join(shell) or 'it'}",
            where="ScriptRunConfig",
            hint="write a script that starts the programs: subprocess.run([...], check=True)",
        )
    return found


def _own(item: Any) -> Any:
    """Return an output as one of this run: a step of a pipeline may be given the same object."""
    if not isinstance(item, (OutputDatasetConfig, PipelineData)):
        return item
    twin = copy.copy(item)
    twin.origin = Origin()
    return twin


def _check_inputs(step: PipelineStep, kind: StepKind, where: str) -> None:
    for item in step.inputs:
        if taken(item) is not None:
            raise UserErrorException(
                f"input {item.name} is the output of a step, and a script run is part of no "
                "pipeline",
                where=where,
                hint="register it on completion, and take the dataset as the input",
            )
        if kind is StepKind.SPARK and item.mode not in {"direct", "hdfs"}:
            raise PipelineError(
                "Currently only DIRECT_MODE or HDFS_MODE of DatasetConsumptionConfig is supported "
                "for Spark.",
                where=f"input {item.name} of {where}",
                hint=".as_hdfs() on the input",
            )


# --- how it is run ---


def _target(workspace: Workspace, name: str, kind: StepKind) -> ComputeTarget | LocalTarget:
    if name == LOCAL:
        return LocalTarget(kind)
    target = ComputeTarget(workspace, name)
    if isinstance(target, SynapseCompute) and kind is not StepKind.SPARK:
        raise ComputeTargetException(
            f"{name} is an attached Spark pool, which runs PySpark only",
            where="RunConfiguration.framework",
            hint="RunConfiguration(framework='PySpark')",
        )
    if target.slots < 1:
        raise ComputeTargetException(
            f"{name} has no nodes, so nothing would ever run on it",
            hint=f"%synapse_compute {name} --max-nodes 1",
        )
    return target


def _embedded_spark(slots: int) -> dict[str, Any]:
    return {"engine": "local_spark", "slots": slots, "master": "local[*]", "spark_conf": {}}


def _spark_conf(settings: RunConfiguration, where: str) -> dict[str, str]:
    found = {}
    for key, given in settings.spark.configuration.items():
        value = str(given).lower() if isinstance(given, bool) else str(given)
        if key in {"spark.driver.memory", "spark.executor.memory"}:
            value = spark_settings.memory(key, value, where)
        found[key] = value
    return found


def _refuse(settings: RunConfiguration) -> None:
    """Refuse what would change the result and is not there."""
    packages = getattr(getattr(settings.environment, "spark", None), "packages", None)
    asked = {
        "communicator": settings.communicator.lower() != "none",
        "node_count": settings.node_count > 1,
        "data": settings.data,
        "output_data": settings.output_data,
        "data_references": settings.data_references,
        "environment.spark.packages": packages,
    }
    given = [name for name, value in asked.items() if value]
    if given:
        raise NotSupportedError(
            f"{' and '.join(given)} is not supported here",
            where="RunConfiguration",
            hint="a script runs as one process; data are inputs and outputs in its arguments",
        )


def _environment(workspace: Workspace, environment: Environment) -> str:
    """Register the environment, as Azure ML does at each submission; return name and version."""
    known = environment
    if not environment.name.startswith(_CURATED):
        known = environment.register(workspace)
    return f"{known.name}\n{known.version or 1}"
