"""Places on a datastore: relative addresses that never leave it."""

from __future__ import annotations

import glob
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from synapse_magics._errors import SynapseMagicsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_WILDCARDS = frozenset("*?[")


class LocationError(SynapseMagicsError, ValueError):
    """A path that leaves its datastore, or that nothing lies at."""


class RemoteDatastoreError(LocationError, NotImplementedError):
    """Data on a datastore that is no folder of this machine."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(
            f"the data of datastore {name} ({kind}) cannot be accessed here: it is a reference",
            where=f"datastore {name}",
            hint="copy the files to workspace.get_default_datastore() with upload_files",
        )


def locate(root: Path, relative: str) -> Path:
    """Return the place of a relative path below a datastore's folder.

    Parameters
    ----------
    root : pathlib.Path
        The datastore's folder.
    relative : str
        With ``/``; a leading ``/`` or ``./`` is taken off, as Azure ML does.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    LocationError
        If it leaves the folder, by ``..`` or through a link.
    """
    clean = relative.lstrip("/")
    if ".." in PurePosixPath(clean).parts:
        raise LocationError(
            f"{relative!r} leaves the datastore",
            hint="paths on a datastore are relative to it and have no '..'",
        )
    place = root / clean
    if not place.resolve().is_relative_to(root.resolve()):
        raise LocationError(f"{relative!r} is a link that leaves the datastore", where=str(place))
    return place


def expand(root: Path, relative: str) -> list[Path]:
    """Return the files and folders that a path or a glob names, sorted.

    Parameters
    ----------
    root : pathlib.Path
        The datastore's folder.
    relative : str
        A file, a folder, or a glob with ``*``, ``**``, ``?``, ``[...]``.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    LocationError
        If nothing lies there.
    """
    place = locate(root, relative)
    if place.exists():
        return [place]  # whatever its name looks like: Titanic[1].csv
    if not _WILDCARDS & set(relative):
        raise LocationError(f"{relative!r} is not on the datastore", where=str(place))
    base = locate(root, "")
    names = glob.glob(relative.lstrip("/"), root_dir=base, recursive=True)  # noqa: PTH207 - Path.glob has no way to stay below a root
    found = sorted({locate(root, name) for name in names})
    if not found:
        raise LocationError(f"nothing on the datastore matches {relative!r}", where=str(base))
    # ``**`` names a folder and what lies in it: that is there with the folder, once.
    folders = {place for place in found if place.is_dir()}
    return [place for place in found if folders.isdisjoint(place.parents)]


def files_below(places: list[Path], *, leave_out: str = "") -> list[Path]:
    """Return every file in or below some places, sorted within each; links are followed.

    Parameters
    ----------
    places : list of pathlib.Path
    leave_out : str
        The name of folders that are not looked into.

    Returns
    -------
    list of pathlib.Path
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += sorted(_walk(place, frozenset(), leave_out))
        else:
            found.append(place)
    return found


def _walk(folder: Path, above: frozenset[Path], leave_out: str) -> Iterator[Path]:
    real = folder.resolve()
    for item in folder.iterdir() if real not in above else ():  # a link may lead in a circle
        if item.name == leave_out:
            continue
        if item.is_dir():
            yield from _walk(item, above | {real}, leave_out)
        elif item.is_file():
            yield item


def data_files(files: list[Path]) -> list[Path]:
    """Return the files that hold data: not Spark's markers, nor hidden ones.

    Parameters
    ----------
    files : list of pathlib.Path

    Returns
    -------
    list of pathlib.Path
    """
    return [file for file in files if not file.name.startswith(("_", "."))]


def fixed_parts(relative: str) -> tuple[str, ...]:
    """Return the parts of a path up to its first wildcard.

    Parameters
    ----------
    relative : str

    Returns
    -------
    tuple of str
    """
    parts = [part for part in relative.split("/") if part not in {"", "."}]
    return tuple(takewhile(lambda part: not _WILDCARDS & set(part), parts))


def base_folder(root: Path, relative: str) -> Path:
    """Return the folder that paths below a file, a folder or a glob are relative to.

    Parameters
    ----------
    root : pathlib.Path
        The datastore's folder.
    relative : str

    Returns
    -------
    pathlib.Path
    """
    place = locate(root, relative)
    if _WILDCARDS & set(relative) and not place.exists():
        return locate(root, "/".join(fixed_parts(relative)))
    return place if place.is_dir() else place.parent
