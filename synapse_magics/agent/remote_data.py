"""What tasks are told of datastores that lie elsewhere, and the secrets that this takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.agent.places import from_run
from synapse_magics.storage.credentials import value_of
from synapse_magics.storage.errors import WrongCredentialError
from synapse_magics.store.places import mirror_of, place_of, secrets_of

if TYPE_CHECKING:
    from synapse_magics.store.store import Store


class RemoteData:
    """The datastores of one step that lie elsewhere.

    Parameters
    ----------
    store : Store
    run_id : str
        The step run.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self._store, self._run_id = store, run_id
        self.secrets: set[str] = set()
        """The texts of the credentials that the tasks hold, or find: no log may hold them."""

    def told(self, datastore: str) -> dict[str, Any] | None:
        """Return what a task is told of a datastore, None if it is a folder of this machine.

        Parameters
        ----------
        datastore : str

        Returns
        -------
        dict or None

        Raises
        ------
        WrongCredentialError
            If the reference to its credential leads to nothing.
        """
        place = place_of(self._store, datastore)
        if place is None:
            return None
        kind, _, name = str(place.credential).partition(":")
        try:
            value = value_of(place, secrets_of(self._store))
        except WrongCredentialError as error:
            if kind == "env":
                # It may well be set in the notebook by now.
                error.hint = (
                    f"{name} was not set when the workspace's agent was started; a secret of the "
                    f"keyvault (credential='keyvault:NAME') is found whenever it is set"
                )
            raise
        if value is not None:
            self.secrets |= {value, *(part for part in value.split(":") if len(part) > 7)}
        return {
            "datastore": datastore,
            "place": place.to_json(),
            "mirror": from_run(self._store, self._run_id, mirror_of(self._store, datastore)),
            # Staging inherits the variables of this process.
            "secrets": {name: value} if kind == "keyvault" else {},
        }

    def root(self, datastore: str) -> str:
        """Return the folder of a datastore, or its mirror, as tasks name it."""
        return from_run(self._store, self._run_id, self._store.datastore_root(datastore))
