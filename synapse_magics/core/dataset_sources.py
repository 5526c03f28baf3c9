"""The places that a dataset is made of: paths and globs on datastores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_reference import DataPath, DataReference
from synapse_magics.core.datastore import AbstractDatastore
from synapse_magics.core.exceptions import DatasetValidationError, UserErrorException
from synapse_magics.store.locations import LocationError, data_files, expand, files_below

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.core.workspace import Workspace


def sources_of(path: Any) -> tuple[Workspace, list[dict[str, str]]]:
    """Return the workspace and the sources that a factory's ``path`` names.

    Parameters
    ----------
    path : tuple, DataPath, DataReference or list of these

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
        else:
            raise UserErrorException(
                "Invalid argument type for `path`: a dataset is made of files on a datastore.",
                where=repr(item),
                hint="upload the file and pass (datastore, 'file.csv'); "
                "%synapse_dataset NAME FILE does both",
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
        If there are none.
    """
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
