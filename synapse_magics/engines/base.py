"""The contract of engines, and the registry that finds one by the compute's definition."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from synapse_magics._errors import SynapseMagicsError

if TYPE_CHECKING:
    from synapse_magics.store.run_folder import RunFolder

JobHandle = Mapping[str, Any]
"""Plain JSON by which an engine finds its job again, whichever process asks."""


class EngineError(SynapseMagicsError):
    """An engine could not start a job."""


@dataclass(frozen=True)
class StepJob:
    """A step that is ready to run, with every place and value resolved.

    Parameters
    ----------
    run_id : str
        The step run.
    folder : RunFolder
        Where logs, records and the result go.
    script : str
        Relative to the working directory, ``folder.work``; empty if the arguments are the whole
        command line of a program.
    arguments : tuple of str
    environment : mapping
        Variables beside those that the engine sets.
    spark_conf : mapping
        Spark configuration of the step; empty for Python steps.
    compute : mapping
        The definition of the compute target, pool included.
    timeout : float, optional
        After how many seconds this attempt is ended.
    secrets : tuple of str
        Names of variables that the workspace has declared secret, beside those whose name says it.
    secret_texts : tuple of str
        What the workspace's keyvault holds: texts that no log may hold.
    before, after : tuple of mapping
        Tasks, plain JSON data, that are carried out before the step's process and, once it has
        succeeded, after it; see :mod:`synapse_magics.staging`. They belong to the attempt: they
        are ended with it, and its time limit holds for all of it.
    python : str, optional
        The interpreter of an environment of its own, which may be made by a task before it; this
        process's if None.
    lends_tables : bool
        Whether what reads tables is lent to that interpreter, in case it has none of it.
    is_plain : bool
        Whether its code imports nothing but Python's own modules, as far as can be seen.
    """

    run_id: str
    folder: RunFolder
    script: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    compute: Mapping[str, Any] = field(default_factory=dict)
    timeout: float | None = None
    secrets: tuple[str, ...] = ()
    secret_texts: tuple[str, ...] = field(default=(), repr=False)
    before: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    after: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    python: str | None = None
    lends_tables: bool = False
    is_plain: bool = False


class JobStatus(str, Enum):
    """What an engine knows of a job."""

    RUNNING = "running"
    ENDED = "ended"
    VANISHED = "vanished"

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class JobState:
    """A job at one moment.

    ``exit_code`` is negative for the signal that killed the process, as in ``subprocess``.
    ``timed_out`` says that the job was ended because its time was over.
    """

    status: JobStatus
    exit_code: int | None = None
    timed_out: bool = False


class Engine(Protocol):
    """Turn a ready step into a running job and tell its state.

    The contract fits engines that are far away: a handle is plain JSON, and readers of the run
    folder never ask which engine it was.
    """

    name: str

    def warm(self, compute: Mapping[str, Any]) -> None:
        """Get ready for steps of a compute target, if that takes time; return at once.

        ``compute`` is its definition, with the Spark configuration of the step that comes.
        """
        ...

    def start(self, job: StepJob, record: Callable[[JobHandle], None]) -> JobHandle:
        """Start a job; call ``record`` with its handle before it can have any effect.

        The job's tasks are part of it: without those before it the step does not start, and
        without those after it it has not succeeded.

        Raises
        ------
        EngineError
            If it cannot be started.
        """
        ...

    def poll(self, handle: JobHandle) -> JobState:
        """Tell whether a job runs, how it ended, or that it is gone without a result."""
        ...

    def cancel(self, handle: JobHandle) -> None:
        """End a job with everything that it started."""
        ...

    def fetch_logs(self, handle: JobHandle) -> None:
        """Append what is new to the run folder; local jobs write there themselves."""
        ...


EngineFactory = Callable[[Path], Engine]

_FACTORIES: dict[str, EngineFactory] = {}


def register(name: str, factory: EngineFactory) -> None:
    """Make an engine known by its name.

    Parameters
    ----------
    name : str
    factory : callable
        Called with the state folder of the workspace.
    """
    _FACTORIES[name] = factory


def create(name: str, folder: Path) -> Engine:
    """Return the engine of a name.

    Parameters
    ----------
    name : str
    folder : pathlib.Path
        The state folder of the workspace.

    Returns
    -------
    Engine

    Raises
    ------
    EngineError
        If there is none.
    """
    if name not in _FACTORIES:
        known = ", ".join(sorted(_FACTORIES))
        raise EngineError(f"there is no engine {name!r}", hint=f"known engines: {known}")
    return _FACTORIES[name](folder)


def describe_exit(exit_code: int | None) -> str:
    """Say in words how a process ended.

    Parameters
    ----------
    exit_code : int or None
        Negative for a signal; None if nobody saw it end.

    Returns
    -------
    str
    """
    if exit_code is None:
        return "the process vanished without a result"
    if exit_code >= 0:
        return f"the process ended with exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = "unknown"
    text = f"the process was killed by signal {-exit_code} ({name})"
    if -exit_code == signal.SIGKILL:
        text += "; this is what the system does when it runs out of memory"
    return text
