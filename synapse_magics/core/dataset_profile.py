"""What is in the columns of a table: how many, how large, how often. Read in parts."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from synapse_magics.core.profile_columns import SAMPLE_SIZE, ColumnFigures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

_SHOWN = 3
_LONGEST = 40
_MANY_DIGITS = 1e5
_TOO_MANY_DIGITS = 1e15


@dataclass(frozen=True)
class ColumnProfile:
    """What is in a column, under Azure ML's names.

    ``unique_values`` is None if there are too many to count; ``value_counts`` are the most frequent
    values, and how often they are there. Quartiles are those of a sample where there are many rows.
    """

    name: str
    type: str
    count: int
    missing_count: int
    empty_count: int = 0
    unique_values: int | None = None
    min: Any = None
    max: Any = None
    mean: float | None = None
    std: float | None = None
    lower_quartile: float | None = None
    median: float | None = None
    upper_quartile: float | None = None
    value_counts: tuple[tuple[Any, int], ...] = ()

    @property
    def not_missing_count(self) -> int:
        """How many rows have a value."""
        return self.count - self.missing_count

    @property
    def percent_missing(self) -> float:
        """The share of rows without a value, from 0 to 1."""
        return self.missing_count / self.count if self.count else 0.0


@dataclass(frozen=True)
class DataProfile:
    """What is in a table, column by column."""

    columns: Mapping[str, ColumnProfile]
    row_count: int

    def __repr__(self) -> str:
        cells = [_HEADS, *(_cells(column) for column in self.columns.values())]
        widths = [max(len(row[i]) for row in cells) for i in range(len(_HEADS))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        return "\n".join([self._title(), *lines])

    def _repr_html_(self) -> str:
        left = 'style="text-align: left"'
        head = "".join(f"<th {left}>{escape(name)}</th>" for name in _HEADS)
        body = "".join(
            "<tr>" + "".join(f"<td {left}>{escape(cell)}</td>" for cell in _cells(column)) + "</tr>"
            for column in self.columns.values()
        )
        title = f"<p>{escape(self._title())}</p>"
        return f"{title}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _title(self) -> str:
        rows = f"{self.row_count:,} row{'' if self.row_count == 1 else 's'}"
        if self.row_count > SAMPLE_SIZE:
            return f"{rows}; quartiles are those of a sample of {SAMPLE_SIZE:,} values"
        return rows


_HEADS = (
    "column", "type", "missing", "unique", "min", "25%", "50%", "75%", "max", "mean", "std",
    "most frequent",
)  # fmt: skip


def _cells(column: ColumnProfile) -> tuple[str, ...]:
    missing = f"{column.missing_count:,} ({column.percent_missing:.0%})"
    often = ", ".join(
        f"{_short(value)}: {times:,}" for value, times in column.value_counts[:_SHOWN]
    )
    return (
        _short(column.name),
        column.type,
        missing if column.missing_count else "0",
        "many" if column.unique_values is None else f"{column.unique_values:,}",
        _short(column.min),
        _short(column.lower_quartile),
        _short(column.median),
        _short(column.upper_quartile),
        _short(column.max),
        _short(column.mean),
        _short(column.std),
        often,
    )


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, float):
        whole = _MANY_DIGITS <= abs(value) < _TOO_MANY_DIGITS
        return f"{value:,.0f}" if whole else f"{value:,.6g}"
    text = str(value).replace("\n", "\\n")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def profile_of(parts: Iterable[pd.DataFrame], kinds: Mapping[str, str | None]) -> DataProfile:
    """Return the profile of a table.

    Parameters
    ----------
    parts : iterable of pandas.DataFrame
        Its rows.
    kinds : mapping
        The types of its columns by name; None for one that has no name here.

    Returns
    -------
    DataProfile
    """
    figures = {name: ColumnFigures(name, kind) for name, kind in kinds.items()}
    rows = 0
    for part in parts:
        rows += len(part)
        for name, one in figures.items():
            one.add(part[name])
    found = {
        name: ColumnProfile(name=name, type=one.type, count=rows, **one.result())
        for name, one in figures.items()
    }
    return DataProfile(found, rows)
