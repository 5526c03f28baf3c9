"""Copy between places and this machine: each file whole or not at all, several at a time."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.storage.copying import get_file, put_file
from synapse_magics.storage.errors import ReadOnlyError, StorageError
from synapse_magics.storage.listings import RemoteFile, listing, look_at_root, opened
from synapse_magics.storage.mirror_index import MirrorIndex, local_identity, version_of
from synapse_magics.storage.mirrors import Fetched, fetch, origin_of
from synapse_magics.storage.progress import Progress, Teller, in_parallel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from synapse_magics.storage.credentials import Secrets
    from synapse_magics.storage.places import Place

__all__ = [
    "Fetched",
    "Progress",
    "Pushed",
    "RemoteFile",
    "check",
    "fetch",
    "head",
    "listing",
    "make_container",
    "open_file",
    "push",
    "save",
]


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
            put_file(system, file, name, told)
            if index is not None and mirror is not None and file == mirror / name:
                info = listing(place, name, secrets=secrets)
                if before is not None and len(info) == 1:
                    index.note({name: (version_of(info[0]), before)})

    try:
        in_parallel(send, pairs, teller)
    finally:
        progress.end()
    return Pushed(tuple(name for _, name in pairs), tuple(skipped), size)


def save(
    files: Sequence[tuple[RemoteFile, Path]],
    place: Place,
    *,
    secrets: Secrets | None = None,
    progress: Progress | None = None,
) -> int:
    """Copy files of a place to local paths, which are replaced.

    Parameters
    ----------
    files : sequence of tuple
        Files of a listing, and where each of them is to be.
    place : Place
    secrets : callable, optional
    progress : Progress, optional

    Returns
    -------
    int
        Bytes that were copied.
    """
    progress = progress or Progress()
    teller = Teller(progress)
    progress.begin(len(files), sum(file.size or 0 for file, _ in files))

    def get(pair: tuple[RemoteFile, Path]) -> int:
        file, target = pair
        with (
            opened(place, file.path, secrets) as system,
            teller.file(file.path, file.size or 0) as told,
        ):
            target.parent.mkdir(parents=True, exist_ok=True)
            parts = Path(tempfile.mkdtemp(prefix=f".{target.name[:40]}.", dir=target.parent))
            try:
                get_file(system, file, parts / "part", told, secrets)
                size = (parts / "part").stat().st_size
                (parts / "part").replace(target)
            finally:
                shutil.rmtree(parts, ignore_errors=True)
        return size

    try:
        return sum(in_parallel(get, files, teller))
    finally:
        progress.end()


def check(place: Place, *, secrets: Secrets | None = None) -> None:
    """Find out whether a place can be accessed; nothing need be there yet.

    Parameters
    ----------
    place : Place
    secrets : callable, optional

    Raises
    ------
    StorageError
        If it cannot.
    """
    with opened(place, "", secrets) as system:
        look_at_root(system)


def make_container(place: Place, *, secrets: Secrets | None = None) -> None:
    """Make the bucket, container or folder of a place if it is not there.

    Parameters
    ----------
    place : Place
    secrets : callable, optional
    """
    with opened(place, "", secrets) as system:
        if place.address.is_local or not system.has_container:
            system.make_container()


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
