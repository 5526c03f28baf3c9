"""Data of a workspace that lies elsewhere: bring it before it is read, send what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.transfer_progress import TransferBar
from synapse_magics.storage import transfers
from synapse_magics.storage.errors import NoContainerError, NothingThereError, StorageError
from synapse_magics.store.locations import LocationError
from synapse_magics.store.places import mirror_of, place_of, secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.storage.listings import RemoteFile
    from synapse_magics.store.store import Store


def is_remote(store: Store, sources: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether one of some sources lies elsewhere.

    Parameters
    ----------
    store : Store
    sources : iterable of mapping
        A ``datastore`` and a ``path`` each.

    Returns
    -------
    bool
    """
    return any(place_of(store, source["datastore"]) is not None for source in sources)


def bring(store: Store, sources: Iterable[Mapping[str, Any]]) -> None:
    """Have the mirrors hold what sources name, as it is now; local ones are left alone.

    Parameters
    ----------
    store : Store
    sources : iterable of mapping

    Raises
    ------
    LocationError
        If nothing lies at one of them.
    StorageError
        If one cannot be read.
    """
    for source in sources:
        name = source["datastore"]
        place = place_of(store, name)
        if place is None:
            continue
        try:
            transfers.fetch(
                place,
                source["path"],
                mirror_of(store, name),
                secrets=secrets_of(store),
                progress=TransferBar(f"Reading {name}"),
            )
        except NothingThereError as error:
            raise LocationError(error.message, where=error.where, hint=error.hint) from error


def look(store: Store, name: str, path: str) -> list[RemoteFile]:
    """Return which files a path names on a datastore that lies elsewhere.

    Parameters
    ----------
    store : Store
    name : str
        The datastore's.
    path : str

    Returns
    -------
    list of RemoteFile
        Empty if nothing lies there.

    Raises
    ------
    StorageError
        If it cannot be looked up.
    """
    place = place_of(store, name)
    if place is None:
        raise StorageError(f"the datastore {name} is a folder")
    try:
        return transfers.listing(place, path, secrets=secrets_of(store))
    except NoContainerError:
        raise
    except NothingThereError:
        return []


def address_of(store: Store, source: Mapping[str, Any]) -> str:
    """Return the address of a source that lies elsewhere.

    Parameters
    ----------
    store : Store
    source : mapping

    Returns
    -------
    str
    """
    place = place_of(store, source["datastore"])
    return str(source["datastore"] if place is None else place.address.join(source["path"]))


def send(store: Store, name: str, path: str) -> None:
    """Send what was written to a mirror below a path; of a local datastore, nothing is to be done.

    Parameters
    ----------
    store : Store
    name : str
        The datastore's.
    path : str
    """
    place = place_of(store, name)
    if place is None:
        return
    mirror = mirror_of(store, name)
    start = mirror / path
    files = [start] if start.is_file() else sorted(f for f in start.rglob("*") if f.is_file())
    transfers.push(
        [(file, file.relative_to(mirror).as_posix()) for file in files],
        place,
        secrets=secrets_of(store),
        progress=TransferBar(f"Writing {name}"),
        mirror=mirror,
    )
