"""What notebooks and scripts use of Azure ML SDK v1, and whether it runs here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from synapse_magics.migration import sources, usage
from synapse_magics.migration.parity import is_there
from synapse_magics.migration.support import Entry, Support, table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from synapse_magics.migration.sources import Piece, Place

_ORDER = (Support.NO, Support.DIFFERS, Support.FULL)
_WORDS = {Support.NO: "no", Support.DIFFERS: "differs", Support.FULL: "runs"}
_MOST_PLACES = 3


@dataclass(frozen=True)
class Finding:
    """A name of the SDK that is used.

    Parameters
    ----------
    entry : Entry
    places : tuple of Place
    """

    entry: Entry
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Report:
    """What was found.

    Parameters
    ----------
    files : int
        How many notebooks and scripts were read.
    findings : tuple of Finding
        First what does not run.
    unread : tuple of Piece
        What could not be read.
    """

    files: int
    findings: tuple[Finding, ...]
    unread: tuple[Piece, ...]

    @property
    def runs(self) -> bool:
        """Whether all of it runs here, be it with a difference."""
        return not self.unread and not self.count(Support.NO)

    def count(self, support: Support) -> int:
        """Return how many names are supported in a way.

        Parameters
        ----------
        support : Support

        Returns
        -------
        int
        """
        return sum(item.entry.support is support for item in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON data.

        Returns
        -------
        dict
        """
        return {
            "runs": self.runs,
            "files": self.files,
            "names": [
                {
                    "name": item.entry.name,
                    "support": item.entry.support.value,
                    "note": item.entry.note,
                    "places": [vars(place) for place in item.places],
                }
                for item in self.findings
            ],
            "unread": [{**vars(item.start), "problem": item.problem} for item in self.unread],
        }

    def __str__(self) -> str:
        lines = [f"{item.start}: {item.problem}" for item in self.unread]
        width = max((len(item.entry.name) for item in self.findings), default=0)
        for item in self.findings:
            word = _WORDS[item.entry.support]
            lines.append(f"{word:8} {item.entry.name:{width}}  {_where(item.places)}")
            if item.entry.note:
                lines.append(f"         {item.entry.note}")
        no, differs, full = (self.count(support) for support in _ORDER)
        files = f"{self.files} file{'' if self.files == 1 else 's'}"
        lines.append(
            f"{files}: of {len(self.findings)} names of Azure ML SDK v1, {full} run here, "
            f"{differs} with a difference, {no} not"
        )
        return "\n".join(lines)


def check(paths: Iterable[str | Path]) -> Report:
    """Read notebooks and scripts, and say what of them runs here.

    Parameters
    ----------
    paths : iterable of str or pathlib.Path
        Files, and folders with files below.

    Returns
    -------
    Report
    """
    files = sources.find(paths)
    places: dict[str, dict[Place, None]] = {}
    used = set()
    unread = []
    for file in files:
        pieces = sources.read(file)
        unread += [piece for piece in pieces if piece.tree is None]
        for use in usage.uses(pieces):
            places.setdefault(use.name, {})[use.place] = None
            if not use.imported:
                used.add(use.name)
    findings = [
        Finding(_entry(name) if name in used else _imported(_entry(name)), tuple(found))
        for name, found in places.items()
    ]
    findings.sort(key=lambda item: (_ORDER.index(item.entry.support), item.entry.name))
    return Report(len(files), tuple(findings), tuple(unread))


def _entry(name: str) -> Entry:
    if name in table():
        entry = table()[name]
        # What differs in its parameters only differs where one of them is given: that is a use.
        return entry if entry.note else replace(entry, support=Support.FULL)
    called, _, parameter = name.partition("(")
    if parameter:
        entry = table()[called]
        return Entry("", name, Support.NO, note=entry.instead or entry.note)
    if name.startswith(usage.PIP):
        note = "leave it out: this package takes its place, and the real SDK would take the names"
        return Entry("", name, Support.DIFFERS, note=note)
    if name.startswith("%") or not is_there(name):
        return Entry("", name, Support.NO, note="there is nothing of that name here")
    return Entry("", name, Support.FULL)


def _imported(entry: Entry) -> Entry:
    if entry.support is not Support.NO or not is_there(entry.name):
        return entry
    note = f"it is imported and not used; instead of it, {entry.note}"
    return replace(entry, support=Support.DIFFERS, note=note)


def _where(places: tuple[Place, ...]) -> str:
    shown, file = [], None
    for place in places[:_MOST_PLACES]:
        shown.append(place.within if place.file == file else str(place))
        file = place.file
    more = len(places) - _MOST_PLACES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
