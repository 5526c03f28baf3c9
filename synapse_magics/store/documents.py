"""Documents of the registry that are known by an id of their own, and change as a whole."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_magics.store.registry import Entry, write

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from synapse_magics.store.store import Store


def create(
    store: Store,
    kind: str,
    body: Mapping[str, Any],
    check: Callable[[], None] = lambda: None,
) -> Entry:
    """Write a new document.

    What a document needs for later runs is named in it: its ``snapshots`` are never removed.

    Parameters
    ----------
    store : Store
    kind : str
    body : mapping
        JSON data.
    check : callable
        Raises if it must not be written; nobody else writes meanwhile.

    Returns
    -------
    Entry
    """
    identity = str(uuid.uuid4())
    entry = Entry(kind, identity, 1, identity, body, time.time())
    with store.database.transaction() as connection:
        check()
        write(connection, entry)
    return entry


def find(store: Store, kind: str, identity: str) -> Entry | None:
    """Return a document, or None.

    Parameters
    ----------
    store : Store
    kind, identity : str

    Returns
    -------
    Entry or None
    """
    return store.registry.get(kind, identity)


def every(store: Store, kind: str) -> list[Entry]:
    """Return the documents of a kind, the oldest first.

    Parameters
    ----------
    store : Store
    kind : str

    Returns
    -------
    list of Entry
    """
    return sorted(store.registry.entries(kind), key=lambda entry: entry.created)


def change(
    store: Store, kind: str, identity: str, edit: Callable[[dict[str, Any]], Mapping[str, Any]]
) -> Entry | None:
    """Change a document; what others have written meanwhile is seen, not lost.

    Parameters
    ----------
    store : Store
    kind, identity : str
    edit : callable
        Returns the new body for the present one.

    Returns
    -------
    Entry or None
        None if there is no such document.
    """
    with store.database.transaction() as connection:
        return change_in(connection, store, kind, identity, edit)


def change_in(
    connection: sqlite3.Connection,
    store: Store,
    kind: str,
    identity: str,
    edit: Callable[[dict[str, Any]], Mapping[str, Any]],
) -> Entry | None:
    """Do :func:`change` inside a transaction that is already open."""
    entry = find(store, kind, identity)
    if entry is None:
        return None
    entry = replace(entry, body=edit(dict(entry.body)))
    write(connection, entry)
    return entry
