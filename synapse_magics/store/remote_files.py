"""What is known of inputs that lie elsewhere: their listing, taken when the run was submitted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from synapse_magics.store.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.storage.listings import RemoteFile
    from synapse_magics.store.store import Store

Listing = tuple[tuple[str, str], ...]
"""What tells each file from another one, by the datastore's name and the path on it."""

_MOST_FILES = 2000


def remote_sources(store: Store, definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the sources of a dataset that lie on other machines.

    Parameters
    ----------
    store : Store
    definition : mapping

    Returns
    -------
    list of mapping
    """
    return [
        source
        for source in definition["sources"]
        if place_of(store, str(source["datastore"])) is not None
    ]


def local_sources(store: Store, definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the sources of a dataset that lie on this machine.

    Parameters
    ----------
    store : Store
    definition : mapping

    Returns
    -------
    list of mapping
    """
    remote = remote_sources(store, definition)
    return [source for source in definition["sources"] if source not in remote]


def identity(found: Iterable[tuple[str, RemoteFile]]) -> Listing:
    """Return what tells the files of an input from others.

    Parameters
    ----------
    found : iterable of tuple
        The datastore's name and a file each.

    Returns
    -------
    tuple of tuple
        Of very many files, one hash.
    """
    named = {
        f"{datastore}/{file.path}": _hash(f"{file.version} {file.size}")
        for datastore, file in found
    }
    items = tuple(sorted(named.items()))
    if len(items) <= _MOST_FILES:
        return items
    return ((f"{len(items)} files", _hash(repr(items))),)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
