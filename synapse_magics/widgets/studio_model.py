"""What a page of the studio is: plain data that somebody else draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from synapse_magics.store.states import RunStatus
from synapse_magics.store.warm_drivers import PoolState

if TYPE_CHECKING:
    from synapse_magics.store.run_state import RunState

SHOWN = 50
"""How many rows a list has before somebody asks for more."""


class Section(str, Enum):
    """A part of the studio; its value is what people type."""

    RUNS = "runs"
    EXPERIMENTS = "experiments"
    DATASETS = "datasets"
    POOLS = "pools"
    LINKS = "links"
    PIPELINES = "pipelines"
    SCHEDULES = "schedules"

    def __str__(self) -> str:
        return str(self.value)

    @property
    def heading(self) -> str:
        """What people read."""
        return _HEADINGS.get(self.value, self.value.capitalize())


_HEADINGS = {"links": "Linked services", "pipelines": "Published pipelines"}


@dataclass(frozen=True)
class Place:
    """Where somebody is: a section, one thing in it by its key, and a part of that.

    Of a run the key is its id, and the part is the id of a step's run.
    """

    section: Section = Section.RUNS
    key: str = ""
    part: str = ""


class Tone(str, Enum):
    """How a state looks; its word says the same without colour."""

    GOOD = "good"
    BUSY = "busy"
    BAD = "bad"
    WARNING = "warning"
    QUIET = "quiet"


@dataclass(frozen=True)
class Mark:
    """A state: a word, and how it looks."""

    word: str
    tone: Tone = Tone.QUIET

    def __str__(self) -> str:
        return self.word


Cell = str | Mark


@dataclass(frozen=True)
class Row:
    """A line of a list: its name, where that leads, and a cell for each further column."""

    name: str
    cells: tuple[Cell, ...] = ()
    place: Place | None = None


@dataclass(frozen=True)
class Listing:
    """Rows under column names; ``has_more`` if there are others that were not read."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    title: str = ""
    empty: str = "none"
    has_more: bool = False

    @property
    def filled(self) -> Listing:
        """The same without the columns that are empty in every row."""
        kept = [
            number
            for number in range(len(self.columns) - 1)
            if any(row.cells[number] for row in self.rows)
        ]
        return replace(
            self,
            columns=(self.columns[0], *(self.columns[number + 1] for number in kept)),
            rows=tuple(
                replace(row, cells=tuple(row.cells[number] for number in kept)) for row in self.rows
            ),
        )

    @property
    def leads_on(self) -> bool:
        """Whether its names lead somewhere."""
        return any(row.place is not None for row in self.rows)


@dataclass(frozen=True)
class Passage:
    """A text that is shown as it is: code, an error, the end of a log; and where all of it lies."""

    title: str
    text: str
    path: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class Page:
    """A page of the studio.

    ``run`` is the id of the run whose view belongs here, ``graph`` a pipeline that nobody runs,
    ``is_live`` whether something on the page goes on, ``trouble`` why it could not be read.
    """

    place: Place
    title: str
    trail: tuple[tuple[str, Place], ...] = ()
    mark: Mark | None = None
    facts: tuple[tuple[str, str], ...] = ()
    listings: tuple[Listing, ...] = ()
    passages: tuple[Passage, ...] = ()
    graph: RunState | None = None
    run: str = ""
    is_live: bool = False
    trouble: str = ""


_RUN_TONES = {
    RunStatus.COMPLETED: Tone.GOOD,
    RunStatus.FAILED: Tone.BAD,
    RunStatus.CANCELED: Tone.WARNING,
    RunStatus.CANCEL_REQUESTED: Tone.WARNING,
    RunStatus.RUNNING: Tone.BUSY,
    RunStatus.PREPARING: Tone.BUSY,
    RunStatus.FINALIZING: Tone.BUSY,
}
_POOL_TONES = {
    PoolState.WARM: Tone.GOOD,
    PoolState.WARMING: Tone.BUSY,
    PoolState.PAUSED: Tone.WARNING,
}


def run_mark(status: RunStatus) -> Mark:
    """Return the mark of a run's or a step's status.

    Parameters
    ----------
    status : RunStatus

    Returns
    -------
    Mark
    """
    return Mark(str(status), _RUN_TONES.get(status, Tone.QUIET))


def pool_mark(state: PoolState) -> Mark:
    """Return the mark of a pool's state.

    Parameters
    ----------
    state : PoolState

    Returns
    -------
    Mark
    """
    return Mark(str(state), _POOL_TONES.get(state, Tone.QUIET))


def active_mark(status: str) -> Mark:
    """Return the mark of what is ``Active`` or not.

    Parameters
    ----------
    status : str

    Returns
    -------
    Mark
    """
    return Mark(status, Tone.GOOD if status == "Active" else Tone.QUIET)
