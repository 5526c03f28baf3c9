"""What a run in the kernel reports, and the lines that people read of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


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
    """What the magics in the kernel report: JSON objects, one a line, appended to a file.

    Parameters
    ----------
    path : pathlib.Path
        The file, which is made, for its owner only.
    say : callable
        Given one line for people per submission and change of a status.
    """

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self.path = path
        self.runs: list[tuple[Path, str]] = []
        self.parameters: frozenset[str] = frozenset()
        self._say = say
        self._offset = 0
        self._rest = b""
        self._running: dict[tuple[str, str], float] = {}
        path.touch(mode=0o600)

    def poll(self) -> None:
        """Take the lines that are complete by now and pass over those that nobody can read."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                self._take(event)

    def _take(self, event: Mapping[str, Any]) -> None:
        kind, run = event.get("type"), plain(event.get("run", "?"))
        if kind == "submitted":
            self.runs.append((Path(str(event.get("folder", ""))), run))
            title = f"{plain(event.get('experiment', '?'))} #{plain(event.get('number', '?'))}"
            self._say(f"{_clock(0)} submitted  {title}  (run {run})")
        elif kind == "status":
            self._say(self._status_line(event, run))
        elif kind == "parameter":
            self.parameters |= {str(event.get("name"))}

    def _status_line(self, event: Mapping[str, Any], run: str) -> str:
        step, after = plain(event.get("step") or "pipeline"), plain(event.get("after", "?"))
        elapsed = event.get("elapsed")
        elapsed = float(elapsed) if isinstance(elapsed, (int, float)) else 0.0
        line = f"{_clock(elapsed)} {step:<10} {plain(event.get('before', '?'))} -> {after}"
        if after == "Running":
            self._running[run, step] = elapsed
        elif after in {"Completed", "Failed", "Canceled"} and (run, step) in self._running:
            line += f"  ({max(0.0, elapsed - self._running.pop((run, step))):.1f} s)"
        message = plain(event.get("message") or "")
        return f"{line}  {message}" if message else line


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"[{hours}:{minutes:02}:{rest:02}]" if hours else f"[{minutes:02}:{rest:02}]"
