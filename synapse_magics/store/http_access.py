"""What clients of the agent's HTTP endpoint have to know: its port, and the secret that lets in.

Both are files that only the owner of the workspace can read.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Served:
    """The port that an agent serves, and the agent's process."""

    port: int
    pid: int


def bearer_token(folder: Path) -> str:
    """Return the secret of a workspace; it is made when it is first asked for.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder ``.synapse``.

    Returns
    -------
    str
    """
    file = folder / "agent" / "token"
    while True:
        with contextlib.suppress(FileNotFoundError):
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                file.unlink()  # others may have read it
                continue
            text = file.read_text(encoding="ascii")
            if text:
                return text
            file.unlink()
        part = file.with_name(f".{uuid.uuid4().hex}")
        _write(part, secrets.token_urlsafe(_TOKEN_BYTES))
        # Whoever is first wins; the other one reads what he wrote.
        with contextlib.suppress(FileExistsError):
            os.link(part, file)
        part.unlink()


def tell(folder: Path, served: Served) -> None:
    """Write down what an agent serves.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder ``.synapse``.
    served : Served
    """
    part = folder / "agent" / f".{uuid.uuid4().hex}"
    _write(part, json.dumps({"port": served.port, "pid": served.pid}))
    part.replace(folder / "agent" / "endpoint")


def served_by(folder: Path) -> Served | None:
    """Return what the last agent that served has written down, or None.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder ``.synapse``.

    Returns
    -------
    Served or None
    """
    try:
        body = json.loads((folder / "agent" / "endpoint").read_text(encoding="ascii"))
        return Served(int(body["port"]), int(body["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(text)
