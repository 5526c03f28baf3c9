"""What was measured, and what it is held against: plain data."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from enum import Enum


class Unit(Enum):
    """In what a figure is given; the value holds its sign and how many digits are told."""

    SECONDS = (" s", 3)
    MILLISECONDS = (" ms", 1)
    MICROSECONDS = (" us", 0)
    TIMES = ("x", 2)
    MEGABYTES = (" MB", 0)

    def say(self, value: float) -> str:
        """Return a value as a text."""
        sign, digits = self.value
        return f"{value:.{digits}f}{sign}"


@dataclass(frozen=True)
class Figure:
    """What one way took, round by round.

    Parameters
    ----------
    name : str
        Of the way: ``synapse_magics``, or a peer's.
    values : tuple of float
        At least one.
    unit : Unit
    """

    name: str
    values: tuple[float, ...]
    unit: Unit = Unit.SECONDS

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def text(self) -> str:
        """The median."""
        return self.unit.say(self.median)

    @property
    def span(self) -> str:
        """The smallest and the largest."""
        return f"{self.unit.say(min(self.values))} - {self.unit.say(max(self.values))}"

    def scaled(self, factor: float, unit: Unit) -> Figure:
        """Return the same in another unit."""
        return Figure(self.name, tuple(value * factor for value in self.values), unit)


def ratio(ours: Figure, other: Figure) -> Figure:
    """Return how many times of another's figure ours is, round by round.

    Rounds are compared with rounds, because those lie side by side in time: what disturbs the
    machine for a while disturbs both. Further rounds of one of them are left out.
    """
    pairs = zip(ours.values, other.values, strict=False)
    values = tuple(mine / others for mine, others in pairs)
    return Figure(f"{ours.name} / {other.name}", values, Unit.TIMES)


def slope(name: str, short: Figure, long: Figure, steps: int) -> Figure:
    """Return what each further step costs: what the longer chain takes more, by its steps."""
    pairs = zip(short.values, long.values, strict=True)
    values = tuple((more - less) / steps for less, more in pairs)
    return Figure(name, values, Unit.SECONDS)


@dataclass(frozen=True)
class Goal:
    """A figure and what it has to be at most.

    Parameters
    ----------
    measure : str
        What the figure tells.
    figure : Figure or None
        None if it could not be measured.
    target, moonshot : float or None
        None where none was set.
    missing : str
        Why there is no figure.
    """

    measure: str
    figure: Figure | None
    target: float | None
    moonshot: float | None = None
    missing: str = ""

    @property
    def verdict(self) -> str:
        """Whether it was reached, and by how much it was not."""
        if self.figure is None:
            return f"not measured: {self.missing}"
        value, unit = self.figure.median, self.figure.unit
        if self.moonshot is not None and value <= self.moonshot:
            return "moonshot reached"
        if self.target is None:
            return ""
        if value <= self.target:
            return "reached"
        beyond = value - self.target
        return f"**missed by {unit.say(beyond)}** ({100 * beyond / self.target:.0f} %)"

    @property
    def is_reached(self) -> bool | None:
        """Whether the figure is within its target; None where one of them is missing."""
        if self.figure is None or self.target is None:
            return None
        return self.figure.median <= self.target


@dataclass(frozen=True)
class Row:
    """One kind of work: what each way took, and the goals.

    Parameters
    ----------
    work : str
        What was done.
    figures : tuple of Figure
        Ours first.
    goals : tuple of Goal
    notes : tuple of str
        How it was measured and checked, and what is missing.
    """

    work: str
    figures: tuple[Figure, ...]
    goals: tuple[Goal, ...]
    notes: tuple[str, ...] = ()


def against(
    ours: Figure,
    others: dict[str, Figure],
    name: str,
    target: float | None,
    moonshot: float | None = None,
) -> Goal:
    """Return the goal to take at most so many times of what a peer takes.

    Parameters
    ----------
    ours : Figure
    others : dict
        Figures by the peers' names; a peer that is missing is not among them.
    name : str
        The peer.
    target, moonshot : float, optional
    """
    other = others.get(name)
    figure = None if other is None else ratio(ours, other)
    return Goal(f"times {name}", figure, target, moonshot, f"{name} is missing")
