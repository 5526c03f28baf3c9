"""The inputs and outputs of a step: everything that may be given as one, brought to two kinds each.

An input is a :class:`DatasetConsumptionConfig` or an :class:`InputPortBinding`, an output an
:class:`OutputDatasetConfig` or a :class:`PipelineData`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from synapse_magics.core.data_config import DatasetConsumptionConfig, OutputDatasetConfig
from synapse_magics.core.data_reference import DataPath, DataPathComputeBinding, DataReference
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import PipelineParameter
from synapse_magics.pipeline.pipeline_data import (
    InputPortBinding,
    PipelineData,
    PipelineOutputDataset,
)

Input = DatasetConsumptionConfig | InputPortBinding
Output = OutputDatasetConfig | PipelineData


def check_lists(where: str, **given: Any) -> None:
    """Refuse what is no list: a text would be taken letter by letter.

    Parameters
    ----------
    where : str
        What a person calls the step.
    **given
        By the name of the parameter; None is no list and is left out.

    Raises
    ------
    PipelineError
    """
    for name, value in given.items():
        if value is None:
            continue
        if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
            raise PipelineError(
                f"{name} must be a list, not {type(value).__name__}",
                where=where,
                hint=f"{name}=[...]",
            )


def port_name(output: Output) -> str:
    """Return the name of an output at its step."""
    return output.port_name if isinstance(output, PipelineData) else output.name


def taken(item: Input) -> Output | None:
    """Return the output of a step that an input takes, if it is one."""
    if isinstance(item, InputPortBinding):
        return item.data
    return item.dataset if isinstance(item.dataset, OutputDatasetConfig) else None


def to_input(item: Any, step: str) -> Input:
    """Return what a step is given as an input, as one.

    Parameters
    ----------
    item : object
    step : str
        The step's name.

    Returns
    -------
    DatasetConsumptionConfig or InputPortBinding

    Raises
    ------
    PipelineError
        If it is none.
    """
    if isinstance(item, (DatasetConsumptionConfig, InputPortBinding)):
        return item
    if isinstance(item, OutputDatasetConfig):
        return item.as_input()
    if isinstance(item, PipelineOutputDataset):
        return item.binding()
    if isinstance(item, PipelineData):
        return InputPortBinding(item.name, item)
    if isinstance(item, DataReference):
        return InputPortBinding(
            item.data_reference_name, item, item.mode, item.path_on_compute, item.overwrite
        )
    if is_data_path(item):
        return _bound_path(item)
    if isinstance(item, AbstractDataset):
        raise PipelineError(
            "Datasets cannot be directly used as a step's input. Please call the as_named_input "
            "method of the dataset.",
            where=f"step {step}",
        )
    raise PipelineError(f"Unexpected input type: {type(item)}", where=f"step {step}")


def is_data_path(item: Any) -> bool:
    """Tell whether something is a path on a datastore, or a parameter that stands for one."""
    if isinstance(item, tuple) and len(item) == 2:
        return isinstance(item[1], DataPathComputeBinding) and is_data_path(item[0])
    return isinstance(item, DataPath) or (
        isinstance(item, PipelineParameter) and isinstance(item.default_value, DataPath)
    )


def data_path_name(item: Any) -> str:
    """Return the name of a path on a datastore, or of the parameter that stands for one."""
    return str(item[0].name if isinstance(item, tuple) else item.name)


def _bound_path(item: Any) -> InputPortBinding:
    path, how = item if isinstance(item, tuple) else (item, DataPathComputeBinding())
    if how.mode == "upload" and isinstance(path, PipelineParameter):
        raise NotSupportedError(
            "an upload to a place that a parameter names is not supported here",
            where=f"parameter {path.name}",
            hint="OutputFileDatasetConfig(destination=...).as_upload()",
        )
    return InputPortBinding(path.name, path, how.mode, how.path_on_compute, how.overwrite)


def to_output(item: Any, step: str) -> Output:
    """Return what a step is given as an output, as one.

    Parameters
    ----------
    item : object
    step : str
        The step's name.

    Returns
    -------
    OutputDatasetConfig or PipelineData

    Raises
    ------
    PipelineError
        If it is none.
    """
    if isinstance(item, PipelineOutputDataset):
        return item.pipeline_data
    if isinstance(item, (OutputDatasetConfig, PipelineData)):
        return item
    raise PipelineError(f"Unexpected output type: {type(item)}", where=f"step {step}")


def settle_names(step: str, items: Iterable[Any]) -> None:
    """Name the outputs that a step is about to make and that nobody has named.

    Parameters
    ----------
    step : str
        The step's name.
    items : iterable
        Outputs; whatever else is among them is passed over.
    """
    found = [item for item in items if isinstance(item, OutputDatasetConfig) and item.is_unnamed]
    origins = list(dict.fromkeys(item.origin for item in found))
    for item in found:
        item.settle_name(step, origins.index(item.origin))


def split_uploads(inputs: Iterable[Input]) -> tuple[list[Input], list[Output]]:
    """Return the inputs proper, and as outputs those that go from the step to a datastore.

    Azure ML's older calls take a place that a step uploads to for an input.

    Parameters
    ----------
    inputs : iterable of DatasetConsumptionConfig or InputPortBinding

    Returns
    -------
    tuple of list
    """
    kept: list[Input] = []
    uploads: list[Output] = []
    for item in inputs:
        if isinstance(item, InputPortBinding) and item.mode == "upload":
            uploads.append(_as_upload(item))
        else:
            kept.append(item)
    return kept, uploads


def _as_upload(item: InputPortBinding) -> PipelineData:
    place = item.bind_object
    if not isinstance(place, (DataReference, DataPath)) or place.datastore is None:
        raise PipelineError("an upload goes to a DataReference", where=f"input {item.name}")
    made = PipelineData(
        item.name,
        place.datastore,
        output_mode="upload",
        output_path_on_compute=item.path_on_compute,
        output_overwrite=item.overwrite,
    )
    made.path = place.path_on_datastore or ""
    return made


def without_collisions(inputs: list[Input], outputs: list[Output]) -> list[Input]:
    """Return the inputs, those renamed that are called like an output of the same step.

    Parameters
    ----------
    inputs, outputs : list

    Returns
    -------
    list
    """
    made = {port_name(output) for output in outputs}
    return [
        item.renamed(f"INPUT_{item.name}")
        if isinstance(item, InputPortBinding) and item.name in made
        else item
        for item in inputs
    ]


def is_same(one: Input, other: Input) -> bool:
    """Tell whether two inputs are one and the same, made twice perhaps."""
    if (one.name, one.mode) != (other.name, other.mode):
        return False
    first, second = _bound(one), _bound(other)
    if first is second:
        return True
    origins = getattr(first, "origin", None), getattr(second, "origin", None)
    if None not in origins:
        return origins[0] == origins[1]
    if isinstance(first, AbstractDataset) and isinstance(second, AbstractDataset):
        return first.definition == second.definition
    return isinstance(first, tuple) and first == second


def _bound(item: Input) -> Any:
    return item.bind_object if isinstance(item, InputPortBinding) else item.dataset
