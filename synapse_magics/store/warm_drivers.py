"""How many warm drivers there may be, and what most steps want of one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "SYNAPSE_MAGICS_WARM_DRIVERS"
"""How many drivers there are at most; with 0 each Spark step has a JVM of its own."""

MEMORY = "2g"
"""Of a driver whose step does not say it; with this one is started ahead."""

_MOST = 3


def most_drivers(environment: Mapping[str, str] = os.environ) -> int:
    """Return how many warm drivers there may be.

    Parameters
    ----------
    environment : mapping

    Returns
    -------
    int
    """
    told = environment.get(VARIABLE, "")
    return int(told) if told.isdigit() else _MOST
