"""Keep one JVM, and lend it to one step after the other.

``python -m synapse_magics.engines.driver_keeper``; what it is told is the first line of its
standard input, JSON: ``folder``, its own; ``listener``, a descriptor of its socket; ``conf``,
settings such as steps have; ``leases``, how many it gives. It says how it is on its standard
output, a word a line. It ends when the agent closes its input and nobody has a lease, when the JVM
ends, and when the JVM may be lent no more.

A lease is a connection to its socket: a request with the step's log files, an answer with the
gateway's port and secret, a word at the end, and an answer when the logs hold all that the JVM has
printed.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.engines import class_archive_builder
from synapse_magics.engines.class_archives import archive_of, place_of
from synapse_magics.engines.driver_jvm import DriverError, DriverJvm
from synapse_magics.engines.driver_output import DriverOutput
from synapse_magics.runtime.class_archive import EMPTY, PROPERTIES, java_options

if TYPE_CHECKING:
    from collections.abc import Iterator

READY, LENT, GONE = "ready", "lent", "gone"
SOCKET = "keeper"

_MESSAGE_BYTES = 1 << 20
_LOOK_SECONDS = 0.5
_CALM_SECONDS = 2.0
_DRAIN_SECONDS = 10.0
_QUIET_LOOKS = 24
"""So often nobody has asked for the JVM before an archive of its classes is made: twelve seconds,
because the agent of a notebook that runs headless leaves after ten."""


class Keeper:
    """The keeper of one JVM.

    Parameters
    ----------
    told : dict
    """

    def __init__(self, told: dict[str, Any]) -> None:
        self._folder = Path(told["folder"])
        self._conf: dict[str, str] = told["conf"]
        self._left: int = told["leases"]
        self._why = ""
        self._is_left = False
        self._lending = threading.Lock()
        self._listener = socket.socket(fileno=told["listener"])
        self._outputs = DriverOutput(), DriverOutput()
        self._builder: subprocess.Popen[bytes] | None = None
        java, spark = (Path(os.environ[name]) for name in ("JAVA_HOME", "SPARK_HOME"))
        self._archive, self._place = archive_of(java, spark), place_of(java, spark)
        self._jvm = self._start()
        for output in self._outputs:
            output.start()

    def _start(self) -> DriverJvm:
        out, err = (output.writer for output in self._outputs)
        if self._archive is None:
            return DriverJvm(self._folder, out, err)
        conf = self._folder / "conf"
        os.environ["SPARK_SUBMIT_OPTS"] = java_options(self._archive, conf)
        os.environ["SPARK_CONF_DIR"] = str(self._archive / EMPTY)
        return DriverJvm(self._folder, out, err, conf / PROPERTIES)

    def run(self) -> None:
        """Lend the JVM until there is a reason to end."""
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            self._jvm.connect(lambda: not self._is_left)
            self._warm_up()
            while self._wait():
                connection, _ = self._listener.accept()
                with connection:
                    if not self._lend(connection):
                        return
        except DriverError as error:
            self._why = str(error)
        finally:
            self.close()

    def _watch(self) -> None:
        """Wait for the end of the agent, which never says anything more."""
        os.read(0, 1)
        with self._lending:
            self._is_left = True
            self._jvm.kill()  # whoever talks to it is disturbed, and sees why

    def close(self) -> None:
        """End the JVM, and leave nothing behind."""
        if self._builder is not None:
            self._builder.terminate()
            try:
                self._builder.wait(_DRAIN_SECONDS)
            except subprocess.TimeoutExpired:
                self._builder.kill()  # its JVM ends with its input
                self._builder.wait()
        self._jvm.close()
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        _say(f"{GONE} {self._why}")

    def _is_asked(self) -> bool:
        return bool(select.select([self._listener], [], [], 0)[0])

    def _warm_up(self) -> None:
        # A step that comes at once warms it as well, and would wait for the end of a job of ours.
        if not select.select([self._listener], [], [], _CALM_SECONDS)[0]:
            with contextlib.suppress(Exception):  # a step that needs it says better what is wrong
                self._jvm.warm_up(self._conf, lambda: not (self._is_asked() or self._is_left))
            try:
                self._jvm.reset()
            except Exception as error:
                raise DriverError("the JVM ended while it was warmed") from error
        _say(READY)

    def _wait(self) -> bool:
        """Wait until somebody asks for the JVM; tell whether there is one to lend."""
        quiet = 0
        while self._jvm.is_alive:
            if select.select([self._listener], [], [], _LOOK_SECONDS)[0]:
                return True
            quiet += 1
            if quiet == _QUIET_LOOKS:
                self._make_archive()
        self._why = "the agent is gone" if self._is_left else "the JVM ended"
        return False

    def _make_archive(self) -> None:
        """Let the next JVM of this machine start faster, now that nobody is in a hurry."""
        if self._builder is None and self._archive is None and self._place is not None:
            self._builder = subprocess.Popen(
                [sys.executable, "-m", class_archive_builder.__name__],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _lend(self, connection: socket.socket) -> bool:
        """Carry out a lease; tell whether the JVM may be lent again."""
        with self._lending:
            again = not self._is_left and self._carry_out(connection)
        if again:
            _say(READY)
        return again

    def _carry_out(self, connection: socket.socket) -> bool:
        _say(LENT)
        with self._attached(connection) as request:
            if request is None:
                return True
            scratch = Path(request["scratch"])
            self._jvm.prepare(request["conf"], Path(request["cwd"]), scratch)
            answer = {"port": self._jvm.port, "secret": self._jvm.secret}
            if not _answer(connection, json.dumps(answer).encode()):
                return True
            good = _read(connection) == b"good" and self._jvm.is_alive
            if good:
                good = self._finish()
            if not good:
                self._jvm.kill()
                for output in self._outputs:
                    output.detach(_DRAIN_SECONDS, to_end=True)
        self._left -= 1
        if good and self._left > 0:
            # Before the step is over, so that the next one, which may come at once, waits for the
            # few milliseconds of the reset and not for another JVM.
            _say(READY)
        _answer(connection, b"done")
        if not good:
            self._why = "a step failed"
            return False
        try:
            self._why = self._jvm.reset() or ("it has served its share" if self._left <= 0 else "")
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody else gets this JVM
            self._why = f"it could not be made as new: {error}"
        return not self._why

    def _finish(self) -> bool:
        mark = f"\0{os.urandom(16).hex()}"
        try:
            self._jvm.stop_contexts()
            for output in self._outputs:
                output.expect(mark.encode())
            self._jvm.mark(mark)
        except Exception:  # noqa: BLE001 - whatever it is, nobody else gets this JVM
            return False
        return True

    @contextlib.contextmanager
    def _attached(self, connection: socket.socket) -> Iterator[dict[str, Any] | None]:
        """Pass what the JVM prints on to the log files that come with a request."""
        connection.settimeout(5)
        try:
            message, descriptors, _, _ = socket.recv_fds(connection, _MESSAGE_BYTES, 2)
            request = json.loads(message)
        except (OSError, ValueError):
            yield None
            return
        connection.settimeout(None)
        for output, descriptor in zip(self._outputs, descriptors, strict=True):
            output.attach(descriptor)
        try:
            yield request
        finally:
            for output in self._outputs:
                output.detach(_DRAIN_SECONDS)


def _read(connection: socket.socket) -> bytes:
    try:
        return connection.recv(64)
    except OSError:
        return b""


def _answer(connection: socket.socket, message: bytes) -> bool:
    try:
        connection.send(message)
    except OSError:
        return False
    return True


def _say(word: str) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        os.write(1, f"{word}\n".encode())


def main() -> int:
    """Keep a JVM as long as it is wanted.

    Returns
    -------
    int
    """
    told = b""
    while not told.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            return 1
        told += piece
    Keeper(json.loads(told)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
