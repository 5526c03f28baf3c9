"""Outputs of steps that are tables: what reads their files, once they are there."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import OutputDatasetConfig, as_mount, as_upload
from synapse_magics.core.exceptions import NotSupportedError, unsupported
from synapse_magics.core.tabular_dataset import TabularDataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

    from synapse_magics.core.workspace import Workspace

_HINT = (
    "register the output as files, and make the table of them: "
    "Dataset.Tabular.from_delimited_files((datastore, path), ...)"
)


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
    output: Any, *, separator: str, header: Any, path_glob: str | None, **refused: Any
) -> OutputTabularDatasetConfig:
    """Return an output as a table of delimited files, see ``read_delimited_files``."""
    unsupported("read_delimited_files", _HINT, **refused)
    return OutputTabularDatasetConfig.of(output, delimited_table(separator, header, path_glob))


def read_parquet(
    output: Any, *, path_glob: str | None, **refused: Any
) -> OutputTabularDatasetConfig:
    """Return an output as a table of Parquet files, see ``read_parquet_files``."""
    unsupported("read_parquet_files", _HINT, **refused)
    return OutputTabularDatasetConfig.of(output, {"format": "parquet", "glob": path_glob})


def delimited_table(
    separator: str, header: Any, glob: str | None, *, multi_line: bool = False
) -> dict[str, Any]:
    """Return how delimited files are read, as plain data.

    Parameters
    ----------
    separator : str
    header : bool, int or enumeration
        Azure ML's ``PromoteHeadersBehavior``: 3, all files have the same header; 0, none has one.
    glob : str or None
        The files below the output.
    multi_line : bool
        Whether quoted fields hold line breaks.

    Returns
    -------
    dict
    """
    code = getattr(header, "value", header)
    if code not in {True, False, 3}:
        raise NotSupportedError(
            f"header {header!r} is not supported here", hint="all files have the same one, or none"
        )
    return {
        "format": "delimited",
        "separator": separator,
        "header": bool(code),
        "multi_line": multi_line,
        "glob": glob,
    }


class LazyTable(Mapping[str, Any]):
    """The definition of a table whose columns are inferred when they are first asked for.

    When a step completes, nobody has looked into its output: the agent does not read data.

    Parameters
    ----------
    workspace : Workspace
    definition : mapping
        ``type``, ``sources`` and ``table``.
    """

    def __init__(self, workspace: Workspace, definition: Mapping[str, Any]) -> None:
        self._workspace = workspace
        self._known = definition
        self._whole: Mapping[str, Any] | None = None

    @property
    def whole(self) -> Mapping[str, Any]:
        """The definition with its ``reader``.

        Raises
        ------
        DatasetValidationError
            If the files are no such table.
        """
        if self._whole is None:
            self._whole = _infer(self._workspace, self._known)
        return self._whole

    def __getitem__(self, key: str) -> Any:
        return self._known[key] if key in {"type", "sources"} else self.whole[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    def __len__(self) -> int:
        return len(self.whole)


def _infer(workspace: Workspace, definition: Mapping[str, Any]) -> Mapping[str, Any]:
    from synapse_magics.core.dataset_factory import (  # noqa: PLC0415 - a cycle otherwise
        TabularDatasetFactory,
    )
    from synapse_magics.core.datastore import Datastore  # noqa: PLC0415 - a cycle otherwise

    table = definition["table"]
    path = [
        (Datastore(workspace, source["datastore"]), source["path"])
        for source in definition["sources"]
    ]
    if table["format"] == "parquet":
        made = TabularDatasetFactory.from_parquet_files(path)
    else:
        made = TabularDatasetFactory.from_delimited_files(
            path,
            separator=table["separator"],
            header=table["header"],
            support_multi_line=table.get("multi_line", False),
        )
    for operation, columns in table.get("operations", ()):
        made = getattr(made, operation)(columns)
    return made.definition
