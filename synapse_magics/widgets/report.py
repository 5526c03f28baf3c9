"""Write the report of a run: read everything that it shows, and put it into one file."""

from __future__ import annotations

import contextlib
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.widgets.render_report import LOG_LINES, MARK, render_report
from synapse_magics.widgets.run_source import STREAMS, StoredRun
from synapse_magics.widgets.step_details import DetailReader

if TYPE_CHECKING:
    import os

    from synapse_magics.core.run import Run
    from synapse_magics.store.run_state import RunState
    from synapse_magics.widgets.run_source import RunSource

_BEGIN = 2000


def write_report(run: Run, path: str | os.PathLike[str] | None = None) -> str:
    """Write the report of a run as it is now to a file.

    Parameters
    ----------
    run : Run
    path : str or path, optional
        A file or a folder; ``<experiment>-run-<number>.html`` in the working directory if missing.

    Returns
    -------
    str
        The file.

    Raises
    ------
    UserErrorException
        If there is another file, which is no report, under that name.
    """
    source = StoredRun(run)
    state = source.state()
    file = Path(path or ".")
    if file.is_dir() or str(path or "").endswith("/"):
        file.mkdir(parents=True, exist_ok=True)
        file /= report_name(state)
    if file.exists() and not _is_report(file):
        raise UserErrorException(
            f"{file} exists already, and is no report of a run",
            where="the file that the report is to be written to",
            hint="name another file, or remove that one",
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    _replace(file, _rendered(source, state))
    return str(file)


def report_name(state: RunState) -> str:
    """Return the name of a run's report: ``titanic-run-12.html``.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
    """
    title = re.sub(r"[^\w-]+", "-", state.title).strip("-") or "run"
    return f"{title}-run-{state.number}.html"


def _rendered(source: RunSource, state: RunState) -> str:
    logs = {
        (step.id, stream): source.log_tail(step.id, stream, LOG_LINES + 1)
        for step in state.steps
        for stream in STREAMS
    }
    return render_report(state, DetailReader(source).everything(state), logs)


def _is_report(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return MARK.encode() in opened.read(_BEGIN)


def _replace(file: Path, text: str) -> None:
    """Write a file whole or not at all; who reads the old one at the moment goes on reading it."""
    part = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        with part.open("x", encoding="utf-8", errors="replace") as opened:
            opened.write(text)
        part.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
