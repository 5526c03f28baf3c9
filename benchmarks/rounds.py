"""Ways of doing the same, measured in turn."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


class WrongResultError(RuntimeError):
    """What was measured did not do what it had to do."""


def check(is_right: bool, what: str) -> None:
    """Refuse a wrong result.

    Parameters
    ----------
    is_right : bool
    what : str
        What was expected, and what was found.

    Raises
    ------
    WrongResultError
    """
    if not is_right:
        raise WrongResultError(what)


def leave_when_told() -> None:
    """Let the signal that ends a process unwind it: what it has started is ended, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes.

    Parameters
    ----------
    work : callable
    """
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _nothing() -> None:
    pass


def in_turn(
    ways: Mapping[str, Callable[[], float]],
    rounds: int,
    *,
    rest: Callable[[], None] = _nothing,
    slow: Collection[str] = (),
    warm_up: bool = True,
) -> dict[str, Figure]:
    """Go each way in turn, round after round, after a round that does not count.

    Parameters
    ----------
    ways : mapping
        Each measures itself and checks its result.
    rounds : int
        How many count.
    rest : callable
        Waits for the machine before each measurement.
    slow : collection of str
        Ways that are gone in the first half of the rounds only.
    warm_up : bool
        Whether there is a round that does not count.

    Returns
    -------
    dict
        Figures by the ways' names, in seconds.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(0 if warm_up else 1, rounds + 1):
        for name, way in ways.items():
            if name in slow and not 1 <= number <= max(1, rounds // 2):
                continue
            rest()
            seconds = way()
            sys.stderr.write(f"  round {number}: {name}: {seconds:.3f} s\n")
            if number:
                taken[name].append(seconds)
    return {name: Figure(name, tuple(values)) for name, values in taken.items()}
