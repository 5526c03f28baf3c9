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
from synapse_magics.runtime.spark_ui import TEMPLATE, port_of, proxy_base

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FILE = "SYNAPSE_MAGICS_SPARK_PROGRESS"
"""By which the process of a step is told of its file."""

THREAD = "spark-progress"

_LOOK_SECONDS = 0.5
_QUIET_SECONDS = 1.0
_END_SECONDS = 2.0
_LIVE_JOBS, _LIVE_STAGES = 20, 40
_LAST_JOBS, _LAST_STAGES = 100, 200
_APPLICATIONS = 10
_PROXY_BASE = "spark.ui.proxyBase"

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

    The thread of a context that has ended may come back to it while the next one is watched.

    Parameters
    ----------
    path : pathlib.Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._applications: list[dict[str, Any]] = []
        self._written: Any = None

    def add(self, application: dict[str, Any]) -> None:
        """Begin with another application; less is kept of those before."""
        with self._alone():
            for earlier in self._applications:
                del earlier["jobs"][_LIVE_JOBS:], earlier["stages"][_LIVE_STAGES:]
            self._applications = [*self._applications[1 - _APPLICATIONS :], application]

    def tell(self, application: dict[str, Any], fields: Mapping[str, Any]) -> None:
        """Change what is said of an application, unless it has ended: then that was its last."""
        with self._alone():
            if application["ended"] is None:
                application.update(fields)

    def write(self) -> None:
        """Write the file whole, unless nothing has changed."""
        with self._alone():
            self._write()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=_END_SECONDS):
            raise TimeoutError  # the disk does not answer, or this process was forked just then
        try:
            yield
        finally:
            self._lock.release()

    def _write(self) -> None:
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


class ProxyBase:
    """Put what a proxy takes off before the links of Spark's UI, unless the user did so.

    Spark reads it from a property of the JVM, which outlives a context; the next one has another
    port.

    Parameters
    ----------
    template : str
        What ``SYNAPSE_MAGICS_SPARK_UI`` says; empty if nothing.
    """

    def __init__(self, template: str = "") -> None:
        self._template = template
        self._ours: str | None = None

    def set(self, jvm: Any, port: int) -> None:
        """Say under which path the UI of a port is shown.

        Parameters
        ----------
        jvm : py4j.java_gateway.JVMView
        port : int
        """
        self.clear(jvm)  # nobody did if the last context ended while its JVM did not answer
        base = proxy_base(port, {**os.environ, TEMPLATE: self._template})
        if base and jvm.System.getProperty(_PROXY_BASE) is None:
            jvm.System.setProperty(_PROXY_BASE, base)
            self._ours = base

    def clear(self, jvm: Any) -> None:
        """Take back what was said, if it is still so.

        Parameters
        ----------
        jvm : py4j.java_gateway.JVMView
        """
        if self._ours is not None:
            if jvm.System.getProperty(_PROXY_BASE) == self._ours:
                jvm.System.clearProperty(_PROXY_BASE)
            self._ours = None


class Watch:
    """Watch one Spark context until it is stopped.

    Parameters
    ----------
    context : pyspark.SparkContext
    file : ProgressFile
    proxy_base : ProxyBase
    """

    def __init__(self, context: Any, file: ProgressFile, proxy_base: ProxyBase) -> None:
        self._context, self._file, self._proxy_base = context, file, proxy_base
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
            context = self._context
            found = {"id": context.applicationId, "ui_url": context.uiWebUrl}
            self._file.tell(self._told, found)
            self._status = SparkStatus(context)
            port = port_of(found["ui_url"])
            if port is not None and not self._over.is_set():
                self._proxy_base.set(context._jvm, port)  # noqa: SLF001 - there is no other way
                self._file.write()  # its link is wanted before the first job
        return self._status

    def _look(self) -> None:
        if self._over.is_set():
            return
        status = self._begin()
        if self._pace.is_due(status.count(), time.monotonic(), running=status.is_running()):
            self._take(status.picture(_LIVE_JOBS, _LIVE_STAGES))
            self._file.write()

    def _take(self, picture: dict[str, Any]) -> None:
        if picture["jobs"]:  # none are left where the context was stopped behind our back
            self._file.tell(self._told, picture)

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
        self._over.set()  # first, so that the thread ceases even if nobody waits for it
        if not self._safely(self._end):
            with contextlib.suppress(Exception):
                self._say_end()

    def _end(self) -> None:
        if self._told["ended"] is not None:
            return
        try:
            status = self._begin()
            if status.count():
                status.settle()
                self._take(status.picture(_LAST_JOBS, _LAST_STAGES))
        finally:
            self._say_end()
            self._proxy_base.clear(self._context._jvm)  # noqa: SLF001 - there is no other way

    def _say_end(self) -> None:
        has_link = self._told["ui_url"] is not None
        self._file.tell(self._told, {"ended": time.time(), "ui_url": None})
        if self._told["jobs"] or has_link:
            self._file.write()

    def _safely(self, act: Callable[[], object]) -> bool:
        """Do something alone; nobody notices what goes wrong.

        Returns
        -------
        bool
            False if it was not begun: the other thread waits for a JVM that does not answer.
        """
        if not self._lock.acquire(timeout=_END_SECONDS):
            return False
        _looking.now = True
        try:
            with contextlib.suppress(Exception):
                act()
        finally:
            _looking.now = False
            self._lock.release()
        return True


class _NotOurs(logging.Filter):
    """Leave out what py4j logs when a question of ours meets a JVM that has gone."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - by who logs it
        return not getattr(_looking, "now", False)


_watches: list[Watch] = []
"""That of the context that there is, if there is one."""


def install() -> None:
    """Watch every Spark context that this process is going to make, if it was told of a file."""
    # Processes that it starts have no part in it.
    path, template = os.environ.pop(FILE, None), os.environ.pop(TEMPLATE, "")
    if not path:
        return
    from pyspark import SparkContext  # noqa: PLC0415 - heavy, and in Spark steps only

    file, proxy_base = ProgressFile(Path(path)), ProxyBase(template)
    initialize, stop = SparkContext._do_init, SparkContext.stop  # noqa: SLF001 - there is no event

    @functools.wraps(initialize)
    def do_init(self: Any, *arguments: Any, **options: Any) -> None:
        initialize(self, *arguments, **options)
        end()
        with contextlib.suppress(OSError):  # the file is not to be had
            watch = Watch(self, file, proxy_base)
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
