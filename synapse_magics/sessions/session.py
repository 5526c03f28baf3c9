"""One interactive Spark session of a notebook's kernel."""

from __future__ import annotations

import atexit
import itertools
import os
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from synapse_magics.engines.local_session import LocalSession, SessionJob
from synapse_magics.sessions.channel import Channel, ChannelClosedError, Printed
from synapse_magics.sessions.errors import (
    LivyClientTimeoutException,
    SessionLostError,
    SessionStartError,
    SparkStatementException,
)
from synapse_magics.sessions.spark_watch import SparkWatch
from synapse_magics.sessions.states import SessionState
from synapse_magics.store.spark_progress import read_spark_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_magics.sessions.settings import SessionSettings, View

_LOOK_SECONDS = 0.05
_DOT_SECONDS = 1.0
_STOP_SECONDS = 5.0
_MOST_INTERRUPTS = 3
_TAIL_BYTES = 2000

_numbers = itertools.count(1)


class Session:
    """A Spark driver that runs a notebook's statements, one at a time.

    It belongs to this process, and ends with it.

    Parameters
    ----------
    settings : SessionSettings
    """

    def __init__(self, settings: SessionSettings) -> None:
        self.settings = settings
        self.id = next(_numbers)
        self.guid = str(uuid4())
        self.application_id: str | None = None
        self._state = SessionState.NOT_STARTED
        self._owner = os.getpid()
        self._driver: LocalSession
        self._channel: Channel
        self._printed: dict[str, Printed] = {}

    @property
    def state(self) -> SessionState:
        """What it does now; one that has ended meanwhile says so."""
        if self._state is SessionState.IDLE:
            try:
                answer = self._channel.receive(0)
            except ChannelClosedError:
                self._end(SessionState.DEAD)
            else:
                if answer is not None and answer["event"] == "timeout":
                    self._end(SessionState.TIMEOUT)
        elif self._state is SessionState.BUSY:
            self._settle()
        return self._state

    def start(self, tick: Callable[[], None]) -> None:
        """Start the driver and wait until it is ready.

        Parameters
        ----------
        tick : callable
            Called each second meanwhile.

        Raises
        ------
        LivyClientTimeoutException
            If it takes longer than it may.
        SessionStartError
            If it failed.
        EngineError
            If there is no Java that Spark supports, or no PySpark.
        """
        settings = self.settings
        job = SessionJob(
            self.guid,
            settings.state,
            settings.timeout_minutes * 60,
            {**settings.spark_conf, "spark.app.name": settings.name},
            settings.compute,
            settings.maps,
        )
        self._driver = LocalSession(job)
        self._channel = Channel(self._driver.channel)
        self._printed = {"stdout": Printed(job.stdout), "stderr": Printed(job.stderr)}
        self._state = SessionState.STARTING
        atexit.register(self._stop_at_exit)
        try:
            answer = self._await_ready(tick)
        except BaseException:
            self._end(SessionState.KILLED)
            self._forget()
            raise
        if answer["event"] != "ready":
            self._end(SessionState.ERROR)
            error = f"{answer.get('error', '')}\n{self._last_words()}".strip()
            text = (
                f"Start session failed at status {self._state}. \nError info: {error} \n"
                f"Please retry or go to Synapse portal {job.log} for details."
            )
            raise SessionStartError(text)
        self.application_id = answer["application_id"]
        self._state = SessionState.IDLE

    def _await_ready(self, tick: Callable[[], None]) -> dict[str, Any]:
        started = time.monotonic()
        limit = self.settings.start_timeout_seconds
        due = started + _DOT_SECONDS
        while True:
            try:
                answer = self._channel.receive(_LOOK_SECONDS)
            except ChannelClosedError:
                return {"event": "failed"}
            if answer is not None:
                return answer
            now = time.monotonic()
            if limit is not None and now > started + limit:
                raise LivyClientTimeoutException(
                    f"Session {self.id} did not start up in {limit:g} seconds. Consider removing "
                    "--start-timeout or try later."
                )
            if now > due:
                due = now + _DOT_SECONDS
                tick()

    def run(self, code: str, kind: str, label: str, view: View) -> None:
        """Run a statement, and show what it prints while it runs.

        Parameters
        ----------
        code : str
        kind : str
            ``pyspark`` or ``spark``, which is Scala.
        label : str
            What tracebacks call it.
        view : View

        Raises
        ------
        SparkStatementException
            If it raised one.
        KeyboardInterrupt
            If it was interrupted.
        SessionLostError
            If the session has ended meanwhile.
        """
        watch = SparkWatch(self._driver.job.spark, view)
        try:
            self._channel.send("run", code=code, kind=kind, label=label)
            self._state = SessionState.BUSY
            answer = self._await_done(view, watch)
            if answer["fatal"]:
                self._end(SessionState.DEAD)
        except ChannelClosedError:
            self._pass_on(view)
            self._end(SessionState.DEAD)
            raise self._died() from None
        finally:
            watch.end()
        if answer["fatal"]:
            view.text("stderr", answer["traceback"])
            raise self._died()
        if answer["interrupted"]:
            raise _interrupt(answer["traceback"]) from None
        if answer["error"] is not None:
            raise SparkStatementException(answer["traceback"], answer["error"])

    def _await_done(self, view: View, watch: SparkWatch) -> dict[str, Any]:
        interrupts = 0
        answer: dict[str, Any] | None = None
        while True:
            try:
                # One that an interrupt came upon is taken up again.
                answer = answer or self._channel.receive(_LOOK_SECONDS)
                if answer is not None and answer["event"] == "done":
                    self._state = SessionState.IDLE  # whatever comes of showing what it said
                self._pass_on(view, answer)
                if answer is None:
                    watch.look()
                    continue
                if answer["event"] == "done":
                    return answer
                if answer["event"] == "timeout":
                    self._end(SessionState.TIMEOUT)
                    raise self._died()
                view.show(answer["data"])
                answer = None
            except KeyboardInterrupt:
                interrupts += 1
                if interrupts == _MOST_INTERRUPTS:
                    raise _interrupt("the statement goes on; %synapse stop ends it") from None
                self._channel.send("interrupt")

    def _pass_on(self, view: View, answer: Mapping[str, Any] | None = None) -> None:
        """Show what was printed, up to the moment of an answer if there is one."""
        ends = answer["printed"] if answer is not None else (None, None)
        for (stream, printed), end in zip(self._printed.items(), ends, strict=True):
            while text := printed.read(end):
                view.text(stream, text)

    def _settle(self) -> None:
        """Look whether the statement that was left alone has ended."""
        try:
            while (answer := self._channel.receive(0)) is not None:
                if answer["event"] == "done":
                    self._state = SessionState.IDLE
                    return
        except ChannelClosedError:
            self._end(SessionState.DEAD)

    def stop(self) -> None:
        """End the session and everything that it started."""
        if not self._state.is_final and self._state is not SessionState.NOT_STARTED:
            busy = self._state is SessionState.BUSY
            self._state = SessionState.SHUTTING_DOWN
            try:
                self._channel.send("stop")
                if not busy:
                    self._driver.wait(_STOP_SECONDS)
            except ChannelClosedError:
                pass  # it is about to end by itself
            self._end(SessionState.SUCCESS)
        self._forget()

    def metadata(self) -> dict[str, Any]:
        """Return what Azure ML's magic shows of a session.

        Returns
        -------
        dict
        """
        settings = self.settings
        return {
            **settings.description,
            "application_id": self.application_id,
            "application_name": settings.name,
            "application_state": str(self.state),
            "application_url": None,
            "session_id": self.id,
            "spark_conf": dict(settings.spark_conf),
            "spark_ui_url": self._ui_url(),
            "start_timeout_seconds": settings.start_timeout_seconds,
            "synapse_session_guid": self.guid,
            "timeout_minutes": settings.timeout_minutes,
        }

    def _ui_url(self) -> str | None:
        if self._state.is_final or self._state is SessionState.NOT_STARTED:
            return None
        progress = read_spark_progress(self._driver.job.spark)
        return None if progress is None else progress.ui_url

    def _died(self) -> SessionLostError:
        words = self._last_words()
        return SessionLostError(
            f"Session is {self._state}: its driver has ended",
            where=words or None,
            hint="%synapse stop, then %synapse start; what it had defined is lost",
        )

    def _last_words(self) -> str:
        """Return the end of what Spark, or else the driver, has said."""
        for path in (self._driver.job.stderr, self._driver.job.log):
            try:
                text = path.read_bytes()[-_TAIL_BYTES:].decode("utf-8", "replace").strip()
            except OSError:
                continue
            if text:
                return text
        return ""

    def _end(self, state: SessionState) -> None:
        self._driver.end()
        self._state = state

    def _forget(self) -> None:
        atexit.unregister(self._stop_at_exit)
        for printed in self._printed.values():
            printed.close()
        self._driver.remove()

    def _stop_at_exit(self) -> None:
        if os.getpid() == self._owner:  # not in a process that the kernel has forked
            self.stop()


def _interrupt(text: str) -> KeyboardInterrupt:
    """Return an interrupt that a notebook shows as this text: where in the statement it was."""
    error = KeyboardInterrupt("the session goes on")
    error._render_traceback_ = text.rstrip("\n").splitlines  # type: ignore[attr-defined]
    return error
