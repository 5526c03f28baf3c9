"""How a ParallelRunStep divides its inputs, and what it does about what fails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.compute import AmlCompute
from synapse_magics.core.environment import Environment
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import PipelineParameter
from synapse_magics.runtime.mini_batches import size_in_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.core.compute_target import ComputeTarget

APPEND_ROW = "append_row"
SUMMARY_ONLY = "summary_only"
_LEVELS = frozenset({"CRITICAL", "FATAL", "ERROR", "WARNING", "WARN", "INFO", "DEBUG", "NOTSET"})
_LONGEST_INVOCATION = 259_200
_WHERE = "ParallelRunConfig"


class ParallelRunConfig:
    """The configuration of a :class:`ParallelRunStep`.

    Parameters
    ----------
    environment : Environment
    entry_script : str
        A script with ``run(mini_batch)``, and perhaps ``init()`` and ``shutdown()``.
    error_threshold : int
        How many items (files, rows) may fail; -1 is any number.
    output_action : str
        ``append_row`` writes what ``run`` returns to one file, ``summary_only`` drops it.
    compute_target : AmlCompute or str
    node_count : int
        At most the nodes of the compute target.
    process_count_per_node : int, optional
        Worker processes per node; if missing, so many that each core of this machine has one.
    mini_batch_size : str or int, optional
        Files per mini-batch (10 if missing), or the size of a part of a table (``1MB``).
    source_directory : str, optional
        Where the entry script lies, and what travels with it; the working directory if missing.
    description : str, optional
        What the run is for; it is kept with the configuration.
    logging_level : str
        Of ``EntryScript().logger``.
    run_invocation_timeout : int
        Seconds that one call of ``run`` may take.
    run_max_try : int
        How often a mini-batch is tried.
    append_row_file_name : str, optional
        ``parallel_run_step.txt`` if missing.
    allowed_failed_count : int, optional
        How many mini-batches may fail.
    allowed_failed_percent : float, optional
        How many of a hundred mini-batches may fail.
    partition_keys : list of str, optional
        Columns of a table: a mini-batch is what has the same values of them.
    environment_variables : mapping, optional
        Set in the step's processes.

    Raises
    ------
    PipelineError
        If something is missing, or is none of what it should be.
    """

    def __init__(
        self,
        environment: Environment,
        entry_script: str,
        error_threshold: int,
        output_action: str,
        compute_target: ComputeTarget | str,
        node_count: int,
        process_count_per_node: int | None = None,
        mini_batch_size: str | int | None = None,
        source_directory: str | None = None,
        description: str | None = None,
        logging_level: str = "INFO",
        run_invocation_timeout: int = 60,
        run_max_try: int = 3,
        append_row_file_name: str | None = None,
        allowed_failed_count: int | None = None,
        allowed_failed_percent: float | None = None,
        partition_keys: Sequence[str] | None = None,
        environment_variables: Mapping[str, str] | None = None,
    ) -> None:
        _require(
            environment=environment,
            entry_script=entry_script,
            error_threshold=error_threshold,
            output_action=output_action,
            compute_target=compute_target,
            node_count=node_count,
        )
        _is(environment, Environment, "Parameter environment must be an instance of Environment.")
        _is(entry_script, str, "Parameter entry_script must be a string.")
        self.environment = environment
        self.entry_script = entry_script
        self.error_threshold = _integer("error_threshold", error_threshold, -1)
        self.output_action = str(output_action)
        self.compute_target = compute_target
        self.node_count = _integer("node_count", node_count, 1)
        self.process_count_per_node = (
            None
            if process_count_per_node is None
            else _integer("process_count_per_node", process_count_per_node, 1)
        )
        self.source_directory = source_directory
        self.description = description
        self.logging_level = logging_level
        self.run_invocation_timeout = _integer(
            "run_invocation_timeout", run_invocation_timeout, 1, _LONGEST_INVOCATION
        )
        self.run_max_try = _integer("run_max_try", run_max_try, 1)
        self.append_row_file_name = append_row_file_name or "parallel_run_step.txt"
        self.allowed_failed_count = (
            None
            if allowed_failed_count is None
            else _integer("allowed_failed_count", allowed_failed_count, -1)
        )
        self.allowed_failed_percent = allowed_failed_percent
        self.mini_batch_size = mini_batch_size
        self.partition_keys = None if partition_keys is None else list(partition_keys)
        self.environment_variables = dict(environment_variables or {})
        self._check_words()
        self._check_batches()
        self._check_nodes()

    def check_nodes(self, limit: int, compute: str) -> None:
        """Refuse more nodes than the compute target has.

        Parameters
        ----------
        limit : int
        compute : str
            The name of the compute target.

        Raises
        ------
        PipelineError
        """
        nodes = int(_default(self.node_count))
        if nodes > limit:
            raise PipelineError(
                f"The node_count {nodes} must not exceed the maximum number of nodes {limit} of "
                f"compute target {compute}.",
                where=_WHERE,
                hint=f"node_count={limit}, or a compute target of more nodes",
            )

    @staticmethod
    def load_yaml(workspace: object, path: str) -> ParallelRunConfig:
        """Refuse: configurations are written in Python here."""
        del workspace
        raise NotSupportedError(
            "ParallelRunConfig.load_yaml is not supported here",
            where=str(path),
            hint="ParallelRunConfig(...) with the values of the file",
        )

    def save_to_yaml(self, path: str) -> None:
        """Refuse: configurations are written in Python here."""
        raise NotSupportedError(
            "ParallelRunConfig.save_to_yaml is not supported here",
            where=str(path),
            hint="keep the call of ParallelRunConfig(...)",
        )

    def _check_words(self) -> None:
        if self.output_action not in {APPEND_ROW, SUMMARY_ONLY}:
            raise PipelineError(
                f"Parameter output_action must be one of {APPEND_ROW}, {SUMMARY_ONLY}; it is "
                f"{self.output_action!r}.",
                where=_WHERE,
            )
        level = _default(self.logging_level)
        if not isinstance(level, str) or level.upper() not in _LEVELS:
            raise PipelineError(
                f"Parameter logging_level must be one of {', '.join(sorted(_LEVELS))}; it is "
                f"{level!r}.",
                where=_WHERE,
            )
        if Path(self.append_row_file_name).name != self.append_row_file_name:
            raise PipelineError(
                "Parameter append_row_file_name must be a file name without folders.",
                where=_WHERE,
            )
        percent = self.allowed_failed_percent
        if percent is not None and not 0 <= float(_default(percent)) <= 100:
            raise PipelineError(
                "Parameter allowed_failed_percent must be between 0 and 100.", where=_WHERE
            )

    def _check_batches(self) -> None:
        if self.partition_keys is not None:
            if not self.partition_keys or not all(isinstance(k, str) for k in self.partition_keys):
                raise PipelineError(
                    "Parameter partition_keys must be a list of strings.", where=_WHERE
                )
            if self.mini_batch_size is not None:
                raise PipelineError(
                    "Parameters mini_batch_size and partition_keys are mutually exclusive.",
                    where=_WHERE,
                    hint="leave one of them out",
                )
        size = _default(self.mini_batch_size)
        if size is not None:
            try:
                size_in_bytes(str(size))
            except ValueError as error:
                raise PipelineError(
                    f"Parameter mini_batch_size must be a number of files such as 10, or a size "
                    f"such as 1MB; it is {size!r}.",
                    where=_WHERE,
                ) from error

    def _check_nodes(self) -> None:
        target = self.compute_target
        if isinstance(target, AmlCompute):
            self.check_nodes(target.slots, target.name)

    def __repr__(self) -> str:
        return (
            f"ParallelRunConfig(entry_script={self.entry_script!r}, "
            f"output_action={self.output_action!r}, node_count={self.node_count!r})"
        )


def _require(**values: Any) -> None:
    for name, value in values.items():
        if value is None or value == "":
            raise PipelineError(f"Parameter {name} is required.", where=_WHERE)


def _is(value: Any, kind: type, refusal: str) -> None:
    if not isinstance(value, kind):
        raise PipelineError(refusal, where=_WHERE)


def _default(value: Any) -> Any:
    return value.default_value if isinstance(value, PipelineParameter) else value


def _integer(name: str, value: Any, least: int, most: int | None = None) -> Any:
    number = _default(value)
    # A number may be written as a text, as in the YAML of a configuration; True is none.
    if isinstance(number, str) and number.lstrip("-").isdigit():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int):
        raise PipelineError(f"Parameter {name} must be an int value.", where=_WHERE)
    if number < least or (most is not None and number > most):
        bound = f"greater than or equal to {least}"
        bound += "" if most is None else f" and less than or equal to {most}"
        raise PipelineError(f"Parameter {name} must be {bound}.", where=_WHERE)
    return value if isinstance(value, PipelineParameter) else number
