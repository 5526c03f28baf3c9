"""What all datasets are: a definition of data, saved under an id, registered under a name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.store.locations import expand, files_below
from synapse_magics.store.registry import content_id

if TYPE_CHECKING:
    from collections.abc import Mapping
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

    def save(self) -> str:
        """Save the definition and return its id; the same definition has the same id.

        Returns
        -------
        str
        """
        if self.id is None:
            self._id = content_id(self.definition)
            self.workspace.store.registry.save(SAVED, self._id, self.definition)
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
        registry = workspace.store.registry
        latest = registry.get(REGISTERED, name)
        body = {
            "saved_id": self.save(),
            "type": self.definition["type"],
            "description": description,
            "tags": dict(tags or {}),
        }
        if latest is not None and _adds_nothing(body, latest.body):
            return type(self)(workspace, self.definition, latest)
        if latest is not None and not create_new_version:
            raise UserErrorException(
                f'There is already a dataset registered under name "{name}". Specify '
                "`create_new_version=True` to register the dataset as a new version."
            )
        entry = registry.add_version(REGISTERED, name, body)
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


def _adds_nothing(body: Mapping[str, Any], latest: Mapping[str, Any]) -> bool:
    """Tell whether a registration says nothing that the latest one does not say."""
    return body["saved_id"] == latest["saved_id"] and all(
        not body[key] or body[key] == latest[key] for key in ("description", "tags")
    )
