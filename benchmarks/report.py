"""Rows as a page of Markdown: ``RESULTS.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.figures import Figure, Goal, Row

_ABOUT = """\
Written by `make bench`: this package and its peers in turn, in one run on one machine. A first
round of each does not count, but where the first run is what is measured. Ratios are medians of the
ratios of single rounds, which lie side by side in time. Every run is checked for its result."""


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table of Markdown.

    Parameters
    ----------
    head : sequence of str
    lines : sequence of sequences of str
    """
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))


def _limit(figure: Figure | None, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:g}" if figure is None else f"{value:g}{figure.unit.value[0]}"


def _goal(work: str, goal: Goal) -> tuple[str, ...]:
    figure = goal.figure
    return (
        work,
        goal.measure,
        "" if figure is None else f"{figure.text} ({figure.span})",
        _limit(figure, goal.target),
        _limit(figure, goal.moonshot),
        goal.verdict,
    )


def summary(rows: Sequence[Row]) -> str:
    """Return the table of all goals.

    Parameters
    ----------
    rows : sequence of Row
    """
    head = ("work", "measure", "median (range)", "target, at most", "moonshot", "")
    lines = [_goal(row.work, goal) for row in rows for goal in row.goals]
    return table(head, lines)


def section(row: Row) -> str:
    """Return what each way took.

    Parameters
    ----------
    row : Row
    """
    lines = [(item.name, item.text, item.span, str(len(item.values))) for item in row.figures]
    parts = [f"## {row.work}"]
    if lines:
        parts.append(table(("way", "median", "range", "rounds"), lines))
    parts += row.notes
    return "\n\n".join(parts)


def page(rows: Sequence[Row], machine: Mapping[str, str], troubles: Sequence[str] = ()) -> str:
    """Return the whole page.

    Parameters
    ----------
    rows : sequence of Row
    machine : mapping
        What it was measured on, and when.
    troubles : sequence of str
        What could not be measured.
    """
    verdicts = [goal.is_reached for row in rows for goal in row.goals]
    said = f"{verdicts.count(True)} of {len(verdicts) - verdicts.count(None)} targets are reached."
    parts = [
        "# Benchmarks",
        _ABOUT,
        table(("machine", ""), list(machine.items())),
        "## Goals",
        said,
        summary(rows),
        *(f"**Not measured:** {trouble}" for trouble in troubles),
        *(section(row) for row in rows),
    ]
    return "\n\n".join(parts) + "\n"
