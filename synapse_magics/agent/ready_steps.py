"""The steps of a run that may start, so many of them as can be of interest."""

from __future__ import annotations

import heapq
from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from synapse_magics.agent.scheduler import Step

AT_HAND = 256
"""So many steps of a compute target are looked at, beside twice as many as it takes at once."""


class ReadySteps:
    """The ready steps of one run.

    Thousands may be ready at once, and slots become free one by one. So of each compute target the
    first steps are at hand, and others move up as those start: what is done for a slot takes the
    same time however many wait.

    Parameters
    ----------
    steps : mapping
        All steps of the run as they are, by their run ids, in the order of submission.
    is_waiting : callable
        Whether a step still waits.
    """

    def __init__(self, steps: Mapping[str, Step], is_waiting: Callable[[Step], bool]) -> None:
        self._steps, self._is_waiting = steps, is_waiting
        self._ids = list(steps)
        self._places = {run_id: place for place, run_id in enumerate(self._ids)}
        self._queues: dict[str, _Queue] = {}

    def put(self, run_ids: Iterable[str]) -> None:
        """Forget what was ready, and take these.

        Parameters
        ----------
        run_ids : iterable of str
        """
        self._queues.clear()
        self.add(run_ids)

    def add(self, run_ids: Iterable[str]) -> None:
        """Add steps that are ready now.

        Parameters
        ----------
        run_ids : iterable of str
        """
        for run_id in run_ids:
            step = self._steps[run_id]
            queue = self._queues.setdefault(step.compute, _Queue())
            queue.add(self._places[run_id], step.slots)

    def first(self) -> tuple[Step, ...]:
        """Return those that are at hand, in the order of submission.

        Returns
        -------
        tuple of Step
        """
        places = [place for queue in self._queues.values() for place in queue.first(self._is_ready)]
        return tuple(map(self._step, sorted(places)))

    def _step(self, place: int) -> Step:
        return self._steps[self._ids[place]]

    def _is_ready(self, place: int) -> bool:
        return self._is_waiting(self._step(place))


@dataclass
class _Queue:
    """Places of the steps of one compute target: what is ``behind`` comes after all others."""

    front: list[int] = field(default_factory=list)
    behind: list[int] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    size: int = 0

    def add(self, place: int, slots: int) -> None:
        self.size = max(self.size, AT_HAND + 2 * slots)
        if place in self.known:
            return
        self.known.add(place)
        if not self.behind and len(self.front) < self.size:
            insort(self.front, place)
        elif self.front and place < self.front[-1]:
            insort(self.front, place)
            heapq.heappush(self.behind, self.front.pop())
        else:
            heapq.heappush(self.behind, place)

    def first(self, is_ready: Callable[[int], bool]) -> list[int]:
        left = list(filter(is_ready, self.front))
        self.known.difference_update(set(self.front).difference(left))
        self.front = left
        while self.behind and len(self.front) < self.size:
            place = heapq.heappop(self.behind)
            if is_ready(place):
                self.front.append(place)
            else:
                self.known.discard(place)
        return self.front
