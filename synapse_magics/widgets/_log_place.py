"""Which log a view shows, and what a person chose to see of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_magics.widgets.log_file import LogFile
from synapse_magics.widgets.log_levels import Level
from synapse_magics.widgets.log_lines import STREAM_NUMBERS, LogLines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NAMES = ("stdout", "stderr")


@dataclass(frozen=True)
class LogPlace:
    """Which log is shown: of whom, its files, and how their places are named to people."""

    key: str = ""
    title: str = ""
    files: tuple[Path, ...] = ()
    paths: tuple[str, ...] = ()

    def files_of(self, stream: str) -> list[tuple[str, Path]]:
        """Return the files of a stream, with a heading each where there are several.

        Parameters
        ----------
        stream : str

        Returns
        -------
        list of (str, pathlib.Path)

        Raises
        ------
        LookupError
            If there is no such stream.
        """
        numbers = STREAM_NUMBERS[stream]
        several = len(numbers) > 1
        return [(_NAMES[number] if several else "", self.files[number]) for number in numbers]

    def paths_of(self, stream: str) -> list[str]:
        """Return where the files of a stream are, as people are told.

        Parameters
        ----------
        stream : str

        Returns
        -------
        list of str
        """
        return [self.paths[number] for number in STREAM_NUMBERS[stream] if self.paths]


@dataclass(frozen=True)
class LogChoice:
    """What a person chose to see; ``view`` is the browser's number of the choice."""

    view: int = 0
    stream: str = "all"
    level: Level = Level.DEBUG
    collapse: bool = True


@dataclass
class OpenedLog:
    """The files of a log and what was read of them."""

    place: LogPlace
    lines: dict[str, LogLines] = field(default_factory=dict)

    @classmethod
    def of(cls, place: LogPlace, clock: Callable[[], float]) -> OpenedLog:
        """Open the files of a log; nothing is read yet.

        Parameters
        ----------
        place : LogPlace
        clock : callable
            Seconds.

        Returns
        -------
        OpenedLog
        """
        files = [LogFile(path, clock) for path in place.files]
        lines = {
            stream: LogLines({number: files[number] for number in numbers})
            for stream, numbers in STREAM_NUMBERS.items()
            if max(numbers) < len(files)
        }
        return cls(place, lines)
