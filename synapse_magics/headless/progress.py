"""What the runs of a notebook do, and the lines that people read of it."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.agent import client
from synapse_magics.store.run_state import RunState, read_run_state
from synapse_magics.store.runs import short_id
from synapse_magics.store.states import RunStatus
from synapse_magics.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_magics.store.runs import Event

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_REVIVE_SECONDS = 2.0


def plain(text: object) -> str:
    """Return a text as one printable line without colours, indented as it is.

    Parameters
    ----------
    text : object

    Returns
    -------
    str
    """
    bare = _ANSI.sub("", str(text))
    return "".join(letter if letter.isprintable() else " " for letter in bare).rstrip()


class Progress:
    """The runs that the notebook announces, one JSON object a line, and their events in the store.

    Parameters
    ----------
    path : pathlib.Path
        The file of announcements, which is made, for its owner only.
    say : callable
        Given one line for people per submission and change of a status.
    """

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self.path = path
        self.runs: list[WatchedRun] = []
        self.parameters: frozenset[str] = frozenset()
        self.waited: frozenset[str] = frozenset()
        self._say = say
        self._offset = 0
        self._rest = b""
        path.touch(mode=0o600)

    def poll(self) -> None:
        """Take the lines that are complete by now, and tell what is new of each run."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            try:
                announcement = json.loads(line)
            except ValueError:
                continue
            if isinstance(announcement, dict):
                self._take(announcement)
        for run in self.runs:
            run.report(self._say)

    def unfinished(self) -> list[WatchedRun]:
        """Return the runs that have not ended; those of a workspace that is gone have."""
        return [run for run in self.runs if not run.ended()]

    def failures(self) -> tuple[list[str], ...]:
        """Return why each run failed that no cell waited for: a cell tells of its own."""
        runs = [run for run in self.runs if run.id not in self.waited]
        return tuple(lines for run in runs if (lines := run.failure()))

    def close(self) -> None:
        """Close the stores."""
        for run in self.runs:
            run.close()

    def _take(self, announcement: Mapping[str, Any]) -> None:
        if announcement.get("type") == "parameter":
            self.parameters |= {str(announcement.get("name"))}
        elif announcement.get("type") == "waited":
            self.waited |= {plain(announcement.get("run"))}
        elif announcement.get("type") == "submitted":
            folder, run = Path(str(announcement.get("folder", ""))), plain(announcement.get("run"))
            title = f"{plain(announcement.get('experiment'))} #{plain(announcement.get('number'))}"
            self._say(f"{_clock(0)} submitted  {title}  (run {run})")
            if (folder / "state.db").is_file():
                self.runs.append(WatchedRun(folder, run, title))


class WatchedRun:
    """One run, read from the store of its workspace.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder of the workspace.
    run_id : str
    title : str
        What a person calls it.
    """

    def __init__(self, folder: Path, run_id: str, title: str) -> None:
        self.folder = folder
        self.id = run_id
        self.title = title
        self._store = Store(folder)
        self._seen = 0
        self._started: dict[str, float] = {}
        self._revived = time.monotonic()

    def state(self) -> RunState | None:
        """Return the run as it is now; None if it is gone."""
        return read_run_state(self._store, self.id)

    def ended(self) -> bool:
        """Tell whether it has ended, and start the next agent if the one that ran it died."""
        record = self._store.runs.get(self.id)
        if record is None or record.status.is_terminal or not self._store.database.path.exists():
            return True
        if time.monotonic() - self._revived > _REVIVE_SECONDS:
            self._revived = time.monotonic()
            if client.running(self.folder) is None:
                client.wake(self.folder)
        return False

    def report(self, say: Callable[[str], None]) -> None:
        """Tell each change of a status since the last time."""
        events = self._store.runs.events(self.id, self._seen)
        state = self.state() if events else None
        if state is None:
            return
        names = {step.id: step.name for step in state.steps}
        for event in events:
            self._seen = event.id
            say(self._line(event, names.get(event.run_id, "pipeline"), event.time - state.created))

    def cancel(self) -> None:
        """Ask the agent to cancel it."""
        self._store.runs.request_cancel(self.id)
        client.wake(self.folder)

    def failure(self) -> list[str]:
        """Return why it failed, in lines for people; empty if it did not."""
        state = self.state()
        if state is None or state.status is RunStatus.COMPLETED:
            return []
        title = f"run {self.title} ({short_id(self.id)})"
        lines = [f"{title}: {state.status}  {plain(state.reason)}".rstrip()]
        if state.failed is not None and state.failed.error is not None:
            error = state.failed.error
            kind = f"{error['type']}: " if error.get("type") else ""
            lines += [plain(line) for line in f"{kind}{error.get('message', '')}".splitlines()]
            if error.get("where"):
                lines.append(f"where: {plain(error['where'])}")
        return lines

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _line(self, event: Event, step: str, elapsed: float) -> str:
        line = f"{_clock(elapsed)} {plain(step):<10} {event.before} -> {event.after}"
        if event.after == RunStatus.RUNNING.value:
            self._started[event.run_id] = elapsed
        elif RunStatus(event.after).is_terminal and event.run_id in self._started:
            line += f"  ({max(0.0, elapsed - self._started.pop(event.run_id)):.1f} s)"
        return f"{line}  {plain(event.message)}" if event.message else line


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"[{hours}:{minutes:02}:{rest:02}]" if hours else f"[{minutes:02}:{rest:02}]"
