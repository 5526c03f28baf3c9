"""Definitions of tables: what a factory has found out about files, as a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.column_types import SAMPLE_ROWS, infer
from synapse_magics.core.dataset_options import conversions
from synapse_magics.core.dataset_sources import check_paths
from synapse_magics.core.lazy_table import LazyTable
from synapse_magics.core.tabular_dataset import TabularDataset
from synapse_magics.runtime.partition_formats import path_columns
from synapse_magics.storage.errors import NothingThereError
from synapse_magics.store.locations import LocationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from synapse_magics.core.workspace import Workspace

MISSING = (LocationError, NothingThereError)
"""What says that nothing lies at a place."""


def tabular(
    workspace: Workspace, sources: list[dict[str, str]], reader: dict[str, Any], *, validate: bool
) -> TabularDataset:
    """Return the table that a reader reads.

    Parameters
    ----------
    workspace : Workspace
    sources : list of dict
    reader : dict
    validate : bool
        Refuse local paths that do not have the form that they should have.

    Returns
    -------
    TabularDataset
    """
    definition: dict[str, Any] = {"type": "tabular", "sources": sources, "reader": reader}
    keys = [column["name"] for column in path_columns({"path": _partitions(reader)})]
    if keys:
        definition["partition_keys"] = keys
    if validate:
        check_paths(workspace, sources, reader)
    return TabularDataset(workspace, definition)


def _partitions(reader: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in reader.get("path", {}).items() if key == "format"}


def not_there_yet(
    workspace: Workspace,
    sources: list[dict[str, str]],
    reader: Mapping[str, Any],
    wanted: Mapping[str, Any],
) -> TabularDataset:
    """Return a table whose columns are looked for when it is read.

    Parameters
    ----------
    workspace : Workspace
    sources : list of dict
    reader : mapping
    wanted : mapping
        The types that columns get, by name.

    Returns
    -------
    TabularDataset
    """
    path = reader.get("path", {})
    options = {
        "validate": False,
        "infer_column_types": False,
        "include_path": path.get("include", False),
        "partition_format": path.get("format"),
        "set_column_types": wanted or None,
        "empty_as_string": reader.get("empty_as_string", False),
        "encoding": reader["encoding"],
    }
    table = {
        "format": "delimited",
        "separator": reader["separator"],
        "header": reader["header"],
        "multi_line": reader.get("multi_line", False),
        "options": options,
    }
    definition = {"type": "tabular", "sources": sources, "table": table}
    return TabularDataset(workspace, LazyTable(workspace, definition))


def typed_by(
    reader: Mapping[str, Any],
    kinds: Mapping[str, str | None],
    wanted: Mapping[str, Any],
    files: Sequence[Path],
) -> dict[str, Any]:
    """Return how the columns of files get the types that were asked for.

    Parameters
    ----------
    reader : mapping
    kinds : mapping
        The types that the columns have.
    wanted : mapping
        Those that they get, by name.
    files : sequence of pathlib.Path

    Returns
    -------
    dict
        For the reader's description.
    """

    def sample(name: str) -> list[str]:
        from synapse_magics.runtime.readers import read_pandas  # noqa: PLC0415 - heavy

        plain = {key: value for key, value in reader.items() if key != "path"}
        first = read_pandas({**plain, "paths": [str(files[0])]}, SAMPLE_ROWS)
        return [str(value) for value in first[name].dropna()]

    return conversions(kinds, wanted, sample, infer)
