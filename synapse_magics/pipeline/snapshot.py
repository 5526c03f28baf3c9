"""Snapshots: the sources of a step, stored once under the hash of their content."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

from synapse_magics.core.exceptions import AzureMLException
from synapse_magics.store.store import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from synapse_magics.store.store import Store

# Never part of a step's sources, wherever the folder is.
_LEFT_OUT = frozenset({STATE_FOLDER, ".git", "__pycache__", ".ipynb_checkpoints"})


_LIMIT = 300 * 2**20
_LARGE = 25 * 2**20
_FILES = 2000

NO_FILE_LIMIT = "AML_SNAPSHOT_NO_FILE_LIMIT"
"""A variable that, if it is set, lets a source directory have any number of files."""

log = logging.getLogger(__name__)


class SnapshotException(AzureMLException):
    """The sources of a step cannot be stored."""


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a source folder by their relative paths.

    What ``.amlignore`` in the folder names is left out; without that file, what ``.gitignore``
    there names.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict

    Raises
    ------
    SnapshotException
        If a link leaves the folder, or there is too much in it.
    """
    root = folder.resolve()
    found, size, unlimited = [], 0, bool(os.environ.get(NO_FILE_LIMIT))
    for file in _walk(root, root, _ignored(root)):
        size += file.stat().st_size
        if size > _LIMIT:
            raise SnapshotException(
                f"Your total snapshot size exceeds the limit of {_LIMIT / 2**20} MB.",
                where=str(folder.absolute()),
                hint="name in .amlignore what no script needs; data belongs on a datastore",
            )
        found.append(file)
        if len(found) > _FILES and not unlimited:
            raise SnapshotException(
                f"Your project exceeds the file limit of {_FILES}.",
                where=str(folder.absolute()),
                hint=f"name in .amlignore what no script needs, or set {NO_FILE_LIMIT}=1",
            )
    if size >= _LARGE:
        log.warning(
            "the source directory %s has %.0f MB, all of which is copied for every step run; "
            ".amlignore leaves out what no script needs",
            folder.absolute(),
            size / 2**20,
        )
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in found}


def _ignored(root: Path) -> GitIgnoreSpec:
    """Return what a folder's ignore file names: Azure ML's replaces git's, it adds nothing."""
    for name in (".amlignore", ".gitignore"):
        file = root / name
        if file.is_file():
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            return GitIgnoreSpec.from_lines(lines)
    return GitIgnoreSpec.from_lines([])


def _walk(folder: Path, root: Path, ignored: GitIgnoreSpec) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        name = entry.relative_to(root).as_posix()
        # A folder that is ignored is not entered, as in git.
        if entry.name in _LEFT_OUT or ignored.match_file(f"{name}/" if entry.is_dir() else name):
            continue
        if entry.is_symlink() and not entry.resolve().is_relative_to(root):
            raise SnapshotException(
                "a link in the source directory leaves it", where=f"{entry} -> {entry.resolve()}"
            )
        if entry.is_dir():
            if not entry.is_symlink():
                yield from _walk(entry, root, ignored)
        elif entry.is_file():
            yield entry


def identify(files: Mapping[str, bytes]) -> str:
    """Return the hash of some files: their names and their content, nothing else.

    Parameters
    ----------
    files : mapping
        Content by relative path.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode("utf-8", "surrogateescape"), files[name]):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def save(store: Store, files: Mapping[str, bytes]) -> str:
    """Store files as a snapshot, whole or not at all, once.

    Parameters
    ----------
    store : Store
    files : mapping
        Content by relative path.

    Returns
    -------
    str
        The snapshot's hash.
    """
    identity = identify(files)
    target = store.snapshot_folder(identity)
    with contextlib.suppress(FileNotFoundError):
        os.utime(target)  # it is there: nobody takes it for one that is not used any more
        return identity
    part = target.with_name(f".{uuid.uuid4().hex}")
    try:
        part.mkdir(mode=0o700)  # a command needs no files
        for name, content in files.items():
            file = part / _inside(name)
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(0o400)
        sync(part)
        part.rename(target)
        _sync(target.parent)
    except OSError:
        # Somebody may have stored the same content at the same time.
        if not target.exists():
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return identity


def sync(folder: Path) -> None:
    """Have a folder and all that is in it written to the disk.

    The run that names a snapshot survives a loss of power, so its sources must, too.

    Parameters
    ----------
    folder : pathlib.Path
    """
    for item in folder.rglob("*"):
        _sync(item)
    _sync(folder)


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise SnapshotException("a file of a step leaves its folder", where=name)
    return name
