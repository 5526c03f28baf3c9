"""What a step is told when one of its tasks fails: in the form of a step's own error."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError

if TYPE_CHECKING:
    from collections.abc import Mapping

_USERS = frozenset(
    {
        errno.EACCES,
        errno.EEXIST,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ENOTEMPTY,
        errno.EPERM,
        errno.EROFS,
    }
)
"""What no other attempt changes; anything else of the system's may pass: networks, full disks."""


class StagingError(SynapseMagicsError):
    """Data cannot be brought to a step, or away from it, because of what was asked for."""


class TransientError(SynapseMagicsError):
    """Data cannot be brought to a step, or away from it, at the moment: another attempt may do."""


def describe(error: Exception, task: Mapping[str, Any]) -> dict[str, Any]:
    """Return what went wrong with a task as an error that the agent reads.

    Parameters
    ----------
    error : Exception
    task : mapping

    Returns
    -------
    dict
        ``code`` is ``UserError`` for what is the user's to change, else ``SystemError``, which is
        worth another attempt.
    """
    found = {
        "code": "UserError" if _is_the_users(error) else "SystemError",
        "type": type(error).__name__,
        "message": _words(error),
        "where": getattr(error, "where", None) or task.get("where"),
        "hint": getattr(error, "hint", None) or _hint(error),
    }
    return {key: value for key, value in found.items() if value}


def _is_the_users(error: Exception) -> bool:
    if isinstance(error, FileNotFoundError | PermissionError):
        return True  # not every file system gives its errors a number
    if isinstance(error, OSError):
        return error.errno in _USERS
    return isinstance(error, SynapseMagicsError) and not isinstance(error, TransientError)


def _words(error: Exception) -> str:
    if isinstance(error, SynapseMagicsError):
        return error.message
    if isinstance(error, OSError) and error.strerror:
        names = [str(name) for name in (error.filename, error.filename2) if name]
        return ": ".join([error.strerror, " -> ".join(names)] if names else [error.strerror])
    return str(error) or type(error).__name__


def _hint(error: Exception) -> str | None:
    if isinstance(error, OSError):
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return "make room on that disk: synapse-magics clean removes old runs"
        if isinstance(error, PermissionError):
            return "a place that this user may read and write"
    return None


def in_words(described: Mapping[str, Any]) -> str:
    """Return an error as the lines that a log gets.

    Parameters
    ----------
    described : mapping
        What :func:`describe` returned.

    Returns
    -------
    str
    """
    lines = [f"{described['type']}: {described['message']}"]
    if "where" in described:
        lines.append(f"where: {described['where']}")
    if "hint" in described:
        lines.append(f"hint:  {described['hint']}")
    return "\n".join(lines)


def write(described: Mapping[str, Any], file: str, reserve: str) -> None:
    """Leave an error where the agent looks for it, on a full disk as well.

    Parameters
    ----------
    described : mapping
    file : str
    reserve : str
        A file that is there for its room.
    """
    with contextlib.suppress(OSError):
        Path(reserve).unlink()
    with contextlib.suppress(OSError):
        text = json.dumps(dict(described))
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as target:
            target.write(text)
