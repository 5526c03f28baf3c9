"""Snapshots: the sources of a step, stored once under the hash of their content."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from synapse_magics.pipeline.source_files import SnapshotException, SourceFiles, find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from synapse_magics.store.store import Store

__all__ = [
    "NO_FILE_LIMIT",
    "SnapshotException",
    "foresee",
    "identify",
    "read_folder",
    "save",
    "sync",
]

_LIMIT = 300 * 2**20
_LARGE = 25 * 2**20
_FILES = 2000
_CHUNK = 1 << 20

_LISTINGS = "listings.json"
_KEPT_LISTINGS = 200

NO_FILE_LIMIT = "AML_SNAPSHOT_NO_FILE_LIMIT"
"""A variable that, if it is set, lets a source directory have any number of files."""

log = logging.getLogger(__name__)


def read_folder(folder: Path) -> SourceFiles:
    """Return the files of a source folder by their relative paths.

    What ``.amlignore`` in the folder names is left out; without that file, what ``.gitignore``
    there names.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    SourceFiles

    Raises
    ------
    SnapshotException
        If a link leaves the folder, or there is too much in it.
    """
    found = find(folder.resolve())
    if found.size > _LIMIT:
        raise SnapshotException(
            f"Your total snapshot size exceeds the limit of {_LIMIT / 2**20} MB.",
            where=str(folder.absolute()),
            hint="name in .amlignore what no script needs; data belongs on a datastore",
        )
    if len(found) > _FILES and not os.environ.get(NO_FILE_LIMIT):
        raise SnapshotException(
            f"Your project exceeds the file limit of {_FILES}.",
            where=str(folder.absolute()),
            hint=f"name in .amlignore what no script needs, or set {NO_FILE_LIMIT}=1",
        )
    if found.size >= _LARGE:
        log.warning(
            "the source directory %s has %.0f MB, all of which is copied for every step run; "
            ".amlignore leaves out what no script needs",
            folder.absolute(),
            found.size / 2**20,
        )
    return found


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
        for _ in _hashed(name, files, digest):
            pass
    return digest.hexdigest()


def save(store: Store, files: Mapping[str, bytes]) -> str:
    """Store files as a snapshot, whole or not at all, once.

    A folder that has not changed since it was stored is not read again. Afterwards the files are
    read from the snapshot.

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
    listing = files.listing() if isinstance(files, SourceFiles) else None
    identity = _seen(store, files, listing)
    if identity is None or not _is_there(store.snapshot_folder(identity)):
        identity = identify(files)
        if not _is_there(store.snapshot_folder(identity)):
            identity = _store(store, files)
        if listing is not None:
            _remember(store, listing, identity)
    if isinstance(files, SourceFiles):
        files.move_to(store.snapshot_folder(identity))
    return identity


def foresee(store: Store, files: Mapping[str, bytes]) -> str:
    """Return the hash under which :func:`save` would store some files.

    Parameters
    ----------
    store : Store
    files : mapping
        Content by relative path.

    Returns
    -------
    str
    """
    listing = files.listing() if isinstance(files, SourceFiles) else None
    return _seen(store, files, listing) or identify(files)


def _seen(store: Store, files: Mapping[str, bytes], listing: str | None) -> str | None:
    if isinstance(files, SourceFiles) and files.snapshot is not None:
        return files.snapshot
    return None if listing is None else _listings(store).get(listing)


def _is_there(target: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        os.utime(target)  # nobody takes it for one that is not used any more
        return True
    return False


def _store(store: Store, files: Mapping[str, bytes]) -> str:
    """Write files to a snapshot; what it is called is the hash of what was written."""
    part = store.snapshot_folder(f".{uuid.uuid4().hex}")
    digest = hashlib.sha256()
    try:
        part.mkdir(mode=0o700)  # a command needs no files
        for name in sorted(files):
            place = part / _inside(name)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with place.open("wb") as file:
                file.writelines(_hashed(name, files, digest))
            place.chmod(0o400)
        identity = digest.hexdigest()
        target = store.snapshot_folder(identity)
        sync(part)
        part.rename(target)
        _sync(target.parent)
    except OSError:
        # Somebody may have stored the same content at the same time.
        if not store.snapshot_folder(digest.hexdigest()).exists():
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return digest.hexdigest()


def _hashed(name: str, files: Mapping[str, bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    """Yield the content of a file in pieces, and add its name and content to a hash."""
    if isinstance(files, SourceFiles) and not files.is_given(name):
        with files.place(name).open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            _begin(name, size, digest)
            while chunk := source.read(_CHUNK):
                size -= len(chunk)
                digest.update(chunk)
                yield chunk
        if size:
            raise SnapshotException(
                "a file of the source directory changed while it was read",
                where=str(files.place(name)),
                hint="submit again once nobody writes to it",
            )
    else:
        _begin(name, len(files[name]), digest)
        digest.update(files[name])
        yield files[name]


def _begin(name: str, size: int, digest: hashlib._Hash) -> None:
    told = name.encode("utf-8", "surrogateescape")
    digest.update(len(told).to_bytes(8, "big"))
    digest.update(told)
    digest.update(size.to_bytes(8, "big"))


def _listings(store: Store) -> dict[str, str]:
    """Return which snapshots some folders were stored as, by the hash of their listings."""
    try:
        known: dict[str, str] = json.loads((store.folder / _LISTINGS).read_bytes())
    except (OSError, ValueError):
        return {}  # it only saves time
    return known


def _remember(store: Store, listing: str, identity: str) -> None:
    known = {**_listings(store), listing: identity}
    kept = dict(list(known.items())[-_KEPT_LISTINGS:])
    part = store.folder / f".{_LISTINGS}.{uuid.uuid4().hex}"
    try:
        part.touch(mode=0o600)
        part.write_text(json.dumps(kept))
        part.replace(store.folder / _LISTINGS)
    except OSError:
        log.debug("what was stored is not remembered", exc_info=True)
    finally:
        part.unlink(missing_ok=True)


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
