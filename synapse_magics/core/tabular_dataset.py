"""Tabular datasets: tables in files, with column types inferred once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.abstract_dataset import AbstractDataset
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.store.locations import data_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from pyspark.sql import DataFrame


class TabularDataset(AbstractDataset):
    """A table in files."""

    @property
    def columns(self) -> list[Mapping[str, Any]]:
        """The columns of a delimited dataset: name, type, format."""
        return list(self.definition["reader"].get("columns") or [])

    def source(self) -> dict[str, Any]:
        """Return what a reader needs to read it, see :mod:`synapse_magics.runtime.readers`."""
        paths = [str(file) for file in data_files(self.files())]
        return {**self.definition["reader"], "paths": paths}

    def to_pandas_dataframe(
        self, on_error: str = "null", out_of_range_datetime: str = "null"
    ) -> pd.DataFrame:
        """Read the table with pandas.

        Parameters
        ----------
        on_error, out_of_range_datetime : str
            ``null``: what cannot be converted becomes null.

        Returns
        -------
        pandas.DataFrame
        """
        _only_null(on_error, out_of_range_datetime)
        from synapse_magics.runtime.readers import read_pandas  # noqa: PLC0415 - heavy

        return read_pandas(self.source())

    def head(self, rows: int = 5) -> pd.DataFrame:
        """Read the first rows with pandas, without reading the rest.

        Parameters
        ----------
        rows : int

        Returns
        -------
        pandas.DataFrame
        """
        from synapse_magics.runtime.readers import read_pandas  # noqa: PLC0415 - heavy

        return read_pandas(self.source(), rows)

    def to_spark_dataframe(self) -> DataFrame:
        """Read the table with the process's Spark session.

        Returns
        -------
        pyspark.sql.DataFrame
        """
        from synapse_magics.core.spark_session import spark_session  # noqa: PLC0415 - on demand
        from synapse_magics.runtime.readers import read_spark  # noqa: PLC0415 - heavy

        return read_spark(spark_session(), self.source())


def _only_null(*choices: str) -> None:
    for choice in choices:
        if choice != "null":
            raise NotSupportedError(
                f"{choice!r} is not supported here", where="to_pandas_dataframe", hint="'null'"
            )
