"""Which registered models somebody asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.exceptions import WebserviceException
from synapse_magics.store import models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.store.registry import Entry
    from synapse_magics.store.store import Store


@dataclass(frozen=True)
class ModelFilter:
    """What a model must be; None is anything.

    ``tags`` and ``properties`` hold keys, or pairs of key and value.
    """

    name: str | None = None
    id: str | None = None
    tags: Sequence[Any] | None = None
    properties: Sequence[Any] | None = None
    version: int | None = None
    run_id: str | None = None

    def check(self) -> None:
        """Refuse a filter that names no model.

        Raises
        ------
        WebserviceException
        """
        if not (self.name or self.id or self.run_id or self.tags or self.properties):
            raise WebserviceException("Error, one of id or name must be provided.", where="Model()")
        if self.id is not None and not self.id.rpartition(":")[2].isdigit():
            raise WebserviceException(
                f"Error, {self.id!r} is not the id of a model: name:version", where="Model()"
            )

    def matching(
        self, store: Store, *, dataset: str | None = None, framework: str | None = None
    ) -> list[Entry]:
        """Return the models that fit, the newest registration first.

        Parameters
        ----------
        store : Store
        dataset : str, optional
            The id of a saved dataset that must be named with them.
        framework : str, optional

        Returns
        -------
        list of Entry
        """
        return [
            entry
            for entry in models.versions(store, self.name)
            if (self.id is None or self.id == f"{entry.name}:{entry.version}")
            and (self.version is None or int(self.version) == entry.version)
            and self.run_id in {None, entry.body["run_id"]}
            and framework in {None, entry.body["model_framework"]}
            and (dataset is None or any(pair[1] == dataset for pair in entry.body["datasets"]))
            and _has(entry.body["tags"], self.tags)
            and _has(entry.body["properties"], self.properties)
        ]

    def describe(self) -> str:
        """Return what was asked for, in words."""
        given = {
            "name": self.name,
            "id": self.id,
            "version": self.version,
            "tags": self.tags,
            "properties": self.properties,
            "run_id": self.run_id,
        }
        return ", ".join(f"{key} {value}" for key, value in given.items() if value is not None)


def known_names(store: Store, name: str | None) -> str | None:
    """Return a hint for a name that no model has.

    Parameters
    ----------
    store : Store
    name : str or None

    Returns
    -------
    str or None
    """
    known = {entry.name for entry in models.versions(store)}
    if name is None or name in known:
        return None
    return names.did_you_mean(name, known, "models")


def _has(found: Mapping[str, str], wanted: Sequence[Any] | None) -> bool:
    for item in [wanted] if isinstance(wanted, str) else wanted or ():
        if isinstance(item, str):
            if item not in found:
                return False
        elif len(item) != 2 or found.get(str(item[0])) != str(item[1]):
            return False
    return True
