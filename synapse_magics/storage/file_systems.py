"""Open the file system of a place with fsspec, with its limits of time and its credential."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.storage import credentials
from synapse_magics.storage.addresses import AZURE, HTTP
from synapse_magics.storage.errors import MissingExtraError
from synapse_magics.storage.failures import explain
from synapse_magics.storage.places import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.storage.credentials import Secrets
    from synapse_magics.storage.places import Place

CONNECT_SECONDS = 5
READ_SECONDS = 60
CONCURRENT = 4
"""How many pieces of one large file are on their way at a time."""

_PIECE = 8 * 1024 * 1024

_lock = threading.Lock()
# Connections cost; the process is part of the key because none survives a fork.
_open: dict[tuple[int, Place, str | None], OpenPlace] = {}


@dataclass(frozen=True)
class OpenPlace:
    """A place whose file system is open.

    Parameters
    ----------
    place : Place
    fs : fsspec.AbstractFileSystem
    root : str
        What the file system calls the place.
    """

    place: Place
    fs: Any
    root: str

    def path(self, relative: str) -> str:
        """Return what the file system calls a path below the place."""
        below = relative.strip("/")
        if not below:
            return self.root
        return f"{self.root.rstrip('/')}/{below}"

    @property
    def has_container(self) -> bool:
        """Whether its bucket or container is there; what has none always is."""
        scheme, name = self.place.address.scheme, self.place.address.container
        if scheme in AZURE:
            return bool(self.fs.has_container(name))
        if scheme == "s3":
            try:
                self.fs.info(name)
            except FileNotFoundError:
                return False
        return True

    def make_container(self) -> None:
        """Make its bucket, container or folder."""
        if self.place.address.scheme in AZURE:
            self.fs.make_container(self.place.address.container)
        elif self.place.address.scheme == "s3":
            self.fs.mkdir(self.place.address.container)
        else:
            self.fs.makedirs(self.root, exist_ok=True)

    def __repr__(self) -> str:
        return f"OpenPlace({self.place})"


def file_system(place: Place, secrets: Secrets | None = None) -> OpenPlace:
    """Open the file system of a place.

    Parameters
    ----------
    place : Place
    secrets : callable, optional
        What returns a secret of the keyvault by its name.

    Returns
    -------
    OpenPlace

    Raises
    ------
    MissingExtraError
        If its library is not installed; it names the extra.
    WrongCredentialError
        If the credential's reference leads to nothing.
    StorageError
        If it cannot be opened.
    """
    value = credentials.value_of(place, secrets)
    key = (os.getpid(), place, value)
    with _lock:
        found = _open.get(key)
        if found is None:
            try:
                found = _open[key] = _opened(place, value)
            except ImportError as error:
                raise MissingExtraError(
                    f"{place.address.scheme}:// needs a library that is not installed: {error}",
                    where=str(place),
                    hint=f"pip install 'synapse-magics[{place.extra}]'"
                    if place.extra
                    else "pip install fsspec",
                ) from error
            except (OSError, ValueError) as error:
                raise explain(error, place, value=value) from error
    return found


def _opened(place: Place, value: str | None) -> OpenPlace:
    import fsspec  # noqa: PLC0415 - not needed by who has local data alone

    address = place.address
    fresh: dict[str, Any] = {"skip_instance_cache": True, "use_listings_cache": False}
    if address.scheme == "file":
        return OpenPlace(place, fsspec.filesystem("file"), f"/{address.path}")
    if address.scheme == "memory":
        # The process's one, so that everybody in it sees the same files.
        root = f"/{address.authority}/{address.path}".rstrip("/")
        return OpenPlace(place, fsspec.filesystem("memory"), root)
    if address.scheme == "s3":
        made = fsspec.filesystem("s3", **_s3(place, value), **fresh)
        made.retries = 2  # each of which has the library's own within
        return OpenPlace(place, made, f"{address.authority}/{address.path}".rstrip("/"))
    if address.scheme in AZURE:
        from synapse_magics.storage.azure import azure_file_system  # noqa: PLC0415 - an extra

        root = f"{address.container}/{address.path}".rstrip("/")
        return OpenPlace(place, azure_file_system(place, value, fresh), root)
    if address.scheme in HTTP:
        return OpenPlace(place, fsspec.filesystem("http", **_http(value), **fresh), str(address))
    host, _, port = address.authority.partition(":")
    options: dict[str, Any] = {"host": host, **dict(place.options)}
    if port:
        options["port"] = int(port)
    if "use_https" in options:
        options["use_https"] = str(options["use_https"]).lower() == "true"
    return OpenPlace(place, fsspec.filesystem(address.scheme, **options), f"/{address.path}")


def _s3(place: Place, value: str | None) -> Mapping[str, Any]:
    import s3fs  # noqa: F401, PLC0415 - so that what is missing is named

    client = {"endpoint_url": place.option("endpoint_url"), "region_name": place.option("region")}
    options: dict[str, Any] = {
        "client_kwargs": {name: text for name, text in client.items() if text},
        "config_kwargs": {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": READ_SECONDS,
            "retries": {"max_attempts": 2},
        },
        "default_block_size": _PIECE,
        "max_concurrency": CONCURRENT,
    }
    if place.credential == ANONYMOUS:
        options["anon"] = True
    if value is not None:
        parts = value.split(":")
        if place.option("access_key_id"):
            parts.insert(0, str(place.option("access_key_id")))
        options |= dict(zip(("key", "secret", "token"), parts, strict=False))
    return options


def _http(value: str | None) -> Mapping[str, Any]:
    import aiohttp  # noqa: PLC0415 - an extra

    limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS)
    options: dict[str, Any] = {"client_kwargs": {"timeout": limits}}
    if value is not None:
        options["headers"] = {"Authorization": f"Bearer {value}"}
    return options
