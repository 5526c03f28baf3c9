"""Let a step on this machine say how far its Spark is, in a file that views read.

A thread looks twice a second at each Spark context that the step makes. It writes when work has
taken more than a second, and once more at the end of a context. The file is JSON::

    {"applications": [{"id", "ui_url", "started", "ended", "jobs", "stages", "totals"}, ...]}

The oldest application comes first. Whatever goes wrong here is no matter of the step's.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.spark_status import SparkStatus
from synapse_magics.runtime.spark_ui import port_of, proxy_base

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = "SYNAPSE_MAGICS_SPARK_PROGRESS"
"""By which the process of a step is told of its file."""

THREAD = "spark-progress"

_LOOK_SECONDS = 0.5
_QUIET_SECONDS = 1.0
_END_SECONDS = 2.0
_LIVE_JOBS, _LIVE_STAGES = 20, 40
_LAST_JOBS, _LAST_STAGES = 100, 200
_APPLICATIONS = 10

_looking = threading.local()


class Pace:
    """Tell when something is to be said: while work takes more than a second, and at its end."""

    def __init__(self) -> None:
        self._count = 0
        self._since: float | None = None
        self.has_told = False

    def is_due(self, count: int, now: float, *, running: bool) -> bool:
        """Take note of what was seen.

        Jobs that follow each other are one work, however short each of them is.

        Parameters
        ----------
        count : int
            How many jobs were ever started.
        now : float
            On the monotonic clock.
        running : bool
            Whether there is a job that has not ended.

        Returns
        -------
        bool
            Whether to say it.
        """
        works, self._count = running or count != self._count, count
        if not works:
            self._since = None
            due, self.has_told = self.has_told, False
            return due
        self._since = now if self._since is None else self._since
        self.has_told = self.has_told or now - self._since >= _QUIET_SECONDS
        return self.has_told

    def rest(self) -> None:
        """Let what comes now be another work, however soon it comes."""
        self._since, self.has_told = None, False


class ProgressFile:
    """The file, with an entry for each application of this process.

    Parameters
    ----------
    path : pathlib.Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._applications: list[dict[str, Any]] = []
        self._written: Any = None

    def add(self, application: dict[str, Any]) -> None:
        """Begin with another application; less is kept of those before."""
        for earlier in self._applications:
            del earlier["jobs"][_LIVE_JOBS:], earlier["stages"][_LIVE_STAGES:]
        self._applications = [*self._applications[1 - _APPLICATIONS :], application]

    def write(self) -> None:
        """Write the file whole, unless nothing has changed."""
        text = json.dumps({"applications": [one for one in self._applications if one["id"]]})
        if text == self._written:
            return
        part = self._path.with_suffix(f".{os.getpid()}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(part, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            part.replace(self._path)
        except OSError:  # the disk is full
            part.unlink(missing_ok=True)
            raise
        self._written = text


class Watch:
    """Watch one Spark context until it is stopped.

    Parameters
    ----------
    context : pyspark.SparkContext
    file : ProgressFile
    """

    def __init__(self, context: Any, file: ProgressFile) -> None:
        self._context, self._file = context, file
        self._status: SparkStatus | None = None
        self._pace = Pace()
        self._process, self._lock, self._over = os.getpid(), threading.Lock(), threading.Event()
        self._told: dict[str, Any] = {
            "id": "",
            "ui_url": None,
            "started": time.time(),
            "ended": None,
            "jobs": [],
            "stages": [],
            "totals": {},
        }
        file.add(self._told)
        self._thread = threading.Thread(target=self._run, name=THREAD, daemon=True)

    def start(self) -> None:
        """Look now and then from now on."""
        with contextlib.suppress(RuntimeError):  # the system has no thread to spare
            self._thread.start()

    @property
    def is_mine(self) -> bool:
        """Whether this is the process that has made the context, and none forked from it."""
        return self._process == os.getpid()

    def is_of(self, context: Any) -> bool:
        """Return whether it watches a context."""
        return self._context is context

    def _run(self) -> None:
        self._safely(self._begin)
        while not self._over.wait(_LOOK_SECONDS):
            self._safely(self._look)

    def _begin(self) -> SparkStatus:
        if self._status is None:
            self._told["id"] = self._context.applicationId
            self._told["ui_url"] = ui_url = self._context.uiWebUrl
            self._status = SparkStatus(self._context)
            port = port_of(ui_url)
            if port is not None:
                self._let_links_pass(proxy_base(port, os.environ))
                self._file.write()  # its link is wanted before the first job
        return self._status

    def _let_links_pass(self, base: str) -> None:
        """Put what a proxy takes off before the links of Spark's UI, unless the user did so."""
        system = self._context._jvm.System  # noqa: SLF001 - there is no other way
        if base and system.getProperty("spark.ui.proxyBase") is None:
            system.setProperty("spark.ui.proxyBase", base)

    def _look(self) -> None:
        if self._over.is_set():
            return
        status = self._begin()
        if self._pace.is_due(status.count(), time.monotonic(), running=status.is_running()):
            self._take(status.picture(_LIVE_JOBS, _LIVE_STAGES))
            self._file.write()

    def _take(self, picture: dict[str, Any]) -> None:
        if picture["jobs"]:  # none are left where the context was stopped behind our back
            self._told.update(picture)

    def settle(self) -> None:
        """Say how the work ended whose progress was shown, and begin anew with the next."""
        self._safely(self._settle)

    def _settle(self) -> None:
        told = self._pace.has_told
        self._pace.rest()
        if self._status is not None and told and not self._over.is_set():
            self._status.settle()
            self._take(self._status.picture(_LIVE_JOBS, _LIVE_STAGES))
            self._file.write()

    def end(self) -> None:
        """Look for the last time; the context is about to be stopped."""
        self._safely(self._end)

    def _end(self) -> None:
        if self._over.is_set():
            return
        self._over.set()
        try:
            status = self._begin()
            if status.count():
                status.settle()
                self._take(status.picture(_LAST_JOBS, _LAST_STAGES))
        finally:
            has_link = self._told["ui_url"] is not None
            self._told.update(ended=time.time(), ui_url=None)
            if self._told["jobs"] or has_link:
                self._file.write()

    def _safely(self, act: Callable[[], object]) -> None:
        """Do something alone; nobody notices what goes wrong."""
        if not self._lock.acquire(timeout=_END_SECONDS):
            return  # the other thread waits for a JVM that does not answer
        _looking.now = True
        try:
            with contextlib.suppress(Exception):
                act()
        finally:
            _looking.now = False
            self._lock.release()


class _NotOurs(logging.Filter):
    """Leave out what py4j logs when a question of ours meets a JVM that has gone."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - by who logs it
        return not getattr(_looking, "now", False)


_watches: list[Watch] = []
"""That of the context that there is, if there is one."""


def install() -> None:
    """Watch every Spark context that this process is going to make, if it was told of a file."""
    path = os.environ.pop(FILE, None)  # processes that it starts have no part in it
    if not path:
        return
    from pyspark import SparkContext  # noqa: PLC0415 - heavy, and in Spark steps only

    file = ProgressFile(Path(path))
    initialize, stop = SparkContext._do_init, SparkContext.stop  # noqa: SLF001 - there is no event

    @functools.wraps(initialize)
    def do_init(self: Any, *arguments: Any, **options: Any) -> None:
        initialize(self, *arguments, **options)
        end()
        watch = Watch(self, file)
        _watches[:] = [watch]
        watch.start()

    @functools.wraps(stop)
    def look_and_stop(self: Any) -> None:
        try:
            if any(watch.is_of(self) for watch in _watches):
                end()
        finally:
            stop(self)

    SparkContext._do_init = do_init  # type: ignore[method-assign]  # noqa: SLF001
    SparkContext.stop = look_and_stop  # type: ignore[method-assign]
    for name in ("", "py4j.clientserver", "py4j.java_gateway"):
        logging.getLogger(name).addFilter(_NotOurs())
    atexit.register(end)


def settle() -> None:
    """Say how the work ended whose progress was shown; nothing if none was."""
    for watch in _watches:
        if watch.is_mine:
            watch.settle()


def end() -> None:
    """Say how the context stands that there is: it is about to end."""
    for watch in _watches:
        if watch.is_mine:
            watch.end()
    _watches.clear()
