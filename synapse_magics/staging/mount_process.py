"""Serve a mount until the step ends: ``python -m``, what to mount on the standard input."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import threading
from typing import Any

from synapse_magics.staging.mounting import READY
from synapse_magics.staging.remote import Remote
from synapse_magics.storage.file_systems import OpenPlace, file_system

_KNOWN_SECONDS = 60
"""How long the system remembers what lies there: what a step reads does not change under it."""


def main(text: bytes) -> int:
    """Mount, and serve.

    Parameters
    ----------
    text : bytes
        JSON: ``source``, ``point``, ``is_file`` as of :class:`~.mounting.Mount`; ``leash``.

    Returns
    -------
    int
    """
    answer = os.dup(1)
    os.dup2(2, 1)  # what libraries print goes to the log
    told: dict[str, Any] = json.loads(text)
    try:
        from fuse import FUSE  # noqa: PLC0415 - an extra; it looks for libfuse

        remote, path = Remote(told["source"]), str(told["source"]["path"]).strip("/")
        system = file_system(remote.place, remote.secrets)
        only = None
        if told["is_file"]:
            path, _, only = path.rpartition("/")
        operations = _operations(system, path, only, answer)
    except (ImportError, OSError, ValueError) as error:
        os.write(answer, str(error).encode())
        return 1
    threading.Thread(target=_watch, args=(told["leash"],), daemon=True).start()
    try:
        FUSE(
            operations,
            told["point"],
            foreground=True,
            nothreads=True,
            ro=True,
            fsname="synapse_magics",
            attr_timeout=_KNOWN_SECONDS,
            entry_timeout=_KNOWN_SECONDS,
        )
    except RuntimeError as error:
        os.write(answer, f"FUSE says {error}".encode())
        return 1
    return 0


def _watch(leash: int) -> None:
    while os.read(leash, 1):
        pass
    # libfuse unmounts and returns when it is asked to end.
    os.kill(os.getpid(), signal.SIGTERM)


def _operations(system: OpenPlace, path: str, only: str | None, answer: int) -> Any:
    """Return what FUSE asks: a folder of a place, or one file in it, for reading."""
    from fsspec.fuse import FUSEr  # noqa: PLC0415 - it needs libfuse
    from fuse import FuseOSError  # noqa: PLC0415

    class Operations(FUSEr):  # type: ignore[misc]
        """Read alone; what a network says wrong is an error of reading."""

        def __call__(self, op: str, *args: Any) -> Any:
            try:
                return super().__call__(op, *args)
            except FuseOSError:
                raise
            except FileNotFoundError as error:
                raise FuseOSError(errno.ENOENT) from error
            except Exception as error:
                print(f"{op} {args[:1]}: {error}", file=sys.stderr, flush=True)  # noqa: T201
                raise FuseOSError(errno.EIO) from error

        def init(self, path: str) -> None:
            """Say that it is mounted."""
            del path
            os.write(answer, READY)
            os.close(answer)

        def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
            """Tell of a file or folder that it is the owner's, to be read."""
            if only is not None and path not in {"/", f"/{only}"}:
                raise FuseOSError(errno.ENOENT)
            found: dict[str, Any] = super().getattr(path, fh)
            kind = found["st_mode"] & 0o170000
            found["st_mode"] = kind | (0o500 if kind == 0o040000 else 0o400)
            return {**found, "st_uid": os.getuid(), "st_gid": os.getgid()}

        def readdir(self, path: str, fh: int) -> list[str]:
            """Name what is in a folder."""
            names = [str(name) for name in super().readdir(path, fh) if name]
            return names if only is None else [".", "..", only]

    return Operations(system.fs, system.path(path))


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer.read()))
