"""Schedules: documents that say what is submitted when, and what was seen of a watched place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.store import documents
from synapse_magics.store.locations import files_below, locate
from synapse_magics.store.published import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.registry import Entry
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

KIND = "schedule"
"""The registry's kind of schedules.

``due`` is the next time, in seconds since the epoch, None if there is none.
"""

SEEN = "schedule_files"
"""The registry's kind of what a schedule has seen of the place that it watches: the name is the
schedule's id, ``files`` the signatures by path."""

Files = dict[str, list[int]]
"""Size and time of change, in nanoseconds, by path on the datastore."""


def active(store: Store) -> list[Entry]:
    """Return the schedules that will be due, now or later, the oldest first.

    Their agent must be there then.

    Parameters
    ----------
    store : Store

    Returns
    -------
    list of Entry
    """
    if store.database.row("SELECT 1 FROM registry WHERE kind = ? LIMIT 1", (KIND,)) is None:
        return []
    return [
        entry
        for entry in documents.every(store, KIND)
        if entry.body["status"] == ACTIVE and entry.body["due"] is not None
    ]


def look(store: Store, datastore: str, path: str | None) -> Files:
    """Return the files of a place on a datastore, with what tells their states apart.

    Parameters
    ----------
    store : Store
    datastore : str
    path : str or None
        A folder or a file; the whole datastore if missing.

    Returns
    -------
    dict
        Empty if nothing is there.

    Raises
    ------
    LocationError
        If there is no such datastore, or the path leaves it.
    """
    root = store.datastore_root(datastore)
    place = locate(root, path or "")
    found: Files = {}
    for file in files_below([place]) if place.exists() else ():
        try:
            state = file.stat()
        except OSError:
            continue  # gone by now
        name = file.relative_to(root).as_posix()
        found[name] = [state.st_size, state.st_mtime_ns]
    return found


def seen(store: Store, schedule_id: str) -> Files:
    """Return what a schedule has seen.

    Parameters
    ----------
    store : Store
    schedule_id : str

    Returns
    -------
    dict
    """
    entry = store.registry.get(SEEN, schedule_id)
    return {} if entry is None else dict(entry.body["files"])


def remember(store: Store, schedule_id: str, files: Mapping[str, list[int]]) -> None:
    """Write down what a schedule has seen.

    Parameters
    ----------
    store : Store
    schedule_id : str
    files : mapping
    """
    store.registry.put(SEEN, schedule_id, {"files": dict(files)})


def submitted(store: Store, schedule_id: str) -> list[RunRecord]:
    """Return the runs of a schedule, the newest first.

    Parameters
    ----------
    store : Store
    schedule_id : str

    Returns
    -------
    list of RunRecord
    """
    return [run for run in store.runs.submitted() if run.pipeline.schedule_id == schedule_id]
