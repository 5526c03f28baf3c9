"""The files behind the definition of a dataset."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol

from synapse_magics.store.file_operations import choose
from synapse_magics.store.locations import base_folder, expand, files_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


class Roots(Protocol):
    """What knows the folders of datastores, as the store does."""

    def datastore_root(self, name: str) -> Path:
        """Return the folder of a datastore."""
        ...


def places(store: Roots, sources: Iterable[Mapping[str, Any]]) -> list[Path]:
    """Return the files and folders that a dataset's sources name.

    Parameters
    ----------
    store : Store or Roots
    sources : iterable of mapping
        A ``datastore`` and a ``path`` each.

    Returns
    -------
    list of pathlib.Path
    """
    return [
        place
        for source in sources
        for place in expand(store.datastore_root(source["datastore"]), source["path"])
    ]


def dataset_files(store: Roots, definition: Mapping[str, Any]) -> list[Path]:
    """Return the files of a dataset, those of a folder in order of their names.

    Parameters
    ----------
    store : Store or Roots
    definition : mapping
        ``type``, ``sources`` and perhaps ``operations``, which choose among files.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    LocationError
        If nothing lies at one of its places.
    """
    if not is_choice(definition):
        return files_below(places(store, definition["sources"]))
    named = []
    for source in definition["sources"]:
        root = store.datastore_root(source["datastore"]).absolute()
        found = files_below(places(store, [source]))
        named += [(f"{source['datastore']}/{os.path.relpath(file, root)}", file) for file in found]
    return [file for _, file in choose(named, definition["operations"])]


def is_choice(definition: Mapping[str, Any]) -> bool:
    """Tell whether a dataset is a choice among the files that its sources name.

    Parameters
    ----------
    definition : mapping

    Returns
    -------
    bool
    """
    return definition["type"] == "file" and bool(definition.get("operations"))


def gathered(store: Roots, definition: Mapping[str, Any], folder: Path) -> list[tuple[Path, Path]]:
    """Return the files of a dataset, and where each goes when they are put into one folder.

    Parameters
    ----------
    store : Store or Roots
    definition : mapping
        ``type``, ``sources`` and perhaps ``operations``.
    folder : pathlib.Path

    Returns
    -------
    list of tuple
    """
    bases = [
        base_folder(store.datastore_root(source["datastore"]), source["path"])
        for source in definition["sources"]
    ]
    common = os.path.commonpath(bases)
    files = dict.fromkeys(dataset_files(store, definition))
    return [(file.absolute(), folder / file.relative_to(common)) for file in files]


def named_paths(
    store: Roots, sources: Sequence[Mapping[str, Any]], files: Iterable[Path]
) -> list[tuple[str, str]]:
    """Return the path of each file on its datastore, and from the place the dataset begins at.

    Parameters
    ----------
    store : Store or Roots
    sources : sequence of mapping
    files : iterable of pathlib.Path

    Returns
    -------
    list of tuple
        Both begin with ``/``.
    """
    roots = [os.path.abspath(store.datastore_root(source["datastore"])) for source in sources]  # noqa: PTH100 - links stay as they are
    common = os.path.commonpath(
        [
            os.path.abspath(base_folder(store.datastore_root(s["datastore"]), s["path"]))  # noqa: PTH100
            for s in sources
        ]
    )
    found = []
    for file in files:
        place = PurePath(os.path.abspath(file))  # noqa: PTH100
        root = next(root for root in roots if place.is_relative_to(root))
        found.append(
            (f"/{place.relative_to(root).as_posix()}", f"/{place.relative_to(common).as_posix()}")
        )
    return found
