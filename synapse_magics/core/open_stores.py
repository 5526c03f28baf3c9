"""The stores of the workspaces that this process has open: each is opened once."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from synapse_magics.agent import client
from synapse_magics.store import schedules
from synapse_magics.store.store import STATE_FOLDER, Store

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_DATASTORE = "workspaceblobstore"
FILE_DATASTORE = "workspacefilestore"

_open: dict[Path, Store] = {}
_lock = threading.Lock()


def open_store(folder: Path) -> Store:
    """Return the store of a workspace folder; a fresh one is furnished.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that holds ``.synapse``.

    Returns
    -------
    Store
    """
    folder = folder.resolve()
    with _lock:
        store = _open.get(folder)
        if store is not None and store.database.is_in_place:
            return store
        if store is not None:
            store.close()  # somebody deleted the folder, to start over, or brought a copy back
        store = _open[folder] = Store(folder / STATE_FOLDER)
        _furnish(store)
    _revive(store)
    return store


def close_store(folder: Path) -> None:
    """Close the store of a workspace folder, if it is open.

    Parameters
    ----------
    folder : pathlib.Path
    """
    with _lock:
        store = _open.pop(folder.resolve(), None)
    if store is not None:
        store.close()


def _revive(store: Store) -> None:
    """Start an agent if runs or schedules were left without one."""
    if (store.runs.unfinished() or schedules.active(store)) and client.running(
        store.folder
    ) is None:
        # The workspace can be looked at all the same; the next submit says what is wrong.
        with contextlib.suppress(client.AgentError):
            client.wake(store.folder)


def _furnish(store: Store) -> None:
    """Give a fresh workspace what every workspace has."""
    for name in (DEFAULT_DATASTORE, FILE_DATASTORE):
        if store.registry.get("datastore", name) is None:
            (store.folder / "datastores" / name).mkdir(mode=0o700, exist_ok=True)
            body = {"root": f"datastores/{name}", "default": name == DEFAULT_DATASTORE}
            store.registry.put("datastore", name, body)
    if store.registry.get("pool", "local/spark01") is None:
        pool = {
            "master": "local[*]",
            "node_size": "Small",
            "node_count": 2,
            "auto_pause_minutes": 15,
            "spark_conf": {},
        }
        store.registry.put("pool", "local/spark01", pool)
