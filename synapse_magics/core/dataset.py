"""Where datasets are made and found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.abstract_dataset import REGISTERED, SAVED, AbstractDataset
from synapse_magics.core.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.core.file_dataset import FileDataset
from synapse_magics.core.lazy_table import LazyTable
from synapse_magics.core.retired_datasets import RetiredDatasetCalls
from synapse_magics.core.tabular_dataset import TabularDataset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.registry import Entry

__all__ = ["AbstractDataset", "Dataset", "FileDataset", "TabularDataset"]


class Dataset(RetiredDatasetCalls):
    """Where datasets are made and found; there is no object of it."""

    Tabular = TabularDatasetFactory
    File = FileDatasetFactory

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        raise NotSupportedError(
            "Dataset(...) is not supported here",
            hint="Dataset.Tabular.from_delimited_files(...) or Dataset.File.from_files(...)",
        )

    @staticmethod
    def get_by_name(
        workspace: Workspace, name: str, version: int | str = "latest"
    ) -> AbstractDataset:
        """Return a registered dataset.

        Parameters
        ----------
        workspace : Workspace
        name : str
        version : int or "latest"

        Returns
        -------
        AbstractDataset
        """
        if version != "latest" and not str(version).isdigit():
            raise UserErrorException(f"Invalid value {version} for version of dataset {name}.")
        number = None if version == "latest" else int(version)
        entry = workspace.store.registry.get(REGISTERED, name, number)
        if entry is None:
            entries = workspace.store.registry.entries(REGISTERED)
            latest = {item.name: item.version for item in entries}
            raise UserErrorException(
                f'Cannot find dataset registered with name "{name}" in the workspace.',
                where=None if number is None else f"version {number}",
                hint=f"the latest version is {latest[name]}"
                if name in latest
                else names.did_you_mean(name, latest, "datasets"),
            )
        return _load(workspace, entry)

    @staticmethod
    def get_by_id(workspace: Workspace, id: str) -> AbstractDataset:  # noqa: A002 - Azure ML's name
        """Return a saved dataset.

        Parameters
        ----------
        workspace : Workspace
        id : str

        Returns
        -------
        AbstractDataset
        """
        entry = workspace.store.registry.by_id(SAVED, id)
        if entry is None:
            raise UserErrorException(f'Cannot find dataset with id "{id}" in the workspace.')
        found = _make(workspace, entry.body)
        found._id = id  # noqa: SLF001 - a constructor
        return found

    @staticmethod
    def get_all(workspace: Workspace) -> dict[str, AbstractDataset]:
        """Return the latest version of each registered dataset by name."""
        entries = workspace.store.registry.entries(REGISTERED)
        return {entry.name: _load(workspace, entry) for entry in entries}


def _make(
    workspace: Workspace, definition: Mapping[str, Any], registration: Entry | None = None
) -> AbstractDataset:
    kind = TabularDataset if definition["type"] == "tabular" else FileDataset
    if "table" in definition:  # the output of a step, whose columns nobody has looked at yet
        definition = LazyTable(workspace, definition)
    return kind(workspace, definition, registration)


def _load(workspace: Workspace, registration: Entry) -> AbstractDataset:
    saved = workspace.store.registry.by_id(SAVED, registration.body["saved_id"])
    if saved is None:
        raise UserErrorException(f"the definition of dataset {registration.name} is gone")
    return _make(workspace, saved.body, registration)
