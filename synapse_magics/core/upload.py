"""Upload a local file and register it as a dataset, in one call."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.dataset import AbstractDataset, Dataset
from synapse_magics.core.datastore import AbstractDatastore, Datastore
from synapse_magics.core.exceptions import DatasetValidationError

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.core.workspace import Workspace


def upload_dataset(
    workspace: Workspace,
    name: str,
    file: Path,
    *,
    tabular: bool = True,
    separator: str = ",",
    encoding: str = "utf8",
    header: bool = True,
    multi_line: bool = False,
    datastore: str | None = None,
    description: str | None = None,
) -> AbstractDataset:
    """Upload a file and register it; the same content again is the same version.

    The place on the datastore has the content's hash in it, so earlier versions stay what they
    were.

    Parameters
    ----------
    workspace : Workspace
    name : str
    file : pathlib.Path
        CSV, or Parquet by its ending.
    tabular : bool
        Register a table; else a file.
    separator, encoding : str
    header, multi_line : bool
        How a CSV is written; with ``multi_line``, quoted fields may hold line breaks.
    datastore : str, optional
        The default one if missing.
    description : str, optional

    Returns
    -------
    AbstractDataset

    Raises
    ------
    DatasetValidationError
        If the file is missing, may not be read, or is no table; it names the path.
    """
    names.check_dataset(name)
    _check(file)
    store = Datastore(workspace, datastore)
    folder = f"datasets/{name}/{_hash(file)}"
    store.upload_files([str(file)], target_path=folder, overwrite=True, show_progress=False)
    written = {
        "separator": separator,
        "encoding": encoding,
        "header": header,
        "support_multi_line": multi_line,
    }
    made = _define(store, f"{folder}/{file.name}", file, tabular, written)
    return made.register(workspace, name, description=description, create_new_version=True)


def _define(
    store: AbstractDatastore, path: str, file: Path, tabular: bool, written: dict[str, Any]
) -> AbstractDataset:
    try:
        if not tabular:
            return Dataset.File.from_files((store, path))
        if file.suffix.lower() == ".parquet":
            return Dataset.Tabular.from_parquet_files((store, path))
        return Dataset.Tabular.from_delimited_files((store, path), **written)
    except DatasetValidationError as error:
        # The path that the user knows, not where the upload went.
        error.where = str(file.absolute())
        raise


def _check(file: Path) -> None:
    problem = None
    if file.is_dir():
        problem = "this is a folder; a dataset is uploaded from one file"
    elif not file.exists():
        problem = "the file does not exist"
    elif not os.access(file, os.R_OK):
        problem = "the file may not be read"
    elif not file.is_file():
        problem = "this is not a regular file"
    if problem is not None:
        raise DatasetValidationError(
            problem,
            where=str(file.absolute()),
            hint="the path is relative to the notebook's working directory",
        )


def _hash(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:16]
