"""Datastores: named places for data: folders of this machine, and places elsewhere."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from synapse_magics.core import names
from synapse_magics.core.address_maps import AddressMaps
from synapse_magics.core.azure_datastores import AzureRegistrations
from synapse_magics.core.data_reference import DataReference
from synapse_magics.core.datastore_files import copy_in, copy_out
from synapse_magics.core.datastore_registration import KIND
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.core.local_files import files_of, without_state
from synapse_magics.core.open_stores import DEFAULT_DATASTORE, FILE_DATASTORE
from synapse_magics.store import registry
from synapse_magics.store.locations import RemoteDatastoreError
from synapse_magics.store.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typing_extensions import Self

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.registry import Entry

_KIND = KIND


class AbstractDatastore:
    """A datastore of a workspace.

    Parameters
    ----------
    workspace : Workspace
    name : str
    """

    def __init__(self, workspace: Workspace, name: str, body: Mapping[str, object]) -> None:
        self.workspace = workspace
        self.name = name
        self._body = body

    @property
    def datastore_type(self) -> str:
        """What kind it is, in Azure ML's words."""
        if "type" in self._body:
            return str(self._body["type"])
        return "AzureFile" if self.name == FILE_DATASTORE else "AzureBlob"

    @property
    def container_name(self) -> str | None:
        """The container, share or file system; of a local one, its own name."""
        return self._said("container_name", self.name)

    @property
    def account_name(self) -> str | None:
        """The storage account; ``local`` for a folder of this machine."""
        return self._said("account_name", "local")

    @property
    def protocol(self) -> str | None:
        """``https``, or ``file`` for a folder of this machine."""
        return self._said("protocol", "file")

    @property
    def endpoint(self) -> str | None:
        """The end of the account's address; ``local`` for a folder of this machine."""
        return self._said("endpoint", "local")

    @property
    def is_sas(self) -> bool:
        """Whether it was registered with a signature (SAS)."""
        place = self._body.get("place")
        credential = place.get("credential") if isinstance(place, dict) else None
        return str(credential).endswith("-sas-token")

    def _said(self, key: str, local: str) -> str | None:
        value = self._body.get(key, local if "root" in self._body else None)
        return None if value is None else str(value)

    @property
    def root(self) -> Path:
        """The local folder that it is; of one that lies elsewhere, what was brought of it.

        Raises
        ------
        NotSupportedError
            If it is a reference to data that cannot be accessed here.
        """
        try:
            return self.workspace.store.datastore_root(self.name)
        except RemoteDatastoreError as error:
            raise NotSupportedError(error.message, where=error.where, hint=error.hint) from error

    def set_as_default(self) -> None:
        """Make it the workspace's default datastore.

        Raises
        ------
        NotSupportedError
            If nothing that stays could be written to it.
        """
        _ = self.root
        place = place_of(self.workspace.store, self.name)
        if place is not None and (place.read_only or place.in_memory):
            raise NotSupportedError(
                f"{place.address.scheme}:// cannot be the default: steps write their outputs to it",
                where=f"datastore {self.name}",
                hint="a folder, or s3:// or abfss://",
            )
        store = self.workspace.store
        with store.database.transaction() as connection:
            for entry in store.registry.entries(_KIND):
                body = {**entry.body, "default": entry.name == self.name}
                registry.write(connection, replace(entry, body=body))

    def unregister(self) -> None:
        """Forget it; the data stays where it is.

        Raises
        ------
        UserErrorException
            If the workspace cannot do without it.
        """
        if self.name in {DEFAULT_DATASTORE, FILE_DATASTORE} or self._is_default():
            raise UserErrorException(
                f"the datastore {self.name} cannot be unregistered: it is the default one, or one "
                "that every workspace has",
                hint="set_as_default() of another one first"
                if self._is_default()
                else "leave it where it is",
            )
        self.workspace.store.registry.delete(_KIND, self.name)

    def _is_default(self) -> bool:
        entry = self.workspace.store.registry.get(_KIND, self.name)
        return entry is not None and bool(entry.body.get("default"))

    def path(
        self, path: str | None = None, data_reference_name: str | None = None
    ) -> DataReference:
        """Return a reference to a place on the datastore.

        Parameters
        ----------
        path : str, optional
        data_reference_name : str, optional
            Random if missing, as in Azure ML; the datastore's name without a path.

        Returns
        -------
        DataReference
        """
        return DataReference(self).path(path, data_reference_name)

    def as_mount(self) -> DataReference:
        """Return a reference to the whole datastore, in place."""
        return DataReference(self).as_mount()

    def as_download(self, path_on_compute: str | None = None) -> DataReference:
        """Return a reference to the whole datastore, as a local copy."""
        return DataReference(self).as_download(path_on_compute)

    def as_upload(self, path_on_compute: str | None = None) -> DataReference:
        """Return a reference to the datastore that takes a local folder after success."""
        return DataReference(self).as_upload(path_on_compute)

    def upload_files(
        self,
        files: Iterable[str],
        relative_root: str | None = None,
        target_path: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReference:
        """Copy local files to the datastore; those of a workspace's state folder are left out.

        Parameters
        ----------
        files : iterable of str
        relative_root : str, optional
            The part of the paths that is left out; the common folder if missing.
        target_path : str, optional
            Where on the datastore.
        overwrite : bool
            Without it, what is there already is skipped.
        show_progress : bool
            Print a line for each file, and show a bar if it takes long.

        Returns
        -------
        DataReference

        Raises
        ------
        UserErrorException
            If one is not a file that can be read.
        """
        if isinstance(files, (str, Path)):
            files = [str(files)]
        chosen = [str(file) for file in files]
        for file in chosen:
            if not Path(file).is_file():
                raise UserErrorException(
                    f"'{file}' does not point to a file. Please upload the file to cloud first "
                    "if running in a cloud notebook.",
                    where=str(Path(file).absolute()),
                )
            if not os.access(file, os.R_OK):
                raise UserErrorException(
                    f"'{file}' may not be read", where=str(Path(file).absolute())
                )
        paths = [_absolute(file) for file in chosen]
        if relative_root is not None:
            base = _absolute(relative_root)
        else:
            base = Path(os.path.commonpath([str(path.parent) for path in paths] or ["."]))
        outside = [path for path in paths if not path.is_relative_to(base)]
        if outside:
            raise UserErrorException(
                f"'{outside[0]}' is not below relative_root", where=f"relative_root {base}"
            )
        data = set(without_state(paths, base))
        pairs = [
            (file, path.relative_to(base).as_posix())
            for file, path in zip(chosen, paths, strict=True)
            if path in data
        ]
        return self._copy_in(pairs, target_path, overwrite=overwrite, show_progress=show_progress)

    def upload(
        self,
        src_dir: str,
        target_path: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReference:
        """Copy a local folder to the datastore; a workspace's state folder in it is left out.

        Parameters
        ----------
        src_dir : str
        target_path : str, optional
        overwrite, show_progress : bool
            As for :meth:`upload_files`.

        Returns
        -------
        DataReference
        """
        folder = Path(src_dir)
        if not folder.is_dir():
            raise UserErrorException("src_path must be a directory.", where=str(folder.absolute()))
        pairs = [(str(file), file.relative_to(folder).as_posix()) for file in files_of(folder)]
        return self._copy_in(pairs, target_path, overwrite=overwrite, show_progress=show_progress)

    def download(
        self,
        target_path: str,
        prefix: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> int:
        """Copy files from the datastore to a local folder, with their paths.

        Parameters
        ----------
        target_path : str
        prefix : str, optional
            Only what lies there.
        overwrite, show_progress : bool
            As for :meth:`upload_files`.

        Returns
        -------
        int
            How many files were copied.
        """
        return copy_out(
            self, target_path, prefix or "", overwrite=overwrite, show_progress=show_progress
        )

    def _copy_in(
        self,
        pairs: list[tuple[str, str]],
        target_path: str | None,
        *,
        overwrite: bool,
        show_progress: bool,
    ) -> DataReference:
        copy_in(self, pairs, target_path or "", overwrite=overwrite, show_progress=show_progress)
        reference = uuid.uuid4().hex if target_path else None
        return DataReference(self, reference, target_path)

    def __repr__(self) -> str:
        said = ("name", "container_name", "account_name", "protocol", "endpoint")
        return json.dumps({key: getattr(self, key) for key in said}, indent=2)


class Datastore(AbstractDatastore, AzureRegistrations, AddressMaps):
    """A datastore; the call looks one up, the default one without a name.

    What it returns is of the class of its kind, if it has one: an ``AzureBlobDatastore``.

    Parameters
    ----------
    workspace : Workspace
    name : str, optional
    """

    def __new__(cls, workspace: Workspace, name: str | None = None) -> Self:
        """Return an object of the class that the datastore is of."""
        made: Any = super().__new__(cls)
        if cls is Datastore:
            entry = _find(workspace, name)
            kind = AbstractDatastore(workspace, entry.name, entry.body).datastore_type
            made = super().__new__(_CLASSES.get(kind, Datastore))
        return cast("Self", made)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to copy it: as it is, looking nothing up."""
        return object.__new__, (type(self),), self.__dict__

    def __init__(self, workspace: Workspace, name: str | None = None) -> None:
        entry = _find(workspace, name)
        super().__init__(workspace, entry.name, entry.body)

    @staticmethod
    def get(workspace: Workspace, datastore_name: str) -> Datastore:
        """Return the datastore of a name."""
        return Datastore(workspace, datastore_name)

    @staticmethod
    def get_default(workspace: Workspace) -> Datastore:
        """Return the default datastore."""
        return Datastore(workspace)


class AzureBlobDatastore(Datastore):
    """A container of blobs, or a folder in the place of one."""


class AzureFileDatastore(Datastore):
    """A file share, or a folder in the place of one."""


class AbstractADLSDatastore(Datastore):
    """A store of Azure Data Lake."""

    @property
    def tenant_id(self) -> str | None:
        """The directory of who signs in there."""
        return self._said("tenant_id", "local")

    @property
    def client_id(self) -> str | None:
        """Who signs in there."""
        return self._said("client_id", "local")


class AzureDataLakeDatastore(AbstractADLSDatastore):
    """A store of Azure Data Lake Gen1."""

    @property
    def store_name(self) -> str | None:
        """The store's own name."""
        return self._said("store_name", self.name)


class AzureDataLakeGen2Datastore(AbstractADLSDatastore):
    """A file system of Azure Data Lake Gen2."""


class AzureSqlDatabaseDatastore(Datastore):
    """A database of Azure SQL."""

    @property
    def server_name(self) -> str | None:
        """The server."""
        return self._said("server_name", "local")

    @property
    def database_name(self) -> str | None:
        """The database."""
        return self._said("database_name", self.name)


_CLASSES = {
    "AzureBlob": AzureBlobDatastore,
    "AzureDataLake": AzureDataLakeDatastore,
    "AzureDataLakeGen2": AzureDataLakeGen2Datastore,
    "AzureFile": AzureFileDatastore,
    "AzureSqlDatabase": AzureSqlDatabaseDatastore,
}


def _find(workspace: Workspace, name: str | None) -> Entry:
    entries = {entry.name: entry for entry in workspace.store.registry.entries(_KIND)}
    if name is None:
        name = next(key for key, entry in entries.items() if entry.body.get("default"))
    if name not in entries:
        raise UserErrorException(
            f"Could not find datastore with name {name}",
            hint=names.did_you_mean(name, entries, "datastores"),
        )
    return entries[name]


def _absolute(path: str) -> Path:
    # Without "..", which Path.absolute leaves in, and without following links.
    return Path(os.path.abspath(path))  # noqa: PTH100
