"""A step's command line: what stands in each place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import DatasetConsumptionConfig, OutputDatasetConfig
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import PipelineParameter
from synapse_magics.store.specs import Argument, ArgumentKind

if TYPE_CHECKING:
    from collections.abc import Iterable

Place = Argument


@dataclass(frozen=True)
class CellInput:
    """An input in the command line of a cell's main file: JSON to build the variable from."""

    input: DatasetConsumptionConfig


@dataclass(frozen=True)
class CellParameter:
    """A parameter in the command line of a cell's main file: JSON that keeps its type."""

    parameter: PipelineParameter


def to_places(
    arguments: Iterable[Any],
    inputs: list[DatasetConsumptionConfig],
    outputs: list[OutputDatasetConfig],
    parameters: list[PipelineParameter],
) -> list[Argument]:
    """Name what goes into each place, and add what is new to the step's inputs and outputs.

    Parameters
    ----------
    arguments : iterable
    inputs, outputs, parameters : list
        The step's; appended to.

    Returns
    -------
    list of Argument

    Raises
    ------
    PipelineError
        If a dataset stands there without a name.
    """
    return [_place(item, inputs, outputs, parameters) for item in arguments]


def _place(  # noqa: PLR0911 - a case each
    item: Any,
    inputs: list[DatasetConsumptionConfig],
    outputs: list[OutputDatasetConfig],
    parameters: list[PipelineParameter],
) -> Argument:
    if isinstance(item, CellInput):
        _add_input(item.input, inputs)
        return Argument(ArgumentKind.INPUT_BINDING, item.input.name)
    if isinstance(item, CellParameter):
        parameters.append(item.parameter)
        return Argument(ArgumentKind.PARAMETER_JSON, item.parameter.name)
    if isinstance(item, DatasetConsumptionConfig):
        _add_input(item, inputs)
        return Argument(ArgumentKind.INPUT, item.name)
    if isinstance(item, OutputDatasetConfig):
        consumed = [
            i
            for i in inputs
            if isinstance(i.dataset, OutputDatasetConfig) and i.dataset.origin == item.origin
        ]
        if consumed:
            return Argument(ArgumentKind.INPUT, consumed[0].name)
        if all(other.origin != item.origin for other in outputs):
            outputs.append(item)
        return Argument(ArgumentKind.OUTPUT, item.name)
    if isinstance(item, PipelineParameter):
        parameters.append(item)
        return Argument(ArgumentKind.PARAMETER, item.name)
    if isinstance(item, AbstractDataset):
        raise PipelineError(
            "Datasets cannot be used directly as arguments. Please call the as_named_input "
            "method of the dataset."
        )
    return Argument(ArgumentKind.LITERAL, str(item))


def _add_input(item: DatasetConsumptionConfig, inputs: list[DatasetConsumptionConfig]) -> None:
    # The same input is both in arguments and in inputs, as a rule. Another one of that name is
    # appended as well, and refused with the step's names.
    if not any(_same(other, item) for other in inputs):
        inputs.append(item)


def _same(one: DatasetConsumptionConfig, other: DatasetConsumptionConfig) -> bool:
    if (one.name, one.mode) != (other.name, other.mode):
        return False
    first, second = one.dataset, other.dataset
    if isinstance(first, OutputDatasetConfig) and isinstance(second, OutputDatasetConfig):
        return first.origin == second.origin
    if isinstance(first, AbstractDataset) and isinstance(second, AbstractDataset):
        return first.definition == second.definition
    return False
