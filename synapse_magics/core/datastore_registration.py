"""Register datastores: folders, places elsewhere, and references; secrets go to the keyvault."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core._console import say
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.open_stores import DEFAULT_DATASTORE, FILE_DATASTORE
from synapse_magics.storage import transfers
from synapse_magics.storage.places import AZURE_IDENTITY, Place, make_place
from synapse_magics.store import vault
from synapse_magics.store.places import secrets_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.datastore import Datastore
    from synapse_magics.core.workspace import Workspace

KIND = "datastore"
SECRETS = (
    "account_key",
    "sas_token",
    "client_secret",
    "user_password",
    "password",
    "kerberos_password",
)
"""Parameters of the SDK that hold a secret, the one that counts first."""

_TYPES = {
    "file": "LocalFolder",
    "memory": "Memory",
    "s3": "AmazonS3",
    "wasbs": "AzureBlob",
    "abfss": "AzureDataLakeGen2",
    "http": "Http",
    "https": "Http",
    "hdfs": "Hdfs",
    "webhdfs": "Hdfs",
}
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")


def register_address(
    workspace: Workspace,
    name: str,
    address: str,
    credential: str | None,
    options: Mapping[str, object] | None,
    *,
    overwrite: bool,
) -> Datastore:
    """Register a datastore of any kind, see ``Datastore.register``."""
    check_free(workspace, name, overwrite=overwrite)
    place = make_place(address, options, credential)
    body: dict[str, Any] = {"type": _TYPES[place.address.scheme]}
    if place.address.is_local:
        body |= {"root": _local_root(workspace, Path("/", place.address.path))}
    else:
        body |= {"container_name": place.address.container, "protocol": place.address.scheme}
        if place.address.account:
            host = place.address.authority.partition("@")[2]
            body |= {"account_name": place.address.account, "endpoint": host.split(".", 2)[-1]}
        elif place.option("endpoint_url"):
            body["endpoint"] = place.option("endpoint_url")
        body["place"] = place.to_json()
    return put(workspace, name, body)


def _local_root(workspace: Workspace, folder: Path) -> str:
    if not folder.is_dir():
        raise UserErrorException(
            "the folder does not exist", where=str(folder), hint="make it first, or see its path"
        )
    # Relative where it can be, so that a copy of the project opens elsewhere.
    if folder.is_relative_to(workspace.folder):
        return os.path.relpath(folder, workspace.store.folder)
    return str(folder)


def azure_place(
    scheme: str, container: str, account: str, protocol: str | None, endpoint: str | None
) -> tuple[str, dict[str, object]]:
    """Return the address and the options of a container, from the SDK's parameters.

    Parameters
    ----------
    scheme : str
        ``wasbs`` or ``abfss``.
    container, account : str
    protocol : str, optional
        ``https`` if missing.
    endpoint : str, optional
        ``core.windows.net`` if missing; host and port of an emulator.

    Returns
    -------
    tuple
    """
    protocol, end = protocol or "https", endpoint or "core.windows.net"
    kind = "dfs" if scheme == "abfss" else "blob"
    options: dict[str, object] = {}
    if not _DOMAIN.fullmatch(end):  # an emulator has the account in the path
        options["endpoint_url"] = f"{protocol}://{end.strip('/')}/{account}"
        end = "core.windows.net"
    elif protocol != "https":
        options["endpoint_url"] = f"{protocol}://{account}.blob.{end}"
    return f"{scheme}://{container}@{account}.{kind}.{end}", options


def register_azure(
    workspace: Workspace,
    name: str,
    kind: str,
    body: dict[str, Any],
    *,
    overwrite: bool,
    place: tuple[str, dict[str, object]] | None = None,
) -> Datastore:
    """Register storage by the SDK's parameters; a secret among them goes to the keyvault.

    Parameters
    ----------
    workspace : Workspace
    name : str
    kind : str
        The SDK's word.
    body : dict
        The SDK's parameters.
    overwrite : bool
    place : tuple, optional
        An address and its options, where the data can be accessed.

    Returns
    -------
    Datastore
    """
    check_free(workspace, name, overwrite=overwrite)
    given = {key: body.pop(key) for key in SECRETS if body.get(key) is not None}
    body = {"type": kind, **{key: value for key, value in body.items() if value is not None}}
    secret = next(((key, given[key]) for key in SECRETS if key in given), None)
    reference = None if secret is None else f"{name}-{secret[0]}".replace("_", "-")
    reference = None if reference is None else f"datastore-{reference}"
    if place is not None:
        credential = AZURE_IDENTITY if reference is None else f"keyvault:{reference}"
        made = make_place(*place, credential)
        _look(workspace, made, body, None if secret is None else secret[1])
        body["place"] = made.to_json()
    elif reference is not None:
        body["credential"] = f"keyvault:{reference}"
    if secret is not None:
        vault.write(workspace.store, {str(reference): str(secret[1])})
        say(
            f"The {secret[0]} of datastore {name} is kept in the workspace's keyvault, as "
            f"{reference}."
        )
    return put(workspace, name, body)


def _look(workspace: Workspace, place: Place, body: Mapping[str, Any], value: str | None) -> None:
    """Try a key before it is kept, as Azure ML does, and make the container if that is wished."""
    ask = secrets_of(workspace.store) if value is None else lambda _: value
    if body.get("create_if_not_exists"):
        transfers.make_container(place, secrets=ask)
    elif value is not None and body.get("skip_validation") is False:
        transfers.check(place, secrets=ask)


def check_free(workspace: Workspace, name: str, *, overwrite: bool) -> None:
    """Refuse a name that is none for a datastore, or is taken.

    Parameters
    ----------
    workspace : Workspace
    name : str
    overwrite : bool
        Whether a registration may be replaced; those that every workspace has may not.
    """
    names.check_datastore(name)
    own = name in {DEFAULT_DATASTORE, FILE_DATASTORE}
    if workspace.store.registry.get(KIND, name) is not None and (own or not overwrite):
        raise UserErrorException(
            f"Another datastore is already registered under the name {name}.",
            hint="another name: every workspace has that one"
            if own
            else "overwrite=True replaces it",
        )


def put(workspace: Workspace, name: str, body: Mapping[str, Any]) -> Datastore:
    """Write a registration, and return its datastore.

    Parameters
    ----------
    workspace : Workspace
    name : str
    body : mapping

    Returns
    -------
    Datastore
    """
    from synapse_magics.core.datastore import Datastore  # noqa: PLC0415 - a cycle otherwise

    existing = workspace.store.registry.get(KIND, name)
    default = existing is not None and existing.body.get("default", False)
    workspace.store.registry.put(KIND, name, {**body, "default": default})
    return Datastore(workspace, name)
