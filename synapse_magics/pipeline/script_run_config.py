"""A script, or a command, to be submitted under an experiment."""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.core.run_configuration import (
    DockerConfiguration,
    MpiConfiguration,
    PyTorchConfiguration,
    RunConfiguration,
    TensorflowConfiguration,
    argument_list,
)
from synapse_magics.pipeline import script_submission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from synapse_magics.core.compute import ComputeTarget
    from synapse_magics.core.environment import Environment
    from synapse_magics.core.experiment import Experiment
    from synapse_magics.core.script_run import ScriptRun

MAX_SECONDS = 2592000
"""Thirty days: how long a run may take unless something else is said."""

Distribution = MpiConfiguration | PyTorchConfiguration | TensorflowConfiguration

log = logging.getLogger(__name__)


class ScriptRunConfig:
    """A script, or a command, with what it takes to run it.

    Parameters
    ----------
    source_directory : str
        The folder that travels with the script.
    script : str, optional
        Relative to it.
    arguments : list, optional
        Texts, inputs and outputs; the list is not changed.
    run_config : RunConfiguration, optional
        How to run it; the parameters below are ignored then, with a warning.
    compute_target : str or ComputeTarget, optional
        An attached Spark pool, an AmlCompute, or ``local``, which is a process of this machine.
    environment : Environment, optional
    distributed_job_config : MpiConfiguration and the like, optional
        Refused if it asks for more than one process.
    resume_from : object, optional
        Refused if given.
    max_run_duration_seconds : float, optional
    command : list of str or str, optional
        A program and its arguments in place of a script; no shell reads it.
    docker_runtime_config : DockerConfiguration, optional
        Ignored: the script runs as a process of this machine.

    Raises
    ------
    UserErrorException
        If both a script and a command are given.
    NotSupportedError
        If something is asked for that would change the result and is not there.
    """

    def __init__(
        self,
        source_directory: str | Path | None,
        script: str | None = None,
        arguments: list[Any] | None = None,
        run_config: RunConfiguration | None = None,
        _telemetry_values: object = None,
        compute_target: str | ComputeTarget | None = None,
        environment: Environment | None = None,
        distributed_job_config: Distribution | None = None,
        resume_from: object = None,
        max_run_duration_seconds: float | None = MAX_SECONDS,
        command: list[Any] | str | None = None,
        docker_runtime_config: DockerConfiguration | None = None,
    ) -> None:
        del _telemetry_values
        if script is not None and command is not None:
            raise UserErrorException(
                "Please specify either script or command, but not both.", where="ScriptRunConfig"
            )
        if resume_from is not None:
            raise NotSupportedError(
                "resume_from is not supported here",
                where="ScriptRunConfig",
                hint="give the folder of the checkpoint as an input",
            )
        self.source_directory = str(source_directory) if source_directory is not None else "."
        self.script = script
        self.command = command
        self.arguments = argument_list(arguments)
        self.resume_from = resume_from
        if run_config is None:
            self.run_config = RunConfiguration()
            self.run_config.max_run_duration_seconds = max_run_duration_seconds
            if compute_target is not None:
                self.run_config.target = compute_target
            if environment is not None:
                self.run_config.environment = environment
            if docker_runtime_config is not None:
                self.run_config.docker = docker_runtime_config
            _check_distribution(distributed_job_config)
            return
        given = {
            "compute_target": compute_target,
            "environment": environment,
            "distributed_job_config": distributed_job_config,
            "max_run_duration_seconds": None
            if max_run_duration_seconds == MAX_SECONDS
            else max_run_duration_seconds,
            "docker_runtime_config": docker_runtime_config,
        }
        ignored = [name for name, value in given.items() if value is not None]
        if ignored:
            log.warning(
                "If 'run_config' is specified, the following parameters will be ignored: %s",
                ", ".join(ignored),
            )
        # The user may use the configuration again, with another target.
        self.run_config = copy.copy(run_config)
        self.script = script if script is not None or command is not None else run_config.script
        if command is None and self.script is None:
            self.command = run_config.command
        if arguments is None:
            self.arguments = list(run_config.arguments)

    def _submit_to(
        self, experiment: Experiment, tags: Mapping[str, str | None] | None = None, **kwargs: Any
    ) -> ScriptRun:
        if kwargs:
            raise NotSupportedError(
                f"{', '.join(kwargs)} is not supported here",
                where="Experiment.submit",
                hint="ScriptRunConfig takes everything but the tags",
            )
        return script_submission.submit(self, experiment, tags)

    def __repr__(self) -> str:
        what = self.script if self.script is not None else self.command
        return f"ScriptRunConfig({what}, on {self.run_config.target})"


def _check_distribution(asked: Distribution | None) -> None:
    """Refuse more processes than one: there is one."""
    names = ("process_count_per_node", "process_count", "node_count", "worker_count")
    if asked is not None and any((getattr(asked, name, 1) or 1) > 1 for name in names):
        raise NotSupportedError(
            "a script runs as one process here",
            where=f"distributed_job_config={type(asked).__name__}",
            hint="leave it out, or let the script start its own processes",
        )
