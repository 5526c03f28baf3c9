"""What inputs on other machines are when a run is submitted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_magics.storage.errors import StorageError
from synapse_magics.storage.listings import listing
from synapse_magics.store.places import place_of, secrets_of
from synapse_magics.store.remote_files import Listing, identity, remote_sources
from synapse_magics.store.step_fingerprints import definition_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.store.specs import InputSpec, StepSpec
    from synapse_magics.store.store import Store


def with_listings(store: Store, steps: Iterable[StepSpec]) -> list[StepSpec]:
    """Return steps with the listings of their inputs that lie on other machines.

    Parameters
    ----------
    store : Store
    steps : iterable of StepSpec
        With what their parameters stand for.

    Returns
    -------
    list of StepSpec
        Where nothing can be looked up, without: the step says so when it runs. It is done here,
        where somebody waits: the agent's loop has no time for networks.
    """
    known: dict[Any, Listing | None] = {}
    return [
        replace(step, inputs=tuple(_listed(store, item, known) for item in step.inputs))
        for step in steps
    ]


def _listed(store: Store, item: InputSpec, known: dict[Any, Listing | None]) -> InputSpec:
    definition = None if item.node is not None else definition_of(store, item)
    if item.listing is not None or definition is None or not remote_sources(store, definition):
        return item
    key = item.dataset_id or (item.datastore, item.path)
    if key not in known:
        known[key] = _listing(store, definition)
    return replace(item, listing=known[key])


def _listing(store: Store, definition: Mapping[str, Any]) -> Listing | None:
    found = []
    try:
        for source in remote_sources(store, definition):
            name = str(source["datastore"])
            place = place_of(store, name)
            if place is not None:
                files = listing(place, str(source["path"] or ""), secrets=secrets_of(store))
                found += [(name, file) for file in files]
    except StorageError:
        return None
    return identity(found)
