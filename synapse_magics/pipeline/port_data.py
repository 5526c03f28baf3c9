"""Whether a step's process can get at the data that it is given, as far as addresses tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import DatasetConsumptionConfig
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import PipelineParameter
from synapse_magics.pipeline.ports import port_name
from synapse_magics.store.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from synapse_magics.pipeline.ports import Input, Output
    from synapse_magics.storage.places import Place
    from synapse_magics.store.store import Store


def check_data(step: str, inputs: Iterable[Input], outputs: Iterable[Output]) -> None:
    """Refuse data that a step's process cannot get at.

    Parameters
    ----------
    step : str
        The step's name.
    inputs : iterable of DatasetConsumptionConfig or InputPortBinding
    outputs : iterable of OutputDatasetConfig or PipelineData

    Raises
    ------
    PipelineError
        If it is in the memory of this process, or is to be written to where nobody can write.
    """
    for item in inputs:
        for place in _places(_bound(item)):
            if place.in_memory:
                raise _in_memory(place, f"input {item.name} of step {step}")
    for output in outputs:
        for place in _places(output):
            where = f"output {port_name(output)} of step {step}"
            if place.in_memory:
                raise _in_memory(place, where)
            if place.read_only:
                raise PipelineError(
                    f"nothing can be written to {place}",
                    where=where,
                    hint="a destination on another datastore, such as the default one",
                )


def _in_memory(place: Place, where: str) -> PipelineError:
    return PipelineError(
        f"{place} is in the memory of this process, where no step's process can get at it",
        where=where,
        hint="upload the data to workspace.get_default_datastore() with upload_files",
    )


def _bound(item: Input) -> Any:
    found = item.dataset if isinstance(item, DatasetConsumptionConfig) else item.bind_object
    return found.default_value if isinstance(found, PipelineParameter) else found


def _places(item: Any) -> Iterator[Place]:
    """Go through the places behind something, as far as they are not of this machine."""
    if isinstance(item, AbstractDataset):
        for source in item.definition["sources"]:
            yield from _place(item.workspace.store, str(source["datastore"]))
        return
    datastore = getattr(item, "datastore", None)
    if datastore is not None:
        yield from _place(datastore.workspace.store, str(datastore.name))


def _place(store: Store, name: str) -> Iterator[Place]:
    found = place_of(store, name)
    if found is not None:
        yield found
