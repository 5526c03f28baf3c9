"""Files of steps, which may be anything: opened only if they are files, removed whatever they are.

Supervisors use it as well, so it stands on the standard library's lightest modules.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def open_regular(path: Path, mode: str = "rb", *, follow: bool = False) -> BinaryIO:
    """Open a regular file; a pipe, which would keep us waiting for ever, is refused.

    Parameters
    ----------
    path : pathlib.Path
    mode : str
        ``rb`` or ``r+b``.
    follow : bool
        Whether a link is followed; a step's own files are none.

    Returns
    -------
    file object

    Raises
    ------
    OSError
        If it is missing, a link, or no regular file.
    """
    flags = os.O_RDWR if "+" in mode else os.O_RDONLY
    flags |= os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a regular file")
    return os.fdopen(descriptor, mode)  # type: ignore[return-value]  # it is binary


def remove(place: Path) -> None:
    """Remove whatever lies at a place; a link goes, and what it leads to stays.

    A folder goes whatever the permissions in it are, and whoever removes it at the same time.

    Parameters
    ----------
    place : pathlib.Path

    Raises
    ------
    OSError
        If something in it is somebody else's.
    """
    if not place.is_dir() or place.is_symlink():
        place.unlink(missing_ok=True)
        return
    for again in (_open_up, _open_up, None):
        try:
            shutil.rmtree(place)
        except FileNotFoundError:
            if not place.exists():
                return
        except PermissionError:
            if again is None:
                raise
            _every_folder(place, again)
        else:
            return
    shutil.rmtree(place, ignore_errors=True)


def _open_up(folder: Path) -> None:
    folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o700)


def _every_folder(folder: Path, act: Callable[[Path], None]) -> None:
    with contextlib.suppress(OSError):
        act(folder)
        for item in folder.iterdir():
            if item.is_dir() and not item.is_symlink():
                _every_folder(item, act)
