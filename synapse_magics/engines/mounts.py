"""What is mounted below a folder, and its end; the supervisor uses it: standard library alone."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from pathlib import Path

_TABLE = Path("/proc/self/mounts")
_DETACH = 2
_ESCAPE = re.compile(r"\\([0-7]{3})")


def below(folder: Path) -> list[Path]:
    """Return the places below a folder where something is mounted, the deepest first.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    list of pathlib.Path
        Empty where the system does not tell.
    """
    try:
        lines = _TABLE.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    above = f"{os.path.realpath(folder)}/"
    places = [_ESCAPE.sub(lambda found: chr(int(found[1], 8)), line.split()[1]) for line in lines]
    return sorted((Path(place) for place in places if place.startswith(above)), reverse=True)


def release(folder: Path) -> None:
    """Unmount what a process that was killed has left mounted below a folder.

    Parameters
    ----------
    folder : pathlib.Path
    """
    for place in below(folder):
        if not _detach(place):
            for program in ("fusermount3", "fusermount"):
                with contextlib.suppress(OSError, subprocess.SubprocessError):
                    subprocess.run(
                        [program, "-u", "-z", str(place)],
                        capture_output=True,
                        check=True,
                        timeout=5,
                    )
                    break


def _detach(place: Path) -> bool:
    """Unmount as the system's administrator, who needs nobody's help."""
    try:
        import ctypes  # noqa: PLC0415 - only where something was mounted

        return bool(ctypes.CDLL(None).umount2(os.fsencode(place), _DETACH) == 0)
    except (ImportError, OSError, AttributeError):
        return False
