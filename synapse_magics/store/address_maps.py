"""Which local folders stand in the place of addresses, in a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.storage.addresses import Address, blob_url, covering, parse, twin

if TYPE_CHECKING:
    from synapse_magics.store.store import Store

KIND = "address_map"


def address_maps(store: Store) -> dict[str, Path]:
    """Return the folders of a workspace's mapped addresses.

    Parameters
    ----------
    store : Store

    Returns
    -------
    dict
        Absolute folders by addresses.
    """
    # Relative ones lie in the project, so that a copy of it opens elsewhere.
    return {
        entry.name: Path(store.folder.parent, str(entry.body["folder"]))
        for entry in store.registry.entries(KIND)
    }


def all_maps(store: Store) -> dict[str, Path]:
    """Return the folders of mapped addresses, and of the other addresses of the same data.

    A container of Azure's has three: ``wasbs://`` of its blobs, ``abfss://`` of its data lake, and
    ``https://``.

    Parameters
    ----------
    store : Store

    Returns
    -------
    dict
        Absolute folders by addresses.
    """
    maps = address_maps(store)
    found = {}
    for name, folder in maps.items():
        address = parse(name)
        for other in (twin(address), blob_url(address)):
            if other is not None:
                found[str(other)] = folder
    return {**found, **maps}


def local_place(store: Store, address: Address) -> Path | None:
    """Return the local place of an address, None if it is not mapped.

    Parameters
    ----------
    store : Store
    address : Address

    Returns
    -------
    pathlib.Path or None
    """
    maps = all_maps(store)
    prefix = covering(address, map(parse, maps))
    if prefix is None:
        return None
    return Path(maps[str(prefix)], address.path[len(prefix.path) :].strip("/"))


def mapped_prefix(store: Store, address: Address) -> Address | None:
    """Return the mapped address that one lies at or below, the longest if there are some.

    Parameters
    ----------
    store : Store
    address : Address

    Returns
    -------
    Address or None
    """
    return covering(address, map(parse, all_maps(store)))
