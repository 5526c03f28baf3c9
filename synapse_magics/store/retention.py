"""Which runs may be removed: old ones, or the oldest of too many; none that something points to.

Plain functions on plain data; what points to what is found in ``store.pointers``.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Held:
    """A pipeline run, what it holds, and what holds it.

    Parameters
    ----------
    run_id : str
    ended : float or None
        Seconds since the epoch; None if it has not ended.
    size : int
        Bytes that its removal would free.
    pin : str
        Why it is kept whatever its age is, such as ``dataset clean:2 is its output``; empty if
        nothing but other runs may keep it.
    points_to : mapping
        Runs without which this one would not be whole, each with the reason.
    """

    run_id: str
    ended: float | None
    size: int = 0
    pin: str = ""
    points_to: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """The runs to remove, and why others that are old enough, or too many, are kept."""

    remove: tuple[str, ...]
    keep: Mapping[str, str]


def choose(
    runs: Sequence[Held], *, before: float | None = None, budget: int | None = None
) -> Choice:
    """Choose the runs to remove.

    A run goes if it ended before a time, or if it is the oldest while all together are too large.
    A run that a kept one points to is kept as well.

    Parameters
    ----------
    runs : sequence of Held
        All runs of a workspace.
    before : float, optional
        Seconds since the epoch.
    budget : int, optional
        Bytes that all runs together may have.

    Returns
    -------
    Choice
    """
    by_id = {run.run_id: run for run in runs}
    holders = Counter(other for run in runs for other in _targets(run, by_id))
    total = sum(run.size for run in runs)
    free = [_key(run) for run in runs if _is_free(run) and not holders[run.run_id]]
    heapq.heapify(free)
    removed: dict[str, None] = {}
    while free:
        ended, run_id = heapq.heappop(free)
        old = before is not None and ended < before
        if not (old or (budget is not None and total > budget)):
            continue  # one that becomes free later may still be older
        removed[run_id] = None
        total -= by_id[run_id].size
        for other in _targets(by_id[run_id], by_id):
            holders[other] -= 1
            if not holders[other] and _is_free(by_id[other]):
                heapq.heappush(free, _key(by_id[other]))
    left = [run for run in runs if run.run_id not in removed]
    wanted = [
        run
        for run in left
        if run.ended is not None
        and ((before is not None and run.ended < before) or (budget is not None and total > budget))
    ]
    return Choice(tuple(removed), {run.run_id: run.pin or _holder(run, left) for run in wanted})


def _is_free(run: Held) -> bool:
    return run.ended is not None and not run.pin


def _key(run: Held) -> tuple[float, str]:
    return run.ended or 0.0, run.run_id


def _targets(run: Held, known: Mapping[str, Held]) -> list[str]:
    return [other for other in run.points_to if other in known and other != run.run_id]


def _holder(run: Held, left: Sequence[Held]) -> str:
    return next(other.points_to[run.run_id] for other in left if run.run_id in other.points_to)
