"""The file ``config.json`` that says which workspace a folder belongs to."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.runtime.context import WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = "config.json"
KEYS = ("subscription_id", "resource_group", "workspace_name")

_FOLDERS = (".azureml", "aml_config", "")
# Ours: where the workspace is when the file lies elsewhere. Azure ML ignores it.
_FOLDER_KEY = "workspace_folder"


class ConfigNotFoundError(UserErrorException):
    """There is no configuration file in a folder or above it."""


@dataclass(frozen=True)
class ConfigFile:
    """A configuration file that was read.

    Parameters
    ----------
    path : pathlib.Path
    keys : mapping
        ``subscription_id``, ``resource_group`` and ``workspace_name``.
    folder : pathlib.Path
        The workspace's folder.
    """

    path: Path
    keys: Mapping[str, str]
    folder: Path


def in_folder(folder: Path, file_name: str = CONFIG) -> Path | None:
    """Return the configuration file of one folder, or None.

    Parameters
    ----------
    folder : pathlib.Path
    file_name : str

    Returns
    -------
    pathlib.Path or None
    """
    candidates = (folder / part / file_name for part in _FOLDERS)
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def find(start: Path, file_name: str = CONFIG) -> Path:
    """Return the configuration file of a folder or the nearest one above it.

    Parameters
    ----------
    start : pathlib.Path
    file_name : str

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ConfigNotFoundError
        If there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        found = in_folder(folder, file_name)
        if found is not None:
            return found
    raise ConfigNotFoundError(
        f"The workspace configuration file {file_name}, could not be found in {start} or its "
        "parent directories.",
        hint="%synapse_workspace NAME creates a workspace here",
    )


def read(path: Path) -> ConfigFile:
    """Read a configuration file.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    ConfigFile

    Raises
    ------
    UserErrorException
        If it is not one, or the workspace's folder is gone.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        keys = {key: str(found[key]) for key in KEYS}
        elsewhere = found.get(_FOLDER_KEY)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserErrorException(
            "this is not a workspace configuration",
            error,
            where=str(path),
            hint=f"a JSON object with {', '.join(KEYS)}",
        ) from error
    folder = path.resolve().parent
    if folder.name in _FOLDERS:
        folder = folder.parent
    if elsewhere is not None:
        folder = (folder / str(elsewhere)).resolve()
        if not folder.is_dir():
            raise UserErrorException(
                f"the folder of the workspace {keys['workspace_name']!r} is gone: {folder}",
                where=str(path),
            )
    return ConfigFile(path, keys, folder)


def write(path: Path, keys: Mapping[str, str], folder: Path) -> None:
    """Write a configuration file.

    Parameters
    ----------
    path : pathlib.Path
    keys : mapping
    folder : pathlib.Path
        The workspace's folder; noted in the file when it lies elsewhere.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    here = path.resolve().parent
    own = here.parent if here.name in _FOLDERS else here
    body = dict(keys)
    if own != folder.resolve():
        body[_FOLDER_KEY] = str(folder.resolve())
    # At once, so that nobody who opens the workspace meanwhile reads half of it.
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        part.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def submitting_folder(found: ConfigFile) -> Path | None:
    """Return the workspace that this step was submitted from, if that is what was found.

    A step's sources may hold a copy of ``config.json``; it is no workspace of its own.

    Parameters
    ----------
    found : ConfigFile

    Returns
    -------
    pathlib.Path or None
    """
    folder = os.environ.get(WORKSPACE)
    original = in_folder(Path(folder)) if folder else None
    if original is None or read(original).keys != found.keys:
        return None
    return read(original).folder
