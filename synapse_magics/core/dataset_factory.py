"""Make datasets from files on datastores; what cannot be read is refused at once."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, NoReturn

from synapse_magics.core.dataset_options import (
    check_names,
    column_types,
    header_mode,
    path_options,
    python_encoding,
)
from synapse_magics.core.dataset_samples import looked_at
from synapse_magics.core.dataset_sources import sources_of
from synapse_magics.core.exceptions import DatasetValidationError, NotSupportedError, unsupported
from synapse_magics.core.file_checks import (
    check_encoding,
    check_parquet,
    infer_columns,
    infer_json_columns,
)
from synapse_magics.core.file_dataset_factory import FileDatasetFactory
from synapse_magics.core.names import check_dataset
from synapse_magics.core.remote_data import send
from synapse_magics.core.retired_datasets import SQL
from synapse_magics.core.table_columns import kinds_in
from synapse_magics.core.table_writing import new_folder, write_parquet
from synapse_magics.core.tabular_definition import MISSING, not_there_yet, tabular, typed_by
from synapse_magics.runtime.json_lines import DROP
from synapse_magics.runtime.table_parts import COMBINE
from synapse_magics.store.locations import data_files, locate

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from pyspark.sql import DataFrame

    from synapse_magics.core.tabular_dataset import TabularDataset


__all__ = ["FileDatasetFactory", "TabularDatasetFactory"]

_UTF_8 = frozenset({"utf-8", "utf-8-sig"})


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
        header: Any = True,
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
        include_path : bool
            Have a column ``Path`` first, which says which file a row is from.
        infer_column_types : bool
            Without it, every column is text, and with ``validate=False`` as well the files need not
            be there yet.
        set_column_types : mapping, optional
            A ``DataType`` for each column whose type is not to be inferred.
        separator : str
            One character.
        header : bool, int, str or PromoteHeadersBehavior
            Whether the first line of each file holds the names; or of the first file alone, or
            each file has its own ones, and the columns are put together by name.
        partition_format : str, optional
            What the paths say: ``/{country}/{day:yyyy/MM/dd}/*.csv`` makes a column of texts and
            one of times, before the others.
        support_multi_line : bool
            Let quoted fields hold line breaks. Spark reads such a file with one task.
        empty_as_string : bool
            Have empty texts in the place of missing ones, in columns of texts.
        encoding : str
            One that both Python and Java know.

        Returns
        -------
        TabularDataset

        Raises
        ------
        DatasetValidationError
            If a file is missing, empty, or not text of that encoding, or has line breaks in
            fields without ``support_multi_line``; it names the path.
        ValueError
            If the partition format is none.
        """
        where = "Dataset.Tabular.from_delimited_files"
        mode = header_mode(header)
        if len(separator) != 1:
            unsupported(where, "one character", separator=separator)
        encoding = python_encoding(encoding)
        check_encoding(encoding)
        workspace, sources = sources_of(path)
        wanted = column_types(set_column_types)
        reader: dict[str, Any] = {
            "format": "delimited",
            "separator": separator,
            "header": mode,
            "encoding": encoding,
            **path_options(include_path, partition_format),
        }
        if support_multi_line:
            reader["multi_line"] = True
        if empty_as_string:
            reader["empty_as_string"] = True
        try:
            with looked_at(workspace, sources, reader, whole=mode == COMBINE) as files:
                reader["columns"] = infer_columns(
                    files, reader, validate=validate, types=infer_column_types, wanted=wanted
                )
        except DatasetValidationError as error:
            if validate or infer_column_types or not isinstance(error.inner_exception, MISSING):
                raise
            return not_there_yet(workspace, sources, reader, wanted)
        check_names(reader, [column["name"] for column in reader["columns"]])
        return tabular(workspace, sources, reader, validate=validate)

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
            Refuse files that are not Parquet; without it, they need not be there yet.
        include_path, set_column_types, partition_format
            As of :meth:`from_delimited_files`.

        Returns
        -------
        TabularDataset
        """
        workspace, sources = sources_of(path)
        wanted = column_types(set_column_types)
        reader = {"format": "parquet", **path_options(include_path, partition_format)}
        if validate or wanted:
            with looked_at(workspace, sources, reader) as files:
                check_parquet(files)
                kinds = kinds_in({"format": "parquet"}, data_files(files))
                reader |= typed_by(reader, kinds, wanted, data_files(files))
            check_names(reader, list(kinds))
        return tabular(workspace, sources, reader, validate=validate)

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
            ``error``: a line that is no object ends the reading; ``drop``: it is left out.
            A value that its column cannot have is an error with both.
        encoding : str
            As of :meth:`from_delimited_files`.
        include_path, set_column_types, partition_format
            As of :meth:`from_delimited_files`.

        Returns
        -------
        TabularDataset

        Raises
        ------
        DatasetValidationError
            If a line is no object; it names the path and the line.
        """
        where = "Dataset.Tabular.from_json_lines_files"
        if invalid_lines not in {"error", DROP}:
            unsupported(where, "'error' or 'drop'", invalid_lines=invalid_lines)
        encoding = python_encoding(encoding)
        check_encoding(encoding)
        workspace, sources = sources_of(path)
        wanted = column_types(set_column_types)
        # A piece of such a file is cut as that of a delimited one is, which has no header.
        reader = {
            "format": "json_lines",
            "encoding": "utf-8" if codecs.lookup(encoding).name in _UTF_8 else encoding,
            "header": False,
            **({"invalid_lines": DROP} if invalid_lines == DROP else {}),
            **path_options(include_path, partition_format),
        }
        # Types are those of all lines: what lies elsewhere is brought for that.
        with looked_at(workspace, sources, {"format": "json_lines"}, whole=True) as found:
            files = data_files(found)
            columns = infer_json_columns(files if validate else files[:1], reader)
            reader["columns"] = columns
            kinds: dict[str, str | None] = {one["name"]: one["type"] for one in columns}
            reader |= typed_by(reader, kinds, wanted, files)
        check_names(reader, list(kinds))
        return tabular(workspace, sources, reader, validate=validate)

    @staticmethod
    def from_sql_query(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: no database is read here."""
        raise NotSupportedError("Dataset.Tabular.from_sql_query is not supported here", hint=SQL)

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
