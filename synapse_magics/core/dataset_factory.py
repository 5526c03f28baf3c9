"""Make datasets from files on datastores; what cannot be read is refused at once."""

from __future__ import annotations

import codecs
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from synapse_magics.core.dataset_samples import looked_at
from synapse_magics.core.dataset_sources import sources_of
from synapse_magics.core.exceptions import unsupported
from synapse_magics.core.file_checks import (
    check_encoding,
    check_parquet,
    infer_columns,
    infer_json_columns,
)
from synapse_magics.core.file_dataset_factory import FileDatasetFactory
from synapse_magics.core.names import check_dataset
from synapse_magics.core.remote_data import send
from synapse_magics.core.table_writing import new_folder, write_parquet
from synapse_magics.core.tabular_dataset import TabularDataset
from synapse_magics.store.locations import data_files, locate

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from pyspark.sql import DataFrame

    from synapse_magics.core.workspace import Workspace

__all__ = ["FileDatasetFactory", "TabularDatasetFactory"]


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
            ``(datastore, 'path/or/glob')``, or an address such as ``s3://bucket/folder``.
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
        workspace, sources = sources_of(path)
        reader: dict[str, Any] = {
            "format": "delimited",
            "separator": separator,
            "header": header,
            "encoding": encoding,
        }
        if support_multi_line:
            reader["multi_line"] = True
        with looked_at(workspace, sources, reader) as files:
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
            ``(datastore, 'path/or/glob')``, or an address such as ``s3://bucket/folder``.
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
        workspace, sources = sources_of(path)
        reader = {"format": "parquet"}
        with looked_at(workspace, sources, reader) as files:
            if validate:
                check_parquet(files)
        return _tabular(workspace, sources, reader)

    @staticmethod
    def from_json_lines_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: Mapping[str, Any] | None = None,
        partition_format: str | None = None,
        invalid_lines: str = "error",
        encoding: str = "utf8",
    ) -> TabularDataset:
        """Make a tabular dataset of files of JSON lines, each of them a flat object.

        Parameters
        ----------
        path : tuple or list of tuple
            ``(datastore, 'path/or/glob')``, or an address such as ``s3://bucket/folder``.
        validate : bool
            Look at all files for the columns and their types, and not at the first one alone.
        invalid_lines : str
            ``error``: a line that is no object ends the reading. ``drop`` is refused.
        encoding : str
            UTF-8.
        include_path, set_column_types, partition_format
            Not supported yet; refused if given.

        Returns
        -------
        TabularDataset

        Raises
        ------
        DatasetValidationError
            If a line is no object; it names the path and the line.
        """
        where = "Dataset.Tabular.from_json_lines_files"
        unsupported(
            where,
            "read the files yourself in the step: Dataset.File.from_files passes their path",
            include_path=include_path,
            set_column_types=set_column_types,
            partition_format=partition_format,
        )
        if invalid_lines != "error":
            unsupported(where, "'error': Spark and pandas drop other lines", invalid_lines="drop")
        if codecs.lookup(encoding).name not in {"utf-8", "utf-8-sig"}:
            unsupported(where, "write the files as UTF-8, as JSON is", encoding=encoding)
        workspace, sources = sources_of(path)
        # Types are those of all lines: what lies elsewhere is brought for that.
        with looked_at(workspace, sources, {"format": "json_lines"}, whole=True) as found:
            files = data_files(found)
            columns = infer_json_columns(files if validate else files[:1])
        # A piece of such a file is cut as that of a delimited one is, which has no header.
        reader = {"format": "json_lines", "encoding": "utf-8", "header": False, "columns": columns}
        return _tabular(workspace, sources, reader)

    @staticmethod
    def register_pandas_dataframe(
        dataframe: pd.DataFrame,
        target: Any,
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        show_progress: bool = True,
        row_group_size: int | None = None,
        make_target_path_unique: bool = True,
    ) -> TabularDataset:
        """Write a pandas DataFrame to a datastore as Parquet, and register it.

        Parameters
        ----------
        dataframe : pandas.DataFrame
        target : Datastore, DataPath or tuple
            A datastore, or ``(datastore, 'folder')``.
        name : str
            It gets a new version.
        description : str, optional
        tags : mapping, optional
        show_progress : bool
            Ignored: a bar is shown where it takes long.
        row_group_size : int, optional
            Rows to a group of the file.
        make_target_path_unique : bool
            Write to a new folder in the target; without it, nothing may be there.

        Returns
        -------
        TabularDataset
        """
        del show_progress
        check_dataset(name)
        datastore, path = new_folder(
            target, "register_pandas_dataframe", unique=make_target_path_unique
        )
        place = locate(datastore.root, path)
        place.mkdir(parents=True, exist_ok=True)
        groups = {"row_group_size": row_group_size} if row_group_size else {}
        write_parquet(dataframe, place / "part-00000.parquet", **groups)
        send(datastore.workspace.store, datastore.name, path)
        made = TabularDatasetFactory.from_parquet_files((datastore, path))
        return made.register(datastore.workspace, name, description, tags, create_new_version=True)

    @staticmethod
    def register_spark_dataframe(
        dataframe: DataFrame,
        target: Any,
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        show_progress: bool = True,
    ) -> TabularDataset:
        """Write a Spark DataFrame to a datastore as Parquet, and register it.

        Parameters
        ----------
        dataframe : pyspark.sql.DataFrame
        target : Datastore, DataPath or tuple
            A datastore, or ``(datastore, 'folder')``; the files get a new folder in it.
        name : str
            It gets a new version.
        description : str, optional
        tags : mapping, optional
        show_progress : bool
            Ignored: a bar is shown where it takes long.

        Returns
        -------
        TabularDataset
        """
        del show_progress
        check_dataset(name)
        datastore, path = new_folder(target, "register_spark_dataframe")
        place = locate(datastore.root, path).absolute()
        place.parent.mkdir(parents=True, exist_ok=True)
        dataframe.write.parquet(f"file://{place}")
        send(datastore.workspace.store, datastore.name, path)
        made = TabularDatasetFactory.from_parquet_files((datastore, path))
        return made.register(datastore.workspace, name, description, tags, create_new_version=True)


def _tabular(
    workspace: Workspace, sources: list[dict[str, str]], reader: dict[str, Any]
) -> TabularDataset:
    definition = {"type": "tabular", "sources": sources, "reader": reader}
    return TabularDataset(workspace, definition)
