"""What runs leave behind beside their statuses: jobs, metrics, tags, properties, outputs."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.store.output_stats import OutputStats

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.store.database import Database

_LABEL = "synapse_magics."
"""What keys begin with that are no properties of a user's."""


@dataclass(frozen=True)
class Metric:
    """One logged value; ``value`` is JSON data."""

    name: str
    value: Any
    step: int | None = None
    time: float | None = None


@dataclass(frozen=True)
class OutputRecord:
    """Where a step run wrote one output, and the dataset it became once the step completed.

    ``manifest`` tells the files that it held then, ``stats`` how much that was; None before, and of
    runs of old.
    """

    name: str
    datastore: str
    path: str
    dataset_id: str | None
    manifest: Mapping[str, Any] | None = None
    stats: OutputStats | None = None


class Records:
    """The records of the runs of a workspace.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_job(self, run_id: str, engine: str, handle: Mapping[str, Any]) -> None:
        """Store the handle of a job, before the job is allowed to run.

        Parameters
        ----------
        run_id, engine : str
        handle : mapping
            JSON data that the engine finds the job by, whoever asks.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO jobs (run_id, engine, handle) VALUES (?, ?, ?)",
                (run_id, engine, json.dumps(handle)),
            )

    def job(self, run_id: str) -> tuple[str, dict[str, Any], int] | None:
        """Return a job's engine, handle, and how many bytes of its records were read."""
        row = self._database.row("SELECT * FROM jobs WHERE run_id = ?", (run_id,))
        if row is None:
            return None
        return row["engine"], json.loads(row["handle"]), row["records_read"]

    def ingest(
        self,
        run_id: str,
        *,
        read: int,
        position: int,
        metrics: Iterable[Metric] = (),
        tags: Mapping[str, str | None] | None = None,
    ) -> bool:
        """Take over what a step recorded, exactly once.

        Parameters
        ----------
        run_id : str
        read, position : int
            Bytes of the records file taken over before, and after this.
        metrics : iterable of Metric
        tags : mapping, optional

        Returns
        -------
        bool
            False when somebody else read these bytes first.
        """
        with self._database.transaction() as connection:
            done = connection.execute(
                "UPDATE jobs SET records_read = ? WHERE run_id = ? AND records_read = ?",
                (position, run_id, read),
            )
            if done.rowcount == 0:
                return False
            connection.executemany(_INSERT_METRIC, [_metric(run_id, item) for item in metrics])
            connection.executemany(
                _INSERT_TAG, [(run_id, key, value) for key, value in (tags or {}).items()]
            )
        return True

    def add_metrics(self, run_id: str, metrics: Iterable[Metric]) -> None:
        """Append metrics to a run."""
        with self._database.transaction() as connection:
            connection.executemany(_INSERT_METRIC, [_metric(run_id, item) for item in metrics])

    def metrics(self, run_id: str) -> list[Metric]:
        """Return the metrics of one run, in the order in which they were logged."""
        rows = self._database.rows("SELECT * FROM metrics WHERE run_id = ? ORDER BY id", (run_id,))
        return [
            Metric(row["name"], json.loads(row["value"]), row["step"], row["time"]) for row in rows
        ]

    def metrics_below(self, parent_id: str) -> dict[str, list[tuple[str, Any]]]:
        """Return the metrics that the steps of a pipeline run show, all at once.

        Parameters
        ----------
        parent_id : str

        Returns
        -------
        dict
            Names and values in the order in which they were logged, by the run that logged them: a
            reused step's are under its source.
        """
        rows = self._database.rows(
            "SELECT run_id, name, value FROM metrics WHERE run_id IN"
            " (SELECT COALESCE(source_id, id) FROM runs WHERE parent_id = ?) ORDER BY id",
            (parent_id,),
        )
        # One list is decoded much faster than its items one by one.
        values = json.loads(f"[{','.join([row['value'] for row in rows])}]")
        found: dict[str, list[tuple[str, Any]]] = {}
        for row, value in zip(rows, values, strict=True):
            found.setdefault(row["run_id"], []).append((row["name"], value))
        return found

    def set_tag(self, run_id: str, key: str, value: str | None) -> None:
        """Set a tag of a run."""
        with self._database.transaction() as connection:
            connection.execute(_INSERT_TAG, (run_id, key, value))

    def tags(self, run_id: str) -> dict[str, str | None]:
        """Return the tags of a run."""
        rows = self._database.rows("SELECT key, value FROM tags WHERE run_id = ?", (run_id,))
        return {row["key"]: row["value"] for row in rows}

    def remove_tags(self, run_id: str, keys: Iterable[str]) -> None:
        """Remove tags of a run; one that is not there is none."""
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM tags WHERE run_id = ? AND key = ?", [(run_id, key) for key in keys]
            )

    def add_properties(self, run_id: str, properties: Mapping[str, str]) -> None:
        """Add properties to a run; one that is there already stays as it is."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO properties (run_id, key, value) VALUES (?, ?, ?)",
                [(run_id, key, value) for key, value in properties.items()],
            )

    def properties(self, run_id: str) -> dict[str, str]:
        """Return the properties of a run."""
        found = self._properties(run_id)
        return {key: value for key, value in found.items() if not key.startswith(_LABEL)}

    def set_label(self, run_id: str, key: str, value: str) -> None:
        """Note something of a run that is none of its properties, in place of what was noted."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO properties (run_id, key, value) VALUES (?, ?, ?)",
                (run_id, f"{_LABEL}{key}", value),
            )

    def labels(self, run_id: str) -> dict[str, str]:
        """Return what was noted of a run with :meth:`set_label`."""
        found = self._properties(run_id)
        size = len(_LABEL)
        return {key[size:]: value for key, value in found.items() if key.startswith(_LABEL)}

    def labelled(self, key: str, value: str | None = None) -> list[str]:
        """Return the runs of which something was noted: this, or anything under that key."""
        rows = self._database.rows(
            "SELECT run_id FROM properties WHERE key = ?1 AND (?2 IS NULL OR value = ?2)",
            (f"{_LABEL}{key}", value),
        )
        return [row["run_id"] for row in rows]

    def _properties(self, run_id: str) -> dict[str, str]:
        rows = self._database.rows("SELECT key, value FROM properties WHERE run_id = ?", (run_id,))
        return {row["key"]: row["value"] for row in rows}

    def set_outputs(self, run_id: str, outputs: Iterable[OutputRecord]) -> None:
        """Store where a step run writes its outputs."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO outputs (run_id, name, datastore, path, dataset_id)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    (run_id, item.name, item.datastore, item.path, item.dataset_id)
                    for item in outputs
                ],
            )

    def outputs(self, run_id: str) -> list[OutputRecord]:
        """Return the outputs of a step run, by name."""
        rows = self._database.rows(
            "SELECT * FROM outputs WHERE run_id = ? ORDER BY name", (run_id,)
        )
        return [
            OutputRecord(
                row["name"],
                row["datastore"],
                row["path"],
                row["dataset_id"],
                json.loads(row["manifest"]) if row["manifest"] else None,
                OutputStats.from_text(row["stats"]),
            )
            for row in rows
        ]

    def output_stats(self, run_id: str) -> dict[str, OutputStats]:
        """Return how much the outputs of a step run hold, by name; nothing before it completed."""
        rows = self._database.rows(
            "SELECT name, stats FROM outputs WHERE run_id = ? AND stats IS NOT NULL ORDER BY name",
            (run_id,),
        )
        found = {row["name"]: OutputStats.from_text(row["stats"]) for row in rows}
        return {name: stats for name, stats in found.items() if stats is not None}

    def output_stats_below(self, parent_id: str) -> dict[str, dict[str, OutputStats]]:
        """Return :meth:`output_stats` of all steps of a pipeline run, by step run."""
        rows = self._database.rows(
            "SELECT run_id, name, stats FROM outputs WHERE stats IS NOT NULL AND run_id IN"
            " (SELECT id FROM runs WHERE parent_id = ?) ORDER BY name",
            (parent_id,),
        )
        found: dict[str, dict[str, OutputStats]] = {}
        for row in rows:
            stats = OutputStats.from_text(row["stats"])
            if stats is not None:
                found.setdefault(row["run_id"], {})[row["name"]] = stats
        return found


_INSERT_METRIC = "INSERT INTO metrics (run_id, name, value, step, time) VALUES (?, ?, ?, ?, ?)"
_INSERT_TAG = "INSERT OR REPLACE INTO tags (run_id, key, value) VALUES (?, ?, ?)"


def _metric(run_id: str, item: Metric) -> tuple[Any, ...]:
    moment = time.time() if item.time is None else item.time
    return (run_id, item.name, json.dumps(item.value), item.step, moment)
