"""The secrets that a workspace keeps: in the system's keyring, else in a file of the state folder.

The registry knows names only (kind ``keyvault_secret``). The values are in the keyring, under a
service name that is the workspace's alone, where the library ``keyring`` is installed and has a
backend that it recommends; else in ``keyvault.json``, for the owner only, written whole.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_magics.store import registry
from synapse_magics.store.database import StoreError
from synapse_magics.store.secrets import SHORTEST_DECLARED

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from synapse_magics.store.store import Store

KIND = "keyvault_secret"
KEYRING = "keyring"
FILE = "file"

_FILE_NAME = "keyvault.json"
_SERVICE = "keyvault_service"
_PATIENCE_SECONDS = 5.0

log = logging.getLogger(__name__)

# What the keyring answered, by service, name and time of the secret: a look may take a while.
_known: dict[tuple[str, str, float], str] = {}


def names(store: Store) -> list[str]:
    """Return the names of the secrets, sorted.

    Parameters
    ----------
    store : Store

    Returns
    -------
    list of str
    """
    return [entry.name for entry in store.registry.entries(KIND)]


def read(store: Store, name: str) -> str | None:
    """Return a secret, or None if there is none of that name.

    Parameters
    ----------
    store : Store
    name : str

    Returns
    -------
    str or None
    """
    entry = store.registry.get(KIND, name)
    if entry is None:
        return None
    if entry.body["where"] == FILE:
        return _load(store).get(name)
    found = _backend()
    if found is None:
        raise StoreError(
            f"the secret {name} is in a keyring, and there is none that can be used here",
            hint="pip install keyring, in a session that has one; or set the secret again",
        )
    value: str | None = found.get_password(_service(store), name)
    return value


def write(store: Store, secrets: Mapping[str, str]) -> None:
    """Keep secrets; those of the same names are replaced.

    Parameters
    ----------
    store : Store
    secrets : mapping
    """
    places = {name: _into_keyring(store, name, value) for name, value in secrets.items()}
    # The transaction is the lock of the file as well.
    with store.database.transaction() as connection:
        kept = {name: value for name, value in _load(store).items() if name not in secrets}
        new = {name: value for name, value in secrets.items() if places[name] == FILE}
        _save(store, {**kept, **new})
        for name, place in places.items():
            _note(connection, name, place)


def delete(store: Store, chosen: Iterable[str]) -> None:
    """Forget secrets.

    Parameters
    ----------
    store : Store
    chosen : iterable of str
    """
    gone = set(chosen)
    for name in gone:
        entry = store.registry.get(KIND, name)
        backend = _backend() if entry is not None and entry.body["where"] == KEYRING else None
        if backend is not None:
            _try(backend.delete_password, _service(store), name)
    with store.database.transaction() as connection:
        _save(store, {name: value for name, value in _load(store).items() if name not in gone})
        for name in gone:
            connection.execute("DELETE FROM registry WHERE kind = ? AND name = ?", (KIND, name))


def values(store: Store) -> dict[str, str]:
    """Return the secrets that logs and errors must not show, by name.

    A keyring that does not answer within a few seconds (it may be asking somebody to unlock it) is
    not waited for: runs go on, without those secrets being known.

    Parameters
    ----------
    store : Store

    Returns
    -------
    dict
    """
    entries = store.registry.entries(KIND)
    if not entries:
        return {}
    try:
        found = _load(store)
    except StoreError:
        found = {}  # then nobody can read one, either
    asked = [entry for entry in entries if entry.body["where"] == KEYRING]
    if asked:
        service = _service(store)
        keys = {entry.name: (service, entry.name, entry.created) for entry in asked}
        missing = [key for key in keys.values() if key not in _known]
        if missing:
            thread = threading.Thread(target=_ask, args=(missing,), daemon=True)
            thread.start()
            thread.join(_PATIENCE_SECONDS)
            if thread.is_alive():
                log.warning("the keyring does not answer; its secrets are not masked")
        found |= {name: _known[key] for name, key in keys.items() if key in _known}
    return {name: value for name, value in found.items() if len(value) >= SHORTEST_DECLARED}


def _ask(keys: list[tuple[str, str, float]]) -> None:
    backend = _backend()
    for key in keys if backend is not None else ():
        value = _try(backend.get_password, *key[:2])
        if isinstance(value, str):
            _known[key] = value


def _backend() -> Any:
    """Return the keyring of this system if it has one that is fit for use, else None."""
    try:
        import keyring  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    found = _try(keyring.get_keyring)
    # Below 1 are those that keep nothing, refuse everything, or are not recommended.
    priority = _try(lambda: float(found.priority)) if found is not None else None
    return found if priority is not None and priority >= 1 else None


def _into_keyring(store: Store, name: str, value: str) -> str:
    backend = _backend()
    if backend is None:
        return FILE
    service = _service(store)
    _try(backend.set_password, service, name, value)
    return KEYRING if _try(backend.get_password, service, name) == value else FILE


def _try(call: Any, *arguments: Any) -> Any:
    """Return what a keyring answers, None if it fails: backends raise whatever they like."""
    try:
        return call(*arguments)
    except Exception as error:  # noqa: BLE001 - see above
        log.debug("the keyring: %s", type(error).__name__)  # its words may hold the secret
        return None


def _service(store: Store) -> str:
    entry = store.registry.get(_SERVICE, "id")
    if entry is None:
        # Not the workspace's name: two folders may hold workspaces of one name.
        entry = store.registry.put(_SERVICE, "id", {})
    return f"synapse-magics/{entry.id}"


def _note(connection: sqlite3.Connection, name: str, place: str) -> None:
    entry = registry.saved_entry(KIND, str(uuid.uuid4()), {"where": place})
    registry.write(connection, replace(entry, name=name))


def _file(store: Store) -> Path:
    return store.folder / _FILE_NAME


def _load(store: Store) -> dict[str, str]:
    try:
        found = json.loads(_file(store).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise StoreError(
            "the file of the workspace's secrets cannot be read",
            where=str(_file(store)),
            hint="delete the file, and set the secrets again",
        ) from None
    return {str(name): str(value) for name, value in found.items()}


def _save(store: Store, secrets: Mapping[str, str]) -> None:
    file = _file(store)
    if not secrets:
        file.unlink(missing_ok=True)
        return
    part = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as target:
            json.dump(dict(secrets), target)
            target.flush()
            os.fsync(descriptor)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
