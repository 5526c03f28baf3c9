"""The files of a source folder: found at once, read when somebody asks for their content."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

from synapse_magics.core.exceptions import AzureMLException
from synapse_magics.store.store import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

# Never part of a step's sources, wherever the folder is.
_LEFT_OUT = frozenset({STATE_FOLDER, ".git", "__pycache__", ".ipynb_checkpoints"})

_YOUNG_NS = 2_000_000_000
"""A file may change twice within one tick of the clock that times its changes."""


class SnapshotException(AzureMLException):
    """The sources of a step cannot be stored."""


class SourceFiles(Mapping[str, bytes]):
    """Content by relative path; what lies in a folder is read when it is asked for.

    Parameters
    ----------
    root : pathlib.Path
        The folder.
    found : mapping
        Its files by relative path, with what the system says of each.
    given : mapping, optional
        Content of files that lie nowhere, or take the place of one in the folder.
    """

    def __init__(
        self,
        root: Path,
        found: Mapping[str, os.stat_result],
        given: Mapping[str, bytes] | None = None,
    ) -> None:
        self._root = root
        self._found = found
        self._given = dict(given or {})
        self._names = sorted({*found, *self._given})
        self._taken = time.time_ns()
        self.snapshot: str | None = None

    def __getitem__(self, name: str) -> bytes:
        if name in self._given:
            return self._given[name]
        if name not in self._names:
            raise KeyError(name)
        return self.place(name).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    @property
    def size(self) -> int:
        """How many bytes the files of the folder have together."""
        return sum(about.st_size for about in self._found.values())

    def place(self, name: str) -> Path:
        """Return where a file of the folder lies."""
        return self._root / name

    def is_given(self, name: str) -> bool:
        """Tell whether the content of a file is known without reading."""
        return name in self._given

    def having(self, given: Mapping[str, bytes]) -> SourceFiles:
        """Return the same files and some more.

        Parameters
        ----------
        given : mapping
            Content by relative path.

        Returns
        -------
        SourceFiles
        """
        return SourceFiles(self._root, self._found, {**self._given, **given})

    def move_to(self, snapshot: Path) -> None:
        """Read from a snapshot from now on, whatever becomes of the folder."""
        self._root, self._given = snapshot, {}
        self.snapshot = snapshot.name

    def listing(self) -> str | None:
        """Return a hash of the names, sizes and times of all files, by which they are known again.

        Returns
        -------
        str or None
            None if one has changed just now: it may change again without another time.
            And None of a snapshot, which is known by its own.
        """
        if self.snapshot is not None:
            return None
        digest = hashlib.sha256()
        for name in self._names:
            if name in self._given:
                words = hashlib.sha256(self._given[name]).hexdigest()
            else:
                about = self._found[name]
                changed = max(about.st_mtime_ns, about.st_ctime_ns)
                if self._taken - changed < _YOUNG_NS:
                    return None
                # The time of the inode cannot be set back, as that of the content can.
                words = f"{about.st_ino} {about.st_size} {about.st_mtime_ns} {about.st_ctime_ns}"
            line = f"{len(name)} {name} {words}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def find(root: Path) -> SourceFiles:
    """Return the files of a source folder, without those that it names to be left out.

    Parameters
    ----------
    root : pathlib.Path
        Absolute, without links.

    Returns
    -------
    SourceFiles

    Raises
    ------
    SnapshotException
        If a link leaves the folder.
    """
    return SourceFiles(root, dict(_walk(str(root), "", root, _ignored(root))))


def _ignored(root: Path) -> GitIgnoreSpec | None:
    """Return what a folder's ignore file names: Azure ML's replaces git's, it adds nothing."""
    for name in (".amlignore", ".gitignore"):
        file = root / name
        if file.is_file():
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            return GitIgnoreSpec.from_lines(lines)
    return None


def _walk(
    folder: str, prefix: str, root: Path, ignored: GitIgnoreSpec | None
) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name, is_folder = f"{prefix}{entry.name}", entry.is_dir()
        # A folder that is ignored is not entered, as in git.
        if entry.name in _LEFT_OUT or (
            ignored is not None and ignored.match_file(f"{name}/" if is_folder else name)
        ):
            continue
        if entry.is_symlink() and not prefix and _is_kept(Path(entry.path)):
            continue
        if entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(root):
            raise SnapshotException(
                "a link in the source directory leaves it",
                where=f"{entry.path} -> {Path(entry.path).resolve()}",
            )
        if is_folder:
            if not entry.is_symlink():
                yield from _walk(entry.path, f"{name}/", root, ignored)
        elif entry.is_file():
            yield name, entry.stat()


def _is_kept(link: Path) -> bool:
    # ./outputs and ./logs of a script that runs lead to what its run keeps; submit_child(
    # ScriptRunConfig(".", ...)) is to find the script's sources, and not those.
    run = link.parent.parent
    is_run = link.name in {"outputs", "logs"} and run.parent.parent.name == STATE_FOLDER
    return is_run and link.resolve() == run / link.name
