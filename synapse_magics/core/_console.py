"""Where the objects print what Azure ML's print."""

from __future__ import annotations

import sys

from synapse_magics._hints import has_magics

__all__ = ["has_magics", "say"]


def say(text: str = "", end: str = "\n") -> None:
    """Write a line to the standard output of the moment.

    Parameters
    ----------
    text : str
    end : str
    """
    sys.stdout.write(text + end)
    sys.stdout.flush()
