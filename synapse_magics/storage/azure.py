"""Storage of Azure's through adlfs, with any endpoint, our limits of time, and no hidden login."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from adlfs import AzureBlobFileSystem
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from fsspec.asyn import sync

from synapse_magics.storage.places import AZURE_IDENTITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.storage.places import Place

_CONNECT_SECONDS = 5
_READ_SECONDS = 60
_CONCURRENT = 4


class _AzureFileSystem(AzureBlobFileSystem):  # type: ignore[misc]
    """adlfs with a client of ours: its own takes no endpoint without TLS and waits for minutes."""

    def __init__(self, *, account_url: str, login: Any, **options: Any) -> None:
        self.account_url = account_url
        self._login = login
        # anon: else adlfs logs in as somebody by itself. assume_container_exists: it looks by
        # what many a signature does not allow, and warns.
        super().__init__(anon=True, assume_container_exists=True, **options)

    def do_connect(self) -> None:
        """Make the client."""
        self.service_client = BlobServiceClient(
            account_url=self.account_url,
            credential=self._login,
            connection_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retry_total=2,
            retry_connect=2,
            initial_backoff=1,
            increment_base=2,
        )

    def has_container(self, name: str) -> bool:
        """Tell whether there is a container, by looking into it."""

        async def look() -> bool:
            async with self.service_client.get_container_client(name) as client:
                try:
                    async for _ in client.list_blobs(results_per_page=1):
                        break
                except ResourceNotFoundError:
                    return False
            return True

        return bool(sync(self.loop, look))

    def make_container(self, name: str) -> None:
        """Make a container."""

        async def make() -> None:
            await self.service_client.create_container(name)

        sync(self.loop, make)


def azure_file_system(place: Place, value: str | None, fresh: Mapping[str, Any]) -> Any:
    """Open a container.

    Parameters
    ----------
    place : Place
    value : str, optional
        An account key, a signature (SAS), a connection string or, with the options ``tenant_id``
        and ``client_id``, a client's secret.
    fresh : mapping
        Options of every file system of fsspec.

    Returns
    -------
    fsspec.AbstractFileSystem
    """
    address = place.address
    host = address.authority.partition("@")[2].replace(".dfs.", ".blob.", 1)
    url = place.option("endpoint_url") or f"https://{host}"
    if value is None and place.credential is None:
        value = _from_environment()
    login: Any = None
    if place.credential == AZURE_IDENTITY:
        from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415 - slow

        login = DefaultAzureCredential()
    elif value is not None and place.option("client_id"):
        from azure.identity.aio import ClientSecretCredential  # noqa: PLC0415 - slow

        login = ClientSecretCredential(
            str(place.option("tenant_id")), str(place.option("client_id")), value
        )
    elif value is not None:
        url, login = _with_text(url, address.account, value)
    return _AzureFileSystem(
        account_name=address.account,
        account_url=url,
        login=login,
        max_concurrency=_CONCURRENT,
        **fresh,
    )


def _with_text(url: str, account: str, value: str) -> tuple[str, Any]:
    if "AccountName=" in value or "BlobEndpoint=" in value:
        parts = dict(part.split("=", 1) for part in value.split(";") if "=" in part)
        url = parts.get("BlobEndpoint", url)
        account = parts.get("AccountName", account)
        value = parts.get("AccountKey") or parts.get("SharedAccessSignature", "")
    if "sig=" in value:
        return f"{url}?{value.lstrip('?')}", None
    # The name is not in an address such as http://127.0.0.1:10000/account.
    return url, AzureNamedKeyCredential(account, value)


def _from_environment() -> str | None:
    """Return what adlfs would take: the variables of the Azure command line."""
    for name in ("CONNECTION_STRING", "ACCOUNT_KEY", "SAS_TOKEN"):
        found = os.environ.get(f"AZURE_STORAGE_{name}")
        if found:
            return found
    return None
