"""What a workspace knows by name: links, computes, datastores, datasets, environments."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from synapse_magics.store.database import Database


@dataclass(frozen=True)
class Entry:
    """One version of one registered thing."""

    kind: str
    name: str
    version: int
    id: str
    body: Mapping[str, Any]
    created: float


class Registry:
    """Named, versioned JSON documents, by kind.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, kind: str, name: str, body: Mapping[str, Any]) -> Entry:
        """Write the only version of a name, replacing what was there.

        The id of an existing entry is kept, so references to it stay valid.

        Parameters
        ----------
        kind, name : str
        body : mapping
            JSON data.

        Returns
        -------
        Entry
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT id FROM registry WHERE kind = ? AND name = ? AND version = 1", (kind, name)
            ).fetchone()
            entry = Entry(kind, name, 1, row["id"] if row else str(uuid.uuid4()), body, time.time())
            write(connection, entry)
        return entry

    def add_version(
        self, kind: str, name: str, body: Mapping[str, Any], *, unless_same: bool = False
    ) -> Entry:
        """Add the next version of a name.

        Parameters
        ----------
        kind, name : str
        body : mapping
            JSON data.
        unless_same : bool
            Return the latest version instead when its body is equal.

        Returns
        -------
        Entry
        """
        with self._database.transaction() as connection:
            return add_version(connection, kind, name, body, unless_same=unless_same)

    def save(self, kind: str, identity: str, body: Mapping[str, Any]) -> Entry:
        """Write a document under an id that its content determines; once is enough.

        Parameters
        ----------
        kind, identity : str
        body : mapping
            JSON data.

        Returns
        -------
        Entry
        """
        existing = self.by_id(kind, identity)
        if existing is not None:
            return existing
        entry = saved_entry(kind, identity, body)
        with self._database.transaction() as connection:
            write(connection, entry)
        return entry

    def get(self, kind: str, name: str, version: int | None = None) -> Entry | None:
        """Return a version of a name, the latest unless one is given.

        Parameters
        ----------
        kind, name : str
        version : int, optional

        Returns
        -------
        Entry or None
        """
        row = self._database.row(
            "SELECT * FROM registry WHERE kind = ? AND name = ? AND (? IS NULL OR version = ?)"
            " ORDER BY version DESC LIMIT 1",
            (kind, name, version, version),
        )
        return _entry(row) if row else None

    def by_id(self, kind: str, identity: str) -> Entry | None:
        """Return the entry with an id.

        Parameters
        ----------
        kind, identity : str

        Returns
        -------
        Entry or None
        """
        row = self._database.row(
            "SELECT * FROM registry WHERE kind = ? AND id = ?", (kind, identity)
        )
        return _entry(row) if row else None

    def versions(self, kind: str, name: str, limit: int = -1) -> list[Entry]:
        """Return the versions of a name, the latest first.

        Parameters
        ----------
        kind, name : str
        limit : int
            How many at the most; -1 for all.

        Returns
        -------
        list of Entry
        """
        rows = self._database.rows(
            "SELECT * FROM registry WHERE kind = ? AND name = ? ORDER BY version DESC LIMIT ?",
            (kind, name, limit),
        )
        return [_entry(row) for row in rows]

    def entries(self, kind: str, limit: int = -1) -> list[Entry]:
        """Return the latest version of each name of a kind, by name.

        Parameters
        ----------
        kind : str
        limit : int
            How many at the most; -1 for all.

        Returns
        -------
        list of Entry
        """
        rows = self._database.rows(
            "SELECT * FROM registry AS one WHERE kind = ? AND version ="
            " (SELECT MAX(version) FROM registry WHERE kind = one.kind AND name = one.name)"
            " ORDER BY name LIMIT ?",
            (kind, limit),
        )
        return [_entry(row) for row in rows]

    def delete(self, kind: str, name: str) -> bool:
        """Remove every version of a name.

        Parameters
        ----------
        kind, name : str

        Returns
        -------
        bool
            Whether there was one.
        """
        with self._database.transaction() as connection:
            done = connection.execute(
                "DELETE FROM registry WHERE kind = ? AND name = ?", (kind, name)
            )
            return done.rowcount > 0


def add_version(
    connection: sqlite3.Connection,
    kind: str,
    name: str,
    body: Mapping[str, Any],
    *,
    unless_same: bool = False,
) -> Entry:
    """Add the next version of a name inside a transaction that is already open.

    Parameters
    ----------
    connection : sqlite3.Connection
    kind, name : str
    body : mapping
        JSON data.
    unless_same : bool
        Return the latest version instead when its body is equal.

    Returns
    -------
    Entry
    """
    latest = connection.execute(
        "SELECT * FROM registry WHERE kind = ? AND name = ? ORDER BY version DESC LIMIT 1",
        (kind, name),
    ).fetchone()
    if latest is not None and unless_same and latest["body"] == _dump(body):
        return _entry(latest)
    version = latest["version"] + 1 if latest is not None else 1
    entry = Entry(kind, name, version, str(uuid.uuid4()), body, time.time())
    write(connection, entry)
    return entry


def read(
    connection: sqlite3.Connection, kind: str, name: str, version: int | None = None
) -> Entry | None:
    """Return a version of a name, the latest unless one is given, inside an open transaction.

    Parameters
    ----------
    connection : sqlite3.Connection
    kind, name : str
    version : int, optional

    Returns
    -------
    Entry or None
    """
    row = connection.execute(
        "SELECT * FROM registry WHERE kind = ? AND name = ? AND (? IS NULL OR version = ?)"
        " ORDER BY version DESC LIMIT 1",
        (kind, name, version, version),
    ).fetchone()
    return _entry(row) if row else None


def _dump(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def content_id(body: Mapping[str, Any]) -> str:
    """Return the id that the content of a document determines.

    Parameters
    ----------
    body : mapping
        JSON data.

    Returns
    -------
    str
    """
    text = json.dumps(body, sort_keys=True)
    return str(uuid.UUID(hashlib.sha256(text.encode()).hexdigest()[:32]))


def saved_entry(kind: str, identity: str, body: Mapping[str, Any]) -> Entry:
    """Return the entry of a document whose content determines its id.

    Parameters
    ----------
    kind, identity : str
    body : mapping
        JSON data.

    Returns
    -------
    Entry
    """
    return Entry(kind, identity, 1, identity, body, time.time())


def write(connection: sqlite3.Connection, entry: Entry) -> None:
    """Write an entry inside a transaction that is already open.

    Parameters
    ----------
    connection : sqlite3.Connection
    entry : Entry
    """
    connection.execute(
        "INSERT OR REPLACE INTO registry (kind, name, version, id, body, created)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (entry.kind, entry.name, entry.version, entry.id, _dump(entry.body), entry.created),
    )


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        row["kind"],
        row["name"],
        row["version"],
        row["id"],
        json.loads(row["body"]),
        row["created"],
    )
