"""A step that runs an entry script on mini-batches of its inputs, in worker processes."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import DatasetConsumptionConfig, OutputDatasetConfig
from synapse_magics.core.dataset import AbstractDataset, FileDataset, TabularDataset
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline import snapshot
from synapse_magics.pipeline.arguments import CellInput
from synapse_magics.pipeline.cell_files import READING, standalone_text
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parallel_run_config import APPEND_ROW, ParallelRunConfig
from synapse_magics.pipeline.step import PipelineStep
from synapse_magics.runtime import (
    context,
    mini_batches,
    parallel_process,
    parallel_run,
    parallel_worker,
    partition_formats,
)
from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synapse_magics.core.compute import ComputeTarget
    from synapse_magics.core.environment import Environment

__all__ = ["ParallelRunConfig", "ParallelRunStep"]

MAIN = "parallel_run_main.py"
"""The generated file that the step runs; it lies beside the entry script."""

_MODULES = (
    context,
    *READING,
    partition_formats,
    mini_batches,
    parallel_worker,
    parallel_process,
    parallel_run,
)
_SETTINGS = (
    "mini_batch_size",
    "node_count",
    "process_count_per_node",
    "logging_level",
    "run_invocation_timeout",
    "run_max_try",
    "error_threshold",
    "allowed_failed_count",
    "allowed_failed_percent",
)
"""What may be a pipeline parameter, so that it is part of the command line."""


class ParallelRunStep(PipelineStep):
    """Run an entry script on mini-batches of files or of a table, in worker processes.

    Parameters
    ----------
    name : str
    parallel_run_config : ParallelRunConfig
    inputs : list of DatasetConsumptionConfig
        What is divided into mini-batches; all file inputs, or all tables.
    output : OutputFileDatasetConfig, optional
        The folder of the results; without one the action must be ``summary_only``.
    side_inputs : list, optional
        Inputs that every worker gets whole, by their arguments.
    arguments : list, optional
        What the entry script reads with ``parse_known_args``.
    allow_reuse : bool
        Take over an earlier result where nothing has changed that could change it.

    Raises
    ------
    PipelineError
        If inputs are missing or of several kinds, or the output is missing.
    """

    def __init__(
        self,
        name: str,
        parallel_run_config: ParallelRunConfig,
        inputs: Sequence[Any],
        output: Any = None,
        side_inputs: Sequence[Any] | None = None,
        arguments: Sequence[Any] | None = None,
        allow_reuse: bool = True,
    ) -> None:
        where = f"step {name}"
        if not name or not isinstance(name, str):
            raise PipelineError("Parameter name is required.", where="ParallelRunStep")
        if not isinstance(parallel_run_config, ParallelRunConfig):
            raise PipelineError(
                "Parameter parallel_run_config must be an instance of ParallelRunConfig.",
                where=where,
            )
        self.config = copy.copy(parallel_run_config)
        if not isinstance(inputs, (list, tuple)) or not inputs:
            raise PipelineError(
                "Parameter inputs must be a list of at least one dataset.", where=where
            )
        if output is None and self.config.output_action == APPEND_ROW:
            raise PipelineError(
                "Please specify output parameter: output_action append_row writes there.",
                where=where,
                hint="output=OutputFileDatasetConfig('scores')",
            )
        mains = [_named(item, f"{where}, inputs") for item in inputs]
        sides = [_side(item) for item in side_inputs or ()]
        self.entry_script = Path(self.config.entry_script).as_posix()
        self._tabular = _check_kinds(mains, where)
        self._check_config(mains, where)
        super().__init__(
            name,
            StepKind.PYTHON,
            MAIN,
            self.config.source_directory,
            self.config.compute_target,
            arguments=self._command_line(mains, output, arguments or ()),
            inputs=[*mains, *sides],
            outputs=[] if output is None else [output],
            environment=_with_variables(self.config),
            allow_reuse=allow_reuse,
        )
        self._mains = {item.name: _layout(item) for item in mains}

    def check_files(self, default_folder: str | None = None) -> None:
        """Refuse an entry script that is not there; what the step runs itself is made later.

        Parameters
        ----------
        default_folder : str, optional
            Where to look when the configuration names no folder.

        Raises
        ------
        PipelineError
            If the entry script is not among the sources.
        """
        folder = self._folder(default_folder)
        script = folder / self.entry_script
        if not (script.is_file() and script.resolve().is_relative_to(folder.resolve())):
            raise PipelineError(
                f"Step [{self.name}]: entry script not found at: {script.absolute()}. Make sure "
                "to specify an appropriate source_directory on the ParallelRunConfig.",
                where=f"step {self.name}",
            )

    def files(self, default_folder: str | None = None) -> Mapping[str, bytes]:
        """Return the sources: the entry script's folder and the generated main file.

        Parameters
        ----------
        default_folder : str, optional
            Where to look when the configuration names no folder.

        Returns
        -------
        dict
        """
        self.check_files(default_folder)
        title = f"Run {self.entry_script} on mini-batches"
        main = standalone_text(title, _MODULES, self._spec())
        return snapshot.read_folder(self._folder(default_folder)).having({MAIN: main.encode()})

    def check_target(self, target: ComputeTarget) -> None:
        """Refuse more nodes than the compute target has.

        Parameters
        ----------
        target : ComputeTarget
        """
        self.config.check_nodes(target.slots, target.name)

    def _spec(self) -> dict[str, Any]:
        return {
            "entry_script": self.entry_script,
            "append_row": self.config.output_action == APPEND_ROW,
            "append_row_file_name": self.config.append_row_file_name,
            "partition_keys": self.config.partition_keys,
            "mini_batch_size": None,
            "process_count_per_node": None,
            "allowed_failed_count": None,
            "allowed_failed_percent": None,
            "inputs": self._mains,
        }

    def _command_line(
        self, mains: list[DatasetConsumptionConfig], output: Any, arguments: Iterable[Any]
    ) -> list[Any]:
        line: list[Any] = []
        for item in mains:
            line += ["--input", item.name, CellInput(item)]
        if output is not None:
            line += ["--output", getattr(output, "name", "output"), output]
        for name in _SETTINGS:
            value = getattr(self.config, name)
            if value is not None:
                line += ["--setting", name, value]
        return [*line, "--", *arguments]

    def _check_config(self, mains: list[DatasetConsumptionConfig], where: str) -> None:
        size, keys = self.config.mini_batch_size, self.config.partition_keys
        default = getattr(size, "default_value", size)
        if default is not None and not self._tabular and not str(default).strip().isdigit():
            raise PipelineError(
                f"Parameter mini_batch_size must be a number of files for a FileDataset; it is "
                f"{default!r}.",
                where=where,
            )
        if keys and not self._tabular:
            for item in mains:
                layout = _layout(item).get("partition_format")
                missing = [key for key in keys if f"{{{key}}}" not in str(layout)]
                if missing:
                    raise NotSupportedError(
                        f"partition_keys: the files of input {item.name} have no partition key "
                        f"{missing[0]!r}",
                        where=where,
                        hint="Dataset.File.from_files(..., partition_format='{key}/...') names "
                        "the keys in the paths; a TabularDataset has its columns",
                    )


def _named(item: Any, where: str) -> DatasetConsumptionConfig:
    if isinstance(item, DatasetConsumptionConfig):
        return item
    if isinstance(item, OutputDatasetConfig):
        return item.as_input()
    if isinstance(item, AbstractDataset):
        raise PipelineError(
            "Datasets cannot be directly used as a step's input. Please call the as_named_input "
            "method of the dataset.",
            where=where,
        )
    as_dataset = getattr(item, "as_dataset", None)
    if as_dataset is not None:  # PipelineData
        made = as_dataset().as_named_input(item.name)
        if isinstance(made, DatasetConsumptionConfig):
            return made
    raise PipelineError(f"Unexpected input type: {type(item)}", where=where)


def _side(item: Any) -> Any:
    # What a step takes otherwise: it looks at it itself.
    return item.as_input() if isinstance(item, OutputDatasetConfig) else item


def _check_kinds(mains: list[DatasetConsumptionConfig], where: str) -> bool:
    """Return whether the inputs are tables; refuse both kinds at once."""
    kinds = {_is_tabular(item.dataset) for item in mains}
    if len(kinds) > 1:
        raise PipelineError(
            "All inputs of a ParallelRunStep must be of the same type: FileDataset or "
            "TabularDataset.",
            where=where,
        )
    return kinds.pop()


def _is_tabular(dataset: Any) -> bool:
    if isinstance(dataset, FileDataset):
        return False
    return isinstance(dataset, TabularDataset) or "Tabular" in type(dataset).__name__


def _layout(item: DatasetConsumptionConfig) -> dict[str, Any]:
    """Return what the paths of a file input say, if it was defined with a partition format."""
    made = getattr(item.dataset, "layout", None)  # by a step
    definition = made or getattr(item.dataset, "definition", None) or {}
    layout = definition.get("partition_format")
    return {} if layout is None else {"partition_format": layout}


def _with_variables(config: ParallelRunConfig) -> Environment:
    made = copy.copy(config.environment)
    made.environment_variables = {**made.environment_variables, **config.environment_variables}
    return made
