"""Schedules as the agent carries them out: what is due is submitted, once, whatever dies."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store import documents, published, schedules
from synapse_magics.store.database import StoreError
from synapse_magics.store.recurrence import Recurrence, next_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_magics.store.registry import Entry
    from synapse_magics.store.schedules import Files
    from synapse_magics.store.store import Store

_QUIET_SECONDS = 2.0
"""A file that has changed a moment ago may be half of one: it is taken at the next look."""

log = logging.getLogger(__name__)


class Schedules:
    """The schedules of a workspace.

    Parameters
    ----------
    store : Store
    clock : callable
        Gives the seconds since the epoch.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def turn(self) -> bool:
        """Submit what is due.

        Returns
        -------
        bool
            Whether a schedule will be due: its agent must be there then.
        """
        active = schedules.active(self._store)
        for entry in active:
            if entry.body["due"] <= self._clock():
                self._carry_out(entry)
        return bool(active)

    def _carry_out(self, entry: Entry) -> None:
        now, error = self._clock(), None
        found: Files | None = None
        try:
            if entry.body["recurrence"] is not None:
                self._submit(entry, f"{entry.id}@{entry.body['due']!r}", {})
            else:
                found = self._look(entry, now)
        except _SupersededError:
            return
        except StoreError:
            raise  # nobody could submit anything now; it stays due
        except (SynapseMagicsError, OSError) as problem:
            error = str(problem)
            log.warning("schedule %s: %s", entry.body["name"], error)
        due = _next(entry.body, now)

        def edit(body: dict[str, Any]) -> Mapping[str, Any]:
            if body["due"] != entry.body["due"]:
                return body  # somebody has set it anew meanwhile
            if found is not None:
                self._seen(entry, found)
            return {**body, "due": due, "error": error}

        documents.change(self._store, schedules.KIND, entry.id, edit)

    def _look(self, entry: Entry, now: float) -> Files:
        """Submit what changed files ask for; return what was seen."""
        body, parameter = entry.body, entry.body["data_path_parameter_name"]
        before = schedules.seen(self._store, entry.id)
        found: Files = {}
        for name, state in schedules.look(self._store, body["datastore"], body["path"]).items():
            if 0 <= now - state[1] / 1e9 < _QUIET_SECONDS:
                found |= {name: before[name]} if name in before else {}
            else:
                found[name] = state
        changed = {name: state for name, state in found.items() if before.get(name) != state}
        # One state of a file is one token, so nothing is submitted twice if this look is repeated,
        # and nothing is left out that has changed since.
        if parameter is None and changed:
            digest = hashlib.sha256(json.dumps(changed, sort_keys=True).encode()).hexdigest()
            self._submit(entry, f"{entry.id}@{digest}", {})
        elif parameter is not None:
            for name, (size, changed_at) in sorted(changed.items()):
                value = self._data_path(entry, parameter, name)
                self._submit(entry, f"{entry.id}@{size}@{changed_at}@{name}", {parameter: value})
        return found

    def _data_path(self, entry: Entry, parameter: str, path: str) -> Any:
        """Return the value that names a file: a place, or its path if the parameter is a text."""
        body = published.active(self._store, self._pipeline(entry))
        if isinstance(body["pipeline"]["parameters"].get(parameter), str):
            return path
        return {"DataStoreName": entry.body["datastore"], "RelativePath": path}

    def _pipeline(self, entry: Entry) -> str:
        if entry.body["pipeline_endpoint_id"] is not None:
            return published.chosen_version(self._store, entry.body["pipeline_endpoint_id"])
        return str(entry.body["pipeline_id"])

    def _submit(self, entry: Entry, token: str, values: Mapping[str, Any]) -> None:
        def check() -> None:
            now = documents.find(self._store, schedules.KIND, entry.id)
            if now is None or now.body != entry.body:
                raise _SupersededError("it was changed meanwhile")

        run_id = published.submit(
            self._store,
            self._pipeline(entry),
            entry.body["experiment_name"],
            {**entry.body["pipeline_parameters"], **values},
            continue_on_step_failure=entry.body["continue_on_step_failure"],
            schedule_id=entry.id,
            client_token=token,
            check=check,
        )
        log.info("schedule %s submits run %s", entry.body["name"], run_id)

    def _seen(self, entry: Entry, files: Files) -> None:
        """Write down what was seen, in the transaction that sets the next time."""
        body = {"files": files}
        self._store.database.rows(
            "UPDATE registry SET body = ? WHERE kind = ? AND name = ?",
            (json.dumps(body), schedules.SEEN, entry.id),
        )


class _SupersededError(SynapseMagicsError):
    """A schedule was disabled or changed between the look and the submit."""


def _next(body: Mapping[str, Any], now: float) -> float | None:
    """Return when a schedule is due after now: times that were missed are caught up once."""
    if body["recurrence"] is None:
        return now + 60.0 * float(body["polling_interval"])
    moment = datetime.fromtimestamp(now, timezone.utc)
    due = next_time(Recurrence.of(body["recurrence"]), moment)
    return None if due is None else due.timestamp()
