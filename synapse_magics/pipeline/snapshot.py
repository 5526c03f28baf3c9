"""Snapshots: the sources of a step, stored once under the hash of their content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import AzureMLException
from synapse_magics.store.store import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from synapse_magics.store.store import Store

# Never part of a step's sources, wherever the folder is.
_LEFT_OUT = frozenset({STATE_FOLDER, ".git", "__pycache__", ".ipynb_checkpoints"})


class SnapshotException(AzureMLException):
    """The sources of a step cannot be stored."""


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a source folder by their relative paths.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict

    Raises
    ------
    SnapshotException
        If a link leaves the folder.
    """
    root = folder.resolve()
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in _walk(root, root)}


def _walk(folder: Path, root: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name in _LEFT_OUT:
            continue
        if entry.is_symlink() and not entry.resolve().is_relative_to(root):
            raise SnapshotException(
                "a link in the source directory leaves it", where=f"{entry} -> {entry.resolve()}"
            )
        if entry.is_dir():
            if not entry.is_symlink():
                yield from _walk(entry, root)
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
