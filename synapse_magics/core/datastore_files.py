"""Copy files to and from a datastore, a folder of this machine or a place elsewhere."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from synapse_magics.core import remote_data
from synapse_magics.core.transfer_progress import TransferLines
from synapse_magics.storage import transfers
from synapse_magics.store.locations import files_below, locate
from synapse_magics.store.places import place_of, secrets_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.core.datastore import AbstractDatastore

_PIECE = 8 * 1024 * 1024


def copy_in(
    datastore: AbstractDatastore,
    pairs: Sequence[tuple[str, str]],
    target_path: str,
    *,
    overwrite: bool,
    show_progress: bool,
) -> None:
    """Copy files to a datastore, each whole or not at all: a step may be reading the old one.

    Parameters
    ----------
    datastore : AbstractDatastore
    pairs : sequence of tuple
        Local files, and the path of each below the target.
    target_path : str
    overwrite : bool
        Without it, what is there already is skipped.
    show_progress : bool
    """
    prefix = PurePosixPath(target_path.removeprefix("./").lstrip("/"))
    named = {(prefix / relative).as_posix(): file for file, relative in pairs}
    told = TransferLines("Upload", show=show_progress, names=named)
    told.total = len(named)
    told.tell(f"Uploading an estimated of {len(pairs)} files")
    store, place = datastore.workspace.store, place_of(datastore.workspace.store, datastore.name)
    if place is None:
        _copy_into_folder(datastore.root, named, told, overwrite=overwrite)
    else:
        for name in named:
            locate(datastore.root, name)  # which refuses what leaves it
        files = [(Path(file), name) for name, file in named.items()]
        transfers.push(files, place, overwrite=overwrite, secrets=secrets_of(store), progress=told)
    told.tell(f"Uploaded {told.done} files")


def _copy_into_folder(
    root: Path, named: dict[str, str], told: TransferLines, *, overwrite: bool
) -> None:
    chosen = []
    for name in named:
        target = locate(root, name)
        if target.exists() and not overwrite:
            told.skipped(name)
        else:
            chosen.append((name, target))
    told.begin(len(chosen), sum(Path(named[name]).stat().st_size for name, _ in chosen))
    try:
        for name, target in chosen:
            told.started(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
            try:
                _copy(Path(named[name]), part, told)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
            told.finished(name)
    finally:
        told.end()


def copy_out(
    datastore: AbstractDatastore,
    target_path: str,
    prefix: str,
    *,
    overwrite: bool,
    show_progress: bool,
) -> int:
    """Copy files from a datastore to a local folder, with their paths.

    Parameters
    ----------
    datastore : AbstractDatastore
    target_path, prefix : str
    overwrite, show_progress : bool

    Returns
    -------
    int
        How many were copied.
    """
    store, root = datastore.workspace.store, datastore.root
    place, start = place_of(store, datastore.name), locate(root, prefix)
    told = TransferLines("Download", show=show_progress)
    if place is None:
        files = {
            file.relative_to(root).as_posix(): file
            for file in files_below([start] if start.exists() else [])
        }
        found, told.total = list(files), len(files)
    else:
        remote = {item.path: item for item in remote_data.look(store, datastore.name, prefix)}
        found, told.total = list(remote), len(remote)
    chosen = []
    for name in found:
        target = Path(target_path) / name
        if target.exists() and not overwrite:
            told.skipped(str(target))
        else:
            chosen.append((name, target))
    if place is not None:
        pairs = [(remote[name], target) for name, target in chosen]
        transfers.save(pairs, place, secrets=secrets_of(store), progress=told)
        return told.done
    told.begin(len(chosen), sum(files[name].stat().st_size for name, _ in chosen))
    try:
        for name, target in chosen:
            told.started(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(files[name], target, told)
            told.finished(name)
    finally:
        told.end()
    return told.done


def files_at(datastore: AbstractDatastore, path: str) -> set[str]:
    """Return the paths of the files that lie at or below a path of a datastore.

    Parameters
    ----------
    datastore : AbstractDatastore
    path : str

    Returns
    -------
    set of str
    """
    store = datastore.workspace.store
    if place_of(store, datastore.name) is not None:
        return {file.path for file in remote_data.look(store, datastore.name, path)}
    place = locate(datastore.root, path)
    found = files_below([place] if place.exists() else [])
    return {file.relative_to(datastore.root).as_posix() for file in found}


def _copy(source: Path, target: Path, told: TransferLines) -> None:
    with source.open("rb") as here, target.open("wb") as there:
        size = source.stat().st_size
        if size <= _PIECE:
            shutil.copyfileobj(here, there)
            told.advanced(size)
            return
        while piece := here.read(_PIECE):
            there.write(piece)
            told.advanced(len(piece))
