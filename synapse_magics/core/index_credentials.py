"""Credentials in the addresses of package indexes: kept in the keyvault, and nowhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from synapse_magics.store import vault
from synapse_magics.store.requirements import VAULT, credentials

if TYPE_CHECKING:
    from synapse_magics.store.store import Store

_ADDRESS = re.compile(r"https?://[^\s/]*@[^\s/]+")


def into_keyvault(store: Store, data: Any, *, save: bool = True) -> Any:
    """Put the credentials in addresses into the keyvault, and what refers to them in their place.

    The name of the secret is made of the index's host and user, so a new credential of the same
    user takes the place of the old one.

    Parameters
    ----------
    store : Store
    data
        JSON data.
    save : bool
        Else only say what would be there.

    Returns
    -------
    JSON data
    """
    if isinstance(data, dict):
        return {key: into_keyvault(store, value, save=save) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [into_keyvault(store, item, save=save) for item in data]
    if not isinstance(data, str):
        return data
    return _ADDRESS.sub(lambda found: _kept(store, found[0], save=save), data)


def _kept(store: Store, address: str, *, save: bool) -> str:
    secrets = credentials(address)
    if not secrets:
        return address
    parts = urlsplit(address)
    user = parts.username if parts.password else ""
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"index-{parts.hostname}-{user}").strip("-")
    if save and vault.read(store, name) != secrets[0]:
        vault.write(store, {name: secrets[0]})
    head, _, host = address.rpartition("@")
    return f"{head.removesuffix(secrets[0])}${{{VAULT}{name}}}@{host}"
