"""Say in words of ours what a library of some storage raised: the address, never a secret."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from synapse_magics.storage.credentials import mask
from synapse_magics.storage.errors import (
    NoContainerError,
    NoPermissionError,
    NothingThereError,
    StorageError,
    TransferError,
    UnreachableError,
    WrongCredentialError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_magics.storage.places import Place

_WRONG = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidClientTokenId",
    "ExpiredToken",
    "InvalidToken",
    "TokenRefreshRequired",
    "AuthenticationFailed",
    "InvalidAuthenticationInfo",
    "NoAuthenticationInformation",
    "NoCredentialsError",
    "PartialCredentialsError",
    "ClientAuthenticationError",
    "CredentialUnavailableError",
}
_REFUSED = {
    "AccessDenied",
    "AuthorizationFailure",
    "AuthorizationPermissionMismatch",
    "AuthorizationFailed",
    "AccountIsDisabled",
    "PublicAccessNotPermitted",
    "403",
}
_NO_BUCKET = {"NoSuchBucket", "ContainerNotFound", "FilesystemNotFound", "ContainerBeingDeleted"}
_MISSING = {"NoSuchKey", "BlobNotFound", "ResourceNotFoundError", "PathNotFound", "404"}
_SILENT = {
    "EndpointConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ConnectionClosedError",
    "HTTPClientError",
    "ServiceRequestError",
    "ServiceResponseError",
    "ServiceRequestTimeoutError",
    "ServiceResponseTimeoutError",
    "ClientConnectorError",
    "ClientConnectorDNSError",
    "ClientConnectionError",
    "ClientOSError",
    "ServerTimeoutError",
    "ServerDisconnectedError",
    "ServerConnectionError",
    "SocketTimeoutError",
    "ConnectionTimeoutError",
    "FSTimeoutError",
}


def explain(
    error: BaseException, place: Place, path: str = "", *, value: str | None = None
) -> StorageError:
    """Return the error of ours for what a library raised.

    Parameters
    ----------
    error : BaseException
    place : Place
    path : str
        Below the place.
    value : str, optional
        The credential's value, which the texts of some libraries repeat.

    Returns
    -------
    StorageError
    """
    if isinstance(error, StorageError):
        return error
    where = str(place.address.join(path))
    names = {name for item in _chain(error) for name in _names(item)}
    kind, message, hint = _meaning(error, names, place)
    if not issubclass(kind, NothingThereError):
        message += mask(_said(error), value) if message.endswith(": ") else ""
    endpoint = place.option("endpoint_url")
    if kind is UnreachableError and endpoint is not None:
        where += f" at {endpoint}"
    return kind(message, where=where, hint=hint)


def _meaning(
    error: BaseException, names: set[str], place: Place
) -> tuple[type[StorageError], str, str | None]:
    bucket = "bucket" if place.address.scheme == "s3" else "container"
    disk = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    cases: tuple[tuple[bool, type[StorageError], str, str | None], ...] = (
        (
            bool(names & _WRONG) or "401" in names,
            WrongCredentialError,
            "the credential is missing or not accepted: ",
            _login(place),
        ),
        (
            bool(names & _NO_BUCKET),
            NoContainerError,
            f"there is no {bucket} {place.address.container}",
            "its name in the address, or create it first",
        ),
        (
            bool(names & _REFUSED) or isinstance(error, PermissionError),
            NoPermissionError,
            "this is not permitted: ",
            _login(place),
        ),
        (
            bool(names & _MISSING) or isinstance(error, FileNotFoundError),
            NothingThereError,
            "nothing lies there",
            "the path, or the glob",
        ),
        (
            bool(names & _SILENT) or isinstance(error, (ConnectionError, TimeoutError)),
            UnreachableError,
            "the service does not answer: ",
            "the network, the name of the host in the address, or endpoint_url",
        ),
        (
            disk,
            TransferError,
            "the disk of this machine is full",
            "free some space, and run again",
        ),
    )
    for fits, kind, message, hint in cases:
        if fits:
            return kind, message, hint
    return TransferError, f"{type(error).__name__}: ", None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    item: BaseException | None = error
    while item is not None and id(item) not in seen:
        seen.add(id(item))
        yield item
        item = item.__cause__ or item.__context__


def _names(error: BaseException) -> Iterator[str]:
    for kind in type(error).__mro__:
        yield kind.__name__
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore's
        yield str(response.get("Error", {}).get("Code"))
        yield str(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    for name in ("error_code", "status_code", "status"):  # Azure's and aiohttp's
        found = getattr(error, name, None)
        if found is not None:
            yield str(getattr(found, "value", found))


def _said(error: BaseException) -> str:
    # The first line: Azure's errors go on with identifiers and the service's XML.
    lines = str(getattr(error, "message", "") or error).strip().splitlines()
    status = getattr(error, "status", None)  # aiohttp's
    return f"{status} {lines[0]}" if lines and status else lines[0] if lines else "no reason given"


def _login(place: Place) -> str:
    if place.credential is None:
        return (
            "credential='env:VARIABLE' or 'keyvault:SECRET' of the datastore names one; "
            "'anonymous' is for public data"
        )
    return f"the datastore's credential is {place.credential}"
