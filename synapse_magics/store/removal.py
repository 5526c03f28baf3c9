"""Remove runs: from the database in one transaction, then their files, whatever dies in between."""

from __future__ import annotations

import contextlib
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_magics.store import regular_files
from synapse_magics.store.environments import take_away, unused
from synapse_magics.store.locations import LocationError, locate
from synapse_magics.store.pointers import Pointers, look, named_snapshots, size_of
from synapse_magics.store.retention import Choice, choose

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection
    from pathlib import Path

    from synapse_magics.store.pointers import Facts
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

_YOUNG_SECONDS = 3600.0
"""A snapshot is stored a while before the run that names it."""

_RUN_TABLES = ("events", "metrics", "tags", "properties", "outputs", "fingerprints", "jobs")


@dataclass(frozen=True)
class Removal:
    """What was removed, or would be, and what was kept although it is old enough or too much.

    Parameters
    ----------
    removed : tuple of RunRecord
        Pipeline runs.
    kept : tuple
        Pipeline runs, each with the reason.
    sizes : mapping
        Bytes by pipeline run, of all that were there.
    environments : mapping
        Bytes of the environments that nobody needs any more, by their hashes.
    """

    removed: tuple[RunRecord, ...]
    kept: tuple[tuple[RunRecord, str], ...]
    sizes: dict[str, int]
    environments: dict[str, int] = field(default_factory=dict)

    @property
    def freed(self) -> int:
        """The bytes that the removed runs and environments had."""
        runs = sum(self.sizes.get(run.id, 0) for run in self.removed)
        return runs + sum(self.environments.values())

    @property
    def left(self) -> int:
        """The bytes of the runs that are still there."""
        return sum(self.sizes.values()) - self.freed + sum(self.environments.values())


def remove(
    store: Store,
    *,
    before: float | None = None,
    budget: int | None = None,
    results: bool = True,
    environments: Collection[str] = (),
    dry_run: bool = False,
) -> Removal:
    """Remove runs that ended before a time, or the oldest while all together are too large.

    Environments that no run needs then go with them.

    Parameters
    ----------
    store : Store
    before : float, optional
        Seconds since the epoch.
    budget : int, optional
        Bytes that all runs together may have.
    results : bool
        Keep runs whose results can still be reused.
    environments : collection of str
        The hashes of environments that are kept though no run needs them.
    dry_run : bool
        Only say what would be removed.

    Returns
    -------
    Removal
    """
    facts = look(store)
    if dry_run:
        pointers, choice = _choose(store, facts, before, budget, results=results)
        left = unused(store, environments, choice.remove)
        return _removal(pointers, choice, facts, {item.name: size_of(item) for item in left})
    # What points to what is looked up again under the lock: a step may be about to be reused.
    with store.database.transaction() as connection:
        pointers, choice = _choose(store, facts, before, budget, results=results)
        _delete(connection, pointers, choice.remove)
    sweep(store)
    sizes = {}
    for place in take_away(store, environments):
        sizes[place.name] = size_of(place)
        _try_to_delete(place)
    return _removal(pointers, choice, facts, sizes)


def _choose(
    store: Store, facts: Facts, before: float | None, budget: int | None, *, results: bool
) -> tuple[Pointers, Choice]:
    pointers = Pointers(store, facts, results=results)
    return pointers, choose(pointers.held(), before=before, budget=budget)


def _removal(
    pointers: Pointers, choice: Choice, facts: Facts, environments: dict[str, int]
) -> Removal:
    return Removal(
        tuple(pointers.runs[run_id] for run_id in choice.remove),
        tuple((pointers.runs[run_id], why) for run_id, why in choice.keep.items()),
        {run_id: facts.sizes.get(run_id, 0) for run_id in pointers.runs},
        environments,
    )


def _delete(connection: sqlite3.Connection, pointers: Pointers, run_ids: Collection[str]) -> None:
    """Delete runs and note which files are to follow."""
    chosen = set(run_ids)
    for _, datastore, path in pointers.own_outputs(chosen):
        _note(connection, datastore, path)
    below = [
        row["id"]
        for run_id in chosen
        for row in connection.execute(
            "SELECT id FROM runs WHERE root_id = ?1 AND id <> ?1", (run_id,)
        )
    ]
    for run_id in chosen:
        run = pointers.runs[run_id]
        # Numbers are not given twice: "run 7" is one run for ever.
        connection.execute(
            "INSERT INTO numbers (experiment, last) VALUES (?, ?)"
            " ON CONFLICT (experiment) DO UPDATE SET last = MAX(last, excluded.last)",
            (run.experiment, run.number),
        )
    for run_id in [*below, *chosen]:  # children first: they name their parents
        for table in _RUN_TABLES:
            connection.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))  # noqa: S608 - constants
        connection.execute("DELETE FROM commands WHERE run_id = ?", (run_id,))
        connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))


def _note(connection: sqlite3.Connection, datastore: str, path: str) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO removals (datastore, path) VALUES (?, ?)", (datastore, path)
    )


def sweep(store: Store) -> None:
    """Delete the files of what the database does not know any more.

    Whoever dies in the middle leaves the rest to the next one.

    Parameters
    ----------
    store : Store
    """
    for row in store.database.rows("SELECT datastore, path FROM removals"):
        try:
            root = store.datastore_root(row["datastore"])
            _delete_place(locate(root, row["path"]), root)
        except (LocationError, OSError):
            continue  # its datastore is away; the next sweep tries again
        with store.database.transaction() as connection:
            connection.execute(
                "DELETE FROM removals WHERE datastore = ? AND path = ?",
                (row["datastore"], row["path"]),
            )
    known = {row["id"] for row in store.database.rows("SELECT id FROM runs")}
    for folder in (store.folder / "runs").iterdir():
        # A folder is made after its run, so whoever has none is gone.
        if folder.name not in known and store.runs.get(folder.name) is None:
            _try_to_delete(folder)
    for part in _unused_snapshots(store):
        _try_to_delete(part)


def _try_to_delete(folder: Path) -> None:
    # Something in it may be another user's; the next sweep tries again.
    with contextlib.suppress(OSError):
        regular_files.remove(folder)


def _unused_snapshots(store: Store) -> list[Path]:
    """Take snapshots that nothing names out of the way; return where they are now."""
    folder, found = store.folder / "snapshots", []
    young = time.time() - _YOUNG_SECONDS
    # Under the lock, in which a submit looks whether its snapshots are there.
    with store.database.transaction() as connection:
        rows = connection.execute(
            "SELECT DISTINCT json_extract(spec, '$.snapshot') AS snapshot FROM runs"
            " WHERE parent_id IS NOT NULL"
        )
        used = {row["snapshot"] for row in rows} | named_snapshots(connection)
        for place in folder.iterdir():
            # Who stores a snapshot, or sweeps as well, moves them, too.
            with contextlib.suppress(FileNotFoundError):
                if place.name in used or place.stat().st_mtime > young:
                    continue
                part = place
                if not place.name.startswith("."):  # left by one who died, else
                    part = place.rename(folder / f".{uuid.uuid4().hex}")
                found.append(part)
    return found


def _delete_place(place: Path, root: Path) -> None:
    """Delete a file or a folder, and the folders above it that are empty then."""
    regular_files.remove(place)
    for folder in place.parents:
        if folder == root or not folder.is_relative_to(root):
            return
        try:
            folder.rmdir()
        except OSError:
            return  # something else is in there
