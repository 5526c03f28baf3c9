"""The files behind the definition of a dataset."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from synapse_magics.store.file_operations import choose
from synapse_magics.store.locations import expand, files_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from synapse_magics.store.store import Store


def places(store: Store, sources: Iterable[Mapping[str, Any]]) -> list[Path]:
    """Return the files and folders that a dataset's sources name.

    Parameters
    ----------
    store : Store
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


def dataset_files(store: Store, definition: Mapping[str, Any]) -> list[Path]:
    """Return the files of a dataset, those of a folder in order of their names.

    Parameters
    ----------
    store : Store
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
