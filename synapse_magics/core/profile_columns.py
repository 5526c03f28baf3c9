"""Count what is in a column that comes in parts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_SIZE = 100_000
"""So many numbers of a column are kept, of which the quartiles are."""

_MOST_VALUES = 50_000
_FREQUENT = 10
_QUARTILES = (0.25, 0.5, 0.75)


class ColumnFigures:
    """The figures of a column.

    Parameters
    ----------
    name : str
    kind : str or None
        Its type; None for one that has no name here, of which only what is missing is counted.
    """

    def __init__(self, name: str, kind: str | None) -> None:
        import numpy as np  # noqa: PLC0415 - heavy

        self.name, self.type = name, kind or "other"
        self._missing = self._empty = self._known = 0
        self._least: Any = None
        self._most: Any = None
        self._mean = self._squares = 0.0
        self._times: dict[Any, int] | None = {} if kind else None
        self._sample: Any = np.empty(0)
        self._random = np.random.default_rng(0)

    def add(self, values: pd.Series[Any]) -> None:
        """Count the next part.

        Parameters
        ----------
        values : pandas.Series
        """
        present = values.dropna()
        self._missing += len(values) - len(present)
        if self.type == "other" or not len(present):
            return
        if self.type == "string":
            self._empty += int((present == "").sum())
        if self.type != "boolean":
            self._bound(present)
        self._count(present)
        if self.type in {"integer", "decimal"}:
            self._measure(present.to_numpy(dtype=float))
        self._known += len(present)

    def _bound(self, present: pd.Series[Any]) -> None:
        least, most = present.min(), present.max()
        self._least = least if self._least is None else min(self._least, least)
        self._most = most if self._most is None else max(self._most, most)

    def _count(self, present: pd.Series[Any]) -> None:
        if self._times is None:
            return
        for value, times in present.value_counts(sort=False).items():
            self._times[value] = self._times.get(value, 0) + int(times)
        if len(self._times) > _MOST_VALUES:
            self._times = None  # names of people, numbers of orders: nobody wants them all

    def _measure(self, numbers: Any) -> None:
        import numpy as np  # noqa: PLC0415 - heavy

        # Chan's way to put means and squares of parts together.
        count = len(numbers)
        with np.errstate(invalid="ignore"):
            mean = float(numbers.mean())
            squares = float(((numbers - mean) ** 2).sum())
            whole = self._known + count
            apart = mean - self._mean
            self._squares += squares + apart * apart * self._known * count / whole
            self._mean += apart * count / whole
        self._keep(numbers)

    def _keep(self, numbers: Any) -> None:
        """Keep a sample in which each number so far is as likely as any other."""
        import numpy as np  # noqa: PLC0415 - heavy

        room = max(SAMPLE_SIZE - len(self._sample), 0)
        seen = self._known + min(room, len(numbers))
        self._sample = np.concatenate([self._sample, numbers[:room]])
        rest = numbers[room:]
        if not len(rest):
            return
        places = (self._random.random(len(rest)) * (seen + 1 + np.arange(len(rest)))).astype(int)
        inside = places < SAMPLE_SIZE
        self._sample[places[inside]] = rest[inside]

    def result(self) -> dict[str, Any]:
        """Return the figures.

        Returns
        -------
        dict
            Arguments of a profile of a column.
        """
        found: dict[str, Any] = {"missing_count": self._missing, "empty_count": self._empty}
        if self._times is not None:
            often = sorted(self._times.items(), key=lambda item: (-item[1], str(item[0])))
            found["unique_values"] = len(often)
            found["value_counts"] = tuple((_plain(v), times) for v, times in often[:_FREQUENT])
        if self._known:
            found |= {"min": _plain(self._least), "max": _plain(self._most)}
        if self._known and self.type in {"integer", "decimal"}:
            found |= self._measures()
        return found

    def _measures(self) -> dict[str, Any]:
        import numpy as np  # noqa: PLC0415 - heavy

        with np.errstate(invalid="ignore"):
            low, middle, high = (float(value) for value in np.quantile(self._sample, _QUARTILES))
        std = math.sqrt(self._squares / (self._known - 1)) if self._known > 1 else None
        return {
            "mean": self._mean,
            "std": std,
            "lower_quartile": low,
            "median": middle,
            "upper_quartile": high,
        }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value
