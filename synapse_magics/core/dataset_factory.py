"""Make datasets from files on datastores; what cannot be read is refused at once."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_reference import DataPath, DataReference
from synapse_magics.core.datastore import AbstractDatastore
from synapse_magics.core.exceptions import (
    DatasetValidationError,
    UserErrorException,
    unsupported,
)
from synapse_magics.core.file_checks import check_encoding, check_parquet, infer_columns
from synapse_magics.core.file_dataset import FileDataset
from synapse_magics.core.tabular_dataset import TabularDataset
from synapse_magics.store.locations import LocationError, data_files, expand, files_below

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from synapse_magics.core.workspace import Workspace


class TabularDatasetFactory:
    """Make tabular datasets."""

    @staticmethod
    def from_delimited_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        infer_column_types: bool = True,
        set_column_types: Mapping[str, Any] | None = None,
        separator: str = ",",
        header: bool = True,
        partition_format: str | None = None,
        support_multi_line: bool = False,
        empty_as_string: bool = False,
        encoding: str = "utf8",
    ) -> TabularDataset:
        """Make a tabular dataset of delimited files (CSV).

        The types of the columns are inferred from the first 200 rows, by Azure ML's rules, once
        and for all readers.

        Parameters
        ----------
        path : tuple or list of tuple
            ``(datastore, 'path/or/glob')``.
        validate : bool
            Refuse files that are empty or cannot be read; it reads them whole.
        infer_column_types : bool
            Without it, every column is text.
        separator : str
            One character.
        header : bool
            Whether the first line of each file holds the names.
        support_multi_line : bool
            Let quoted fields hold line breaks. Spark reads such a file with one task.
        encoding : str
            One that both Python and Java know.
        include_path, set_column_types, partition_format, empty_as_string
            Not supported yet; refused if given.

        Returns
        -------
        TabularDataset

        Raises
        ------
        DatasetValidationError
            If a file is missing, empty, or not text of that encoding, or has line breaks in
            fields without ``support_multi_line``; it names the path.
        """
        unsupported(
            "Dataset.Tabular.from_delimited_files",
            "read the files yourself in the step: Dataset.File.from_files passes their path",
            include_path=include_path,
            set_column_types=set_column_types,
            partition_format=partition_format,
            empty_as_string=empty_as_string,
        )
        where = "Dataset.Tabular.from_delimited_files"
        # Azure ML's PromoteHeadersBehavior: 3, every file has the same header; 0, none has one.
        header = {3: True, 0: False}.get(getattr(header, "value", -1), header)
        if header not in {True, False}:
            unsupported(where, "True or False", header=header)
        if len(separator) != 1:
            unsupported(where, "one character", separator=separator)
        check_encoding(encoding)
        workspace, sources = _sources(path)
        files = _existing(workspace, sources)
        reader = {
            "format": "delimited",
            "separator": separator,
            "header": header,
            "encoding": encoding,
        }
        if support_multi_line:
            reader["multi_line"] = True
        columns = infer_columns(files, reader, validate=validate, types=infer_column_types)
        reader["columns"] = [asdict(column) for column in columns]
        return _tabular(workspace, sources, reader)

    @staticmethod
    def from_parquet_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Mapping[str, Any] | None = None,
        partition_format: str | None = None,
    ) -> TabularDataset:
        """Make a tabular dataset of Parquet files.

        Parameters
        ----------
        path : tuple or list of tuple
            ``(datastore, 'path/or/glob')``.
        validate : bool
            Refuse files that are not Parquet.
        include_path, set_column_types, partition_format
            Not supported yet; refused if given.

        Returns
        -------
        TabularDataset
        """
        unsupported(
            "Dataset.Tabular.from_parquet_files",
            "read the files yourself in the step: Dataset.File.from_files passes their path",
            include_path=include_path,
            set_column_types=set_column_types,
            partition_format=partition_format,
        )
        workspace, sources = _sources(path)
        files = _existing(workspace, sources)
        if validate:
            check_parquet(files)
        return _tabular(workspace, sources, {"format": "parquet"})


class FileDatasetFactory:
    """Make file datasets."""

    @staticmethod
    def from_files(
        path: Any,
        validate: bool = True,
        partition_format: str | None = None,
        is_file: bool = False,
    ) -> FileDataset:
        """Make a file dataset.

        Parameters
        ----------
        path : tuple or list of tuple
            ``(datastore, 'path/or/glob')``.
        validate : bool
            Refuse places where nothing lies.
        partition_format : str, optional
            Not supported yet; refused if given.
        is_file : bool
            Ignored: it is looked up.

        Returns
        -------
        FileDataset
        """
        del is_file
        unsupported("Dataset.File.from_files", "leave it out", partition_format=partition_format)
        workspace, sources = _sources(path)
        if validate:
            _existing(workspace, sources)
        return FileDataset(workspace, {"type": "file", "sources": sources})


def _tabular(
    workspace: Workspace, sources: list[dict[str, str]], reader: dict[str, Any]
) -> TabularDataset:
    definition = {"type": "tabular", "sources": sources, "reader": reader}
    return TabularDataset(workspace, definition)


def _sources(path: Any) -> tuple[Workspace, list[dict[str, str]]]:
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


def _existing(workspace: Workspace, sources: list[dict[str, str]]) -> list[Path]:
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
