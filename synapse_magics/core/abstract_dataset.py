"""What all datasets are: a definition of data, saved under an id, registered under a name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.dataset_operations import operation_names
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.remote_data import bring, is_remote, look
from synapse_magics.store import registry as documents
from synapse_magics.store.dataset_files import dataset_files
from synapse_magics.store.registry import content_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from typing_extensions import Self

    from synapse_magics.core.data_config import DatasetConsumptionConfig
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.registry import Entry

REGISTERED = "dataset"
SAVED = "saved_dataset"


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

    @property
    def data_changed_time(self) -> datetime:
        """When the youngest of its files was changed, in UTC."""
        store, sources = self.workspace.store, self.definition["sources"]
        if is_remote(store, sources) and not self.definition.get("operations"):
            times = [
                file.modified
                for source in sources
                for file in look(store, source["datastore"], source["path"])
            ]
        else:
            times = [file.stat().st_mtime for file in self.files()]
        return datetime.fromtimestamp(max(times, default=0), timezone.utc)

    @property
    def partition_keys(self) -> list[str]:
        """The keys of its partition format, or the columns that ``partition_by`` divided it by."""
        return list(self.definition.get("partition_keys") or [])

    def get_partition_key_values(
        self, partition_keys: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """Return which combinations of values the partition keys have.

        Parameters
        ----------
        partition_keys : sequence of str, optional
            Some of the keys; all if missing.

        Returns
        -------
        list of dict
            Each a value by key.

        Raises
        ------
        UserErrorException
            If there are no such keys.
        """
        chosen = list(partition_keys or self.partition_keys)
        unknown = [key for key in chosen if key not in self.partition_keys]
        if unknown or not chosen:
            raise UserErrorException(
                f"{unknown[0]!r} is no partition key of the dataset"
                if unknown
                else "the dataset has no partition keys",
                where=f"partition keys: {', '.join(self.partition_keys) or 'none'}",
                hint="partition_format= names some; so does TabularDataset.partition_by",
            )
        return self._key_values(chosen)

    def _key_values(self, keys: list[str]) -> list[dict[str, Any]]:
        raise NotImplementedError

    def update(self, description: str | None = None, tags: Mapping[str, str] | None = None) -> Self:
        """Change what the registration says about it; the version stays the same.

        Parameters
        ----------
        description : str, optional
        tags : mapping, optional
            They replace those that there are.

        Returns
        -------
        AbstractDataset
        """
        changes: dict[str, Any] = {}
        if description is not None:
            changes["description"] = description
        if tags is not None:
            changes["tags"] = dict(tags)
        return self._update(lambda _: changes)

    def add_tags(self, tags: Mapping[str, str] | None = None) -> Self:
        """Add tags to the registration, or give those that are there other values.

        Parameters
        ----------
        tags : mapping, optional

        Returns
        -------
        AbstractDataset
        """
        return self._update(lambda body: {"tags": {**(body.get("tags") or {}), **(tags or {})}})

    def remove_tags(self, tags: Sequence[str] | None = None) -> Self:
        """Remove tags from the registration.

        Parameters
        ----------
        tags : sequence of str, optional
            Their names.

        Returns
        -------
        AbstractDataset
        """
        gone = {tags} if isinstance(tags, str) else set(tags or ())

        def left(body: Mapping[str, Any]) -> dict[str, Any]:
            tags = body.get("tags") or {}
            return {"tags": {name: tags[name] for name in tags if name not in gone}}

        return self._update(left)

    def _update(self, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Self:
        if self._registration is None:
            raise UserErrorException(
                "only a registered dataset has a description and tags",
                where=type(self).__name__,
                hint="dataset = dataset.register(workspace, 'name')",
            )
        known = self._registration
        with self.workspace.store.database.transaction() as connection:
            # As it is now: somebody else may have changed it since it was read.
            found = documents.read(connection, known.kind, known.name, known.version)
            if found is None:
                raise UserErrorException(
                    f"dataset {known.name}, version {known.version} is not registered any more",
                    where=type(self).__name__,
                    hint="dataset.register(workspace, 'name') registers it again",
                )
            entry = replace(found, body={**found.body, **change(found.body)})
            documents.write(connection, entry)
        self._registration = entry
        return self

    def save(self) -> str:
        """Save the definition and return its id; the same definition has the same id.

        Returns
        -------
        str
        """
        if self.id is None:
            # Of a table whose files nobody has looked into yet, what is known of it.
            definition = getattr(self.definition, "known", self.definition)
            self._id = content_id(definition)
            self.workspace.store.registry.save(SAVED, self._id, definition)
        return str(self.id)

    def register(
        self,
        workspace: Workspace,
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        create_new_version: bool = False,
    ) -> Self:
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
        body = {
            "saved_id": self.save(),
            "type": self.definition["type"],
            "description": description,
            "tags": dict(tags or {}),
        }
        with workspace.store.database.transaction() as connection:
            latest = documents.read(connection, REGISTERED, name)
            if latest is not None and _adds_nothing(body, latest.body):
                # Azure ML refuses it without create_new_version, and a cell that is run twice.
                return type(self)(workspace, self.definition, latest)
            if latest is not None and not create_new_version:
                raise UserErrorException(
                    f'There is already a dataset registered under name "{name}". Specify '
                    "`create_new_version=True` to register the dataset as a new version."
                )
            entry = documents.add_version(connection, REGISTERED, name, body)
        return type(self)(workspace, self.definition, entry)

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
            self.workspace.store.registry.delete(REGISTERED, self.name)
            self._registration = None

    def files(self) -> list[Path]:
        """Return the local files behind it, those of a folder in order of their names.

        What lies elsewhere is brought first, as far as it has changed.

        Raises
        ------
        LocationError
            If nothing lies at one of its places.
        """
        bring(self.workspace.store, self.definition["sources"])
        return dataset_files(self.workspace.store, self.definition)

    def _describe(self) -> dict[str, Any]:
        pairs = [
            f"('{item['datastore']}', '{item['path']}')" for item in self.definition["sources"]
        ]
        # Of a table that nobody has looked into yet, what is known: a text is no reason to.
        known = getattr(self.definition, "known", self.definition)
        described: dict[str, Any] = {"source": pairs, "definition": operation_names(known)}
        if self._registration is not None:
            about = {"description": self.description, "tags": self.tags}
            described["registration"] = {
                "id": self.id,
                "name": self.name,
                "version": self.version,
                **{key: value for key, value in about.items() if value},
                "workspace": repr(self.workspace),
            }
        return described

    def __repr__(self) -> str:
        return json.dumps(self._describe(), indent=2)

    def __str__(self) -> str:
        return f"{type(self).__name__}\n{self!r}"


def _adds_nothing(body: Mapping[str, Any], latest: Mapping[str, Any]) -> bool:
    """Tell whether a registration says nothing that the latest one does not say."""
    return body["saved_id"] == latest["saved_id"] and all(
        not body[key] or body[key] == latest[key] for key in ("description", "tags")
    )
