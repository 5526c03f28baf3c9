"""How much an output of a step holds: files, bytes and, of a table, rows and columns."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store


@dataclass(frozen=True)
class OutputStats:
    """How much an output holds.

    ``columns`` are names and types, the first of them if there are very many; ``rows`` is None of
    what is no table, or of one that was not counted, as ``unknown`` says why. ``previous`` is what
    the last completed run of that step had, whose number is ``since``.
    """

    files: int
    size: int
    rows: int | None = None
    columns: tuple[tuple[str, str], ...] = ()
    column_count: int = 0
    unknown: str = ""
    since: int | None = None
    previous: OutputStats | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        found: dict[str, Any] = {"files": self.files, "size": self.size}
        if self.rows is not None:
            found["rows"] = self.rows
            found["columns"] = [list(column) for column in self.columns]
            found["column_count"] = self.column_count
        if self.unknown:
            found["unknown"] = self.unknown
        if self.previous is not None:
            found["since"], found["previous"] = self.since, self.previous.to_json()
        return found

    def to_text(self) -> str:
        """Return it as it is stored."""
        return json.dumps(self.to_json())

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> OutputStats:
        """Read what :meth:`to_json` returned."""
        previous = found.get("previous")
        return cls(
            files=found["files"],
            size=found["size"],
            rows=found.get("rows"),
            columns=tuple((name, kind) for name, kind in found.get("columns", ())),
            column_count=found.get("column_count", 0),
            unknown=found.get("unknown", ""),
            since=found.get("since"),
            previous=None if previous is None else cls.from_json(previous),
        )

    @classmethod
    def from_text(cls, text: str | None) -> OutputStats | None:
        """Read what :meth:`to_text` returned; nothing of nothing."""
        return None if text is None else cls.from_json(json.loads(text))

    @classmethod
    def of_manifest(cls, content: Mapping[str, Any]) -> OutputStats | None:
        """Return how much an output holds by its manifest.

        Parameters
        ----------
        content : mapping
            See :func:`synapse_magics.store.file_hashes.manifest`.

        Returns
        -------
        OutputStats or None
            None if the manifest, of a run of old, does not say it.
        """
        if "digest" not in content:
            return cls(len(content["files"]), sum(file[0] for file in content["files"].values()))
        return cls(content["count"], content["size"]) if "count" in content else None


def previous_stats(store: Store, run: RunRecord) -> tuple[int, dict[str, OutputStats]]:
    """Return the outputs of the last completed run of a step, in the same experiment.

    Parameters
    ----------
    store : Store
    run : RunRecord
        A step run, which is left out.

    Returns
    -------
    tuple
        The number of that run, and how much its outputs hold; 0 and nothing without one.
    """
    row = store.database.row(
        "SELECT step.id AS id, root.number AS number FROM runs AS step"
        " JOIN runs AS root ON root.id = step.root_id"
        " WHERE step.name = ? AND step.kind = ? AND step.status = 'Completed'"
        " AND step.experiment = ? AND step.root_id IS NOT ? ORDER BY step.ended DESC LIMIT 1",
        (run.name, run.kind, run.experiment, run.root_id),
    )
    if row is None:
        return 0, {}
    found = store.records.output_stats(row["id"])
    return row["number"], {
        name: replace(stats, since=None, previous=None) for name, stats in found.items()
    }
