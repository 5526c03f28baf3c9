"""What the pages of the studio say alike: times, tags and values in a few words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from synapse_magics.widgets._words import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LONGEST = 80

LONGEST = 400
"""Of what may take several lines."""


def moment(seconds: float | None) -> str:
    """Return a time as people say it here; empty for None.

    Parameters
    ----------
    seconds : float or None
        Since the epoch.

    Returns
    -------
    str
    """
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def tags_text(tags: Mapping[str, Any] | None) -> str:
    """Return tags as ``name=text, name``.

    Parameters
    ----------
    tags : mapping or None

    Returns
    -------
    str
    """
    found = [f"{key}={value}" if value else key for key, value in (tags or {}).items()]
    return short(", ".join(found))


def short(text: object, longest: int = _LONGEST) -> str:
    """Return a text as one line that is not too long.

    Parameters
    ----------
    text : object
    longest : int

    Returns
    -------
    str
    """
    line = one_line(text)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def listed(items: Iterable[object]) -> str:
    """Return names with commas between them.

    Parameters
    ----------
    items : iterable

    Returns
    -------
    str
    """
    return short(", ".join(map(str, items)), LONGEST)
