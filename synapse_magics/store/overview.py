"""Many runs at a glance: a line each, read with a few queries however many there are."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synapse_magics.store.runs import STEP
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.store.store import Store


@dataclass(frozen=True)
class RunLine:
    """A run without its steps; ``steps`` counts them by their status.

    Times are seconds since the epoch.
    """

    id: str
    kind: str
    name: str
    experiment: str
    number: int
    status: RunStatus
    reason: str
    created: float
    started: float | None
    ended: float | None
    steps: Mapping[RunStatus, int] = field(default_factory=dict)
    reused: int = 0
    tags: Mapping[str, str | None] = field(default_factory=dict)

    def elapsed(self, now: float) -> float:
        """Return the seconds since it was submitted, or until it ended."""
        return max(0.0, (now if self.ended is None else self.ended) - self.created)


@dataclass(frozen=True)
class ExperimentLine:
    """An experiment, how many runs it has, and how the last one went."""

    name: str
    runs: int = 0
    unfinished: int = 0
    last_status: RunStatus | None = None
    last_created: float | None = None
    archived: bool = False


def run_lines(
    store: Store,
    *,
    limit: int,
    experiment: str | None = None,
    pipeline_id: str | None = None,
    schedule_id: str | None = None,
) -> list[RunLine]:
    """Return the runs that no other run is the parent of, newest first.

    Parameters
    ----------
    store : Store
    limit : int
        How many at the most.
    experiment, pipeline_id, schedule_id : str, optional
        Only those of this experiment, published pipeline, or schedule.

    Returns
    -------
    list of RunLine
    """
    rows = store.database.rows(
        "SELECT id, kind, name, experiment, number, status, reason, created, started, ended"
        " FROM runs WHERE parent_id IS NULL AND (?1 IS NULL OR experiment = ?1)"
        " AND (?2 IS NULL OR json_extract(spec, '$.pipeline_id') = ?2)"
        " AND (?3 IS NULL OR json_extract(spec, '$.schedule_id') = ?3)"
        " ORDER BY created DESC, number DESC LIMIT ?4",
        (experiment, pipeline_id, schedule_id, limit),
    )
    names = [row["id"] for row in rows]
    steps, reused = _steps(store, names)
    tags = _tags(store, names)
    return [
        RunLine(
            **{**dict(row), "status": RunStatus(row["status"])},
            steps=steps[row["id"]],
            reused=reused[row["id"]],
            tags=tags[row["id"]],
        )
        for row in rows
    ]


def _steps(store: Store, ids: Sequence[str]) -> tuple[dict[str, dict[RunStatus, int]], Any]:
    counts: dict[str, dict[RunStatus, int]] = defaultdict(dict)
    reused: dict[str, int] = defaultdict(int)
    for row in store.database.rows(
        "SELECT parent_id, status, COUNT(*) AS number, COUNT(source_id) AS reused FROM runs"
        " WHERE parent_id IN (SELECT value FROM json_each(?)) AND kind = ?"
        " GROUP BY parent_id, status",
        (json.dumps(ids), STEP),
    ):
        counts[row["parent_id"]][RunStatus(row["status"])] = row["number"]
        reused[row["parent_id"]] += row["reused"]
    return counts, reused


def _tags(store: Store, ids: Sequence[str]) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = defaultdict(dict)
    for row in store.database.rows(
        "SELECT run_id, key, value FROM tags WHERE run_id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    ):
        found[row["run_id"]][row["key"]] = row["value"]
    return found


def experiment_lines(store: Store) -> list[ExperimentLine]:
    """Return the experiments, those with the newest runs first.

    Parameters
    ----------
    store : Store

    Returns
    -------
    list of ExperimentLine
    """
    known = {entry.name: entry for entry in store.registry.entries("experiment")}
    # SQLite takes what stands bare from the row that has the greatest value.
    rows = store.database.rows(
        "SELECT experiment, status, MAX(created) AS created, COUNT(*) AS number,"
        " SUM(status NOT IN ('Completed', 'Failed', 'Canceled')) AS unfinished"
        " FROM runs WHERE parent_id IS NULL GROUP BY experiment ORDER BY created DESC"
    )
    found = {
        row["experiment"]: ExperimentLine(
            name=row["experiment"],
            runs=row["number"],
            unfinished=row["unfinished"],
            last_status=RunStatus(row["status"]),
            last_created=row["created"],
            archived="archived" in known[row["experiment"]].body
            if row["experiment"] in known
            else False,
        )
        for row in rows
    }
    empty = [
        ExperimentLine(name, archived="archived" in entry.body)
        for name, entry in known.items()
        if name not in found
    ]
    return [*found.values(), *empty]


def registered_as(store: Store, saved_id: str) -> tuple[str, int] | None:
    """Return the name and the version under which a saved dataset is registered.

    Parameters
    ----------
    store : Store
    saved_id : str

    Returns
    -------
    tuple or None
        The latest, if there are several; None if it is not registered.
    """
    row = store.database.row(
        "SELECT name, version FROM registry WHERE kind = 'dataset'"
        " AND json_extract(body, '$.saved_id') = ? ORDER BY created DESC LIMIT 1",
        (saved_id,),
    )
    return None if row is None else (row["name"], row["version"])
