"""What a run configuration says of a step: where it runs, with which variables, how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synapse_magics.core.compute import ComputeTarget
from synapse_magics.core.environment_content import DEFAULT_VARIABLES
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.core.names import type_of, with_article
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import PipelineParameter

_FRAMEWORKS = frozenset({"", "python", "tensorflow", "pytorch", "cntk"})


@dataclass(frozen=True)
class RunSettings:
    """What a run configuration says of a step."""

    target: str | None = None
    environment: Any = None
    variables: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None


def run_settings(runconfig: Any, where: str) -> RunSettings:
    """Return what a run configuration says of a step.

    Its script, its arguments and its container settings do not count: the step has a script of its
    own, and steps run in the interpreter that runs the workspace's agent.

    Parameters
    ----------
    runconfig : RunConfiguration, ScriptRunConfig or None
        Without one the step has what Azure ML's default one says: the variable of its environment.
    where : str
        What a person calls the step.

    Returns
    -------
    RunSettings

    Raises
    ------
    NotSupportedError
        If it asks for several machines, for MPI, for Spark, or names data.
    """
    if runconfig is None:
        # Azure ML takes a new RunConfiguration, whose environment has this variable.
        return RunSettings(variables=DEFAULT_VARIABLES)
    config = getattr(runconfig, "run_config", runconfig)
    if not hasattr(config, "environment_variables"):
        raise PipelineError(
            f"runconfig must be a RunConfiguration, not {type_of(runconfig)}",
            where=where,
        )
    _check(config, where)
    timeout = getattr(config, "max_run_duration_seconds", None)
    target = getattr(config, "target", None)
    return RunSettings(
        target=target.name if isinstance(target, ComputeTarget) else target,
        environment=getattr(config, "environment", None),
        variables={name: str(value) for name, value in config.environment_variables.items()},
        timeout=None if timeout is None else float(timeout),
    )


def _check(config: Any, where: str) -> None:
    def refuse(what: str, hint: str) -> None:
        raise NotSupportedError(f"{what} is not supported here", where=where, hint=hint)

    nodes = getattr(config, "node_count", None) or 1
    if nodes > 1:
        refuse(f"node_count={nodes}", "a step is one process of this machine; several steps are")
    communicator = str(getattr(config, "communicator", None) or "None")
    if communicator.lower() != "none":
        refuse(f"communicator {communicator}", "start the processes in the script")
    framework = str(getattr(config, "framework", None) or "")
    if framework.lower() not in _FRAMEWORKS:
        refuse(f"framework {framework}", "SynapseSparkStep runs a Spark script in a pipeline")
    for name in ("data", "data_references", "output_data"):
        if getattr(config, name, None):
            refuse(f"{name} of a run configuration", "inputs=[...] and outputs=[...] of the step")


def target_name(compute_target: Any, settings: RunSettings, where: str) -> str:
    """Return the name of a step's compute target.

    Parameters
    ----------
    compute_target : str, ComputeTarget, tuple or None
        A name, an object, or ``(name, type)``; the run configuration's if missing.
    settings : RunSettings
    where : str
        What a person calls the step.

    Returns
    -------
    str

    Raises
    ------
    PipelineError
    """
    target = compute_target if compute_target is not None else settings.target
    if target is None:
        raise PipelineError("compute_target is required", where=where)
    if isinstance(target, ComputeTarget):
        return target.name
    if isinstance(target, tuple) and len(target) == 2 and isinstance(target[0], str):
        if str(target[1]) != "AmlCompute":
            raise PipelineError(
                f"a python step runs on an AmlCompute, not on {with_article(target[1])}",
                where=where,
            )
        return target[0]
    if isinstance(target, str):
        return target
    raise PipelineError("compute_target must be a str or AmlCompute", where=where)


def parameter_variables(params: Any, where: str) -> dict[str, str | PipelineParameter]:
    """Return the variables that a step's ``params`` are to its script.

    Parameters
    ----------
    params : mapping or None
        Values or pipeline parameters by name.
    where : str
        What a person calls the step.

    Returns
    -------
    dict
        By ``AML_PARAMETER_<name>``.
    """
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise PipelineError("params should be dict", where=where)
    return {
        variable_name(name): value if isinstance(value, PipelineParameter) else str(value)
        for name, value in params.items()
    }


def variable_name(parameter: str) -> str:
    """Return the variable that tells a step the value of a parameter."""
    return "AML_PARAMETER_" + re.sub(r"\W", "_", str(parameter))
