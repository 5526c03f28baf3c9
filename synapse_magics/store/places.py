"""The places behind datastores that lie elsewhere, and the folders that mirror them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_magics.storage.addresses import Address, is_address, parse
from synapse_magics.storage.places import Place
from synapse_magics.store import vault
from synapse_magics.store.address_maps import local_place, mapped_prefix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from synapse_magics.store.store import Store

KIND = "datastore"


def place_of(store: Store, name: str) -> Place | None:
    """Return the place that a datastore is, None if it is a folder of this machine or none.

    Parameters
    ----------
    store : Store
    name : str
        A registered datastore's; or an address, which stands for a datastore that nobody has
        registered: that of a registered one with the same root has its credential and options.

    Returns
    -------
    Place or None
    """
    if is_address(name):
        address = parse(name)
        here = address.is_local or local_place(store, address) is not None
        return None if here else _known_place(store, address)
    entry = store.registry.get(KIND, name)
    if entry is None or "place" not in entry.body:
        return None
    found = Place.from_json(entry.body["place"])
    return None if local_place(store, found.address) is not None else found


def _known_place(store: Store, address: Address) -> Place:
    for entry in store.registry.entries(KIND):
        if "place" in entry.body:
            known = Place.from_json(entry.body["place"])
            if known.address.root == address.root:
                return replace(known, address=address)
    return Place(address)


def source_of(store: Store, text: str) -> tuple[str, str]:
    """Return the unregistered datastore and the path on it that an address names.

    Parameters
    ----------
    store : Store
    text : str

    Returns
    -------
    tuple of str
        The bucket, container or host as an address, or what of it is mapped, and the path below it.
    """
    address = parse(text)
    if address.is_local:
        raise ValueError(text)
    prefix = mapped_prefix(store, address)
    if prefix is not None:
        return str(prefix), address.path[len(prefix.path) :].strip("/")
    return str(address.root), address.path


def mirror_of(store: Store, name: str) -> Path:
    """Return the folder that mirrors a datastore, or stands in its place; it need not exist yet.

    Parameters
    ----------
    store : Store
    name : str
        As of :func:`place_of`.

    Returns
    -------
    pathlib.Path
    """
    entry = None if is_address(name) else store.registry.get(KIND, name)
    address = parse(name) if entry is None else Place.from_json(entry.body["place"]).address
    mapped = local_place(store, address)
    if mapped is not None:
        return mapped
    if is_address(name):
        # No registered datastore has a hyphen in its name.
        name = f"{parse(name).scheme}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return store.folder / "mirrors" / name


def secrets_of(store: Store) -> Callable[[str], str | None]:
    """Return what reads a secret of the workspace's keyvault.

    Parameters
    ----------
    store : Store

    Returns
    -------
    callable
    """
    return lambda name: vault.read(store, name)
