"""Copy between places and this machine: each file whole or not at all, several at a time."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.storage.errors import (
    NothingThereError,
    ReadOnlyError,
    StorageError,
    TransferError,
)
from synapse_magics.storage.listings import RemoteFile, glob_form, has_wildcards, listing, opened
from synapse_magics.storage.mirror_index import MirrorIndex, local_identity, version_of
from synapse_magics.storage.progress import Progress, Teller, in_parallel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from synapse_magics.storage.credentials import Secrets
    from synapse_magics.storage.file_systems import OpenPlace
    from synapse_magics.storage.places import Place

__all__ = [
    "Fetched",
    "Progress",
    "Pushed",
    "RemoteFile",
    "fetch",
    "head",
    "listing",
    "open_file",
    "push",
]

_ATTEMPTS = 3


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


@dataclass(frozen=True)
class Pushed:
    """What a push did.

    Parameters
    ----------
    written, skipped : tuple of str
        Paths relative to the place.
    size : int
        Bytes that were written.
    """

    written: tuple[str, ...]
    skipped: tuple[str, ...]
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


def push(
    files: Iterable[tuple[Path, str]],
    place: Place,
    path: str = "",
    *,
    overwrite: bool = True,
    secrets: Secrets | None = None,
    progress: Progress | None = None,
    mirror: Path | None = None,
) -> Pushed:
    """Copy local files to a place.

    Parameters
    ----------
    files : iterable of tuple
        Local files, and the path of each below ``path``.
    place : Place
    path : str
        Relative to the place.
    overwrite : bool
        Without it, what is there already is skipped.
    secrets : callable, optional
    progress : Progress, optional
    mirror : pathlib.Path, optional
        The place's mirror: files that lie in it at their path need not be fetched again.

    Returns
    -------
    Pushed

    Raises
    ------
    StorageError
    """
    progress = progress or Progress()
    base = path.removeprefix("./").strip("/")
    pairs = [(Path(file), "/".join(part for part in (base, name) if part)) for file, name in files]
    if place.read_only:
        raise ReadOnlyError(
            f"nothing can be written to {place.address.scheme}://",
            where=str(place),
            hint="a datastore of another kind, such as s3:// or abfss://",
        )
    for _, name in pairs:
        if ".." in name.split("/"):
            raise StorageError(f"{name!r} leaves the datastore", where=str(place))
    skipped: list[str] = []
    if not overwrite:
        with opened(place, base, secrets) as system:
            existing = in_parallel(lambda pair: system.fs.exists(system.path(pair[1])), pairs)
        skipped = [name for (_, name), there in zip(pairs, existing, strict=True) if there]
        for name in skipped:
            progress.skipped(name)
        pairs = [pair for pair, there in zip(pairs, existing, strict=True) if not there]
    size = sum(file.stat().st_size for file, _ in pairs)
    teller = Teller(progress)
    progress.begin(len(pairs), size)
    index = None if mirror is None else MirrorIndex(mirror, origin_of(place))

    def send(pair: tuple[Path, str]) -> None:
        file, name = pair
        before = local_identity(file)
        with opened(place, name, secrets) as system, teller.file(name, file.stat().st_size) as told:
            _put(system, file, name, told)
            if index is not None and mirror is not None and file == mirror / name:
                info = listing(place, name, secrets=secrets)
                if before is not None and len(info) == 1:
                    index.note({name: (version_of(info[0]), before)})

    try:
        in_parallel(send, pairs, teller)
    finally:
        progress.end()
    return Pushed(tuple(name for _, name in pairs), tuple(skipped), size)


def head(place: Place, path: str, size: int, *, secrets: Secrets | None = None) -> bytes:
    """Return the first bytes of a file, and transfer no more than those.

    Parameters
    ----------
    place : Place
    path : str
        A file, relative to the place.
    size : int
    secrets : callable, optional

    Returns
    -------
    bytes
    """
    with opened(place, path, secrets) as system:
        name = system.path(path)
        if place.read_only:
            # A server that ignores the range sends the whole file; so no more is read of it.
            with system.fs.open(name, "rb", block_size=0) as stream:
                found: bytes = stream.read(size)
            return found
        whole = system.fs.info(name).get("size")
        end = size if whole is None else min(size, int(whole))
        return bytes(system.fs.cat_file(name, start=0, end=end)) if end else b""


def open_file(
    place: Place, path: str, *, secrets: Secrets | None = None
) -> AbstractContextManager[Any]:
    """Open a remote file for reading in pieces, such as the end of a Parquet file.

    Parameters
    ----------
    place : Place
    path : str
    secrets : callable, optional

    Returns
    -------
    file object
        A context manager.
    """
    with opened(place, path, secrets) as system:
        found: AbstractContextManager[Any] = system.fs.open(
            system.path(path), "rb", block_size=1 << 20, cache_type="readahead"
        )
    return found


def discard_unsent(mirror: Path, place: Place, path: str) -> None:
    """Take away what lies in a mirror below a path and never went to the place.

    Whoever lets a step write into a mirror calls this when the step has failed: what it left
    behind would be read as if it were there.

    Parameters
    ----------
    mirror : pathlib.Path
    place : Place
    path : str
        A folder or a file.
    """
    known = MirrorIndex(mirror, origin_of(place)).known()
    start = mirror / path.strip("/")
    found = [start] if start.is_file() else sorted(start.rglob("*"), reverse=True)
    for item in found:
        if item.is_dir() and not item.is_symlink():
            if not any(item.iterdir()):
                item.rmdir()
        elif item.relative_to(mirror).as_posix() not in known:
            item.unlink(missing_ok=True)


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
            version = version_of(_get(system, file, part, told, secrets))
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


def _get(
    system: OpenPlace, file: RemoteFile, part: Path, told: Any, secrets: Secrets | None
) -> RemoteFile:
    """Copy a file; one that changes while it is copied is copied again."""
    for _ in range(_ATTEMPTS):
        system.fs.get_file(system.path(file.path), str(part), callback=told)
        if not part.exists():  # an empty one, by some libraries
            part.touch()
        part.chmod(0o600)
        if file.size is None or part.stat().st_size == file.size:
            return file
        file = listing(system.place, file.path, secrets=secrets)[0]
    raise TransferError(
        f"the file changes while it is copied, or arrives short: {part.stat().st_size} bytes of "
        f"{file.size}",
        where=str(system.place.address.join(file.path)),
        hint="run again",
    )


def _put(system: OpenPlace, file: Path, name: str, told: Any) -> None:
    target = system.path(name)
    if system.place.address.scheme in {"file", "hdfs", "webhdfs"}:
        # These have folders, and show a file while it grows.
        folder, _, last = target.rpartition("/")
        system.fs.makedirs(folder, exist_ok=True)
        part = f"{folder}/.{last}.{uuid.uuid4().hex}"
        try:
            system.fs.put_file(str(file), part, callback=told)
            if system.place.address.scheme in {"hdfs", "webhdfs"} and system.fs.exists(target):
                system.fs.rm_file(target)  # Hadoop renames onto nothing
            system.fs.mv(part, target)
        except BaseException:
            if system.fs.exists(part):
                system.fs.rm_file(part)
            raise
        return
    system.fs.put_file(str(file), target, callback=told)


def _make_room(mirror: Path, target: Path) -> None:
    """Make the folder of a file; what was a file there, or a folder here, gives way."""
    for folder in reversed(target.relative_to(mirror).parents):
        place = mirror / folder
        if place.is_symlink() or place.is_file():
            place.unlink()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
