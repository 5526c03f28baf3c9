"""The driver of an interactive session: run statements that a notebook's kernel sends, one by one.

``session_main.py CHANNEL IDLE_SECONDS LOG``: requests and answers are lines of JSON on the socket
of that descriptor. What statements print goes to the standard output and error of this process,
which are files; an answer says how far they were written by then, so that the kernel keeps the
order. The driver ends when it is asked to, when it was idle for too long, and with the kernel.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())  # modules beside the notebook, not those beside this file
    sys.path.append(str(Path(__file__).parents[2]))

from synapse_magics.runtime import bootstrap, spark_progress
from synapse_magics.runtime.session_channel import Channel
from synapse_magics.runtime.session_python import Outcome, PythonStatements
from synapse_magics.runtime.session_spark import (
    calm_down,
    cancel_jobs,
    is_java_gone,
    jvm_thread,
    predefined_names,
    quieten_py4j,
    start_spark,
)

if TYPE_CHECKING:
    from types import FrameType

    from synapse_magics.runtime.session_scala import ScalaStatements

_LAST_SECONDS = 5.0
"""How long a statement may go on when the kernel is gone."""


class Driver:
    """Run statements until the end.

    Parameters
    ----------
    channel : Channel
    idle_seconds : float
    """

    def __init__(self, channel: Channel, idle_seconds: float) -> None:
        self._channel = channel
        self._idle_seconds = idle_seconds
        self._requests: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._main = threading.get_ident()
        # The statement that runs, and the one that is to be interrupted; 0 is none.
        self._running = self._interrupted = 0
        self._count = 0
        self._python: PythonStatements
        self._scala: ScalaStatements

    def run(self, log: Path) -> int:
        """Start Spark, run what is asked for, and end.

        Parameters
        ----------
        log : pathlib.Path
            Where the JVM's log goes.

        Returns
        -------
        int
        """
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            spark, self._scala = start_spark(log)
        except BaseException as error:  # noqa: BLE001 - the kernel says it
            self._channel.send("failed", error=f"{type(error).__name__}: {error}")
            return 1
        quieten_py4j()
        self._python = PythonStatements(predefined_names(spark), self._show)
        self._channel.send("ready", application_id=spark.sparkContext.applicationId)
        with contextlib.suppress(KeyboardInterrupt):
            code = self._serve()
        with contextlib.suppress(Exception):  # the statements may have stopped it
            spark.stop()
        return code

    def _serve(self) -> int:
        while True:
            try:
                request = self._requests.get(timeout=self._idle_seconds)
            except queue.Empty:
                self._channel.send("timeout")
                return 0
            if request is None:
                return 0
            outcome = self._run(request)
            fatal = outcome.error is not None and is_java_gone()
            self._channel.send("done", **vars(outcome), fatal=fatal)
            if fatal:
                return 1

    def _run(self, request: dict[str, Any]) -> Outcome:
        signal.signal(signal.SIGINT, self._on_interrupt)  # a new context brings its own handler
        self._count += 1
        thread = jvm_thread()
        outcome = self._outcome(request)
        if outcome.interrupted:
            calm_down(thread)
        spark_progress.settle()
        return outcome

    def _outcome(self, request: dict[str, Any]) -> Outcome:
        statements = self._scala if request["kind"] == "spark" else self._python
        try:
            self._running = self._count
            try:
                return statements.run(request["code"], request["label"])
            finally:
                self._running = 0
        except KeyboardInterrupt as error:
            self._running = 0
            return Outcome.of(error)

    def _show(self, data: dict[str, str]) -> None:
        self._channel.send("display", data=data)

    # In a thread of its own, so that a statement can be interrupted and the kernel's end is seen.

    def _listen(self) -> None:
        for request in self._channel.requests():
            if request["do"] == "run":
                self._requests.put(request)
            elif request["do"] == "interrupt":
                self._interrupt()
            else:
                break
        self._requests.put(None)
        self._interrupt()
        # The guard ends what is left; where it was killed itself, nobody else does.
        time.sleep(_LAST_SECONDS)
        os._exit(1)

    def _interrupt(self) -> None:
        running = self._running
        if not running:
            return
        cancel_jobs()
        if not self._scala.interrupt():
            self._interrupted = running
            signal.pthread_kill(self._main, signal.SIGINT)

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._running and self._running == self._interrupted:
            raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Be the driver of a session.

    Parameters
    ----------
    arguments : list of str
        The descriptor of the channel, after how many idle seconds to end, the file of the log.

    Returns
    -------
    int
    """
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    warnings.filterwarnings("ignore", message=".*non-interactive, and thus cannot be shown")
    bootstrap.start_up()
    bootstrap.map_addresses()
    bootstrap.prepare_spark()
    try:
        return Driver(Channel(int(arguments[0])), float(arguments[1])).run(Path(arguments[2]))
    except Exception:  # noqa: BLE001 - it goes to the file that the kernel shows
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # Threads that the statements have started would keep the process.
    os._exit(code)
