"""How far the Spark of a step is: what ``runtime.spark_progress`` has written, read with care."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from synapse_magics.store.run_folder import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RUNNING = "RUNNING"
ACTIVE, PENDING, SKIPPED = "ACTIVE", "PENDING", "SKIPPED"

_MOST = 1000
_MOST_APPLICATIONS = 20
_LONGEST = 200
_LARGEST_BYTES = 8 << 20
_MOST_FILES = 1000
_LAST_MOMENT = 1e11
"""Later than that is no date of Python's for long."""


@dataclass(frozen=True)
class SparkStage:
    """One attempt of a stage: how many tasks it has, and how many are active, done and failed."""

    id: int
    attempt: int
    name: str
    status: str
    tasks: int
    active: int
    completed: int
    failed: int
    input_bytes: int
    output_bytes: int
    shuffle_read_bytes: int
    shuffle_write_bytes: int
    started: float | None = None
    ended: float | None = None

    @property
    def is_active(self) -> bool:
        """Whether it had begun and not ended when it was looked at."""
        return self.status == ACTIVE


@dataclass(frozen=True)
class SparkJob:
    """One job, and the ids of its stages; ``tasks`` leaves out those that were skipped."""

    id: int
    name: str
    status: str
    stages: tuple[int, ...]
    tasks: int
    active: int
    completed: int
    failed: int
    started: float | None = None
    ended: float | None = None

    @property
    def is_running(self) -> bool:
        """Whether it had not ended when it was looked at."""
        return self.status == RUNNING


@dataclass(frozen=True)
class SparkTotals:
    """What all jobs of an application have done, those that are not listed included."""

    jobs: int = 0
    stages: int = 0
    completed: int = 0
    failed: int = 0
    input_bytes: int = 0
    shuffle_read_bytes: int = 0
    shuffle_write_bytes: int = 0


@dataclass(frozen=True)
class SparkProgress:
    """A Spark application at one moment; jobs and stages are the newest, the newest first.

    ``ui_url`` is where its UI is, as long as it is there; ``earlier`` are the applications that
    the same step had before.
    """

    application: str
    ui_url: str | None = None
    jobs: tuple[SparkJob, ...] = ()
    stages: tuple[SparkStage, ...] = ()
    totals: SparkTotals = SparkTotals()
    started: float | None = None
    ended: float | None = None
    earlier: tuple[SparkProgress, ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether a job had not ended when it was looked at."""
        return self.ended is None and any(job.is_running for job in self.jobs)

    def stopped(self, moment: float | None) -> SparkProgress:
        """Return the same for a step that has ended, whatever it was about to do.

        Parameters
        ----------
        moment : float or None
            When it ended; that counts if the application has said nothing at its end.

        Returns
        -------
        SparkProgress
        """
        ended = self.ended if self.ended is not None else moment
        return replace(self, ended=ended, ui_url=None)

    def since(self, moment: float) -> SparkProgress:
        """Return what began at a moment or later.

        Parameters
        ----------
        moment : float

        Returns
        -------
        SparkProgress
            Its totals are those of the jobs and stages that are left.
        """
        jobs = tuple(job for job in self.jobs if (job.started or 0.0) >= moment)
        ids = {stage for job in jobs for stage in job.stages}
        stages = tuple(stage for stage in self.stages if stage.id in ids)
        totals = SparkTotals(
            len(jobs),
            len(stages),
            sum(stage.completed for stage in stages),
            sum(stage.failed for stage in stages),
            sum(stage.input_bytes for stage in stages),
            sum(stage.shuffle_read_bytes for stage in stages),
            sum(stage.shuffle_write_bytes for stage in stages),
        )
        return replace(self, jobs=jobs, stages=stages, totals=totals, earlier=())


_Version = tuple[int, int, int]

_read_files: dict[str, tuple[_Version, SparkProgress | None]] = {}
"""What was read of each file, in the order in which that was; views look at all steps in turn."""

_lock = threading.Lock()


def read_spark_progress(path: Path) -> SparkProgress | None:
    """Read how far the Spark of a step is; a file that has not changed is not read again.

    Parameters
    ----------
    path : pathlib.Path
        The file, see :attr:`RunFolder.spark`.

    Returns
    -------
    SparkProgress or None
        The last application; None if there is no file, or something else is in it.
    """
    try:
        found = path.lstat()
    except OSError:
        return None
    if found.st_size > _LARGEST_BYTES:
        return None
    version = (found.st_mtime_ns, found.st_ino, found.st_size)
    known = _read_files.get(str(path))
    if known is None or known[0] != version:
        known = version, _read(path)
        _keep(str(path), known)
    return known[1]


def _keep(path: str, known: tuple[_Version, SparkProgress | None]) -> None:
    with _lock:
        _read_files.pop(path, None)
        if len(_read_files) >= _MOST_FILES:
            del _read_files[next(iter(_read_files))]
        _read_files[path] = known


def _read(path: Path) -> SparkProgress | None:
    data = read_json(path)
    if data is None:
        return None
    try:
        told = [_application(item) for item in data["applications"][-_MOST_APPLICATIONS:]]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None  # a step may write what it likes
    return replace(told[-1], earlier=tuple(told[:-1])) if told else None


def _application(data: Mapping[str, Any]) -> SparkProgress:
    totals = data["totals"]
    names = SparkTotals.__dataclass_fields__
    return SparkProgress(
        application=_text(data["id"]),
        ui_url=None if data["ui_url"] is None else _text(data["ui_url"]),
        jobs=tuple(_job(item) for item in data["jobs"][:_MOST]),
        stages=tuple(_stage(item) for item in data["stages"][:_MOST]),
        totals=SparkTotals(**{name: _count(totals.get(name, 0)) for name in names}),
        started=_moment(data["started"]),
        ended=_moment(data["ended"]),
    )


def _job(data: Mapping[str, Any]) -> SparkJob:
    return SparkJob(
        id=_count(data["id"]),
        name=_text(data["name"]),
        status=_text(data["status"]),
        stages=tuple(_count(stage) for stage in data["stages"][:_MOST]),
        started=_moment(data["started"]),
        ended=_moment(data["ended"]),
        **{name: _count(data[name]) for name in ("tasks", "active", "completed", "failed")},
    )


_COUNTED = (
    *("id", "attempt", "tasks", "active", "completed", "failed"),
    *("input_bytes", "output_bytes", "shuffle_read_bytes", "shuffle_write_bytes"),
)


def _stage(data: Mapping[str, Any]) -> SparkStage:
    return SparkStage(
        name=_text(data["name"]),
        status=_text(data["status"]),
        started=_moment(data["started"]),
        ended=_moment(data["ended"]),
        **{name: _count(data[name]) for name in _COUNTED},
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    # JSON can hold halves of characters, which no view can encode.
    return value[:_LONGEST].encode("utf-8", "replace").decode()


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return max(0, min(value, 1 << 62))


def _moment(value: Any) -> float | None:
    if value is None:
        return None
    found = float(value)
    if not 0 <= found < _LAST_MOMENT:  # nor is nan
        raise ValueError(value)
    return found
