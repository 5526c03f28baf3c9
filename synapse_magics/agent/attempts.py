"""Whether a step gets another attempt after a failure, and what becomes of the one before."""

from __future__ import annotations

import contextlib
import signal
from enum import Enum
from typing import TYPE_CHECKING, Any

from synapse_magics.agent.failure import (
    clean,
    fail,
    first_line,
    secrets_of,
    shortened,
    without_secrets,
)
from synapse_magics.engines.base import JobState, JobStatus
from synapse_magics.store import regular_files, runs
from synapse_magics.store.specs import RetryOn, StepKind, StepSpec
from synapse_magics.store.states import RunStatus, can_follow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.run_folder import RunFolder
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.store import Store

LOST_CONNECTION = frozenset(
    {
        "ConnectionRefusedError",
        "ConnectionResetError",
        "EOFError",
        "Py4JError",
        "Py4JNetworkError",
    }
)
"""What PySpark raises when its JVM has gone."""

NO_MEMORY = "OutOfMemoryError"

# The process did something that it must not; nobody from outside has sent these.
_OWN_SIGNALS = frozenset(
    {
        signal.SIGABRT,
        signal.SIGBUS,
        signal.SIGFPE,
        signal.SIGILL,
        signal.SIGSEGV,
        signal.SIGSYS,
        signal.SIGTRAP,
    }
)

_FOLDER = "attempts"
_LEFT = (
    *("logs", "outputs", "error.json", "result.json", "records.jsonl", "spark.json"),
    "started",
)


class Cause(str, Enum):
    """Who is to blame for a failure."""

    CODE = "code"
    INFRASTRUCTURE = "infrastructure"

    def __str__(self) -> str:
        return str(self.value)


def cause_of(kind: StepKind, state: JobState, error: Mapping[str, Any]) -> Cause:
    """Tell who is to blame for the end of a job that nobody has canceled.

    Parameters
    ----------
    kind : StepKind
    state : JobState
    error : mapping
        What is known of it: ``code``, ``type``, ``message``.

    Returns
    -------
    Cause
    """
    if state.timed_out or error.get("type") == NO_MEMORY:
        return Cause.CODE
    if state.status is JobStatus.VANISHED or state.exit_code is None:
        return Cause.INFRASTRUCTURE
    if state.exit_code < 0:
        return Cause.CODE if -state.exit_code in _OWN_SIGNALS else Cause.INFRASTRUCTURE
    lost = error.get("code") == "SystemError" or (kind is StepKind.SPARK and lost_driver(error))
    return Cause.INFRASTRUCTURE if lost else Cause.CODE


def lost_driver(error: Mapping[str, Any]) -> bool:
    """Tell whether an error of a Spark step is what Python sees when the JVM has gone.

    Parameters
    ----------
    error : mapping

    Returns
    -------
    bool
    """
    # With the JVM's trace it is an answer: the JVM is there, and did not understand.
    return str(error.get("type")) in LOST_CONNECTION and "Trace:" not in str(error.get("message"))


def is_worth_another(spec: StepSpec, attempt: int, cause: Cause) -> bool:
    """Tell whether a step gets another attempt.

    Parameters
    ----------
    spec : StepSpec
    attempt : int
        The one that failed, from 1.
    cause : Cause

    Returns
    -------
    bool
    """
    worth = cause is Cause.INFRASTRUCTURE or spec.retry_on is RetryOn.ANY
    return worth and attempt <= spec.retries


def fail_attempt(store: Store, run: RunRecord, error: dict[str, Any], cause: Cause) -> None:
    """Let an attempt fail: another one follows, or the step fails.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run.
    error : dict
        ``message`` and what else is known: ``type``, ``where``, ``line`` ...
    cause : Cause
    """
    again = is_worth_another(run.step, run.attempt, cause)
    if again and can_follow(run.status, RunStatus.QUEUED):
        _queue_again(store, run, error)
    elif run.attempt > 1:
        first, *rest = str(error["message"]).splitlines() or [""]
        first = f"{first} (after {run.attempt} attempts)"
        fail(store, run, {**error, "message": "\n".join([first, *rest])})
    else:
        fail(store, run, error)


def _queue_again(store: Store, run: RunRecord, error: dict[str, Any]) -> None:
    known = without_secrets(clean(shortened(error)), secrets_of(store, run))
    words = f"attempt {run.attempt} failed: {first_line(known)}"
    total = run.step.retries + 1
    # One transaction: whoever sees the next attempt sees nothing of the one before.
    with store.database.transaction() as connection:
        if not runs.transition(
            connection,
            run.id,
            run.status,
            RunStatus.QUEUED,
            message=f"{words}; attempt {run.attempt + 1} of {total}",
        ):
            return  # canceled in the meantime
        connection.execute("UPDATE runs SET attempt = attempt + 1 WHERE id = ?", (run.id,))
        connection.execute("DELETE FROM jobs WHERE run_id = ?", (run.id,))
        connection.execute("DELETE FROM metrics WHERE run_id = ?", (run.id,))


def set_aside(folder: RunFolder, attempt: int) -> None:
    """Move what the attempt before has left to ``attempts/<n>``, so that the next one begins anew.

    It may be called again: what is there already stays as it is, and what was begun is gone on
    with.

    Parameters
    ----------
    folder : RunFolder
    attempt : int
        The attempt that begins; nothing is done for the first.
    """
    regular_files.remove(folder.path / "inputs")
    place = folder.path / _FOLDER / str(attempt - 1)
    if attempt == 1 or place.exists():
        return
    # Whole by rename: only then it is known that nothing of this attempt is among it.
    part = place.with_suffix(".part")
    part.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _LEFT:
        with contextlib.suppress(FileNotFoundError):
            (folder.path / name).rename(part / name)
    part.rename(place)
