"""What a step wrote locally, on its way to the datastore."""

from __future__ import annotations

import contextlib
import os
import uuid
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from synapse_magics.staging.copying import copy_all, copy_file
from synapse_magics.staging.failure import StagingError
from synapse_magics.staging.task import Desk, Task
from synapse_magics.store.locations import files_below

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence


class UploadError(StagingError):
    """What a step wrote cannot be copied to its destination."""


@dataclass(frozen=True)
class Upload(Task):
    """Copy an output to its datastore.

    Parameters
    ----------
    source, target : str
        A file or a folder, and where it becomes one.
    datastore : str
    note : str
        The file that says that it has begun: what is there then is of this step run itself, be it
        of an attempt that was killed in the middle.
    globs : sequence of str
        The files that are copied; all of them if empty.
    overwrite : bool
        Whether what is there may be replaced.
    empty : bool
        Whether a step that wrote nothing leaves an empty folder.
    where : str
    """

    kind: ClassVar[str] = "upload"

    source: str
    target: str
    datastore: str
    note: str
    globs: tuple[str, ...] = ()
    overwrite: bool = False
    empty: bool = True
    where: str = ""

    def carry_out(self, desk: Desk) -> None:
        """Look for what is in the way, then copy."""
        found = chosen(Path(self.source), self.globs)
        pairs = [(file, Path(self.target, name)) for file, name in found]
        note = Path(self.note)
        if not self.overwrite and not note.exists():
            present = next((target for _, target in pairs if target.exists()), None)
            if present is not None:
                raise UploadError(
                    f"{present.name} is on datastore {self.datastore} already, and overwrite is"
                    " False",
                    where=f"{self.where}: {present}",
                    hint="as_upload(overwrite=True), or a destination with {run-id} in it",
                )
        note.touch(mode=0o600)
        if self.empty:
            Path(self.target).mkdir(parents=True, exist_ok=True)
        names = ((str(source), str(target)) for source, target in pairs)
        copy_all(names, desk, self.where, publish)


def chosen(source: Path, globs: Sequence[str]) -> list[tuple[Path, str]]:
    """Return the files of an output that are to go away, and the name of each below its place.

    Parameters
    ----------
    source : pathlib.Path
        A file, whose name is empty, or a folder.
    globs : sequence of str
        All of them if empty.

    Returns
    -------
    list of tuple
    """
    if source.is_file():
        return [(source, "")]
    found = files_below([source]) if source.is_dir() else []
    names = [(file, file.relative_to(source).as_posix()) for file in found]
    return [
        (file, name)
        for file, name in names
        if not globs or any(matches(name, glob) for glob in globs)
    ]


def matches(name: str, glob: str) -> bool:
    """Tell whether a glob of an output names a file.

    Parameters
    ----------
    name : str
        Relative to the output.
    glob : str

    Returns
    -------
    bool
    """
    pattern = glob.removeprefix("./").lstrip("/")
    # "**/*.csv" names files at any depth, this one included.
    return fnmatchcase(name, pattern) or (
        pattern.startswith("**/") and fnmatchcase(name, pattern.removeprefix("**/"))
    )


def publish(source: str, target: str, stop: threading.Event) -> int:
    """Copy a file, whole or not at all; by another name for the same file where that is possible.

    Nobody writes to a run's folder after its step, so both may be one file.

    Parameters
    ----------
    source, target : str
    stop : threading.Event
        Whoever sets it does not want the file any more.

    Returns
    -------
    int
        How many bytes.
    """
    place = Path(target)
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.{uuid.uuid4().hex}")
    try:
        try:
            if Path(source).is_symlink():
                raise OSError  # noqa: TRY301 - the file is what is wanted
            os.link(source, part)
            size = part.stat().st_size
        except OSError:
            size = copy_file(source, str(part), stop)
        if not stop.is_set():
            part.replace(place)
    except OSError as error:
        if error.filename in {str(part), part}:
            error.filename = target  # what the user knows
        raise
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return size
