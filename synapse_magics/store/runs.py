"""Runs and their history: submitted in one transaction, changed only by compare-and-set."""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store.database import Sync
from synapse_magics.store.specs import PipelineSpec, StepSpec
from synapse_magics.store.states import RunStatus, can_follow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from synapse_magics.store.database import Database

PIPELINE = "azureml.PipelineRun"
STEP = "azureml.StepRun"
SCRIPT = "azureml.scriptrun"
"""A script under an experiment: a root whose one step does the work."""
INTERACTIVE = "synapse_magics.interactive"
"""A run that the process which began it ends; no agent looks at it."""

WARM = "warm"
"""A command: get ready for steps of a compute target."""

_FOR_THE_AGENT = f"kind <> '{INTERACTIVE}'"
_UNFINISHED = "status NOT IN ('Completed', 'Failed', 'Canceled')"
_ACTIVE = "status IN ('Preparing', 'Running', 'Finalizing', 'CancelRequested')"
_AT_ONCE = 500
"""How many changes one transaction makes: others wait for the write lock meanwhile."""


_OF_A_SCRIPT = re.compile(r".+_\d+_[0-9a-f]{8}")


def short_id(run_id: str) -> str:
    """Return as much of a run's id as people type.

    Parameters
    ----------
    run_id : str

    Returns
    -------
    str
        Its first eight characters. Those of scripts begin with the experiment's name, so of them
        all.
    """
    return run_id if _OF_A_SCRIPT.fullmatch(run_id) else run_id[:8]


class ImpossibleTransitionError(SynapseMagicsError):
    """A status was to follow another that it never follows."""


@dataclass(frozen=True)
class RunRecord:
    """One row of the runs table: a pipeline run, or a step run under it.

    Times are seconds since the epoch. ``attempt`` counts from 1. ``source_id`` is the earlier step
    run whose logs, metrics and outputs a reused one shows; ``because`` says, a reason per line, why
    a step runs or what it reuses.
    """

    id: str
    parent_id: str | None
    root_id: str
    kind: str
    node: str | None
    name: str
    experiment: str
    number: int
    status: RunStatus
    reason: str
    spec: str
    error: Mapping[str, Any] | None
    created: float
    started: float | None
    ended: float | None
    attempt: int = 1
    source_id: str | None = None
    because: str = ""

    @property
    def content_id(self) -> str:
        """The run whose logs, files and metrics this one shows: its own, as a rule."""
        return self.source_id or self.id

    @cached_property
    def step(self) -> StepSpec:
        """The spec of a step run."""
        return StepSpec.from_json(self.spec)

    @cached_property
    def pipeline(self) -> PipelineSpec:
        """The spec of a pipeline run."""
        return PipelineSpec.from_json(self.spec)


@dataclass(frozen=True)
class Event:
    """One change of a status, in the order of ``id``."""

    id: int
    run_id: str
    time: float
    before: str
    after: str
    message: str
    root_id: str = ""


@dataclass(frozen=True)
class Change:
    """A change of a status that is to be made."""

    run_id: str
    before: RunStatus
    after: RunStatus
    message: str = ""


class Runs:
    """The runs of a workspace.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def submit(
        self,
        experiment: str,
        pipeline: PipelineSpec,
        steps: Sequence[StepSpec],
        *,
        name: str = "",
        client_token: str | None = None,
        tags: Mapping[str, str | None] | None = None,
        check: Callable[[], None] = lambda: None,
        kind: str = PIPELINE,
        run_id: str | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> str:
        """Write a pipeline run, its steps and its graph in one transaction.

        Parameters
        ----------
        experiment : str
        pipeline : PipelineSpec
        steps : sequence of StepSpec
        name : str
            What a person calls the run; the experiment's name if empty.
        client_token : str, optional
            The same token gives the same run, however often it is sent.
        tags : mapping, optional
            Of the pipeline run.
        check : callable
            Raises if something that the run needs is not there; nobody takes it away after that.
        kind : str
            ``PIPELINE`` or ``SCRIPT``.
        run_id : str, optional
            A random one if missing.
        properties : mapping, optional
            Of the run.

        Returns
        -------
        str
            The id of the pipeline run, which is on disk by then.
        """
        run_id, now = run_id or str(uuid.uuid4()), time.time()
        with self._database.transaction() as connection:
            if client_token is not None:
                row = connection.execute(
                    "SELECT id FROM runs WHERE client_token = ?", (client_token,)
                ).fetchone()
                if row is not None:
                    return str(row["id"])
            check()
            number = _next_number(connection, experiment)
            who = (run_id, None, run_id, kind, None, name or experiment, experiment)
            _insert(connection, (*who, number, pipeline.to_json(), now, client_token))
            for index, step in enumerate(steps, start=1):
                step_id = str(uuid.uuid4())
                whose = (step_id, run_id, run_id, STEP, step.node, step.name, experiment)
                text = step.with_parameters(pipeline.parameters).to_json()
                _insert(connection, (*whose, index, text, now, None))
            _describe(connection, run_id, tags, properties)
        return run_id

    def begin(
        self,
        experiment: str,
        *,
        name: str = "",
        run_id: str | None = None,
        parent_id: str | None = None,
        tags: Mapping[str, str | None] | None = None,
    ) -> str:
        """Write an interactive run, which is running from then on.

        Parameters
        ----------
        experiment : str
        name : str
            What a person calls the run; the experiment's name if empty.
        run_id : str, optional
            A random one if missing.
        parent_id : str, optional
            The run that it is a part of.
        tags : mapping, optional

        Returns
        -------
        str
            Its id.
        """
        run_id, now = run_id or str(uuid.uuid4()), time.time()
        with self._database.transaction() as connection:
            number, root_id = _next_number(connection, experiment), run_id
            if parent_id is not None:
                root_id, number = connection.execute(
                    "SELECT root_id, (SELECT COALESCE(MAX(number), 0) + 1 FROM runs"
                    " WHERE parent_id = ?1) FROM runs WHERE id = ?1",
                    (parent_id,),
                ).fetchone()
            who = (run_id, parent_id, root_id, INTERACTIVE, None, name or experiment, experiment)
            _insert(connection, (*who, number, PipelineSpec().to_json(), now, None))
            _describe(connection, run_id, tags, None)
            transition(connection, run_id, RunStatus.NOT_STARTED, RunStatus.RUNNING)
        return run_id

    def get(self, run_id: str) -> RunRecord | None:
        """Return one run, or None."""
        row = self._database.row("SELECT * FROM runs WHERE id = ?", (run_id,))
        return _record(row) if row else None

    def children(self, run_id: str) -> list[RunRecord]:
        """Return the step runs of a pipeline run, in the order of submission."""
        rows = self._database.rows(
            "SELECT * FROM runs WHERE parent_id = ? AND kind = ? ORDER BY number", (run_id, STEP)
        )
        return [_record(row) for row in rows]

    def below(self, run_id: str) -> list[RunRecord]:
        """Return all runs that name a run as their parent, oldest first."""
        rows = self._database.rows(
            "SELECT * FROM runs WHERE parent_id = ? ORDER BY created, number", (run_id,)
        )
        return [_record(row) for row in rows]

    def submitted(
        self,
        experiment: str | None = None,
        limit: int = -1,
        *,
        tags: Mapping[str, str | None] | None = None,
        interactive: bool = True,
    ) -> list[RunRecord]:
        """Return the runs that no other run is the parent of, newest first.

        Parameters
        ----------
        experiment : str, optional
        limit : int
            How many at the most; -1 for all.
        tags : mapping, optional
            Only runs with all of these; None as a value is met by any.
        interactive : bool
            Those of the notebook itself, too.

        Returns
        -------
        list of RunRecord
        """
        rows = self._database.rows(
            "SELECT * FROM runs WHERE parent_id IS NULL AND (?1 IS NULL OR experiment = ?1)"
            " AND (?4 OR kind <> ?5)"
            " AND NOT EXISTS (SELECT 1 FROM json_each(?2) AS wanted WHERE NOT EXISTS"
            " (SELECT 1 FROM tags WHERE run_id = runs.id AND tags.key = wanted.key"
            " AND (wanted.value IS NULL OR tags.value = wanted.value)))"
            " ORDER BY created DESC, number DESC LIMIT ?3",
            (experiment, json.dumps(tags or {}), limit, interactive, INTERACTIVE),
        )
        return [_record(row) for row in rows]

    def matching(self, prefix: str) -> list[RunRecord]:
        """Return the run of an id, or the pipeline runs whose ids begin like that, newest first."""
        rows = self._database.rows(
            "SELECT * FROM runs WHERE id = ?2 OR (parent_id IS NULL AND substr(id, 1, ?1) = ?2)"
            " ORDER BY created DESC",
            (len(prefix), prefix),
        )
        return [_record(row) for row in rows]

    def unfinished(self) -> list[RunRecord]:
        """Return the runs of pipelines and scripts that have not ended, oldest first."""
        rows = self._database.rows(
            "SELECT * FROM runs WHERE parent_id IS NULL"  # noqa: S608 - constants
            f" AND {_UNFINISHED} AND {_FOR_THE_AGENT} ORDER BY created"
        )
        return [_record(row) for row in rows]

    def unfinished_ids(self) -> list[str]:
        """Return the ids of the pipelines' and scripts' runs that have not ended, oldest first."""
        rows = self._database.rows(
            "SELECT id FROM runs INDEXED BY runs_open WHERE parent_id IS NULL"  # noqa: S608 - constants
            f" AND {_UNFINISHED} AND {_FOR_THE_AGENT} ORDER BY created"
        )
        return [row["id"] for row in rows]

    def active(self) -> list[RunRecord]:
        """Return the step runs that have been taken up and have not ended, oldest first."""
        rows = self._database.rows(
            "SELECT * FROM runs INDEXED BY runs_unfinished"  # noqa: S608 - constants
            f" WHERE parent_id IS NOT NULL AND {_ACTIVE} AND {_UNFINISHED} AND {_FOR_THE_AGENT}"
            " ORDER BY created, number"
        )
        return [_record(row) for row in rows]

    def transition(
        self,
        run_id: str,
        before: RunStatus,
        after: RunStatus,
        *,
        message: str = "",
        error: Mapping[str, Any] | None = None,
        sync: Sync = Sync.NOW,
    ) -> bool:
        """Change a status if it still is what the caller believes, and append an event.

        Parameters
        ----------
        run_id : str
        before, after : RunStatus
        message : str
            Why, for people.
        error : mapping, optional
            What went wrong, as ``{"error": {"code": ..., "message": ...}}`` does inside.
        sync : Sync
            When it is on disk.

        Returns
        -------
        bool
            False when somebody else changed it first; nothing is written then.

        Raises
        ------
        ImpossibleTransitionError
            If ``after`` never follows ``before``.
        """
        with self._database.transaction(sync) as connection:
            return transition(connection, run_id, before, after, message=message, error=error)

    def transition_all(self, changes: Iterable[Change], *, sync: Sync = Sync.NOW) -> int:
        """Do :meth:`transition` for many runs, with few transactions.

        Parameters
        ----------
        changes : iterable of Change
        sync : Sync
            When it is on disk.

        Returns
        -------
        int
            How many were made; the others were changed by somebody else first.
        """
        left, done = list(changes), 0
        while left:
            now, left = left[:_AT_ONCE], left[_AT_ONCE:]
            with self._database.transaction(sync) as connection:
                done += sum(
                    transition(connection, one.run_id, one.before, one.after, message=one.message)
                    for one in now
                )
        return done

    def events(self, root_id: str, after: int = 0) -> list[Event]:
        """Return the events of a pipeline run and its steps, newer than an event's id."""
        rows = self._database.rows(
            "SELECT * FROM events WHERE root_id = ? AND id > ? ORDER BY id", (root_id, after)
        )
        return [_event(row) for row in rows]

    def events_after(self, event_id: int) -> list[Event]:
        """Return the events of all runs that are newer than an event's id."""
        rows = self._database.rows("SELECT * FROM events WHERE id > ? ORDER BY id", (event_id,))
        return [_event(row) for row in rows]

    def last_event(self) -> int:
        """Return the id of the newest event, 0 if there is none."""
        row = self._database.row("SELECT MAX(id) AS newest FROM events")
        return int(row["newest"] or 0) if row is not None else 0

    def request_cancel(self, run_id: str) -> None:
        """Ask the agent to cancel a run; one without a parent says at once that it was asked."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT parent_id, status FROM runs WHERE id = ?", (run_id,)
            ).fetchone()
            if row is not None and row["parent_id"] is None:
                status = RunStatus(row["status"])
                if can_follow(status, RunStatus.CANCEL_REQUESTED):
                    transition(connection, run_id, status, RunStatus.CANCEL_REQUESTED)
            connection.execute(
                "INSERT INTO commands (run_id, command, time) VALUES (?, 'cancel', ?)",
                (run_id, time.time()),
            )

    def request_warm(self, compute: Mapping[str, Any]) -> None:
        """Ask the agent to get ready for steps of a compute target, given its definition."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO commands (run_id, command, time) VALUES (?, ?, ?)",
                (json.dumps(dict(compute)), WARM, time.time()),
            )

    def pending_commands(self) -> list[tuple[int, str, str]]:
        """Return the commands nobody has carried out: id, run id or definition, command."""
        rows = self._database.rows("SELECT * FROM commands WHERE done IS NULL ORDER BY id")
        return [(row["id"], row["run_id"], row["command"]) for row in rows]

    def finish_command(self, command_id: int) -> None:
        """Note that a command was carried out."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE commands SET done = ? WHERE id = ?", (time.time(), command_id)
            )


def transition(
    connection: sqlite3.Connection,
    run_id: str,
    before: RunStatus,
    after: RunStatus,
    *,
    message: str = "",
    error: Mapping[str, Any] | None = None,
) -> bool:
    """Do :meth:`Runs.transition` inside a transaction that is already open."""
    if not can_follow(before, after):
        raise ImpossibleTransitionError(
            f"a run never goes from {before} to {after}", where=f"run {run_id}"
        )
    now = time.time()
    done = connection.execute(
        # The reason is this status's: that it waited is nothing to say of a step that runs.
        # Who is queued again has not started: its next attempt has a time of its own.
        "UPDATE runs SET status = ?, reason = ?, error = COALESCE(?, error),"
        " started = CASE WHEN ? THEN NULL ELSE COALESCE(started, ?) END, ended = ?"
        " WHERE id = ? AND status = ?",
        (
            after.value,
            message,
            json.dumps(error) if error is not None else None,
            after is RunStatus.QUEUED,
            now if after is RunStatus.RUNNING else None,
            now if after.is_terminal else None,
            run_id,
            before.value,
        ),
    )
    if done.rowcount == 0:
        return False
    connection.execute(
        "INSERT INTO events (run_id, root_id, time, before, after, message)"
        " SELECT id, root_id, ?, ?, ?, ? FROM runs WHERE id = ?",
        (now, before.value, after.value, message, run_id),
    )
    return True


def _next_number(connection: sqlite3.Connection, experiment: str) -> int:
    found: int = connection.execute(
        "SELECT 1 + MAX(COALESCE((SELECT MAX(number) FROM runs"
        " WHERE experiment = ?1 AND parent_id IS NULL), 0),"
        " COALESCE((SELECT last FROM numbers WHERE experiment = ?1), 0))",
        (experiment,),
    ).fetchone()[0]
    return found


def _describe(
    connection: sqlite3.Connection,
    run_id: str,
    tags: Mapping[str, str | None] | None,
    properties: Mapping[str, str] | None,
) -> None:
    connection.executemany(
        "INSERT INTO tags (run_id, key, value) VALUES (?, ?, ?)",
        [(run_id, key, value) for key, value in (tags or {}).items()],
    )
    connection.executemany(
        "INSERT INTO properties (run_id, key, value) VALUES (?, ?, ?)",
        [(run_id, key, value) for key, value in (properties or {}).items()],
    )


def _insert(connection: sqlite3.Connection, values: tuple[Any, ...]) -> None:
    connection.execute(
        "INSERT INTO runs (id, parent_id, root_id, kind, node, name, experiment, number, spec,"
        " created, client_token, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'NotStarted')",
        values,
    )


def _event(row: sqlite3.Row) -> Event:
    return Event(
        row["id"],
        row["run_id"],
        row["time"],
        row["before"],
        row["after"],
        row["message"],
        row["root_id"],
    )


def _record(row: sqlite3.Row) -> RunRecord:
    return RunRecord(
        **{
            name: row[name]
            for name in (
                *("id", "parent_id", "root_id", "kind", "node", "name", "experiment"),
                *("number", "reason", "spec", "created", "started", "ended"),
                *("attempt", "source_id", "because"),
            )
        },
        status=RunStatus(row["status"]),
        error=json.loads(row["error"]) if row["error"] else None,
    )
