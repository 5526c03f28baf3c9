"""The places that a dataset is made of: paths and globs on datastores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core import open_workspaces, remote_data
from synapse_magics.core.data_reference import DataPath, DataReference
from synapse_magics.core.datastore import AbstractDatastore
from synapse_magics.core.exceptions import DatasetValidationError, UserErrorException
from synapse_magics.runtime.partition_formats import path_values
from synapse_magics.runtime.table_errors import TableError
from synapse_magics.storage.addresses import is_address, parse
from synapse_magics.storage.errors import StorageError
from synapse_magics.store.dataset_files import named_paths
from synapse_magics.store.locations import LocationError, data_files, expand, files_below
from synapse_magics.store.places import source_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.storage.listings import RemoteFile


def sources_of(path: Any) -> tuple[Workspace, list[dict[str, str]]]:
    """Return the workspace and the sources that a factory's ``path`` names.

    Parameters
    ----------
    path : tuple, DataPath, DataReference, str or list of these
        A text is an address, such as ``https://host/a.csv`` or ``s3://bucket/folder/*.csv``.

    Returns
    -------
    tuple
    """
    items = path if isinstance(path, list) else [path]
    sources, workspace = [], None
    for item in items:
        if isinstance(item, (DataPath, DataReference)) and item.datastore is not None:
            datastore, relative = item.datastore, item.path_on_datastore or ""
        elif isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], AbstractDatastore):
            datastore, relative = item
        elif isinstance(item, str) and is_address(item) and not parse(item).is_local:
            workspace = workspace or open_workspaces.latest()
            datastore_name, relative = source_of(workspace.store, item)
            sources.append({"datastore": datastore_name, "path": relative})
            continue
        else:
            raise UserErrorException(
                "Invalid argument type for `path`: a dataset is made of files on a datastore.",
                where=repr(item),
                hint="upload the file and pass (datastore, 'file.csv'), or an address such as "
                "https://host/file.csv; %synapse_dataset NAME FILE does both",
            )
        workspace = datastore.workspace
        sources.append(
            {"datastore": datastore.name, "path": str(relative).removeprefix("./").lstrip("/")}
        )
    if workspace is None:
        raise UserErrorException("a dataset needs at least one path")
    return workspace, sources


def existing_files(workspace: Workspace, sources: list[dict[str, str]]) -> list[Path]:
    """Return the files behind sources.

    Parameters
    ----------
    workspace : Workspace
    sources : list of dict

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    DatasetValidationError
        If there are none, or those that lie elsewhere cannot be brought.
    """
    try:
        remote_data.bring(workspace.store, sources)
    except (LocationError, StorageError) as error:
        raise DatasetValidationError(
            f"Failed to validate the data.\n{error.message}",
            error,
            where=error.where,
            hint=error.hint,
        ) from error
    places: list[Path] = []
    for source in sources:
        root = workspace.store.datastore_root(source["datastore"])
        try:
            places += expand(root, source["path"])
        except LocationError as error:
            raise DatasetValidationError(
                f"Failed to validate the data.\n{error.message}",
                error,
                where=error.where or f"{source['datastore']}:{source['path']}",
                hint=error.hint,
            ) from error
    files = files_below(places)
    if not data_files(files):
        raise DatasetValidationError(
            "Failed to validate the data.\nthere is no file in it", where=str(places[0])
        )
    return files


def check_sources(workspace: Workspace, sources: list[dict[str, str]]) -> None:
    """Refuse sources behind which there is no file; nothing is brought from elsewhere.

    Parameters
    ----------
    workspace : Workspace
    sources : list of dict

    Raises
    ------
    DatasetValidationError
    """
    for source in sources:
        if not remote_data.is_remote(workspace.store, [source]):
            existing_files(workspace, [source])
            continue
        remote_files(workspace, source)


def check_paths(
    workspace: Workspace, sources: list[dict[str, str]], reader: Mapping[str, Any]
) -> None:
    """Refuse local paths out of which the columns that are made of them cannot be taken.

    Parameters
    ----------
    workspace : Workspace
    sources : list of dict
    reader : mapping

    Raises
    ------
    DatasetValidationError
    """
    if not reader.get("path", {}).get("format") or remote_data.is_remote(workspace.store, sources):
        return
    files = data_files(existing_files(workspace, sources))
    try:
        path_values(reader, named_paths(workspace.store, sources, files))
    except TableError as error:
        raise DatasetValidationError(
            f"Failed to validate the data.\n{error}",
            error,
            where="partition_format",
            hint="it describes a path from its first key to its end; a glob leaves other files out",
        ) from error


def remote_files(workspace: Workspace, source: Mapping[str, str]) -> list[RemoteFile]:
    """Return the files behind a source that lies elsewhere.

    Parameters
    ----------
    workspace : Workspace
    source : mapping

    Returns
    -------
    list of RemoteFile

    Raises
    ------
    DatasetValidationError
        If there are none that hold data, or it cannot be looked up.
    """
    try:
        files = remote_data.look(workspace.store, source["datastore"], source["path"])
    except StorageError as error:
        raise DatasetValidationError(
            f"Failed to validate the data.\n{error.message}",
            error,
            where=error.where,
            hint=error.hint,
        ) from error
    if not data_files([Path(file.path) for file in files]):
        what = "there is no file in it" if files else "nothing lies there"
        raise DatasetValidationError(
            f"Failed to validate the data.\n{what}",
            where=remote_data.address_of(workspace.store, source),
            hint="the path, or the glob",
        )
    return files
