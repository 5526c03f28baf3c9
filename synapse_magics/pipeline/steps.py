"""Steps: a Spark script on an attached pool, a Python script on an AmlCompute."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core._console import say
from synapse_magics.core.compute import ComputeTarget, SynapseCompute
from synapse_magics.core.data_config import DatasetConsumptionConfig, HDFSOutputDatasetConfig
from synapse_magics.core.environment import Environment
from synapse_magics.core.exceptions import unsupported
from synapse_magics.pipeline import spark_settings
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.step import PipelineStep, producer_of
from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.pipeline.step import Sources

__all__ = ["PipelineStep", "PythonScriptStep", "SynapseSparkStep", "producer_of"]


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
        for item in inputs or ():
            if isinstance(item, DatasetConsumptionConfig) and item.mode not in {"direct", "hdfs"}:
                raise PipelineError(
                    "Currently only DIRECT_MODE or HDFS_MODE of DatasetConsumptionConfig is "
                    "supported for SynapseSparkStep.",
                    where=f"input {item.name} of {where}",
                    hint=".as_hdfs() on the input",
                )
        for output in outputs or ():
            if not isinstance(output, HDFSOutputDatasetConfig):
                raise PipelineError(
                    "outputs should be an array of HDFSOutputDatasetConfig", where=where
                )
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


class PythonScriptStep(PipelineStep):
    """A Python script on an AmlCompute.

    Parameters
    ----------
    script_name : str
        Relative to ``source_directory``.
    name : str, optional
        ``script_name`` if missing.
    arguments : list, optional
        Texts, inputs, outputs and pipeline parameters.
    compute_target : str or AmlCompute
    inputs, outputs : list, optional
    source_directory : str, optional
        The folder that travels with the script; the pipeline's, else the working directory.
    allow_reuse : bool
        Take over an earlier result where nothing has changed that could change it.
    version : str, optional
        A tag that is part of what tells results apart: another one makes the step run.
    runconfig, runconfig_pipeline_params, params, hash_paths
        Not supported yet; refused if given.
    """

    def __init__(
        self,
        script_name: str,
        name: str | None = None,
        arguments: list[Any] | None = None,
        compute_target: str | ComputeTarget | None = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: list[Any] | None = None,
        outputs: list[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        source_directory: Sources | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: Any = None,
    ) -> None:
        where = f"step {name or script_name}"
        _require_str(where, script_name=script_name)
        unsupported(
            where,
            "pass values through arguments=[...]; environments of Python steps are the notebook's",
            runconfig=runconfig,
            runconfig_pipeline_params=runconfig_pipeline_params,
            params=params,
            hash_paths=hash_paths,
        )
        if compute_target is None:
            raise PipelineError("compute_target is required", where=where)
        if not isinstance(compute_target, (str, ComputeTarget)):
            raise PipelineError("compute_target must be a str or AmlCompute", where=where)
        super().__init__(
            name or script_name,
            StepKind.PYTHON,
            script_name,
            source_directory,
            compute_target,
            arguments=arguments,
            inputs=inputs,
            outputs=outputs,
            allow_reuse=allow_reuse,
            version=version,
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
