"""Infer the types of columns from a sample of texts, by Azure ML's rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from synapse_magics.runtime import column_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE_ROWS = 200
"""How many rows Azure ML looks at."""

# What a reader takes for a value of the type; to it, nan is a missing one.
_BOOLEAN = frozenset({*column_texts.TRUE, *column_texts.FALSE})
_INTEGER = re.compile(column_texts.INTEGER)
_DECIMAL = re.compile(rf"{column_texts.DECIMAL}|{column_texts.INFINITE}|[nN][aA][nN]")
_LONG = 2**63
# Month first, as Azure ML resolves what is ambiguous.
_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d-%b-%Y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
)


@dataclass(frozen=True)
class Column:
    """A column of a tabular dataset.

    ``type`` is ``boolean``, ``integer``, ``decimal``, ``datetime`` or ``string``; ``format`` is a
    ``strptime`` pattern for a ``datetime``.
    """

    name: str
    type: str
    format: str | None = None


def infer(name: str, values: Sequence[str]) -> Column:
    """Return a column with the type that all non-empty values have.

    Parameters
    ----------
    name : str
    values : sequence of str
        A sample; an empty text stands for a missing value.

    Returns
    -------
    Column
        A ``string`` column if the kinds are mixed, or nothing is there.
    """
    present = [value for value in values if value]
    if not present:
        return Column(name, "string")
    if all(value.lower() in _BOOLEAN for value in present):
        return Column(name, "boolean")
    if all(_INTEGER.fullmatch(value) for value in present):
        inside = all(-_LONG <= int(value) < _LONG for value in present)
        return Column(name, "integer" if inside else "decimal")
    if all(_DECIMAL.fullmatch(value) for value in present):
        return Column(name, "decimal")
    for pattern in _DATES:
        if all(_is_date(value, pattern) for value in present):
            return Column(name, "datetime", pattern)
    return Column(name, "string")


def _is_date(value: str, pattern: str) -> bool:
    try:
        datetime.strptime(value, pattern)  # noqa: DTZ007 - only the form matters
    except ValueError:
        return False
    return True
