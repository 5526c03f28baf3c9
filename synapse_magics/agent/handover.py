"""Hand the files of an input over to a step: where they are, as links, or as copies."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.store.file_hashes import places
from synapse_magics.store.locations import base_folder, files_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.store.store import Store


def hand_over(
    store: Store, sources: Iterable[Mapping[str, Any]], folder: Path, *, download: bool
) -> Path:
    """Return the one place at which a step finds what a dataset's sources name, and nothing else.

    Parameters
    ----------
    store : Store
    sources : iterable of mapping
        A ``datastore`` and a ``path`` each.
    folder : pathlib.Path
        Where to gather files that lie at several places, under the names that
        ``FileDataset.to_path`` gives them, and where to copy to.
    download : bool
        Whether the step gets copies.

    Returns
    -------
    pathlib.Path
    """
    sources = list(sources)
    found = places(store, sources)
    if len(found) == 1:
        return copy(found[0], folder) if download else found[0]
    bases = [
        base_folder(store.datastore_root(source["datastore"]), source["path"]) for source in sources
    ]
    common = os.path.commonpath(bases)
    for file in dict.fromkeys(files_below(found)):
        target = folder / file.relative_to(common)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)  # of an attempt that was given up
        if download:
            shutil.copy2(file, target)
        else:
            target.symlink_to(file.absolute())
    return folder


def copy(place: Path, folder: Path) -> Path:
    """Copy a file or what is in a folder to another folder, and return where it is now.

    Parameters
    ----------
    place, folder : pathlib.Path

    Returns
    -------
    pathlib.Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        return Path(shutil.copytree(place, folder, dirs_exist_ok=True))
    return Path(shutil.copy2(place, folder))
