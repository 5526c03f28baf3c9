"""What lies in files: a hash of the content, remembered by size and time of change."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

from synapse_magics.store.dataset_files import dataset_files, is_choice, places
from synapse_magics.store.locations import LocationError, data_files, files_below, locate
from synapse_magics.store.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.store import Store

_CHUNK = 1 << 20
YOUNG_SECONDS = 2
_YOUNG_NS = YOUNG_SECONDS * 1_000_000_000
"""A file may change twice within one tick of the clock that times its changes."""

_HASHED_BYTES = 64 << 20
"""Outputs up to this size are known by their content, larger ones by size and time alone."""

_LISTED_FILES = 2000


def dataset_hashes(store: Store, definition: Mapping[str, Any]) -> dict[str, str]:
    """Return the hash of each file behind a saved dataset.

    A file whose size and time of change are those of the last look is not read again.

    Parameters
    ----------
    store : Store
    definition : mapping
        The dataset's: ``type`` and ``sources``, and perhaps ``operations``: what they leave out of
        a file dataset is none of it.

    Returns
    -------
    dict
        By the datastore's name and the path relative to it.
    """
    found: dict[str, str] = {}
    for datastore, root, files in _sources(store, definition):
        hashes = _hashes(store, datastore, root, files)
        found.update({f"{datastore}/{name}": value for name, value in hashes.items()})
    return found


def unhashed(store: Store, definition: Mapping[str, Any]) -> int:
    """Return how many bytes behind a saved dataset are to be read before their hashes are known.

    Parameters
    ----------
    store : Store
    definition : mapping
        As of :func:`dataset_hashes`.

    Returns
    -------
    int
        0 of a dataset that cannot be read.
    """
    size = 0
    with contextlib.suppress(LocationError, OSError):
        for datastore, root, files in _sources(store, definition):
            names = _names(root, files)
            known = _known(store, datastore, names)
            for file, name in zip(files, names, strict=True):
                about = file.stat()
                if known.get(name, (-1, -1, ""))[:2] != (about.st_size, _changed(about)):
                    size += about.st_size
    return size


def _sources(store: Store, definition: Mapping[str, Any]) -> Iterator[tuple[str, Path, list[Path]]]:
    """Go through the sources of a dataset: the datastore's name, its folder, the files."""
    chosen = set(dataset_files(store, definition)) if is_choice(definition) else None
    for source in definition["sources"]:
        root = store.datastore_root(source["datastore"]).absolute()
        files = files_below(places(store, [source]))
        if definition["type"] == "tabular":
            files = data_files(files)
        if chosen is not None:
            files = [file for file in files if file in chosen]
        yield str(source["datastore"]), root, files


def _names(root: Path, files: list[Path]) -> list[str]:
    # A name need not be text; neither the database nor JSON takes half a character.
    return [
        os.fsencode(file.absolute().relative_to(root)).decode("utf-8", "backslashreplace")
        for file in files
    ]


def _known(store: Store, datastore: str, names: list[str]) -> dict[str, tuple[int, int, str]]:
    rows = store.database.rows(
        "SELECT path, size, mtime_ns, hash FROM file_hashes WHERE datastore = ?"
        " AND path IN (SELECT value FROM json_each(?))",
        (datastore, json.dumps(names)),
    )
    return {row["path"]: (row["size"], row["mtime_ns"], row["hash"]) for row in rows}


def _changed(about: os.stat_result) -> int:
    # Archives and copies may give other bytes the same mtime; the inode's own time is later.
    return max(about.st_mtime_ns, about.st_ctime_ns)


def _hashes(store: Store, datastore: str, root: Path, files: list[Path]) -> dict[str, str]:
    names = _names(root, files)
    known = _known(store, datastore, names)
    found, new = {}, []
    for file, name in zip(files, names, strict=True):
        about, now = file.stat(), time.time_ns()
        changed = _changed(about)
        size, before, value = known.get(name, (-1, -1, ""))
        if (size, before) != (about.st_size, changed):
            value = hash_file(file)  # takes a while: its age is that of the moment before
            if now - changed > _YOUNG_NS:
                new.append((datastore, name, about.st_size, changed, value))
        found[name] = value
    if new:
        with store.database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO file_hashes (datastore, path, size, mtime_ns, hash)"
                " VALUES (?, ?, ?, ?, ?)",
                new,
            )
    return found


def hash_file(file: Path) -> str:
    """Return the SHA-256 of a file's content.

    Parameters
    ----------
    file : pathlib.Path

    Returns
    -------
    str
    """
    digest = hashlib.sha256()
    with open_regular(file, follow=True) as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def manifest(place: Path) -> dict[str, Any]:
    """Return what an output holds, so that it can be told later whether it still does.

    Parameters
    ----------
    place : pathlib.Path
        A file or a folder; it may be missing.

    Returns
    -------
    dict
        ``files``: by relative path the size, the time of change, the hash unless it is large, and
        when the system saw it change. Of very many, a ``digest``, their ``count`` and ``size``.
    """
    if not place.exists():
        return {"there": False, "files": {}}
    files = _files(place)
    stats = {name: file.stat() for name, file in files.items()}
    small = sum(about.st_size for about in stats.values()) <= _HASHED_BYTES
    if len(files) > _LISTED_FILES:
        size = sum(about.st_size for about in stats.values())
        return {"there": True, "digest": _digest(stats), "count": len(files), "size": size}
    return {
        "there": True,
        "files": {
            name: [
                stats[name].st_size,
                stats[name].st_mtime_ns,
                hash_file(file) if small else None,
                stats[name].st_ctime_ns,
            ]
            for name, file in files.items()
        },
    }


def changes(place: Path, before: Mapping[str, Any]) -> str:
    """Say in words how an output differs from its manifest.

    Parameters
    ----------
    place : pathlib.Path
    before : mapping
        What :func:`manifest` returned.

    Returns
    -------
    str
        Empty if it is as it was.
    """
    if not before["there"]:
        return "was written" if place.exists() else ""
    if not place.exists():
        return "was deleted"
    files = _files(place)
    if "digest" in before:
        stats = {name: file.stat() for name, file in files.items()}
        return "" if _digest(stats) == before["digest"] else "was altered"
    if set(files) != set(before["files"]):
        fewer = set(before["files"]) - set(files)
        return f"has lost {min(fewer)}" if fewer else "has got other files"
    for name, (size, changed, value, *seen) in before["files"].items():
        about = files[name].stat()
        # Copies and archives give a file the time that it had; the system's own they cannot set.
        untouched = value is None or not seen or about.st_ctime_ns == seen[0]
        if about.st_size == size and about.st_mtime_ns == changed and untouched:
            continue
        if about.st_size != size or value is None or hash_file(files[name]) != value:
            return "was altered"
    return ""


def output_changes(store: Store, output: OutputRecord) -> str:
    """Say in words how an output of a completed step differs from what it was.

    Parameters
    ----------
    store : Store
    output : OutputRecord

    Returns
    -------
    str
        Empty if it is as it was.
    """
    if output.manifest is None:
        return "is not known well enough"  # of a run before reuse was there, or unreadable then
    try:
        place = locate(store.datastore_root(output.datastore), output.path)
        return changes(place, output.manifest)
    except (LocationError, OSError):
        return "cannot be read"


def loss(store: Store, output: OutputRecord) -> str:
    """Say in words why an output cannot be kept, though nobody asks whether it would be the same.

    Parameters
    ----------
    store : Store
    output : OutputRecord

    Returns
    -------
    str
        Empty if it is there, and as it was as far as that is known.
    """
    if output.manifest is not None:
        return output_changes(store, output)
    try:
        place = locate(store.datastore_root(output.datastore), output.path)
        return "" if place.exists() else "is not there"
    except (LocationError, OSError):
        return "cannot be read"


def missing(place: Path, before: Mapping[str, Any]) -> str:
    """Say in words what of an output is lost: a file that is gone, or shorter than it was.

    Whoever reads the output of a step that completed is not handed what a crash has left of it.

    Parameters
    ----------
    place : pathlib.Path
    before : mapping
        What :func:`manifest` returned.

    Returns
    -------
    str
        Empty if everything is there.
    """
    for name, (size, *_) in before.get("files", {}).items():
        file = place / name if name else place
        try:
            now = file.stat().st_size
        except OSError:
            return f"has lost {name or place.name}"
        if now < size:
            return f"has lost the end of {name or place.name}: {now} of {size} bytes are there"
    return ""


def _files(place: Path) -> dict[str, Path]:
    if not place.is_dir():
        return {"": place} if place.is_file() else {}
    return {file.relative_to(place).as_posix(): file for file in files_below([place])}


def _digest(stats: Mapping[str, Any]) -> str:
    lines = [f"{name} {about.st_size} {about.st_mtime_ns}" for name, about in sorted(stats.items())]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
