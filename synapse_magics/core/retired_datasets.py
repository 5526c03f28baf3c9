"""Calls of ``Dataset`` that Azure ML retired long ago; each says what has taken its place."""

from __future__ import annotations

from typing import Any, NoReturn

from synapse_magics.core.exceptions import NotSupportedError

SQL = "query the database in a PythonScriptStep, and write what it answers to an output"
"""What to do instead of making a dataset of a query."""
_TABULAR = "Dataset.Tabular.from_{}_files(...)"


class RetiredDatasetCalls:
    """What made datasets, and found them, before there were tabular and file datasets."""

    @staticmethod
    def get(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: ``Dataset.get_by_name`` and ``Dataset.get_by_id`` find a dataset."""
        _refuse("get", "Dataset.get_by_name(workspace, name) or Dataset.get_by_id(workspace, id)")

    @staticmethod
    def list(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: ``Dataset.get_all`` gives the datasets by name."""
        _refuse("list", "Dataset.get_all(workspace)")

    @staticmethod
    def auto_read_files(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: the format of files is said by whoever reads them."""
        formats = [_TABULAR.format(kind) for kind in ("delimited", "parquet", "json_lines")]
        _refuse("auto_read_files", " or ".join(formats))

    @staticmethod
    def from_delimited_files(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: it is a call of ``Dataset.Tabular``."""
        _refuse("from_delimited_files", _TABULAR.format("delimited"))

    @staticmethod
    def from_parquet_files(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: it is a call of ``Dataset.Tabular``."""
        _refuse("from_parquet_files", _TABULAR.format("parquet"))

    @staticmethod
    def from_json_files(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: ``Dataset.Tabular`` reads lines of JSON."""
        _refuse("from_json_files", _TABULAR.format("json_lines"))

    @staticmethod
    def from_excel_files(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: pandas reads Excel's files, and a table of pandas becomes a dataset."""
        _refuse(
            "from_excel_files",
            "Dataset.Tabular.register_pandas_dataframe(pandas.read_excel(file), target, name)",
        )

    @staticmethod
    def from_binary_files(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: ``Dataset.File`` has files of any kind."""
        _refuse("from_binary_files", "Dataset.File.from_files(path)")

    @staticmethod
    def from_pandas_dataframe(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: ``Dataset.Tabular`` writes a DataFrame and registers it."""
        _refuse(
            "from_pandas_dataframe",
            "Dataset.Tabular.register_pandas_dataframe(dataframe, target, name)",
        )

    @staticmethod
    def from_sql_query(*_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: no database is read here."""
        _refuse("from_sql_query", SQL)


def _refuse(name: str, instead: str) -> NoReturn:
    raise NotSupportedError(f"Dataset.{name} is not supported here", hint=instead)
