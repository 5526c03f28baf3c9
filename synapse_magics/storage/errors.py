"""What can go wrong with data that lies elsewhere; each error names the address, none a secret."""

from __future__ import annotations

from synapse_magics._errors import SynapseMagicsError


class StorageError(SynapseMagicsError, ValueError):
    """Something about data that lies elsewhere is wrong."""


class AddressError(StorageError):
    """A text that is no address, or none that is supported."""


class MissingExtraError(StorageError, ImportError):
    """The library for this kind of storage is not installed."""


class NothingThereError(StorageError, FileNotFoundError):
    """No file lies at an address, or the bucket or container does not exist."""


class NoContainerError(NothingThereError):
    """There is no bucket or container of that name."""


class NoPermissionError(StorageError, PermissionError):
    """The credential does not allow this."""


class WrongCredentialError(NoPermissionError):
    """The credential is missing, or the service does not accept it."""


class UnreachableError(StorageError, ConnectionError):
    """The service does not answer."""


class ReadOnlyError(StorageError):
    """Nothing can be written to this kind of storage."""


class TransferError(StorageError, OSError):
    """A file could not be copied."""

    def __str__(self) -> str:
        return SynapseMagicsError.__str__(self)
