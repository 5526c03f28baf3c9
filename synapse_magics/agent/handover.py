"""Hand the files of an input over to a step: where they are, as links, or as copies.

Links are made at once. Copies are tasks of the step's: the agent has no time for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store.dataset_files import gathered, is_choice, places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.store import Store

Pairs = list[tuple[Path, Path]]
"""What is to be copied, and where to."""


class HandoverError(SynapseMagicsError):
    """Data cannot be put where a step asks for it."""


def hand_over(
    store: Store, definition: Mapping[str, Any], folder: Path, *, download: bool
) -> tuple[Path, Pairs]:
    """Return the one place at which a step finds the files of a dataset, and nothing else.

    Parameters
    ----------
    store : Store
    definition : mapping
        ``type``, ``sources`` and perhaps ``operations``.
    folder : pathlib.Path
        Where to gather files that lie at several places, under the names that
        ``FileDataset.to_path`` gives them, and where to copy to.
    download : bool
        Whether the step gets copies.

    Returns
    -------
    tuple
        The place, and what is to be copied there.
    """
    sources = definition["sources"]
    found = places(store, sources)
    if len(found) == 1 and not is_choice(definition):
        return copies(found[0], folder) if download else (found[0], [])
    folder.mkdir(parents=True, exist_ok=True)  # a choice may leave nothing
    pairs = gathered(store, definition, folder)
    if download:
        return folder, pairs
    for file, target in pairs:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)  # of an attempt that was given up
        target.symlink_to(file)
    return folder, []


def copies(place: Path, folder: Path) -> tuple[Path, Pairs]:
    """Return where a file, or what is in a folder, lies once it was copied to another folder.

    Parameters
    ----------
    place, folder : pathlib.Path

    Returns
    -------
    tuple
        The place, and what is to be copied there.
    """
    target = folder if place.is_dir() else folder / place.name
    return target, [(place, target)]


def link_into(work: Path, relative: str, place: Path) -> Path:
    """Make a place appear in a step's working directory, and return where it is there.

    Parameters
    ----------
    work : pathlib.Path
        The working directory.
    relative : str
        A folder; a file appears in it under its own name.
    place : pathlib.Path

    Returns
    -------
    pathlib.Path
    """
    target = free_place(work, relative)
    if place.is_file():
        target = target / place.name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(place.absolute())
    return target


def free_place(work: Path, relative: str) -> Path:
    """Return a place in a step's working directory where nothing is yet.

    Parameters
    ----------
    work : pathlib.Path
    relative : str

    Returns
    -------
    pathlib.Path

    Raises
    ------
    HandoverError
        If the step's sources have something there.
    """
    target = work / relative
    if target.exists():
        raise HandoverError(
            f"{relative!r} is among the step's sources already",
            where=str(target),
            hint="another path_on_compute, or none",
        )
    if not target.resolve().is_relative_to(work.resolve()):
        raise HandoverError(f"{relative!r} leaves the working directory", where=str(target))
    return target
