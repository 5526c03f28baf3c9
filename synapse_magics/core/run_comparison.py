"""Runs side by side: parameters, tags, and how each step went and what it measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from synapse_magics.core.run import Run
    from synapse_magics.store.run_state import RunState, StepState

_ACCURACY = 4
"""So many digits tell two numbers apart; more of them are noise in a table."""


@dataclass(frozen=True)
class Row:
    """One fact of each run, in the order of the runs; None where a run has none."""

    what: str
    facts: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether it is not the same in all runs."""
        return any(not _is_same(value, self.facts[0]) for value in self.facts[1:])

    @property
    def change(self) -> str:
        """How the last run differs from the first: a number's change, else whether it does."""
        first, last = self.facts[0], self.facts[-1]
        if _is_number(first) and _is_number(last) and first != last:
            return f"{last - first:+.{_ACCURACY}g}"
        return "differs" if self.differs else ""


@dataclass(frozen=True)
class Comparison:
    """Some runs side by side.

    Parameters
    ----------
    runs : tuple of str
        Their ids.
    rows : tuple of Row
    """

    runs: tuple[str, ...]
    rows: tuple[Row, ...]

    def to_pandas_dataframe(self) -> pd.DataFrame:
        """Return a column for each run, a row for each fact.

        Returns
        -------
        pandas.DataFrame
        """
        import pandas as pd  # noqa: PLC0415 - slow to import

        rows = {row.what: row.facts for row in self.rows}
        frame: pd.DataFrame = pd.DataFrame.from_dict(rows, orient="index", columns=list(self.runs))
        return frame


def compare(runs: Sequence[Run]) -> Comparison:
    """Put runs side by side.

    Parameters
    ----------
    runs : sequence of Run
        Pipeline runs.

    Returns
    -------
    Comparison
    """
    facts = [_facts(run.state, run.record.pipeline.parameters, run.tags) for run in runs]
    names: dict[str, None] = {}
    for place, known in enumerate(facts):
        names = _merged(names, known) if place else dict.fromkeys(known)
    rows = (Row(name, tuple(known.get(name) for known in facts)) for name in names)
    return Comparison(tuple(run.id for run in runs), tuple(rows))


def _merged(names: Mapping[str, None], more: Mapping[str, Any]) -> dict[str, None]:
    """Add names where they belong: behind the one that they stand behind."""
    found = list(names)
    before = -1
    for name in more:
        if name in found:
            before = found.index(name)
        else:
            before += 1
            found.insert(before, name)
    return dict.fromkeys(found)


def _facts(
    state: RunState, parameters: Mapping[str, Any], tags: Mapping[str, str | None]
) -> dict[str, Any]:
    found: dict[str, Any] = {"status": str(state.status), "seconds": round(state.elapsed, 1)}
    # A tag without a text is there or not.
    found.update({f"tag {name}": value or "set" for name, value in sorted(tags.items())})
    found.update({f"parameter {name}": value for name, value in sorted(parameters.items())})
    for step in state.steps:
        found[step.name] = f"{step.status}, reused" if step.reused else str(step.status)
        elapsed = step.elapsed(state.taken)
        if elapsed is not None and not step.reused:
            found[f"{step.name}: seconds"] = round(elapsed, 1)
        found.update(_metrics(step))
        found.update(_outputs(step))
    return found


def _metrics(step: StepState) -> dict[str, Any]:
    # Of what was logged repeatedly, the last value is where it ended.
    return {
        f"{step.name}: {name}": value[-1] if isinstance(value, list) and value else value
        for name, value in step.metrics.items()
    }


def _outputs(step: StepState) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, stats in step.output_stats.items():
        if stats.rows is not None:
            found[f"{step.name}: rows of {name}"] = stats.rows
            found[f"{step.name}: columns of {name}"] = stats.column_count
        found[f"{step.name}: bytes of {name}"] = stats.size
    return found


def _is_same(one: Any, other: Any) -> bool:
    both_nan = one != one and other != other  # noqa: PLR0124 - what a NaN is
    return bool(one == other or both_nan)


def _is_number(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value)
