"""Outputs of steps that are tables: what reads their files, once they are there."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import OutputDatasetConfig, as_mount, as_upload
from synapse_magics.core.dataset_options import column_types, header_mode, path_options
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.core.tabular_dataset import TabularDataset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self


class OutputTabularDatasetConfig(OutputDatasetConfig):
    """An output whose files are taken as a table.

    It is made by ``read_delimited_files`` and ``read_parquet_files`` of an output, and is the same
    output of the same step.

    Parameters
    ----------
    **kwargs
        Azure ML's own; an output of files makes it.
    """

    _input_mode = "direct"

    def __init__(self, **kwargs: Any) -> None:
        del kwargs
        raise NotSupportedError(
            "an OutputTabularDatasetConfig is made by an output of files",
            where="OutputTabularDatasetConfig",
            hint="OutputFileDatasetConfig(...).read_delimited_files()",
        )

    @classmethod
    def of(cls, output: Any, table: Mapping[str, Any]) -> Self:
        """Return the table that the files of an output are.

        Parameters
        ----------
        output : OutputDatasetConfig
        table : mapping
            How they are read.

        Returns
        -------
        OutputTabularDatasetConfig
        """
        made = cls.__new__(cls)
        made.__dict__.update(vars(output))
        made.mode, made.table = output.mode, dict(table)
        return made

    def as_upload(
        self, overwrite: bool = False, source_globs: Sequence[str] | str | None = None
    ) -> Self:
        """Return the output as a local folder that is copied to its destination after success."""
        return as_upload(self, overwrite, source_globs)

    def as_mount(self) -> Self:
        """Return the output: what is written is there at once."""
        return as_mount(self)

    def keep_columns(self, columns: str | Sequence[str]) -> Self:
        """Return the table with some of its columns only."""
        return self._with("keep_columns", columns)

    def drop_columns(self, columns: str | Sequence[str]) -> Self:
        """Return the table without some of its columns."""
        return self._with("drop_columns", columns)

    def random_split(self, percentage: float, seed: int | None = None) -> tuple[Self, Self]:
        """Refuse to split the table before it is there."""
        del percentage, seed
        raise NotSupportedError(
            "random_split of an output is not supported here",
            where=f"output {self.name}",
            hint="split the table in the step that takes it: TabularDataset.random_split, or "
            "DataFrame.sample",
        )

    def _with(self, operation: str, columns: str | Sequence[str]) -> Self:
        check_operation(operation, f"output {self.name}")
        twin = copy.copy(self)
        names = [columns] if isinstance(columns, str) else list(columns)
        table = self.table or {}
        twin.table = {**table, "operations": [*table.get("operations", ()), [operation, names]]}
        return twin


def check_operation(operation: str, where: str) -> None:
    """Refuse an operation that tables have not.

    Parameters
    ----------
    operation : str
    where : str

    Raises
    ------
    NotSupportedError
    """
    if not hasattr(TabularDataset, operation):
        raise NotSupportedError(
            f"{operation} is not supported here",
            where=where,
            hint="choose the columns in the step that takes the table",
        )


def read_delimited(
    output: Any, *, separator: str, header: Any, path_glob: str | None, **options: Any
) -> OutputTabularDatasetConfig:
    """Return an output as a table of delimited files, see ``read_delimited_files``."""
    table = delimited_table(separator, header, path_glob)
    return OutputTabularDatasetConfig.of(output, {**table, **table_options(**options)})


def read_parquet(
    output: Any, *, path_glob: str | None, **options: Any
) -> OutputTabularDatasetConfig:
    """Return an output as a table of Parquet files, see ``read_parquet_files``."""
    table = {"format": "parquet", "glob": path_glob, **table_options(**options)}
    return OutputTabularDatasetConfig.of(output, table)


def table_options(
    *,
    include_path: bool,
    partition_format: str | None,
    set_column_types: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return what more is known of a table that is not there yet, as plain data.

    Parameters
    ----------
    include_path : bool
    partition_format : str or None
    set_column_types : mapping or None

    Returns
    -------
    dict
    """
    path_options(include_path, partition_format)  # a format that is none is refused now
    options = {
        "include_path": include_path or None,
        "partition_format": partition_format,
        "set_column_types": column_types(set_column_types) or None,
    }
    given = {name: value for name, value in options.items() if value is not None}
    return {"options": given} if given else {}


def delimited_table(
    separator: str, header: Any, glob: str | None, *, multi_line: bool = False
) -> dict[str, Any]:
    """Return how delimited files are read, as plain data.

    Parameters
    ----------
    separator : str
    header : bool, int, str or PromoteHeadersBehavior
    glob : str or None
        The files below the output.
    multi_line : bool
        Whether quoted fields hold line breaks.

    Returns
    -------
    dict
    """
    return {
        "format": "delimited",
        "separator": separator,
        "header": header_mode(header),
        "multi_line": multi_line,
        "glob": glob,
    }
