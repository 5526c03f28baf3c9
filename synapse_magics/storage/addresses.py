"""Addresses of data: one way to write each, whichever of its ways somebody used."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from synapse_magics.storage.errors import AddressError

if TYPE_CHECKING:
    from collections.abc import Iterable

AZURE = frozenset({"abfss", "wasbs"})
HTTP = frozenset({"http", "https"})
HDFS = frozenset({"hdfs", "webhdfs"})

# Without TLS is not spoken to Azure; Hadoop's names of S3 are S3.
_SAME = {"s3a": "s3", "s3n": "s3", "abfs": "abfss", "wasb": "wasbs"}
# What Azure calls a file system of one address is the container of the other.
_TWINS = {"abfss": ("wasbs", ".dfs.", ".blob."), "wasbs": ("abfss", ".blob.", ".dfs.")}
_SCHEMES = frozenset({"file", "memory", "s3", *AZURE, *HTTP, *HDFS})
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_BLOB_HOST = re.compile(r"[a-z0-9]+\.blob\.core\.[a-z0-9.-]+")
_SECRET_QUERY = re.compile(
    r"[?&](?:sig|signature|token|access_token|api[_-]?key|password|x-amz-(?:signature|credential"
    r"|security-token)|key|secret|awsaccesskeyid)=",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Address:
    """Where something lies.

    Parameters
    ----------
    scheme : str
        ``file``, ``memory``, ``s3``, ``abfss``, ``wasbs``, ``http``, ``https``, ``hdfs`` or
        ``webhdfs``.
    authority : str
        The bucket, ``container@host``, or host and port; empty for a file.
    path : str
        Below it, without a ``/`` at its ends; of a file, the whole path.
    """

    scheme: str
    authority: str
    path: str = ""

    def __str__(self) -> str:
        lead = "/" if self.scheme == "file" or self.path else ""
        return f"{self.scheme}://{self.authority}{lead}{self.path}"

    @property
    def root(self) -> Address:
        """The bucket, container or host alone."""
        return replace(self, path="")

    @property
    def container(self) -> str:
        """The bucket, container or file system."""
        return self.authority.partition("@")[0]

    @property
    def account(self) -> str:
        """The storage account of an address of Azure's; else empty."""
        return self.authority.partition("@")[2].partition(".")[0]

    @property
    def is_local(self) -> bool:
        """Whether it is a path of this machine."""
        return self.scheme == "file"

    def join(self, relative: str) -> Address:
        """Return the address of a path below this one."""
        below = "/".join(part for part in (self.path, relative.strip("/")) if part)
        return replace(self, path=below)


def is_address(text: object) -> bool:
    """Tell whether a text is written as an address with a scheme.

    Parameters
    ----------
    text : object

    Returns
    -------
    bool
    """
    return isinstance(text, str) and _SCHEME.fullmatch(text) is not None


def parse(text: str) -> Address:
    """Read an address.

    Parameters
    ----------
    text : str
        A URI, or a path of this machine.

    Returns
    -------
    Address
        ``s3a`` is ``s3``; the URL of a blob is a ``wasbs`` address.

    Raises
    ------
    AddressError
        If it is none, of a scheme that is not supported, leaves its bucket, or has a secret in it.
    """
    found = _SCHEME.fullmatch(text)
    if found is None:
        if not text.strip():
            raise AddressError("an address is empty", hint="s3://bucket/folder, or /a/local/folder")
        return Address("file", "", str(Path(text).expanduser().absolute()).strip("/"))
    scheme, rest = found[1].lower(), found[2]
    scheme = _SAME.get(scheme, scheme)
    if scheme not in _SCHEMES:
        raise AddressError(
            f"addresses of the kind {scheme}:// are not supported",
            hint=f"one of {', '.join(f'{name}://' for name in sorted(_SCHEMES))}",
        )
    authority, _, path = rest.partition("/")
    _refuse_secrets(scheme, authority, rest)
    if scheme == "file":
        if authority not in {"", "localhost"}:
            raise AddressError(
                f"{authority!r} is another machine", hint="file:///folder of this machine"
            )
        return Address(scheme, "", path.strip("/"))
    # A '?' is a wildcard of a glob, except on the web.
    if ".." in PurePosixPath(path.partition("?")[0] if scheme in HTTP else path).parts:
        raise AddressError(f"{path!r} leaves {scheme}://{authority}", hint="a path without '..'")
    if scheme in HTTP:
        return _web(scheme, authority, path)
    if scheme in AZURE:
        return _azure(scheme, authority, path)
    if not authority:
        where = "a host" if scheme in HDFS else "a bucket"
        raise AddressError(
            f"{text!r} names no {where.split()[1]}", hint=f"{scheme}://{where.split()[1]}/folder"
        )
    return Address(scheme, authority, path.strip("/"))


def _web(scheme: str, authority: str, path: str) -> Address:
    host = authority.lower()
    if not host:
        raise AddressError(f"{scheme}:///{path} names no host", hint=f"{scheme}://host/file.csv")
    container, _, blob = path.partition("/")
    if _BLOB_HOST.fullmatch(host) and container:
        return Address("wasbs", f"{container}@{host}", blob.strip("/"))
    return Address(scheme, host, path.partition("#")[0])


def _azure(scheme: str, authority: str, path: str) -> Address:
    container, _, host = authority.partition("@")
    if not container or not host:
        kind = "dfs" if scheme == "abfss" else "blob"
        raise AddressError(
            f"{scheme}://{authority} does not name a container and an account",
            hint=f"{scheme}://container@account.{kind}.core.windows.net/folder",
        )
    return Address(scheme, f"{container}@{host.lower()}", path.strip("/"))


def _refuse_secrets(scheme: str, authority: str, rest: str) -> None:
    at, secret = authority.rpartition("@")[0], False
    if scheme not in AZURE:
        secret = bool(at)
    elif ":" in at:
        secret = True
    if secret or (scheme in {*HTTP, *AZURE} and _SECRET_QUERY.search(rest)):
        host = urlsplit(f"{scheme}://{authority.rpartition('@')[2]}").netloc
        raise AddressError(
            "there is a secret in an address, and addresses are kept and shown",
            where=f"{scheme}://{host}",
            hint="register a datastore for it, with the secret's name: Datastore.register(ws, "
            "'name', 'address', credential='env:VARIABLE' or 'keyvault:SECRET')",
        )


def twin(address: Address) -> Address | None:
    """Return the other address of what lies in Azure: of blobs, or of a data lake.

    Parameters
    ----------
    address : Address

    Returns
    -------
    Address or None
        None if there is none.
    """
    scheme, own, other = _TWINS.get(address.scheme, ("", "", ""))
    if not scheme or own not in address.authority:
        return None
    return replace(address, scheme=scheme, authority=address.authority.replace(own, other, 1))


def blob_url(address: Address) -> str | None:
    """Return the address on the web of what lies in Azure.

    Parameters
    ----------
    address : Address

    Returns
    -------
    str or None
        None if it has none.
    """
    blobs = address if address.scheme == "wasbs" else twin(address)
    if blobs is None or blobs.scheme != "wasbs":
        return None
    host = blobs.authority.partition("@")[2]
    return "/".join(part for part in (f"https://{host}", blobs.container, blobs.path) if part)


def spellings(scheme: str) -> set[str]:
    """Return the schemes by which the same data is addressed.

    Parameters
    ----------
    scheme : str
        One of an :class:`Address`.

    Returns
    -------
    set of str
    """
    same = {scheme, _TWINS.get(scheme, (scheme,))[0]}
    return same | {other for other, name in _SAME.items() if name in same}


def covering(address: Address, prefixes: Iterable[Address]) -> Address | None:
    """Return the longest of some addresses that another one lies at or below, None without one.

    Parameters
    ----------
    address : Address
    prefixes : iterable of Address

    Returns
    -------
    Address or None
    """
    fitting = [
        prefix
        for prefix in prefixes
        if (prefix.scheme, prefix.authority) == (address.scheme, address.authority)
        and (not prefix.path or f"{address.path}/".startswith(f"{prefix.path}/"))
    ]
    return max(fitting, key=lambda prefix: len(prefix.path), default=None)
