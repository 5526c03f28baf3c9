"""Steps: a Spark script on an attached pool, a Python script on an AmlCompute."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core._console import say
from synapse_magics.core.compute import ComputeTarget, SynapseCompute
from synapse_magics.core.data_config import (
    DatasetConsumptionConfig,
    HDFSOutputDatasetConfig,
    OutputDatasetConfig,
)
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.core.environment import Environment, check_installed
from synapse_magics.core.exceptions import unsupported
from synapse_magics.pipeline import snapshot, spark_settings
from synapse_magics.pipeline.arguments import Place, to_places
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_magics.pipeline.parameters import PipelineParameter

    Sources = str | Path | Mapping[str, str]

# Which step makes an output: an output's copies know its origin, not its step.
_producers: weakref.WeakValueDictionary[str, PipelineStep] = weakref.WeakValueDictionary()


class PipelineStep:
    """What all steps have in common.

    Parameters
    ----------
    name : str
    kind : StepKind
    script : str
        The file to run, relative to the sources.
    sources : str, pathlib.Path, mapping or None
        A folder, or the files themselves: text by relative path.
    compute_target : str or ComputeTarget
    arguments, inputs, outputs : iterable, optional
        Inputs and outputs that are only in ``arguments`` are added to the others.
    environment : Environment, optional
    allow_reuse : bool
    version : str, optional
    """

    def __init__(
        self,
        name: str,
        kind: StepKind,
        script: str,
        sources: Sources | None,
        compute_target: str | ComputeTarget,
        *,
        arguments: Iterable[Any] | None = None,
        inputs: Iterable[Any] | None = None,
        outputs: Iterable[Any] | None = None,
        environment: Environment | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.script = script
        self.sources = sources
        self.compute_target = (
            compute_target.name if isinstance(compute_target, ComputeTarget) else compute_target
        )
        self.node = uuid.uuid4().hex[:8]
        self.environment = environment
        self.allow_reuse = allow_reuse
        self.version = version
        self.cell: str | None = None
        self.spark_conf: dict[str, str] = {}
        self.parameters: list[PipelineParameter] = []
        self._after: list[PipelineStep] = []
        self.inputs = [_input(item, name) for item in inputs or ()]
        self.outputs = [_output(item, name) for item in outputs or ()]
        self.arguments: list[Place] = to_places(
            arguments or (), self.inputs, self.outputs, self.parameters
        )
        self._check_names()
        for output in self.outputs:
            other = _producers.get(output.origin)
            if other is not None and other is not self and other.name != name:
                raise PipelineError(
                    f"Step output {output.name} can not be used as an output for step {name}, as "
                    f"it is already an output of step {other.name}."
                )
            _producers[output.origin] = self
        if environment is not None:
            check_installed(environment)

    def run_after(self, step: PipelineStep) -> None:
        """Run this step after another one though no data comes from it.

        Parameters
        ----------
        step : PipelineStep
        """
        self._after.append(step)

    @property
    def after(self) -> tuple[PipelineStep, ...]:
        """The steps that it waits for though no data comes from them."""
        return tuple(self._after)

    @property
    def producers(self) -> list[PipelineStep]:
        """The steps whose outputs it takes."""
        return [
            producer_of(item.dataset)
            for item in self.inputs
            if isinstance(item.dataset, OutputDatasetConfig)
        ]

    def files(self, default_folder: str | None = None) -> dict[str, bytes]:
        """Return the step's sources: content by relative path.

        Parameters
        ----------
        default_folder : str, optional
            Where to look when the step names no folder.

        Returns
        -------
        dict

        Raises
        ------
        PipelineError
            If the script is not among them.
        """
        if isinstance(self.sources, Mapping):
            return {name: text.encode() for name, text in self.sources.items()}
        folder = Path(self.sources or default_folder or ".")
        if not (folder / self.script).is_file():
            raise PipelineError(
                f"Step [{self.name}]: script not found at: {(folder / self.script).absolute()}. "
                "Make sure to specify an appropriate source_directory on the Step or "
                "default_source_directory on the Pipeline."
            )
        return snapshot.read_folder(folder)

    def _check_names(self) -> None:
        seen: set[str] = set()
        for item in self.inputs:
            if item.name in seen:
                raise PipelineError(
                    f"[{item.name}] is repeated. Input port names must be unique.",
                    where=f"step {self.name}",
                )
            seen.add(item.name)

    def __repr__(self) -> str:
        took = ", ".join(item.name for item in self.inputs) or "nothing"
        made = ", ".join(item.name for item in self.outputs) or "nothing"
        what = f"{self.name}: reads {took}, writes {made}, on {self.compute_target}"
        return f"{type(self).__name__}({what})"


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
    version : str, optional
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
        self.spark_conf = spark_settings.configuration(
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
    version : str, optional
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


def producer_of(output: OutputDatasetConfig) -> PipelineStep:
    """Return the step that makes an output.

    Parameters
    ----------
    output : OutputDatasetConfig

    Returns
    -------
    PipelineStep

    Raises
    ------
    PipelineError
        If none does.
    """
    found = _producers.get(output.origin)
    if found is None:
        raise PipelineError(f"output {output.name} is not connected to any previous step")
    return found


def _input(item: Any, step: str) -> DatasetConsumptionConfig:
    if isinstance(item, DatasetConsumptionConfig):
        return item
    if isinstance(item, OutputDatasetConfig):
        return item.as_input()
    if isinstance(item, AbstractDataset):
        raise PipelineError(
            "Datasets cannot be directly used as a step's input. Please call the as_named_input "
            "method of the dataset.",
            where=f"step {step}",
        )
    raise PipelineError(f"Unexpected input type: {type(item)}", where=f"step {step}")


def _output(item: Any, step: str) -> OutputDatasetConfig:
    if isinstance(item, OutputDatasetConfig):
        return item
    raise PipelineError(f"Unexpected output type: {type(item)}", where=f"step {step}")


def _require_str(where: str, **values: Any) -> None:
    for name, value in values.items():
        if not value:
            raise PipelineError(f"{name} is required", where=where)
        if not isinstance(value, str):
            raise PipelineError(f"{name} must be a string", where=where)
