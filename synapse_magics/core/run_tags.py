"""What a run is called and described by: names, tags, properties."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING, Any

from synapse_magics.core import run_details
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.run_base import RunBase
from synapse_magics.store.secrets import declared, mask, secret_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME, _DESCRIPTION = "display_name", "description"


class RunTags(RunBase):
    """Names, tags and properties of a run."""

    @property
    def name(self) -> str:
        """The name of the step, or of the experiment."""
        return self.record.name

    @property
    def display_name(self) -> str:
        """What a person calls the run."""
        return self._store.records.labels(self.id).get(_NAME, self.record.name)

    @display_name.setter
    def display_name(self, value: str) -> None:
        self._store.records.set_label(self.id, _NAME, str(value))

    @property
    def description(self) -> str | None:
        """What a person says of the run."""
        return self._store.records.labels(self.id).get(_DESCRIPTION)

    @description.setter
    def description(self, value: str) -> None:
        self._store.records.set_label(self.id, _DESCRIPTION, str(value))

    @property
    def number(self) -> int:
        """The number of the run in its experiment, or of the step in its run, from 1."""
        return self.record.number

    @property
    def tags(self) -> dict[str, str | None]:
        """The run's tags."""
        return {**self._store.records.tags(self._work.id), **self._store.records.tags(self.id)}

    def get_tags(self) -> dict[str, str | None]:
        """Return the run's tags."""
        return self.tags

    def tag(self, key: str, value: Any = None) -> None:
        """Set a tag of the run; a secret of the environment is masked in it.

        Parameters
        ----------
        key : str
        value : str, optional
        """
        secrets = secret_values(os.environ, declared(self._store.registry))
        text = None if value is None else mask(str(value), secrets)
        self._store.records.set_tag(self.id, mask(str(key), secrets), text)

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set several tags of the run.

        Parameters
        ----------
        tags : dict
        """
        for key, value in tags.items():
            self.tag(key, value)

    def remove_tags(self, tags: str | Iterable[str]) -> dict[str, str | None]:
        """Remove tags of the run.

        Parameters
        ----------
        tags : list of str

        Returns
        -------
        dict
            Those that were removed.
        """
        keys = [tags] if isinstance(tags, str) else list(tags)
        before = self.tags
        for run_id in {self.id, self._work.id}:
            self._store.records.remove_tags(run_id, keys)
        return {key: before[key] for key in keys if key in before}

    @property
    def properties(self) -> dict[str, str]:
        """The run's properties, those that say what it is included."""
        record, records = self.record, self._store.records
        found = run_details.properties(self._store, record, self._work)
        return {**found, **records.properties(record.id)}

    def get_properties(self) -> dict[str, str]:
        """Return the run's properties."""
        return self.properties

    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Add properties to the run; one that is there cannot be changed.

        Parameters
        ----------
        properties : dict

        Raises
        ------
        UserErrorException
            If one of them is there already.
        """
        there = sorted(self.properties.keys() & properties.keys())
        if there:
            raise UserErrorException(
                f"properties are immutable, and the run has {', '.join(there)} already",
                where=f"run {self.id}",
                hint="run.tag(key, value) sets what may change",
            )
        texts = {str(key): str(value) for key, value in properties.items()}
        self._store.records.add_properties(self.id, texts)


def submitter() -> str:
    """Return the name of the user of this process; the user's number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        return "unknown"
