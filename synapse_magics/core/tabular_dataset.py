"""Tabular datasets: tables in files, with column types inferred once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, overload

from synapse_magics.core import table_writing
from synapse_magics.core.dataset_errors import reading, strict_reading
from synapse_magics.core.dataset_samples import first_rows, looked_at
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.core.expressions import ColumnExpression, condition_data
from synapse_magics.core.profiled_dataset import ProfiledDataset
from synapse_magics.core.table_columns import check_columns, kinds_in, left_by
from synapse_magics.runtime.partition_formats import key_values, path_columns, path_values
from synapse_magics.runtime.table_operations import rows_needed
from synapse_magics.store.dataset_files import named_paths
from synapse_magics.store.locations import data_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from pyspark.sql import DataFrame
    from typing_extensions import Self

    from synapse_magics.core.file_dataset import FileDataset

_FEW_ROWS = 10_000


class TabularDataset(ProfiledDataset):
    """A table in files, and perhaps operations on it, which are done when it is read."""

    @property
    def columns(self) -> list[Mapping[str, Any]]:
        """The columns of a delimited dataset: name, type, format."""
        reader = self.definition["reader"]
        changed = {one["name"]: one for one in reader.get("conversions") or ()}
        own = [changed.get(column["name"], column) for column in reader.get("columns") or ()]
        found = [*path_columns(reader), *own] if own else []
        left = left_by([column["name"] for column in found], self._operations)
        return [column for column in found if column["name"] in left]

    def column_types(self) -> dict[str, str | None]:
        """Return the type of each column by its name; None for one that has no name here."""
        return self._kinds()

    def source(self) -> dict[str, Any]:
        """Return what a reader needs to read it, see :mod:`synapse_magics.runtime.readers`."""
        return self._source(data_files(self.files()))

    def _source(self, files: Sequence[Path]) -> dict[str, Any]:
        paths = [str(file) for file in files]
        operations = {"operations": self._operations} if self._operations else {}
        reader = self.definition["reader"]
        named = {}
        if reader.get("path"):
            sources = self.definition["sources"]
            named = path_values(reader, named_paths(self.workspace.store, sources, files))
        return {**reader, **operations, **named, "paths": paths}

    def to_pandas_dataframe(
        self, on_error: str = "null", out_of_range_datetime: str = "null"
    ) -> pd.DataFrame:
        """Read the table with pandas.

        Parameters
        ----------
        on_error : str
            What becomes of a value that its column's type cannot have: ``null``, or ``fail``. The
            rows that a filter leaves out count, dropped columns do not.
        out_of_range_datetime : str
            The same of a time that pandas has no moment for, such as the year 3000.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        DatasetReadError
            With ``fail``; it names the file, the row, the column and the value.
        """
        strict = strict_reading(on_error, out_of_range_datetime, "to_pandas_dataframe")
        return self._read(None, "to_pandas_dataframe", strict)

    def head(self, rows: int = 5) -> pd.DataFrame:
        """Read the first rows with pandas, without reading the rest if that can be.

        Parameters
        ----------
        rows : int

        Returns
        -------
        pandas.DataFrame
        """
        return self._read(rows, "head")

    def _read(
        self, rows: int | None, operation: str, strict: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        from synapse_magics.runtime.readers import read_pandas  # noqa: PLC0415 - heavy

        with reading(self, operation):
            return self._frame(read_pandas, rows, self._strict(strict))

    def _strict(self, strict: Mapping[str, Any] | None) -> dict[str, Any]:
        return {"strict": {**strict, "columns": list(self._kinds())}} if strict else {}

    def _frame(
        self,
        read_pandas: Callable[..., pd.DataFrame],
        rows: int | None,
        more: Mapping[str, Any],
    ) -> pd.DataFrame:
        with first_rows(self.workspace, self.definition, self._rows_needed(rows)) as files:
            source = self.source() if files is None else self._source(files)
            return read_pandas({**source, **more}, rows)

    def _rows_needed(self, rows: int | None) -> int | None:
        if self.definition["reader"].get("path"):
            return None  # what lies elsewhere has its path when it is brought
        return rows_needed(self._operations, rows)

    def to_spark_dataframe(self) -> DataFrame:
        """Read the table with the process's Spark session.

        Of a few first rows (``take``) of what lies elsewhere, only the beginning of the files is
        brought, and read at once.

        Returns
        -------
        pyspark.sql.DataFrame
        """
        from synapse_magics.core.spark_session import spark_session  # noqa: PLC0415 - on demand
        from synapse_magics.runtime.readers import read_spark  # noqa: PLC0415 - heavy

        spark = spark_session()
        needed = self._rows_needed(None)
        if needed is not None and (
            # Executors on other machines do not see what lies here for a moment.
            needed > _FEW_ROWS or not str(spark.sparkContext.master).startswith("local")
        ):
            needed = None
        with first_rows(self.workspace, self.definition, needed) as files:
            if files is None:
                return read_spark(spark, self.source())
            # Kept by Spark itself, for the files are gone in a moment.
            return read_spark(spark, self._source(files)).localCheckpoint()

    def to_dask_dataframe(
        self,
        sample_size: int = 10000,
        dtypes: Any = None,
        on_error: str = "null",
        out_of_range_datetime: str = "null",
    ) -> Any:
        """Return the table as a frame of Dask, a part for each file.

        Parameters
        ----------
        sample_size : int
            From so many of the first rows the types of the columns are taken.
        dtypes : mapping, optional
            Types of pandas by name of a column, in place of those.
        on_error, out_of_range_datetime : str
            As of :meth:`to_pandas_dataframe`.

        Returns
        -------
        dask.dataframe.DataFrame

        Raises
        ------
        NotSupportedError
            If Dask is not installed.
        """
        strict = strict_reading(on_error, out_of_range_datetime, "to_dask_dataframe")
        from synapse_magics.core.dask_tables import dask_frame  # noqa: PLC0415 - heavy

        with reading(self, "to_dask_dataframe"):
            source = {**self.source(), **self._strict(strict)}
            return dask_frame(source, self.head(sample_size), dtypes)

    def keep_columns(self, columns: str | Sequence[str], validate: bool = False) -> Self:
        """Return the table with some of its columns only, in the order that it has.

        Parameters
        ----------
        columns : str or sequence of str
        validate : bool
            Ignored: that they are there is always looked at.

        Returns
        -------
        TabularDataset
        """
        del validate
        names = check_columns(columns, list(self._kinds()), "keep_columns")
        return self._with_columns({"name": "keep", "columns": names})

    def drop_columns(self, columns: str | Sequence[str]) -> Self:
        """Return the table without some of its columns.

        Parameters
        ----------
        columns : str or sequence of str

        Returns
        -------
        TabularDataset
            It knows no times any more, if the column of them is dropped.
        """
        names = check_columns(columns, list(self._kinds()), "drop_columns")
        return self._with_columns({"name": "drop", "columns": names})

    def filter(self, expression: Any) -> Self:
        """Return the rows that fulfil a condition.

        Parameters
        ----------
        expression : Condition
            ``dataset['column'] > 3``; ``&``, ``|`` and ``~`` join some. A comparison with a
            missing value is neither true nor false, as in SQL.

        Returns
        -------
        TabularDataset
        """
        data = condition_data(expression, list(self._kinds()), "filter")
        return self._operated({"name": "filter", "expression": data})

    @overload
    def __getitem__(self, key: str) -> ColumnExpression: ...

    @overload
    def __getitem__(self, key: list[str]) -> Self: ...

    def __getitem__(self, key: str | list[str]) -> ColumnExpression | Self:
        if isinstance(key, str):
            kinds = self._kinds()
            check_columns(key, list(kinds), f"dataset[{key!r}]")
            return ColumnExpression(key, kinds[key])
        if isinstance(key, list):
            return self.keep_columns(key)
        raise UserErrorException(
            f"a dataset has no {key!r}", where="dataset[...]", hint="dataset['column'], or a list"
        )

    def __iter__(self) -> NoReturn:
        # Python would ask for the columns 0, 1, 2 ...
        raise TypeError("a dataset cannot be iterated; dataset.to_pandas_dataframe() reads it")

    def to_csv_files(self, separator: str = ",") -> FileDataset:
        """Write the table to the default datastore as CSV.

        Parameters
        ----------
        separator : str

        Returns
        -------
        FileDataset
            Of the file, which is as the table is now.
        """
        return table_writing.to_csv_files(self, separator)

    def to_parquet_files(self) -> FileDataset:
        """Write the table to the default datastore as Parquet.

        Returns
        -------
        FileDataset
            Of the file, which is as the table is now.
        """
        return table_writing.to_parquet_files(self)

    def partition_by(
        self,
        partition_keys: Sequence[str],
        target: Any,
        name: str | None = None,
        show_progress: bool = True,
        partition_as_file_dataset: bool = False,
    ) -> TabularDataset:
        """Write the table to a datastore, the rows of each combination of values to a file.

        Parameters
        ----------
        partition_keys : sequence of str
            Columns.
        target : Datastore, DataPath or tuple
            A datastore, or ``(datastore, 'folder')``; the files get a new folder in it.
        name : str, optional
            Register the new table under it.
        show_progress : bool
            Ignored: nothing is sent anywhere.
        partition_as_file_dataset : bool
            Not supported; refused if given.

        Returns
        -------
        TabularDataset
            The table of these files, with ``partition_keys``.
        """
        del show_progress
        if partition_as_file_dataset:
            raise NotSupportedError(
                "partition_as_file_dataset is not supported here",
                where="partition_by",
                hint="Dataset.File.from_files((datastore, 'folder')) of what partition_by writes",
            )
        keys = check_columns(partition_keys, list(self._kinds()), "partition_by")
        return table_writing.partition_by(self, keys, target, name)

    def _kinds(self) -> dict[str, str | None]:
        reader = self.definition["reader"]
        if reader["format"] == "parquet":
            sources = self.definition["sources"]
            with reading(self, "column_types"), looked_at(self.workspace, sources, reader) as files:
                kinds = kinds_in(reader, data_files(files))
        else:
            kinds = kinds_in(reader, [])
        return {name: kinds[name] for name in left_by(kinds, self._operations)}

    def _with_columns(self, operation: dict[str, Any]) -> Self:
        made = self._operated(operation)
        left = left_by(self._kinds(), [operation])
        if not left:
            raise UserErrorException("no column would be left", where=str(operation["name"]))
        changes: dict[str, Any] = {}
        known = self.definition.get("timestamps")
        if known:
            changes["timestamps"] = {key: name for key, name in known.items() if name in left}
        if self.partition_keys:
            changes["partition_keys"] = [key for key in self.partition_keys if key in left]
        return made._changed(**changes) if changes else made  # noqa: SLF001 - a constructor

    def _key_values(self, keys: list[str]) -> list[dict[str, Any]]:
        columns = path_columns(self.definition["reader"])
        by_row = {"keep", "drop"}
        if {column["name"] for column in columns}.issuperset(keys) and all(
            operation["name"] in by_row for operation in self._operations
        ):
            return key_values(keys, columns, self.source()["path_values"])
        table = self.keep_columns(keys).to_pandas_dataframe()[keys].drop_duplicates()
        rows: list[dict[str, Any]] = table.sort_values(keys).to_dict("records")
        return rows
