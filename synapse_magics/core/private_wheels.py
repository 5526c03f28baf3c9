"""Wheels that are on no index, kept in the workspace."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.store.environments import WHEELS
from synapse_magics.store.requirements import PRIVATE_WHEELS

if TYPE_CHECKING:
    from synapse_magics.core.workspace import Workspace


def add(workspace: Workspace, file_path: str, *, exist_ok: bool = False) -> str:
    """Keep a copy of a wheel.

    Parameters
    ----------
    workspace : Workspace
    file_path : str
    exist_ok : bool
        Take one of the same name that is kept already for this one.

    Returns
    -------
    str
        A requirement: it names the content as well, and no place on this machine.
    """
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415 - rare

    file = Path(file_path)
    try:
        name = parse_wheel_filename(file.name)[0]
    except InvalidWheelFilename as error:
        raise UserErrorException(
            f"{file_path} is no wheel", error, hint="python -m build --wheel makes one"
        ) from error
    folder = workspace.store.folder / WHEELS
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = folder / file.name
    if kept.exists() and not exist_ok:
        raise UserErrorException(
            f"A wheel with the name {file.name} already exists in the workspace",
            where=file_path,
            hint="exist_ok=True takes that one; another wheel has another version",
        )
    if not kept.exists():
        part = folder / f".{uuid.uuid4().hex}"
        try:
            shutil.copyfile(file, part)
            part.chmod(0o600)
            part.replace(kept)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise UserErrorException(
                f"cannot keep {file_path}: {error.strerror}", error, where="private wheel"
            ) from error
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    return f"{name} @ ${{{PRIVATE_WHEELS}}}/{file.name}#sha256={digest}"
