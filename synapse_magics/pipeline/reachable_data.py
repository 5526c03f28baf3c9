"""Refuse data that a step's process cannot reach: it runs beside the notebook, not in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.abstract_dataset import AbstractDataset
from synapse_magics.core.data_config import DatasetConsumptionConfig
from synapse_magics.core.data_reference import DataPath, DataReference
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.store.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.ports import Input, Output


def check_reachable(inputs: Iterable[Input], outputs: Iterable[Output], step: str) -> None:
    """Refuse inputs in the notebook's memory, and outputs there or on the web.

    Parameters
    ----------
    inputs, outputs : iterable
    step : str
        The step's name.

    Raises
    ------
    PipelineError
        It names the datastore.
    """
    for item in inputs:
        bound = item.dataset if isinstance(item, DatasetConsumptionConfig) else item.bind_object
        for workspace, name in _datastores(getattr(bound, "default_value", bound)):
            _check(workspace, name, f"input {item.name} of step {step}", written=False)
    for output in outputs:
        if output.datastore is not None:
            where = f"output {output.name} of step {step}"
            _check(output.datastore.workspace, output.datastore.name, where, written=True)


def _datastores(bound: Any) -> list[tuple[Workspace, str]]:
    if isinstance(bound, AbstractDataset):
        return [(bound.workspace, item["datastore"]) for item in bound.definition["sources"]]
    if isinstance(bound, (DataReference, DataPath)) and bound.datastore is not None:
        return [(bound.datastore.workspace, bound.datastore.name)]
    return []


def _check(workspace: Workspace, name: str, where: str, *, written: bool) -> None:
    place = place_of(workspace.store, name)
    if place is not None and place.in_memory:
        raise PipelineError(
            f"the datastore {name} is in this process's memory, which no step sees",
            where=where,
            hint="copy the files to workspace.get_default_datastore() with upload_files",
        )
    if place is not None and place.read_only and written:
        raise PipelineError(
            f"nothing can be written to the datastore {name}, which is {place.address.scheme}://",
            where=where,
            hint="a folder, or s3:// or abfss://",
        )
