"""Copy one file: whole or not at all."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from synapse_magics.storage.errors import TransferError
from synapse_magics.storage.listings import RemoteFile, listing

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.storage.credentials import Secrets
    from synapse_magics.storage.file_systems import OpenPlace

_ATTEMPTS = 3


def get_file(
    system: OpenPlace, file: RemoteFile, part: Path, told: Any, secrets: Secrets | None
) -> RemoteFile:
    """Copy a file from a place; one that changes while it is copied is copied again.

    Parameters
    ----------
    system : OpenPlace
    file : RemoteFile
    part : pathlib.Path
        Where nobody looks for it.
    told : fsspec.Callback
    secrets : callable, optional

    Returns
    -------
    RemoteFile
        The version that was copied.
    """
    for _ in range(_ATTEMPTS):
        system.fs.get_file(system.path(file.path), str(part), callback=told)
        if not part.exists():  # an empty one, by some libraries
            part.touch()
        part.chmod(0o600)
        if file.size is None or part.stat().st_size == file.size:
            return file
        file = listing(system.place, file.path, secrets=secrets)[0]
    raise TransferError(
        f"the file changes while it is copied, or arrives short: {part.stat().st_size} bytes of "
        f"{file.size}",
        where=str(system.place.address.join(file.path)),
        hint="run again",
    )


def put_file(system: OpenPlace, file: Path, name: str, told: Any) -> None:
    """Copy a local file to a place.

    Parameters
    ----------
    system : OpenPlace
    file : pathlib.Path
    name : str
        Relative to the place.
    told : fsspec.Callback
    """
    target = system.path(name)
    if system.place.address.scheme in {"file", "hdfs", "webhdfs"}:
        # These have folders, and show a file while it grows.
        folder, _, last = target.rpartition("/")
        system.fs.makedirs(folder, exist_ok=True)
        part = f"{folder}/.{last}.{uuid.uuid4().hex}"
        try:
            system.fs.put_file(str(file), part, callback=told)
            if system.place.address.scheme in {"hdfs", "webhdfs"} and system.fs.exists(target):
                system.fs.rm_file(target)  # Hadoop renames onto nothing
            system.fs.mv(part, target)
        except BaseException:
            if system.fs.exists(part):
                system.fs.rm_file(part)
            raise
        return
    system.fs.put_file(str(file), target, callback=told)
