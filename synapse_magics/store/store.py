"""The open state folder of a workspace: its database and where its parts lie."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from synapse_magics.storage.addresses import is_address
from synapse_magics.store.database import Database, StoreError
from synapse_magics.store.locations import LocationError, RemoteDatastoreError
from synapse_magics.store.places import mirror_of
from synapse_magics.store.records import Records
from synapse_magics.store.registry import Registry
from synapse_magics.store.run_folder import RunFolder
from synapse_magics.store.runs import Runs

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

STATE_FOLDER = ".synapse"

_FOLDERS = ("", "datastores", "snapshots", "runs", "agent")
_FILES = (
    "state.db",
    "state.db-wal",
    "state.db-shm",
    "agent/agent.log",
    "agent/lock",
    "agent/endpoint",
    "keyvault.json",
)


class Store:
    """The state folder ``.synapse`` of one workspace.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder itself; made if it is missing. It is its owner's only, and becomes that
        if it was not.

    Raises
    ------
    StoreError
        If it is somebody else's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        for part in _FOLDERS:
            place = self.folder / part
            if not place.is_dir():
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
            _keep_private(place)
        for file in _FILES:
            with contextlib.suppress(FileNotFoundError):
                _keep_private(self.folder / file)
        self.database = Database(self.folder / "state.db")
        self.registry = Registry(self.database)
        self.runs = Runs(self.database)
        self.records = Records(self.database)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run_folder(self, run_id: str) -> RunFolder:
        """Return the folder of a run, which need not exist yet."""
        return RunFolder(self.folder / "runs" / run_id)

    def snapshot_folder(self, snapshot: str) -> Path:
        """Return the folder of a snapshot, which need not exist yet."""
        return self.folder / "snapshots" / snapshot

    def datastore_root(self, name: str) -> Path:
        """Return the local folder of a registered datastore; of a remote one, its mirror's.

        A mirror holds what ``storage.transfers.fetch`` has brought. An address stands for a
        datastore that nobody has registered.

        Raises
        ------
        LocationError
            If there is no datastore of that name, or it is none of this machine.
        """
        if is_address(name):
            return mirror_of(self, name)
        entry = self.registry.get("datastore", name)
        if entry is None:
            raise LocationError(f"Could not find datastore with name {name}")
        if "place" in entry.body:
            return mirror_of(self, name)
        if "root" not in entry.body:
            raise RemoteDatastoreError(name, str(entry.body["type"]))
        # Relative roots lie in the state folder, so that a copy of it opens elsewhere.
        return self.folder / str(entry.body["root"])

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def _keep_private(place: Path) -> None:
    """Take every right from everybody but the owner, who must be us, or we root."""
    found, user = place.stat(), os.geteuid()
    if user not in {found.st_uid, 0}:
        raise StoreError(
            "the workspace's state belongs to another user",
            where=f"{place} (user {found.st_uid}, this is {user})",
            hint="work in a folder of your own, or have its owner give it to you with chown -R",
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        # Some drives have no permissions of ours, or are read only; the owner knows them.
        with contextlib.suppress(OSError):
            place.chmod(stat.S_IMODE(found.st_mode) & 0o700)
