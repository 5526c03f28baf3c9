"""The local files that go to a datastore: never those in which a workspace keeps its state.

A workspace's folder is often the working directory too, and its default datastores lie in the state
folder: a copy of "." would hold the database, the agent's token and, from the second time on, the
copy before it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.store.locations import files_below
from synapse_magics.store.store import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

log = logging.getLogger(__name__)


def files_of(folder: Path, pattern: str | None = None) -> list[Path]:
    """Return the files of a folder; what a state folder below it holds is not among them.

    Parameters
    ----------
    folder : pathlib.Path
    pattern : str, optional
        A glob; all files if missing.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    UserErrorException
        If the folder is a state folder itself.
    """
    if folder.resolve().name == STATE_FOLDER:
        raise UserErrorException(
            "the state of a workspace is not data, and is not uploaded",
            where=str(folder.absolute()),
            hint="a folder within it may be: an output of a step, for example",
        )
    if pattern is None:
        return files_below([folder], leave_out=STATE_FOLDER)
    found = sorted(folder.glob(pattern))
    return [item for item in found if item.is_file() and not _is_state(item, folder)]


def without_state(files: Sequence[Path], base: Path) -> list[Path]:
    """Return files that somebody listed, without those of a state folder below a folder.

    Parameters
    ----------
    files : sequence of pathlib.Path
    base : pathlib.Path
        Of the part of their paths that is not kept.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    UserErrorException
        If none is left.
    """
    found = [file for file in files if not _is_state(file, base)]
    left_out = len(files) - len(found)
    if left_out and not found:
        raise UserErrorException(
            "the state of a workspace is not data, and is not uploaded",
            where=str(files[0]),
            hint="relative_root within its folder, if they are outputs of a step",
        )
    if left_out:
        log.warning("%d files of a workspace's state folder are not uploaded", left_out)
    return found


def _is_state(file: Path, base: Path) -> bool:
    return STATE_FOLDER in file.relative_to(base).parts
