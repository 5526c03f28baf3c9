"""What lies at a place: the files behind a path or a glob, with what tells a changed one."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from synapse_magics.storage.addresses import AZURE, HTTP
from synapse_magics.storage.credentials import value_of
from synapse_magics.storage.errors import NoContainerError, NothingThereError, StorageError
from synapse_magics.storage.failures import explain
from synapse_magics.storage.file_systems import OpenPlace, file_system

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from synapse_magics.storage.credentials import Secrets
    from synapse_magics.storage.places import Place

_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True)
class RemoteFile:
    """A file of a place.

    Parameters
    ----------
    path : str
        Relative to the place.
    size : int, optional
        Bytes; None where a web server does not say.
    version : str
        Changes with the content: an ETag, or the time of the last change.
    modified : float
        Seconds since 1970; 0 if not known.
    """

    path: str
    size: int | None
    version: str
    modified: float = 0.0


@contextmanager
def opened(place: Place, path: str = "", secrets: Secrets | None = None) -> Iterator[OpenPlace]:
    """Give a place's file system to a block, whose errors become ours.

    Parameters
    ----------
    place : Place
    path : str
        What the block is about.
    secrets : callable, optional

    Yields
    ------
    OpenPlace
    """
    system = file_system(place, secrets)
    try:
        yield system
    except StorageError:
        raise
    except Exception as error:  # the libraries raise what they like, and RuntimeError
        raise explain(error, place, path, value=value_of(place, secrets)) from error


def listing(place: Place, path: str = "", *, secrets: Secrets | None = None) -> list[RemoteFile]:
    """Return the files behind a path, as they are now, in order of their paths.

    Parameters
    ----------
    place : Place
    path : str
        A file, a folder, or a glob with ``*``, ``**``, ``?``, ``[...]``, relative to the place; a
        glob may name folders, whose files are meant. Names that begin with a dot match only what
        begins with one.
    secrets : callable, optional
        What returns a secret of the keyvault by its name.

    Returns
    -------
    list of RemoteFile

    Raises
    ------
    StorageError
        :class:`NothingThereError` if there is none; others if it cannot be looked up.
    """
    path = path.removeprefix("./").strip("/")
    with opened(place, path, secrets) as system:
        found = _found(system, path)
        if not found:
            look_at_root(system)
    if not found:
        matches = "nothing matches" if has_wildcards(place, path) else "nothing lies at"
        raise NothingThereError(
            f"{matches} {place.address.join(path)}", where=str(place), hint="the path, or the glob"
        )
    # As local files are: by folder, and not by letters that come before a slash.
    return sorted(found, key=lambda file: file.path.split("/"))


def has_wildcards(place: Place, path: str) -> bool:
    """Tell whether a path is written as a glob; of the web, none is.

    Parameters
    ----------
    place : Place
    path : str

    Returns
    -------
    bool
    """
    return place.address.scheme not in HTTP and bool(_WILDCARDS & set(path))


def _found(system: OpenPlace, path: str) -> list[RemoteFile]:
    info = _info(system, path)
    if info is not None and info["type"] == "file":
        return [_remote(path, info)]
    if system.place.address.scheme in HTTP:
        return []
    if info is not None or not has_wildcards(system.place, path):
        return _below(system, path)
    fixed = "/".join(takewhile(lambda part: not _WILDCARDS & set(part), path.split("/")))
    form = glob_form(path)
    return [file for file in _below(system, fixed) if form.match(file.path)]


def _info(system: OpenPlace, path: str) -> Mapping[str, Any] | None:
    if system.place.address.scheme in {"s3", *AZURE} and "/" not in system.path(path):
        return {"type": "directory"}  # a bucket; not every credential may ask for it
    try:
        found: Mapping[str, Any] = system.fs.info(system.path(path))
    except (FileNotFoundError, NotADirectoryError) as error:
        # fsspec says so of everything that a web server answers.
        reason = error.__cause__ if system.place.address.scheme in HTTP else None
        if reason is not None and getattr(reason, "status", 0) != 404:
            raise reason from None
        return None
    return found


def _below(system: OpenPlace, folder: str) -> list[RemoteFile]:
    base = system.path(folder)
    found = system.fs.find(base, detail=True)
    files = []
    for name, info in found.items():
        lead = system.root.strip("/")
        relative = str(name).strip("/").removeprefix(lead).strip("/") if lead else str(name)
        if str(name).endswith("/") or info["type"] != "file":
            continue  # what some tools put in the place of a folder
        files.append(_remote(relative.strip("/"), info))
    folders = {
        "/".join(parts[:depth])
        for parts in (file.path.split("/") for file in files)
        for depth in range(1, len(parts))
    }
    kept = [file for file in files if file.path not in folders or file.size]
    for file in kept:
        _check_name(system.place, file.path, folders)
    return kept


def _check_name(place: Place, path: str, folders: set[str]) -> None:
    """Refuse a name that no local file can have: a mirror is local."""
    parts = path.split("/")
    if path in folders:
        problem = "is a file and a folder at once"
    elif {"", ".", ".."} & set(parts) or "\0" in path:
        problem = "is no name that a local file can have"
    elif any(len(part.encode()) > 255 for part in parts):
        problem = "is too long for the name of a local file"
    else:
        return
    raise StorageError(
        f"{path!r} {problem}", where=str(place), hint="rename it, or name the other files"
    )


def look_at_root(system: OpenPlace) -> None:
    """Refuse a bucket or container that is not there, which an empty one is not.

    Parameters
    ----------
    system : OpenPlace
    """
    if not system.has_container:
        kind = "bucket" if system.place.address.scheme == "s3" else "container"
        raise NoContainerError(
            f"there is no {kind} {system.place.address.container}",
            where=str(system.place),
            hint="its name in the address, or create it first",
        )


def _remote(path: str, info: Mapping[str, Any]) -> RemoteFile:
    version, modified = "", 0.0
    for name in ("LastModified", "last_modified", "mtime", "created", "modificationTime"):
        if info.get(name) is not None:
            modified = _seconds(info[name])
            version = f"time:{info[name]}"
            break
    if info.get("Last-Modified"):
        version = f"time:{info['Last-Modified']}"
    for name in ("ETag", "etag"):
        if info.get(name):
            version = f"etag:{str(info[name]).strip(chr(34))}"
    size = info.get("size")
    return RemoteFile(path, None if size is None else int(size), version, modified)


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp()
    return float(value) if isinstance(value, (int, float)) else 0.0


def glob_form(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of the paths of files that a glob names.

    Parameters
    ----------
    pattern : str

    Returns
    -------
    re.Pattern
        It matches what the glob matches, and everything below, as if that were a folder.
    """
    form, parts = "", pattern.split("/")
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            form += r"(?!\.).+" if last else r"(?:(?!\.)[^/]+/)*"
            continue
        form += (
            ("" if part.startswith(".") else r"(?!\.)") + _part_form(part) + ("" if last else "/")
        )
    return re.compile(rf"{form}(?:/.*)?\Z", re.DOTALL)


def _part_form(part: str) -> str:
    form, index = "", 0
    while index < len(part):
        letter = part[index]
        index += 1
        close = (
            part.find("]", index + 1 + part[index : index + 1].count("!")) if letter == "[" else -1
        )
        if letter == "*":
            form += "[^/]*"
        elif letter == "?":
            form += "[^/]"
        elif close > 0:
            inside = part[index:close].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
            form += f"[{'^' + inside[1:] if inside.startswith('!') else inside}]"
            index = close + 1
        else:
            form += re.escape(letter)
    return form
