"""The data references of a pipeline's steps, as a submit tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_magics.core._console import say
from synapse_magics.core.data_reference import DataPath, DataReference
from synapse_magics.pipeline.pipeline_data import InputPortBinding
from synapse_magics.store.registry import content_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_magics.pipeline.steps import PipelineStep
    from synapse_magics.store.store import Store

_KIND = "data_reference"


@dataclass(frozen=True)
class Reference:
    """A place on a datastore that a step reads."""

    name: str
    datastore: str
    path: str

    @property
    def id(self) -> str:
        """The id that the place determines."""
        return content_id(self._body)

    @property
    def node(self) -> str:
        """How the place is called in the graph."""
        return self.id.replace("-", "")[-8:]

    @property
    def _body(self) -> dict[str, str]:
        return {"datastore": self.datastore, "path": self.path}

    def announce(self, store: Store) -> None:
        """Say that a run reads the place, and whether one did before.

        Parameters
        ----------
        store : Store
        """
        known = store.registry.by_id(_KIND, self.id) is not None
        if not known:
            store.registry.save(_KIND, self.id, self._body)
        what = (
            "Using data reference {}, (Consumers of this data are eligible to reuse prior runs.)"
            if known
            else "Created data reference {}, (Consumers of this data will generate new runs.)"
        )
        say(what.format(f"{self.name} for StepId [{self.node}][{self.id}]"))


def references(steps: Iterable[PipelineStep]) -> list[Reference]:
    """Return the places on datastores that steps read, each once.

    Parameters
    ----------
    steps : iterable of PipelineStep

    Returns
    -------
    list of Reference
    """
    found = []
    for step in steps:
        for item in step.inputs:
            place = item.bind_object if isinstance(item, InputPortBinding) else None
            if isinstance(place, (DataReference, DataPath)) and place.datastore is not None:
                path = place.path_on_datastore or ""
                found.append(Reference(item.name, place.datastore.name, path))
    return list(dict.fromkeys(found))
