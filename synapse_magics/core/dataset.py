"""Datasets: a definition of data on a datastore, saved under an id, registered under a name."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.dataset_factory import (
    FileDatasetFactory,
    TabularDatasetFactory,
    base_folder,
)
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.store.locations import data_files, expand, files_below

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from pyspark.sql import DataFrame

    from synapse_magics.core.data_config import DatasetConsumptionConfig
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.registry import Entry

_REGISTERED = "dataset"
_SAVED = "saved_dataset"


class AbstractDataset:
    """Data on a datastore, by definition: nothing is copied.

    Parameters
    ----------
    workspace : Workspace
    definition : mapping
        JSON data: ``type``, ``sources`` (a datastore and a path each) and how to read them.
    """

    def __init__(
        self,
        workspace: Workspace,
        definition: Mapping[str, Any],
        registration: Entry | None = None,
    ) -> None:
        self.workspace = workspace
        self.definition = definition
        self._registration = registration
        self._id: str | None = None

    @property
    def id(self) -> str | None:
        """The id of the saved definition; None until it is saved."""
        if self._registration is not None:
            return str(self._registration.body["saved_id"])
        return self._id

    @property
    def name(self) -> str | None:
        """The name it is registered under."""
        return self._registration.name if self._registration else None

    @property
    def version(self) -> int | None:
        """The version it is registered as, from 1."""
        return self._registration.version if self._registration else None

    @property
    def description(self) -> str | None:
        """What the registration says about it."""
        return self._registration.body.get("description") if self._registration else None

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the registration."""
        return dict(self._registration.body.get("tags") or {}) if self._registration else {}

    def save(self) -> str:
        """Save the definition and return its id; the same definition has the same id.

        Returns
        -------
        str
        """
        if self.id is None:
            text = json.dumps(self.definition, sort_keys=True)
            self._id = str(uuid.UUID(hashlib.sha256(text.encode()).hexdigest()[:32]))
            self.workspace.store.registry.save(_SAVED, self._id, self.definition)
        return str(self.id)

    def register(
        self,
        workspace: Workspace,
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        create_new_version: bool = False,
    ) -> AbstractDataset:
        """Register under a name.

        Parameters
        ----------
        workspace : Workspace
        name : str
        description : str, optional
        tags : mapping, optional
        create_new_version : bool
            Without it, a name that is taken by another definition is refused.

        Returns
        -------
        AbstractDataset
            With ``id``, ``name`` and ``version``. What is registered like this already keeps
            its version.

        Raises
        ------
        UserErrorException
            If the name is refused or taken.
        """
        names.check_dataset(name)
        if workspace != self.workspace:
            raise UserErrorException(
                "the dataset lies on a datastore of another workspace",
                where=f"workspace {self.workspace.name} in {self.workspace.folder}",
            )
        registry = workspace.store.registry
        latest = registry.get(_REGISTERED, name)
        body = {
            "saved_id": self.save(),
            "type": self.definition["type"],
            "description": description,
            "tags": dict(tags or {}),
        }
        if latest is not None and _adds_nothing(body, latest.body):
            return _load(workspace, latest)
        if latest is not None and not create_new_version:
            raise UserErrorException(
                f'There is already a dataset registered under name "{name}". Specify '
                "`create_new_version=True` to register the dataset as a new version."
            )
        return _load(workspace, registry.add_version(_REGISTERED, name, body))

    def as_named_input(self, name: str) -> DatasetConsumptionConfig:
        """Return the dataset as an input of a step.

        Parameters
        ----------
        name : str

        Returns
        -------
        DatasetConsumptionConfig
        """
        from synapse_magics.core.data_config import (  # noqa: PLC0415 - a cycle otherwise
            DatasetConsumptionConfig,
        )

        return DatasetConsumptionConfig(name, self)

    def unregister_all_versions(self) -> None:
        """Remove the name; the data and the saved definitions stay."""
        if self.name is not None:
            self.workspace.store.registry.delete(_REGISTERED, self.name)
            self._registration = None

    def files(self) -> list[Path]:
        """Return the local files behind it, those of a folder in order of their names.

        Raises
        ------
        LocationError
            If nothing lies at one of its places.
        """
        return files_below(
            [
                place
                for source in self.definition["sources"]
                for place in expand(
                    self.workspace.store.datastore_root(source["datastore"]), source["path"]
                )
            ]
        )

    def _describe(self) -> dict[str, Any]:
        pairs = [
            f"('{item['datastore']}', '{item['path']}')" for item in self.definition["sources"]
        ]
        described: dict[str, Any] = {"source": pairs, "definition": [self.definition["type"]]}
        if self._registration is not None:
            described["registration"] = {
                "id": self.id,
                "name": self.name,
                "version": self.version,
                "workspace": repr(self.workspace),
            }
        return described

    def __repr__(self) -> str:
        return json.dumps(self._describe(), indent=2)

    def __str__(self) -> str:
        return f"{type(self).__name__}\n{self!r}"


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
        from pyspark.sql import SparkSession  # noqa: PLC0415 - heavy

        from synapse_magics.runtime.readers import read_spark  # noqa: PLC0415 - heavy

        return read_spark(SparkSession.builder.getOrCreate(), self.source())


class FileDataset(AbstractDataset):
    """Files, whatever is in them."""

    def to_path(self) -> list[str]:
        """Return the files' paths, relative to the folder or the glob's base they were found in.

        Those of several places are relative to what the places have in common.
        """
        folders = [
            base_folder(self.workspace.store.datastore_root(source["datastore"]), source["path"])
            for source in self.definition["sources"]
        ]
        common = os.path.commonpath(folders)
        return [f"/{file.relative_to(common).as_posix()}" for file in self.files()]

    def download(self, target_path: str | None = None, overwrite: bool = False) -> list[str]:
        """Copy the files to a local folder.

        Parameters
        ----------
        target_path : str, optional
            A new folder in the working directory if missing.
        overwrite : bool

        Returns
        -------
        list of str
            The local paths.
        """
        target = Path(target_path or f"dataset_{uuid.uuid4().hex[:8]}")
        pairs = [
            (file, target / name.lstrip("/"))
            for file, name in zip(self.files(), self.to_path(), strict=True)
        ]
        for _, local in pairs:
            if local.exists() and not overwrite:
                raise UserErrorException(
                    f'File "{local}" already exists. Set overwrite=True to overwrite it.'
                )
        done = []
        for file, local in pairs:
            local.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, local)
            done.append(str(local))
        return done


class Dataset:
    """Where datasets are made and found."""

    Tabular = TabularDatasetFactory
    File = FileDatasetFactory

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
        entry = workspace.store.registry.get(_REGISTERED, name, number)
        if entry is None:
            known = [item.name for item in workspace.store.registry.entries(_REGISTERED)]
            raise UserErrorException(
                f'Cannot find dataset registered with name "{name}" in the workspace.',
                where=None if number is None else f"version {number}",
                hint=names.did_you_mean(name, known, "datasets"),
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
        entry = workspace.store.registry.by_id(_SAVED, id)
        if entry is None:
            raise UserErrorException(f'Cannot find dataset with id "{id}" in the workspace.')
        found = _make(workspace, entry.body)
        found._id = id  # noqa: SLF001 - a constructor
        return found

    @staticmethod
    def get_all(workspace: Workspace) -> dict[str, AbstractDataset]:
        """Return the latest version of each registered dataset by name."""
        entries = workspace.store.registry.entries(_REGISTERED)
        return {entry.name: _load(workspace, entry) for entry in entries}


def _make(
    workspace: Workspace, definition: Mapping[str, Any], registration: Entry | None = None
) -> AbstractDataset:
    kind = TabularDataset if definition["type"] == "tabular" else FileDataset
    return kind(workspace, definition, registration)


def _load(workspace: Workspace, registration: Entry) -> AbstractDataset:
    saved = workspace.store.registry.by_id(_SAVED, registration.body["saved_id"])
    if saved is None:
        raise UserErrorException(f"the definition of dataset {registration.name} is gone")
    return _make(workspace, saved.body, registration)


def _only_null(*choices: str) -> None:
    for choice in choices:
        if choice != "null":
            raise NotSupportedError(
                f"{choice!r} is not supported here", where="to_pandas_dataframe", hint="'null'"
            )


def _adds_nothing(body: Mapping[str, Any], latest: Mapping[str, Any]) -> bool:
    """Tell whether a registration says nothing that the latest one does not say."""
    return body["saved_id"] == latest["saved_id"] and all(
        not body[key] or body[key] == latest[key] for key in ("description", "tags")
    )
