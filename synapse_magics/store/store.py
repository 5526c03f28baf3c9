"""The open state folder of a workspace: its database and where its parts lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.store.database import Database
from synapse_magics.store.locations import LocationError
from synapse_magics.store.records import Records
from synapse_magics.store.registry import Registry
from synapse_magics.store.run_folder import RunFolder
from synapse_magics.store.runs import Runs

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

STATE_FOLDER = ".synapse"


class Store:
    """The state folder ``.synapse`` of one workspace.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder itself; made, for its owner only, if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        for part in ("", "datastores", "snapshots", "runs", "agent"):
            (self.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
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
        """Return the local folder of a registered datastore.

        Raises
        ------
        LocationError
            If there is no datastore of that name.
        """
        entry = self.registry.get("datastore", name)
        if entry is None:
            raise LocationError(f"Could not find datastore with name {name}")
        # Relative roots lie in the state folder, so that a copy of it opens elsewhere.
        return self.folder / str(entry.body["root"])

    def close(self) -> None:
        """Close the database."""
        self.database.close()
