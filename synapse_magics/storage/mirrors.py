"""Mirrors: local folders that hold what lies at a place, as far as somebody needed it."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_magics.storage.copying import get_file
from synapse_magics.storage.errors import NothingThereError
from synapse_magics.storage.listings import RemoteFile, glob_form, has_wildcards, listing, opened
from synapse_magics.storage.mirror_index import MirrorIndex, local_identity, version_of
from synapse_magics.storage.progress import Progress, Teller, in_parallel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from synapse_magics.storage.credentials import Secrets
    from synapse_magics.storage.places import Place


@dataclass(frozen=True)
class Fetched:
    """What a fetch found and did.

    Parameters
    ----------
    files : tuple of RemoteFile
        All files behind the path; each is in the mirror now.
    brought, removed : int
        How many files were brought, and how many are not there any more.
    size : int
        Bytes that were brought.
    """

    files: tuple[RemoteFile, ...]
    brought: int
    removed: int
    size: int


def fetch(
    place: Place,
    path: str,
    mirror: Path,
    *,
    secrets: Secrets | None = None,
    progress: Progress | None = None,
) -> Fetched:
    """Make a mirror folder hold what lies behind a path of a place.

    What has not changed is not brought again, and what is gone there is taken away here. Files of
    the mirror that never came from there, or went there, are left alone: somebody may be writing
    them.

    Parameters
    ----------
    place : Place
    path : str
        A file, a folder or a glob.
    mirror : pathlib.Path
        The folder of the place; a file lies in it at its path relative to the place.
    secrets : callable, optional
    progress : Progress, optional

    Returns
    -------
    Fetched

    Raises
    ------
    StorageError
        :class:`NothingThereError` if nothing lies there, which the mirror then shows as well.
    """
    progress = progress or Progress()
    path = path.removeprefix("./").strip("/")
    index = MirrorIndex(mirror, origin_of(place))
    if index.stale and mirror.exists():
        shutil.rmtree(mirror)
    # Before the listing, so that what is pushed meanwhile is not taken for gone.
    known = index.known()
    try:
        files = listing(place, path, secrets=secrets)
    except NothingThereError:
        _remove(mirror, index, [name for name in known if _is_behind(place, path, name)], known)
        raise
    there = {file.path for file in files}
    gone = [name for name in known if name not in there and _is_behind(place, path, name)]
    removed = _remove(mirror, index, gone, known)
    needed = [file for file in files if not _is_fresh(mirror, file, known)]
    copied = 0
    if needed:
        copied = _bring(place, needed, mirror, index, secrets, progress)
    return Fetched(tuple(files), len(needed), removed, copied)


def origin_of(place: Place) -> str:
    """Return what a mirror of a place is a mirror of.

    Parameters
    ----------
    place : Place

    Returns
    -------
    str
    """
    return f"{place.address} {place.option('endpoint_url') or ''}".strip()


def _is_behind(place: Place, path: str, name: str) -> bool:
    if not path or name == path or name.startswith(f"{path}/"):
        return True
    return has_wildcards(place, path) and glob_form(path).match(name) is not None


def _is_fresh(mirror: Path, file: RemoteFile, known: dict[str, tuple[str, str]]) -> bool:
    noted = known.get(file.path)
    return (
        noted is not None
        and bool(file.version)  # a server that tells nothing of its files is asked each time
        and noted == (version_of(file), local_identity(mirror / file.path))
    )


def _remove(
    mirror: Path, index: MirrorIndex, gone: Sequence[str], known: dict[str, tuple[str, str]]
) -> int:
    for name in gone:
        local = mirror / name
        if local_identity(local) != known[name][1]:
            continue  # somebody has written another one
        local.unlink(missing_ok=True)
        for folder in local.parents:
            if folder == mirror or any(folder.iterdir()):
                break
            folder.rmdir()
    if gone:
        index.forget(gone)
    return len(gone)


def _bring(
    place: Place,
    needed: list[RemoteFile],
    mirror: Path,
    index: MirrorIndex,
    secrets: Secrets | None,
    progress: Progress,
) -> int:
    # Beside the mirror: in it, half a file would be read as one.
    parts = mirror.parent / f".{mirror.name}.parts" / uuid.uuid4().hex
    parts.mkdir(parents=True, mode=0o700)
    mirror.mkdir(parents=True, exist_ok=True, mode=0o700)
    teller = Teller(progress)
    progress.begin(len(needed), sum(file.size or 0 for file in needed))

    def get(pair: tuple[int, RemoteFile]) -> int:
        number, file = pair
        part = parts / str(number)
        with (
            opened(place, file.path, secrets) as system,
            teller.file(file.path, file.size or 0) as told,
        ):
            version = version_of(get_file(system, file, part, told, secrets))
            size = part.stat().st_size
            target = mirror / file.path
            _make_room(mirror, target)
            part.replace(target)
            local = local_identity(target)
            if local is not None:
                index.note({file.path: (version, local)})
        return size

    try:
        return sum(in_parallel(get, list(enumerate(needed)), teller))
    finally:
        progress.end()
        shutil.rmtree(parts, ignore_errors=True)


def _make_room(mirror: Path, target: Path) -> None:
    """Make the folder of a file; what was a file there, or a folder here, gives way."""
    for folder in reversed(target.relative_to(mirror).parents):
        place = mirror / folder
        if place.is_symlink() or place.is_file():
            place.unlink()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
