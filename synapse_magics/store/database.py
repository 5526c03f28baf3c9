"""The SQLite database of a workspace: schema, connection, transactions."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
CREATE TABLE registry (
    kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
    id TEXT NOT NULL, body TEXT NOT NULL, created REAL NOT NULL,
    PRIMARY KEY (kind, name, version)
);
CREATE UNIQUE INDEX registry_id ON registry (kind, id);

CREATE TABLE runs (
    id TEXT PRIMARY KEY, parent_id TEXT REFERENCES runs (id), root_id TEXT NOT NULL,
    kind TEXT NOT NULL, node TEXT, name TEXT NOT NULL, experiment TEXT NOT NULL,
    number INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    spec TEXT NOT NULL, error TEXT, created REAL NOT NULL, started REAL, ended REAL,
    client_token TEXT UNIQUE
);
CREATE INDEX runs_parent ON runs (parent_id, number);
CREATE INDEX runs_experiment ON runs (experiment, number);
CREATE INDEX runs_unfinished ON runs (status)
    WHERE status NOT IN ('Completed', 'Failed', 'Canceled');

CREATE TABLE jobs (
    run_id TEXT PRIMARY KEY REFERENCES runs (id), engine TEXT NOT NULL, handle TEXT NOT NULL,
    records_read INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, root_id TEXT NOT NULL,
    time REAL NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, message TEXT NOT NULL
);
CREATE INDEX events_root ON events (root_id, id);

CREATE TABLE metrics (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, name TEXT NOT NULL,
    value TEXT NOT NULL, step INTEGER, time REAL NOT NULL
);
CREATE INDEX metrics_run ON metrics (run_id, id);

CREATE TABLE tags (
    run_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT, PRIMARY KEY (run_id, key)
);
CREATE TABLE properties (
    run_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT, PRIMARY KEY (run_id, key)
);

CREATE TABLE outputs (
    run_id TEXT NOT NULL, name TEXT NOT NULL, datastore TEXT NOT NULL, path TEXT NOT NULL,
    dataset_id TEXT, PRIMARY KEY (run_id, name)
);

CREATE TABLE commands (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, command TEXT NOT NULL,
    time REAL NOT NULL, done REAL
);
"""

_REUSE = """
ALTER TABLE runs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE runs ADD COLUMN source_id TEXT;
ALTER TABLE runs ADD COLUMN because TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_name ON runs (name, kind, status);
CREATE INDEX runs_source ON runs (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX runs_root ON runs (root_id);
CREATE INDEX runs_node ON runs (parent_id, node);
CREATE INDEX runs_open ON runs (created)
    WHERE parent_id IS NULL AND status NOT IN ('Completed', 'Failed', 'Canceled');

ALTER TABLE outputs ADD COLUMN manifest TEXT;

CREATE TABLE fingerprints (
    run_id TEXT PRIMARY KEY REFERENCES runs (id),
    content TEXT NOT NULL, definition TEXT NOT NULL, parts TEXT NOT NULL,
    sources TEXT NOT NULL, reusable INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX fingerprints_content ON fingerprints (content) WHERE reusable;
CREATE INDEX fingerprints_definition ON fingerprints (definition) WHERE reusable;

CREATE TABLE file_hashes (
    datastore TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (datastore, path)
);

CREATE TABLE removals (
    datastore TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (datastore, path)
);
CREATE TABLE numbers (experiment TEXT PRIMARY KEY, last INTEGER NOT NULL)
"""

_OUTPUT_STATS = """
ALTER TABLE outputs ADD COLUMN stats TEXT
"""

_VERSIONS = (_SCHEMA, _REUSE, _OUTPUT_STATS)
"""What brings a database from each version to the next, from an empty one on."""

SCHEMA_VERSION = len(_VERSIONS)

_BUSY_SECONDS = 60.0


class StoreError(SynapseMagicsError):
    """The workspace's state could not be read or written."""


def may_pass(error: BaseException) -> bool:
    """Tell whether an error is about the disk or another process, not about what was written.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    bool
    """
    return isinstance(error, StoreError) and isinstance(error.__cause__, sqlite3.OperationalError)


_HINTS = {
    "full": "make room on the disk, and try again",
    "locked": "another process holds it; try again",
    "readonly": "make the file and its folder writable",
    "unable to open": "the file or its folder is missing, or may not be read and written",
    "malformed": "the file is damaged; take it from a copy, or create the workspace anew",
    "not a database": "the file is damaged; take it from a copy, or create the workspace anew",
    "disk I/O": "check the disk, and that it is not a network drive",
}


def _hint(error: sqlite3.Error) -> str | None:
    return next((hint for word, hint in _HINTS.items() if word in str(error)), None)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Sync(Enum):
    """When a transaction survives a loss of power; it always survives the death of a process.

    One that is there has brought along all that came before it, whoever wrote that.
    """

    NOW = "now"
    """At its end."""
    SOON = "soon"
    """With the next one that is, or when :meth:`Database.settle` is called."""
    LATER = "later"
    """With the next one that is: whoever comes after a loss of power finds it out again."""


class Database:
    """One connection to ``state.db``, safe to use from several threads.

    Parameters
    ----------
    path : pathlib.Path
        The database file; made, for its owner only, if it is missing.

    Raises
    ------
    StoreError
        If the file was written by a newer version of this package.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._is_closed, self._is_settled = False, True
        with self._explained():
            if not path.exists():
                # SQLite gives the journal files the permissions of the database file.
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._identity = _identity(path)
            self._index_identity: tuple[int, int] | None = None
            self._connection.row_factory = sqlite3.Row
            try:
                self._use_wal()
                # What was acknowledged survives a loss of power.
                self._connection.execute("PRAGMA synchronous = FULL")
                self._migrate()
                self._index_identity = self._index()
            except BaseException:
                self._connection.close()
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                f"the workspace's state: {error}", where=str(self.path), hint=_hint(error)
            ) from error

    def _use_wal(self) -> None:
        # SQLite does not wait here by itself when several processes open a new database at once.
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def _check_version(self) -> int:
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"the workspace's state was written by a newer synapse_magics "
                f"(schema {version}, this one knows {SCHEMA_VERSION})",
                where=str(self.path),
                hint="pip install --upgrade synapse-magics",
            )
        return version

    def _migrate(self) -> None:
        if self._check_version() == SCHEMA_VERSION:
            return  # whoever only looks waits for no writer
        with self.transaction() as connection:
            for script in _VERSIONS[self._check_version() :]:  # none, if somebody was faster
                for statement in script.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextmanager
    def transaction(self, sync: Sync = Sync.NOW) -> Iterator[sqlite3.Connection]:
        """Hold the write lock, commit at the end, roll back on an exception.

        Parameters
        ----------
        sync : Sync
            When it is on disk.

        Yields
        ------
        sqlite3.Connection

        Raises
        ------
        StoreError
            If the database refuses.
        """
        with self._lock, self._explained():
            try:
                if sync is not Sync.NOW:
                    self._connection.execute("PRAGMA synchronous = NORMAL")
                # An interrupt may come while it waits, and be raised when the lock is held.
                self._connection.execute("BEGIN IMMEDIATE")
                self._check_place()
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk, for one, has taken everything back already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                self._is_settled = sync is Sync.NOW or (sync is Sync.LATER and self._is_settled)
            finally:
                if sync is not Sync.NOW:
                    self._connection.execute("PRAGMA synchronous = FULL")

    def settle(self) -> None:
        """Bring to disk what is to be there soon, unless a later transaction has done that."""
        with self._lock:
            if self._is_settled or self._is_closed:
                return
            # SQLite itself syncs the journal before it takes anything out of it; it holds no locks.
            with contextlib.suppress(FileNotFoundError):
                journal = os.open(self.path.with_name(f"{self.path.name}-wal"), os.O_RDONLY)
                try:
                    os.fsync(journal)
                finally:
                    os.close(journal)
            self._is_settled = True

    @property
    def is_in_place(self) -> bool:
        """Whether the file is the one that is open, not gone and not replaced."""
        # The number of a file that is closed may be the next one's.
        if self._is_closed or _identity(self.path) != self._identity:
            return False
        # Whatever in this process reads the file like any other takes SQLite's locks away when it
        # closes it. Then others take themselves for the last, and remove an index that is in use:
        # this connection would see nothing new for ever.
        return self._index_identity in {None, self._index()}

    def _index(self) -> tuple[int, int] | None:
        return _identity(self.path.with_name(f"{self.path.name}-shm"))

    def _check_place(self) -> None:
        if not self.is_in_place:
            raise StoreError(
                "the workspace's state was removed or replaced while it was open",
                where=str(self.path),
                hint="open the workspace again: restart the kernel, or %synapse_workspace",
            )

    def rows(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        """Run a query and return all its rows.

        Parameters
        ----------
        statement : str
        parameters : tuple

        Returns
        -------
        list of sqlite3.Row

        Raises
        ------
        StoreError
            If the database refuses.
        """
        with self._lock, self._explained():
            return self._connection.execute(statement, parameters).fetchall()

    def row(self, statement: str, parameters: tuple[Any, ...] = ()) -> sqlite3.Row | None:
        """Run a query and return its first row, or None.

        Parameters
        ----------
        statement : str
        parameters : tuple

        Returns
        -------
        sqlite3.Row or None
        """
        found = self.rows(statement, parameters)
        return found[0] if found else None

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        with self._lock, contextlib.suppress(OSError):
            self.settle()
        with self._lock:
            self._connection.close()
            self._is_closed = True
