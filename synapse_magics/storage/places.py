"""A place: an address, how to get there, and where its credential is to be found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synapse_magics.storage.addresses import AZURE, Address, parse
from synapse_magics.storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

ANONYMOUS = "anonymous"
AZURE_IDENTITY = "azure-identity"

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|keyvault:[0-9a-zA-Z-]{1,127}")
_OPTIONS: dict[str, tuple[str, ...]] = {
    "s3": ("access_key_id", "endpoint_url", "region"),
    "abfss": ("client_id", "endpoint_url", "tenant_id"),
    "wasbs": ("client_id", "endpoint_url", "tenant_id"),
    "hdfs": ("kerb_ticket", "user"),
    "webhdfs": ("use_https", "user"),
}


@dataclass(frozen=True)
class Place:
    """Where data lies, as plain data without any secret.

    Parameters
    ----------
    address : Address
    options : tuple of tuple
        Names and values, such as ``endpoint_url`` and ``region``.
    credential : str, optional
        ``env:NAME``, ``keyvault:NAME``, ``azure-identity`` or ``anonymous``. Without one, the
        library of that storage looks where it always does; of Azure's, nobody is logged in.
    """

    address: Address
    options: tuple[tuple[str, str], ...] = field(default=())
    credential: str | None = None

    @property
    def extra(self) -> str | None:
        """The extra of this package that it needs."""
        return extra_of(self.address.scheme)

    @property
    def in_memory(self) -> bool:
        """Whether it ends with the process that made it."""
        return self.address.scheme == "memory"

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written there."""
        return self.address.scheme in {"http", "https"}

    def option(self, name: str) -> str | None:
        """Return an option, None if it was not given."""
        return dict(self.options).get(name)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, for the registry and for tasks.

        Returns
        -------
        dict
        """
        found: dict[str, Any] = {"address": str(self.address)}
        if self.options:
            found["options"] = dict(self.options)
        if self.credential is not None:
            found["credential"] = self.credential
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Place:
        """Return the place that plain data describe.

        Parameters
        ----------
        data : mapping

        Returns
        -------
        Place
        """
        return make_place(data["address"], data.get("options"), data.get("credential"))

    def __str__(self) -> str:
        return str(self.address)


def make_place(
    address: str, options: Mapping[str, object] | None = None, credential: str | None = None
) -> Place:
    """Make a place of what a person wrote.

    Parameters
    ----------
    address : str
    options : mapping, optional
        None of them secret: ``endpoint_url``, ``region``, ``access_key_id`` of S3;
        ``endpoint_url``, ``tenant_id``, ``client_id`` of Azure; ``user``, ``kerb_ticket`` of HDFS.
    credential : str, optional
        A reference, never the secret itself.

    Returns
    -------
    Place

    Raises
    ------
    StorageError
        If an option is unknown, or the credential is no reference.
    """
    where = parse(address)
    known = _OPTIONS.get(where.scheme, ())
    for name in options or ():
        if name not in known:
            raise StorageError(
                f"{name!r} is no option of {where.scheme}://",
                where=str(where),
                hint=f"one of {', '.join(known)}; a secret is given by credential="
                if known
                else "there are none; a secret is given by credential=",
            )
    given = {name: value for name, value in (options or {}).items() if value is not None}
    check_reference(where, credential)
    return Place(
        where, tuple(sorted((name, str(value)) for name, value in given.items())), credential
    )


def check_reference(address: Address, credential: str | None) -> None:
    """Refuse what is no reference to a credential; the text is not repeated, it may be one.

    Parameters
    ----------
    address : Address
    credential : str, optional
    """
    if credential is None or _REFERENCE.fullmatch(credential):
        return
    if credential == ANONYMOUS or (credential == AZURE_IDENTITY and address.scheme in AZURE):
        return
    raise StorageError(
        "the credential is no reference to one",
        where=str(address),
        hint="'env:VARIABLE', 'keyvault:SECRET', 'anonymous', or 'azure-identity' for Azure; "
        "workspace.get_default_keyvault().set_secret('name', value) keeps a secret",
    )


def extra_of(scheme: str) -> str | None:
    """Return the extra that a scheme needs, None if none.

    Parameters
    ----------
    scheme : str

    Returns
    -------
    str or None
    """
    if scheme in AZURE:
        return "azure"
    return {"s3": "s3", "http": "http", "https": "http", "hdfs": "hdfs", "webhdfs": "hdfs"}.get(
        scheme
    )
