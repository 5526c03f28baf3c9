"""Outputs that a step writes locally: where, and their way to the datastore after success."""

from __future__ import annotations

import os
import shutil
import uuid
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store.locations import files_below, locate

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.store.run_folder import RunFolder
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import OutputSpec
    from synapse_magics.store.store import Store

_FOLDER = "uploads"


class UploadError(SynapseMagicsError):
    """What a step wrote cannot be copied to its destination."""


def local_place(folder: RunFolder, output: OutputSpec) -> Path:
    """Return where a step writes an output that is uploaded.

    Parameters
    ----------
    folder : RunFolder
    output : OutputSpec

    Returns
    -------
    pathlib.Path
    """
    if output.path_on_compute is not None:
        return folder.work / output.path_on_compute
    return folder.path / _FOLDER / output.name


def upload(store: Store, run: RunRecord) -> None:
    """Copy what a step has written locally to the datastores.

    It may be called again when an agent has died in the middle: what the first call had begun to
    copy is copied once more.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run, whose job is over.

    Raises
    ------
    UploadError
        If something is there already and is not to be replaced; nothing is copied then.
    """
    folder = store.run_folder(run.id)
    records = {item.name: item for item in store.records.outputs(run.id)}
    for output in run.step.outputs:
        if output.mode != "upload":
            continue
        record = records[output.name]
        place = locate(store.datastore_root(record.datastore), record.path)
        pairs = _pairs(local_place(folder, output), place, output)
        begun = folder.path / f"{output.name}.upload"
        if not output.overwrite and not begun.exists():
            present = next((target for _, target in pairs if target.exists()), None)
            if present is not None:
                raise UploadError(
                    f"{present.name} is on datastore {record.datastore} already, and overwrite is "
                    "False",
                    where=f"output {output.name} of step {run.name}: {present}",
                    hint="as_upload(overwrite=True), or a destination with {run-id} in it",
                )
        begun.touch()
        if output.reference is None:
            place.mkdir(parents=True, exist_ok=True)
        for source, target in pairs:
            _copy(source, target)


def _pairs(source: Path, place: Path, output: OutputSpec) -> list[tuple[Path, Path]]:
    if source.is_file():
        return [(source, place)]
    found = files_below([source]) if source.is_dir() else []
    names = [(file, file.relative_to(source).as_posix()) for file in found]
    return [
        (file, place / name)
        for file, name in names
        if not output.globs or any(_matches(name, glob) for glob in output.globs)
    ]


def _matches(name: str, glob: str) -> bool:
    pattern = glob.removeprefix("./").lstrip("/")
    # "**/*.csv" names files at any depth, this one included.
    return fnmatchcase(name, pattern) or (
        pattern.startswith("**/") and fnmatchcase(name, pattern.removeprefix("**/"))
    )


def _copy(source: Path, target: Path) -> None:
    """Copy a file, whole or not at all; by another name for the same file where that is possible.

    Nobody writes to a run's folder after its job, so both may be one file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        try:
            if source.is_symlink():
                raise OSError  # noqa: TRY301 - the file is what is wanted
            os.link(source, part)
        except OSError:
            shutil.copy2(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
