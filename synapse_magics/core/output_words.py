"""What an output of a step holds, in words, and how that differs from the run before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.core.quantities import render_size

if TYPE_CHECKING:
    from synapse_magics.store.output_stats import OutputStats

_MOST = 3
"""So many columns are told one by one."""


def describe_output(stats: OutputStats) -> str:
    """Return what an output holds: ``714 rows, 5 columns, 2 files, 34.1 kB``.

    Parameters
    ----------
    stats : OutputStats

    Returns
    -------
    str
    """
    if not stats.files:
        return "nothing"
    parts = [_count(stats.files, "file"), render_size(stats.size)]
    if stats.rows is not None:
        parts = [_count(stats.rows, "row"), _count(stats.column_count, "column"), *parts]
    elif stats.unknown:
        parts.insert(0, f"rows unknown ({stats.unknown})")
    return ", ".join(parts)


def describe_change(stats: OutputStats) -> str:
    """Return how an output differs: ``+12 rows, column Fare is new, since run 3``.

    Parameters
    ----------
    stats : OutputStats

    Returns
    -------
    str
        Empty if there was no run before, or of a result that is reused.
    """
    before, since = stats.previous, stats.since
    if before is None:
        return ""
    tables = stats.rows is not None and before.rows is not None
    parts = []
    if stats.rows is not None and before.rows is not None:
        parts += _more(stats.rows - before.rows, "row") + _columns(before, stats)
    else:
        parts += _more(stats.files - before.files, "file")
        grown = stats.size - before.size
        parts += [f"{'+' if grown > 0 else '-'}{render_size(abs(grown))}"] if grown else []
    if parts:
        return f"{', '.join(parts)}, since run {since}"
    return f"as many {'rows, the same columns' if tables else 'files and bytes'} as in run {since}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _more(number: int, what: str) -> list[str]:
    return [f"{number:+,} {what}{'' if abs(number) == 1 else 's'}"] if number else []


def _columns(before: OutputStats, after: OutputStats) -> list[str]:
    if len(before.columns) < before.column_count or len(after.columns) < after.column_count:
        return _more(after.column_count - before.column_count, "column")  # not all are known
    old, new = dict(before.columns), dict(after.columns)
    return [
        *_named([name for name in new if name not in old], "new"),
        *_named([name for name in old if name not in new], "gone"),
        *_named(
            [
                f"{name}: {old[name]} -> {kind}"
                for name, kind in new.items()
                if old.get(name, kind) != kind
            ],
            "",
        ),
    ]


def _named(names: list[str], what: str) -> list[str]:
    if not names:
        return []
    shown = ", ".join(names[:_MOST]) + (", ..." if len(names) > _MOST else "")
    many = len(names) > 1
    noun = f"{len(names)} columns" if len(names) > _MOST else ("columns" if many else "column")
    verb = f" {'are' if many else 'is'} {what}" if what else ""
    return [f"{noun} {shown}{verb}"]
