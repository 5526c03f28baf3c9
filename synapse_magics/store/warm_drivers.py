"""How many warm drivers there may be, what most steps want of one, and how the pools stand."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from synapse_magics.store.run_folder import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VARIABLE = "SYNAPSE_MAGICS_WARM_DRIVERS"
"""How many drivers there are at most; with 0 each Spark step has a JVM of its own."""

MEMORY = "2g"
"""Of a driver whose step does not say it; with this one is started ahead."""

FILE = "pools.json"
"""Where an agent writes how the pools stand, in its own folder."""

_MOST = 3
_MOST_TOLD = 10_000
_LONGEST = 200
_LAST_MOMENT = 253_402_300_799.0  # the end of the year 9999: no date is later


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


class PoolState(str, Enum):
    """How near a pool is to running a step."""

    COLD = "cold"
    """No driver has been started for it, or it ended for another reason than to pause."""
    WARMING = "warming"
    """A driver is being started."""
    WARM = "warm"
    """At least one driver is there, idle or with a step."""
    PAUSED = "paused"
    """Its drivers were ended because nobody used them, or because memory ran short."""

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class PoolRecord:
    """How a pool stands.

    ``drivers`` are there for it, ``lent`` of them have a step; ``since`` is in seconds since the
    epoch, None before an agent has said anything; ``why`` may be empty.
    """

    state: PoolState = PoolState.COLD
    since: float | None = None
    drivers: int = 0
    lent: int = 0
    why: str = ""


def read_pools(agent_folder: Path) -> dict[str, PoolRecord]:
    """Return how the pools stood when an agent last wrote it, by ``SYNAPSE WORKSPACE/NAME``.

    Parameters
    ----------
    agent_folder : pathlib.Path
        The folder ``agent`` of the workspace's state.

    Returns
    -------
    dict
        Empty if no agent has written it, or it cannot be read; without those of which it says
        what cannot be.
    """
    told = {name: _record(one) for name, one in (read_json(agent_folder / FILE) or {}).items()}
    return {name: record for name, record in told.items() if record is not None}


def _record(data: Any) -> PoolRecord | None:
    try:
        drivers = _count(data.get("drivers", 0), _MOST_TOLD)
        return PoolRecord(
            PoolState(data["state"]),
            since=_moment(data.get("since")),
            drivers=drivers,
            lent=_count(data.get("lent", 0), drivers),
            why=_text(data.get("why", "")),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _count(value: Any, most: int) -> int:
    if type(value) is not int:  # True is none
        raise TypeError(value)
    if not 0 <= value <= most:
        raise ValueError(value)
    return value


def _moment(value: Any) -> float | None:
    if value is None:
        return None
    if type(value) not in {int, float}:
        raise TypeError(value)
    if not 0 <= value <= _LAST_MOMENT:  # nor is NaN
        raise ValueError(value)
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value[:_LONGEST]


def write_pools(agent_folder: Path, pools: Mapping[str, PoolRecord]) -> bool:
    """Write how the pools stand, as a whole; on a full disk the old file stays.

    Parameters
    ----------
    agent_folder : pathlib.Path
    pools : mapping

    Returns
    -------
    bool
        Whether it is written.
    """
    part = agent_folder / f"{FILE}.part"
    try:
        part.write_text(json.dumps({name: asdict(one) for name, one in pools.items()}))
        part.chmod(0o600)
        part.replace(agent_folder / FILE)
    except OSError:
        return False
    return True
