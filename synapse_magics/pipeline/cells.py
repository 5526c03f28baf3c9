"""A notebook cell as a step: its definition, its files, and the step that they make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import (
    DatasetConsumptionConfig,
    HDFSOutputDatasetConfig,
    OutputDatasetConfig,
    OutputFileDatasetConfig,
)
from synapse_magics.core.dataset import AbstractDataset, Dataset, TabularDataset
from synapse_magics.core.environment import Environment
from synapse_magics.core.run_configuration import RunConfiguration
from synapse_magics.pipeline.arguments import CellInput, CellParameter
from synapse_magics.pipeline.cell_files import main_text
from synapse_magics.pipeline.parameters import PipelineParameter
from synapse_magics.pipeline.steps import PipelineStep, PythonScriptStep, SynapseSparkStep
from synapse_magics.store.specs import RetryOn, StepKind
from synapse_magics.store.warm_drivers import MEMORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.core.workspace import Workspace


@dataclass(frozen=True)
class SparkSize:
    """The size of a Spark step that is a cell, with defaults that fit a laptop."""

    driver_memory: str = MEMORY
    driver_cores: int = 1
    executor_memory: str = MEMORY
    executor_cores: int = 1
    num_executors: int = 1
    conf: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CellStep:
    """The definition of a step that is a cell or a function.

    Parameters
    ----------
    name : str
    kind : StepKind
    compute : str
    text : str
        The script, its line numbers those of the cell.
    inputs : mapping
        What each input variable stands for: the name of another step's output or of a registered
        dataset (``NAME`` or ``NAME:VERSION``), or a dataset.
    outputs : tuple of str
    registrations : mapping
        The dataset name that an output is registered under.
    arguments : mapping
        Fixed values by variable name, as JSON data.
    parameters : mapping
        Defaults of pipeline parameters by variable name.
    size : SparkSize
        Of a Spark step.
    environment : Environment, optional
    allow_reuse : bool
        Take over an earlier result where nothing has changed that could change it.
    version : str, optional
        A tag that is part of what tells results apart: another one makes the step run.
    timeout : float, optional
        Seconds that one attempt may take.
    retries : int
        How many attempts more it gets after a failure that is worth one, by ``retry_on``.
    retry_on : RetryOn
    """

    name: str
    kind: StepKind
    compute: str
    text: str
    inputs: Mapping[str, str | AbstractDataset] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    registrations: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    size: SparkSize = SparkSize()
    environment: Environment | None = None
    allow_reuse: bool = True
    version: str | None = None
    timeout: float | None = None
    retries: int = 0
    retry_on: RetryOn = RetryOn.INFRASTRUCTURE

    @property
    def declared(self) -> frozenset[str]:
        """The names that are there when the cell runs."""
        own = {"run", "spark"} if self.kind is StepKind.SPARK else {"run"}
        return frozenset({*own, *self.inputs, *self.outputs, *self.arguments, *self.parameters})

    @property
    def file(self) -> str:
        """The name of the file that holds the cell."""
        return f"{self.name}.py"

    @property
    def main_file(self) -> str:
        """The name of the generated file that runs it."""
        return f"{self.name}_main.py"

    def files(self, modules: Mapping[str, str]) -> dict[str, str]:
        """Return the step's sources: the cell, its main file, the step modules.

        Parameters
        ----------
        modules : mapping
            Text by module name.

        Returns
        -------
        dict
        """
        return {
            **{f"{name}.py": text for name, text in modules.items()},
            self.file: self.text,
            self.main_file: main_text(self.name, self.kind),
        }


def find_dataset(workspace: Workspace, reference: str) -> AbstractDataset:
    """Return a registered dataset by ``NAME`` or ``NAME:VERSION``.

    Parameters
    ----------
    workspace : Workspace
    reference : str

    Returns
    -------
    AbstractDataset
    """
    name, _, version = reference.partition(":")
    return Dataset.get_by_name(workspace, name, version or "latest")


def build(
    workspace: Workspace,
    cell: CellStep,
    upstream: Mapping[str, OutputDatasetConfig],
    modules: Mapping[str, str],
) -> PipelineStep:
    """Make the step of a cell.

    Parameters
    ----------
    workspace : Workspace
    cell : CellStep
    upstream : mapping
        The outputs of other steps by name.
    modules : mapping
        Text by module name.

    Returns
    -------
    SynapseSparkStep or PythonScriptStep
    """
    inputs = [
        _consume(workspace, cell, name, source, upstream) for name, source in cell.inputs.items()
    ]
    outputs = [_produce(cell, name) for name in cell.outputs]
    parameters = [PipelineParameter(name, default) for name, default in cell.parameters.items()]
    arguments: list[Any] = []
    for item in inputs:
        arguments += ["--input", item.name, CellInput(item)]
    for output in outputs:
        arguments += ["--output", output.name, output]
    for parameter in parameters:
        arguments += ["--parameter", parameter.name, CellParameter(parameter)]
    for name, value in cell.arguments.items():
        arguments += ["--parameter", name, json.dumps(value)]
    step: PipelineStep
    if cell.kind is StepKind.SPARK:
        size = cell.size
        step = SynapseSparkStep(
            cell.main_file,
            cell.files(modules),
            cell.compute,
            size.driver_memory,
            size.driver_cores,
            size.executor_memory,
            size.executor_cores,
            size.num_executors,
            name=cell.name,
            arguments=arguments,
            outputs=outputs,
            conf=size.conf,
            environment=cell.environment,
            allow_reuse=cell.allow_reuse,
            version=cell.version,
        )
    else:
        step = PythonScriptStep(
            cell.main_file,
            name=cell.name,
            arguments=arguments,
            compute_target=cell.compute,
            runconfig=_run_configuration(cell),
            outputs=outputs,
            source_directory=cell.files(modules),
            allow_reuse=cell.allow_reuse,
            version=cell.version,
        )
    step.cell = cell.file
    step.timeout, step.retries, step.retry_on = cell.timeout, cell.retries, cell.retry_on
    return step


def _run_configuration(cell: CellStep) -> RunConfiguration | None:
    if cell.environment is None:
        return None
    made = RunConfiguration()
    made.environment = cell.environment
    return made


def _consume(
    workspace: Workspace,
    cell: CellStep,
    name: str,
    source: str | AbstractDataset,
    upstream: Mapping[str, OutputDatasetConfig],
) -> DatasetConsumptionConfig:
    mode = "hdfs" if cell.kind is StepKind.SPARK else "mount"
    if isinstance(source, str) and source in upstream:
        return DatasetConsumptionConfig(name, upstream[source], mode)
    dataset = find_dataset(workspace, source) if isinstance(source, str) else source
    direct = isinstance(dataset, TabularDataset)
    return DatasetConsumptionConfig(name, dataset, "direct" if direct else mode)


def _produce(cell: CellStep, name: str) -> OutputDatasetConfig:
    kind = HDFSOutputDatasetConfig if cell.kind is StepKind.SPARK else OutputFileDatasetConfig
    output: OutputDatasetConfig = kind(name)
    if name in cell.registrations:
        output = output.register_on_complete(cell.registrations[name])
    return output


def differences(before: CellStep, after: CellStep) -> list[str]:
    """Return in words what changed between two definitions of a step.

    Parameters
    ----------
    before, after : CellStep

    Returns
    -------
    list of str
        Empty if nothing did.
    """
    labels = {
        "kind": "kind",
        "compute": "compute",
        "inputs": "inputs",
        "outputs": "outputs",
        "registrations": "registered outputs",
        "arguments": "arguments",
        "parameters": "parameters",
        "size": "Spark settings",
        "environment": "environment",
        "allow_reuse": "reuse",
        "version": "version",
        "timeout": "timeout",
        "retries": "retries",
        "retry_on": "retries",
    }
    found = list(
        dict.fromkeys(
            label
            for attribute, label in labels.items()
            if _plain(getattr(before, attribute)) != _plain(getattr(after, attribute))
        )
    )
    if _code(before.text) != _code(after.text):
        found.insert(0, "code")
    return found


def _plain(value: Any) -> Any:
    # Two datasets, or environments, are the same if they are defined alike.
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Environment):
        return value.body()
    return value.definition if isinstance(value, AbstractDataset) else value


def _code(text: str) -> Sequence[str]:
    # The first line is the magic line, whose options are compared one by one.
    return text.lstrip("\n").splitlines()[1:]
