"""What a mirror holds: which version of each remote file its local one is.

A file is fresh while the remote version is the one noted, and the local file the very one that was
noted (size, time, inode). So two processes that bring a file at once do no harm: what one of them
noted of the other's file does not fit, and it is brought again the next time.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from synapse_magics.storage.listings import RemoteFile

_PATIENCE_SECONDS = 30.0

Noted = tuple[str, str]
"""The remote version, and the identity of the local file."""


class MirrorIndex:
    """The index of one mirror: a small database beside the folder.

    Parameters
    ----------
    mirror : pathlib.Path
        The folder.
    origin : str
        What it is a mirror of; an index of something else is emptied.
    """

    def __init__(self, mirror: Path, origin: str) -> None:
        mirror.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = mirror.parent / f".{mirror.name}.db"
        self.stale = False
        with self._connection() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS files "
                "(path TEXT PRIMARY KEY, version TEXT NOT NULL, local TEXT NOT NULL)"
            )
            connection.execute("CREATE TABLE IF NOT EXISTS origin (text TEXT NOT NULL)")
            known = connection.execute("SELECT text FROM origin").fetchone()
            if known is None or known[0] != origin:
                self.stale = known is not None
                connection.execute("DELETE FROM origin")
                connection.execute("DELETE FROM files")
                connection.execute("INSERT INTO origin VALUES (?)", (origin,))
        self._file.chmod(0o600)

    def known(self) -> dict[str, Noted]:
        """Return what is noted of each file, by its path.

        Returns
        -------
        dict
        """
        with self._connection() as connection:
            rows = connection.execute("SELECT path, version, local FROM files").fetchall()
        return {path: (version, local) for path, version, local in rows}

    def note(self, found: Mapping[str, Noted]) -> None:
        """Note some files.

        Parameters
        ----------
        found : mapping
        """
        with self._connection() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?)",
                [(path, *noted) for path, noted in found.items()],
            )

    def forget(self, paths: Iterable[str]) -> None:
        """Forget some files.

        Parameters
        ----------
        paths : iterable of str
        """
        with self._connection() as connection:
            connection.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in paths])

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        made = sqlite3.connect(self._file, timeout=_PATIENCE_SECONDS)
        with closing(made) as connection, connection:
            yield connection


def version_of(file: RemoteFile) -> str:
    """Return what tells one content of a remote file from another.

    Parameters
    ----------
    file : RemoteFile

    Returns
    -------
    str
    """
    return f"{file.size}/{file.version}"


def local_identity(place: Path) -> str | None:
    """Return what tells a local file from another one at its path, None if there is none.

    Parameters
    ----------
    place : pathlib.Path

    Returns
    -------
    str or None
    """
    try:
        found = place.stat(follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return f"{found.st_size}/{found.st_mtime_ns}/{found.st_ino}"
