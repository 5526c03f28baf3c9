"""Registered models: copies of files and folders, in versions, below ``models/``.

A model keeps nothing of the run alive that made it: its content is a copy. It names the run.
"""

from __future__ import annotations

import os
import shutil
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_magics.store import registry

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from synapse_magics.store.registry import Entry
    from synapse_magics.store.store import Store

KIND = "model"
_LAST = "model_number"


def content_folder(store: Store, name: str, version: int) -> Path:
    """Return the folder that holds the content of a version.

    Parameters
    ----------
    store : Store
    name : str
    version : int

    Returns
    -------
    pathlib.Path
    """
    return store.folder / "models" / name / str(version)


def add(
    store: Store,
    name: str,
    source: Path,
    body: Mapping[str, Any],
    children: Iterable[str] | None = None,
) -> Entry:
    """Copy a file or a folder, and register it as the next version: whole or not at all.

    Parameters
    ----------
    store : Store
    name : str
    source : pathlib.Path
    body : mapping
        JSON data.
    children : iterable of str, optional
        The only parts of the folder that belong to the model.

    Returns
    -------
    Entry
    """
    base = store.folder / "models"
    base.mkdir(mode=0o700, exist_ok=True)
    part = base / f".{uuid.uuid4().hex}"
    try:
        part.mkdir(mode=0o700)
        if children is None:
            copy_content(source, part / source.name)
        else:
            for child in children:
                copy_content(source / child, part / source.name / child)
        _keep(part)
        with store.database.transaction() as connection:
            # Numbers are not given twice: model:2 is one model for ever.
            version = _last(connection, name) + 1
            target = content_folder(store, name, version)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            if target.exists():
                shutil.rmtree(target)  # of somebody who died before the commit
            part.rename(target)
            entry = _document(KIND, name, version, {**body, "content": source.name})
            registry.write(connection, entry)
            _note(connection, name, version)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return entry


def versions(store: Store, name: str | None = None) -> list[Entry]:
    """Return every version of every model, or of one; the newest registration first.

    Parameters
    ----------
    store : Store
    name : str, optional

    Returns
    -------
    list of Entry
    """
    rows = store.database.rows(
        "SELECT name, version FROM registry WHERE kind = ? AND (? IS NULL OR name = ?)"
        " ORDER BY created DESC, version DESC",
        (KIND, name, name),
    )
    found = [store.registry.get(KIND, row["name"], row["version"]) for row in rows]
    return [entry for entry in found if entry is not None]


def change(
    store: Store, entry: Entry, edit: Callable[[dict[str, Any]], Mapping[str, Any]]
) -> Entry | None:
    """Write a version's description anew; nobody else's change is lost.

    Parameters
    ----------
    store : Store
    entry : Entry
    edit : callable
        Gets what is stored now, returns what is to be stored.

    Returns
    -------
    Entry or None
        None if it is gone.
    """
    with store.database.transaction() as connection:
        now = store.registry.get(KIND, entry.name, entry.version)
        if now is None:
            return None
        changed = replace(now, body=edit(dict(now.body)))
        registry.write(connection, changed)
    return changed


def remove(store: Store, entry: Entry) -> bool:
    """Remove one version with its content.

    Parameters
    ----------
    store : Store
    entry : Entry

    Returns
    -------
    bool
        Whether it was there.
    """
    content = content_folder(store, entry.name, entry.version)
    part = store.folder / "models" / f".{uuid.uuid4().hex}"
    with store.database.transaction() as connection:
        done = connection.execute(
            "DELETE FROM registry WHERE kind = ? AND name = ? AND version = ?",
            (KIND, entry.name, entry.version),
        )
    if content.exists():
        content.rename(part)
        shutil.rmtree(part)
    return done.rowcount > 0


def copy_content(source: Path, target: Path) -> None:
    """Copy a file or a folder, for its owner only.

    Parameters
    ----------
    source, target : pathlib.Path
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, copy_function=shutil.copyfile)
    else:
        shutil.copyfile(source, target)


def _keep(folder: Path) -> None:
    """Make a folder its owner's, and have it written to the disk."""
    for place in (folder, *folder.rglob("*")):
        place.chmod(0o700 if place.is_dir() else 0o600)
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _last(connection: sqlite3.Connection, name: str) -> int:
    row = connection.execute(
        "SELECT MAX(CASE kind WHEN ? THEN version ELSE json_extract(body, '$.last') END) AS last"
        " FROM registry WHERE name = ? AND kind IN (?, ?)",
        (KIND, name, KIND, _LAST),
    ).fetchone()
    return int(row["last"] or 0)


def _note(connection: sqlite3.Connection, name: str, version: int) -> None:
    connection.execute("DELETE FROM registry WHERE kind = ? AND name = ?", (_LAST, name))
    registry.write(connection, _document(_LAST, name, 1, {"last": version}))


def _document(kind: str, name: str, version: int, body: Mapping[str, Any]) -> Entry:
    return replace(registry.saved_entry(kind, str(uuid.uuid4()), body), name=name, version=version)
