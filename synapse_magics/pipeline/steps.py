"""Steps: a Spark script on an attached pool, a Python script on an AmlCompute."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core._console import say
from synapse_magics.core.compute import ComputeTarget, SynapseCompute
from synapse_magics.core.data_config import DatasetConsumptionConfig, OutputDatasetConfig
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.core.environment import Environment
from synapse_magics.core.exceptions import unsupported
from synapse_magics.pipeline import run_settings, spark_settings
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import PipelineParameter
from synapse_magics.pipeline.ports import check_lists
from synapse_magics.pipeline.step import PipelineStep, producer_of
from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synapse_magics.pipeline.step import Sources

__all__ = ["PipelineStep", "PythonScriptStep", "PythonStep", "SynapseSparkStep", "producer_of"]

log = logging.getLogger(__name__)


class SynapseSparkStep(PipelineStep):
    """A Spark script on an attached Synapse Spark pool.

    Parameters
    ----------
    file : str
        The script, relative to ``source_directory``.
    source_directory : str
        Its folder, which travels with it; or the files themselves, text by name.
    compute_target : str or SynapseCompute
    driver_memory, executor_memory : str
        Such as ``2g`` or ``512m``.
    driver_cores, executor_cores, num_executors : int
        At least 1. The embedded Spark has the driver only.
    name : str, optional
        ``file`` if missing.
    app_name : str, optional
    environment : Environment, optional
    arguments : list, optional
        Texts, inputs, outputs and pipeline parameters.
    inputs : list of DatasetConsumptionConfig, optional
        In mode ``direct`` or ``hdfs``.
    outputs : list of HDFSOutputDatasetConfig, optional
    conf : dict, optional
        More Spark configuration.
    py_files, jars, files : str or list of str, optional
    allow_reuse : bool
        Take over an earlier result where nothing has changed that could change it.
    version : str, optional
        A tag that is part of what tells results apart: another one makes the step run.
    """

    def __init__(
        self,
        file: str,
        source_directory: Sources,
        compute_target: str | SynapseCompute,
        driver_memory: str,
        driver_cores: int,
        executor_memory: str,
        executor_cores: int,
        num_executors: int,
        name: str | None = None,
        app_name: str | None = None,
        environment: Environment | None = None,
        arguments: list[Any] | None = None,
        inputs: list[Any] | None = None,
        outputs: list[Any] | None = None,
        conf: Mapping[str, Any] | None = None,
        py_files: str | Sequence[str] | None = None,
        jars: str | Sequence[str] | None = None,
        files: str | Sequence[str] | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        where = f"step {name or file}"
        _require_str(where, file=file)
        _require_sources(where, source_directory)
        if compute_target is None:
            raise PipelineError("compute_target is required", where=where)
        if not isinstance(compute_target, (str, SynapseCompute)):
            raise PipelineError("compute_target must be a str or SynapseCompute", where=where)
        if compute_target == "local":
            raise PipelineError("SynapseSparkStep doesn't support local compute", where=where)
        check_lists(where, inputs=inputs, outputs=outputs)
        _check_ports(inputs or (), outputs or (), where)
        if environment is not None and not isinstance(environment, Environment):
            raise PipelineError("environment should be a valid object of Environment", where=where)
        spark_conf = spark_settings.configuration(
            app_name or name or file,
            where,
            driver_memory=driver_memory,
            driver_cores=driver_cores,
            executor_memory=executor_memory,
            executor_cores=executor_cores,
            num_executors=num_executors,
            conf=conf,
            py_files=py_files,
            jars=jars,
            files=files,
        )
        super().__init__(
            name or file,
            StepKind.SPARK,
            file,
            source_directory,
            compute_target,
            arguments=arguments,
            inputs=inputs,
            outputs=outputs,
            environment=environment,
            allow_reuse=allow_reuse,
            version=version,
        )
        self.spark_conf = spark_conf
        if environment is not None:
            say(
                "only conda_dependencies specified in environment will be used in Synapse Spark "
                "run."
            )


class PythonStep(PipelineStep):
    """What the steps on an AmlCompute have in common.

    Parameters
    ----------
    name, script
        As for :class:`PipelineStep`.
    arguments, compute_target, runconfig, runconfig_pipeline_params, inputs, outputs, params
        As for :class:`PythonScriptStep`.
    source_directory, allow_reuse, version
        As for :class:`PythonScriptStep`.
    """

    def __init__(
        self,
        name: str,
        script: str,
        *,
        arguments: list[Any] | None,
        compute_target: str | tuple[str, str] | ComputeTarget | None,
        runconfig: Any,
        runconfig_pipeline_params: Any,
        inputs: list[Any] | None,
        outputs: list[Any] | None,
        params: Mapping[str, Any] | None,
        source_directory: Sources | None,
        allow_reuse: bool,
        version: str | None,
    ) -> None:
        where = f"step {name}"
        unsupported(
            where,
            "a step is one process of this machine: leave it out",
            runconfig_pipeline_params=runconfig_pipeline_params,
        )
        settings = run_settings.run_settings(runconfig, where)
        variables = run_settings.parameter_variables(params, where)
        super().__init__(
            name,
            StepKind.PYTHON,
            script,
            source_directory,
            run_settings.target_name(compute_target, settings, where),
            arguments=arguments,
            inputs=inputs,
            outputs=outputs,
            environment=settings.environment,
            allow_reuse=allow_reuse,
            version=version,
        )
        self.timeout = settings.timeout
        self.environment_variables = dict(settings.variables)
        for variable, value in variables.items():
            if isinstance(value, PipelineParameter):
                self.parameters.append(value)
                self.parameter_variables[variable] = value.name
            else:
                self.environment_variables[variable] = value


class PythonScriptStep(PythonStep):
    """A Python script on an AmlCompute.

    Parameters
    ----------
    script_name : str
        Relative to ``source_directory``.
    name : str, optional
        ``script_name`` if missing.
    arguments : list, optional
        Texts, inputs, outputs and pipeline parameters.
    compute_target : str, AmlCompute or tuple, optional
        A name, an object, or ``(name, type)``; the run configuration's if missing.
    runconfig : RunConfiguration, optional
        Environment, variables, target and time limit.
    inputs, outputs : list, optional
    params : mapping, optional
        Variables ``AML_PARAMETER_<name>``.
    source_directory : str, optional
        The folder that travels with the script; the pipeline's, else the working directory.
    allow_reuse : bool
        Take over an earlier result where nothing has changed that could change it.
    version : str, optional
        A tag that is part of what tells results apart: another one makes the step run.
    runconfig_pipeline_params
        Not supported; refused if given.
    hash_paths : list of str, optional
        Ignored with a warning, as in Azure ML: all of the source directory counts.
    """

    def __init__(
        self,
        script_name: str,
        name: str | None = None,
        arguments: list[Any] | None = None,
        compute_target: str | tuple[str, str] | ComputeTarget | None = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: list[Any] | None = None,
        outputs: list[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        source_directory: Sources | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: list[str] | None = None,
    ) -> None:
        _require_str(f"step {name or script_name}", script_name=script_name)
        if hash_paths:
            log.warning(
                "hash_paths is of no effect: all of the source directory counts, without what "
                ".amlignore or .gitignore leave out"
            )
        super().__init__(
            name or script_name,
            script_name,
            arguments=arguments,
            compute_target=compute_target,
            runconfig=runconfig,
            runconfig_pipeline_params=runconfig_pipeline_params,
            inputs=inputs,
            outputs=outputs,
            params=params,
            source_directory=source_directory,
            allow_reuse=allow_reuse,
            version=version,
        )


def _check_ports(inputs: Iterable[Any], outputs: Iterable[Any], where: str) -> None:
    """Refuse what a Spark step cannot take; what is only in its arguments fails when it runs."""
    for item in inputs:
        if not isinstance(item, AbstractDataset) and (
            not isinstance(item, DatasetConsumptionConfig) or item.mode not in {"direct", "hdfs"}
        ):
            raise PipelineError(
                "Currently only DIRECT_MODE or HDFS_MODE of DatasetConsumptionConfig is "
                "supported for SynapseSparkStep.",
                where=f"input {getattr(item, 'name', item)} of {where}",
                hint=".as_input().as_hdfs() on the output"
                if isinstance(item, OutputDatasetConfig)
                else ".as_hdfs() on the input",
            )
    for output in outputs:
        if not isinstance(output, OutputDatasetConfig) or output.mode != "hdfs":
            raise PipelineError(
                "outputs should be an array of HDFSOutputDatasetConfig", where=where
            )


def _require_sources(where: str, source_directory: Any) -> None:
    if not isinstance(source_directory, (Mapping, Path)):
        _require_str(where, source_directory=source_directory)


def _require_str(where: str, **values: Any) -> None:
    for name, value in values.items():
        if not value:
            raise PipelineError(f"{name} is required", where=where)
        if not isinstance(value, str):
            raise PipelineError(f"{name} must be a string", where=where)
