"""Ages and sizes as people type them: ``30d``, ``12h``; ``500MB``, ``10GB``."""

from __future__ import annotations

import re

from synapse_magics.core.exceptions import UserErrorException

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_BYTES = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def parse_age(text: str) -> float:
    """Return an age in seconds.

    Parameters
    ----------
    text : str
        A number and ``s``, ``m``, ``h``, ``d`` or ``w``.

    Returns
    -------
    float

    Raises
    ------
    UserErrorException
        If it is none.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", text, re.IGNORECASE)
    if found is None:
        raise UserErrorException(
            f"{text!r} is not an age", hint="a number and s, m, h, d or w: 12h, 30d"
        )
    return float(found[1]) * _SECONDS[found[2].lower()]


def parse_size(text: str) -> int:
    """Return a size in bytes.

    Parameters
    ----------
    text : str
        A number and ``KB``, ``MB``, ``GB`` or ``TB``, or ``KiB`` and so on; bytes without one.

    Returns
    -------
    int

    Raises
    ------
    UserErrorException
        If it is none.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?\s*", text, re.IGNORECASE)
    if found is None or (found[3] and not found[2]):
        raise UserErrorException(
            f"{text!r} is not a size", hint="a number and KB, MB, GB or TB: 500MB, 10GB"
        )
    units = _BINARY if found[3] else _BYTES
    return int(float(found[1]) * units[found[2].upper()])


def render_size(size: float) -> str:
    """Return a number of bytes as people say it: ``3.2 MB``.

    Parameters
    ----------
    size : float

    Returns
    -------
    str
    """
    if size == 1:
        return "1 byte"
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
