"""What a step prints: in its log at once, and fast when it is much.

Who prints a line now and then sees each of them in the log when ``print`` returns, as with
``python -u``: nothing is lost, whatever kills the process. Two writes for each of a million lines
would take longer than the step's work, so in a flood the text is collected, by the same means as in
every Python, and written every few milliseconds by a thread that exists as long as the flood does.

It stands on the standard library alone: each environment's Python runs it.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import sys
import threading
import time
from typing import Any

_WINDOW_SECONDS = 0.01
_FLOOD_WRITES = 100
"""So many writes within a window are a flood; a terminal could not show them one by one either."""

_PAUSE_SECONDS = 0.005
_CALM_PAUSES = 20
"""After so many pauses with next to nothing to write a flood is over."""

_CHUNK_BYTES = 1 << 16
_FEW_BYTES = 1 << 10

_STARTS = frozenset(
    {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}
    | {"_thread.start_new_thread"}
)


class Valve(io.FileIO):
    """The file behind a standard stream, which tells floods from lines.

    Parameters
    ----------
    descriptor : int
        1 or 2; it stays open.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self.text: io.TextIOWrapper | None = None
        """The stream that is switched over, once there is one."""
        self._since, self._writes, self._bytes = 0.0, 0, 0
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        # Who has taken collected text writes it before anybody writes what came after.
        self._turn = threading.RLock()

    def write(self, data: Any) -> int:
        """Write all of some bytes, and take note of how often that is asked for."""
        with self._turn, memoryview(data) as view, view.cast("B") as left:
            total, done = left.nbytes, 0
            while done < total:  # a pipe need not take all at once
                done += super().write(left[done:]) or 0
        if self._thread is None:
            now = time.monotonic()
            if now - self._since > _WINDOW_SECONDS:
                self._since, self._writes = now, 0
            self._writes += 1
            if self._writes > _FLOOD_WRITES and _is_alone():
                self._begin()
        else:
            self._bytes += total
        return total

    def _begin(self) -> None:
        if self.text is None or sys.is_finalizing():
            return
        self._over.clear()
        thread = threading.Thread(target=self._look_after, name="flood", daemon=True)
        _listen()
        with _starting:
            try:
                self._thread = thread
                thread.start()
            except RuntimeError:  # the system has none to spare
                self._thread = None
                return
        self.text.reconfigure(write_through=False)

    def _look_after(self) -> None:
        calm = 0
        while calm < _CALM_PAUSES and not self._over.wait(_PAUSE_SECONDS):
            if not _is_alone():
                break
            self._bytes = 0
            self._flush()
            calm = calm + 1 if self._bytes < _FEW_BYTES else 0
        if not self._over.is_set():
            self._end()

    def calm(self) -> None:
        """End a flood: what was collected is written, and what follows is written at once."""
        thread = self._thread
        if thread is None:
            return
        self._over.set()
        if thread is not threading.current_thread():
            thread.join()
        self._end()

    def _end(self) -> None:
        if self.text is not None:
            with contextlib.suppress(OSError, ValueError):
                self.text.reconfigure(write_through=True)
        self._flush()  # what came while it was switched over
        self._thread, self._writes = None, 0

    def _flush(self) -> None:
        if self.text is not None:
            with (
                self._turn,
                contextlib.suppress(OSError, ValueError),
            ):  # full, or closed: print says so
                self.text.flush()


_valves: list[Valve] = []
_is_listening = False


_starting = threading.Lock()


def _is_alone() -> bool:
    """Tell whether this process has one thread, apart from ours.

    What several threads print is not collected: pieces of it would change places, and before
    Python 3.11.10 and 3.12.5 some would be lost.
    """
    ours = [valve for valve in _valves if valve._thread is not None]  # noqa: SLF001 - its own
    return threading.active_count() <= len(ours) + 1


def calm() -> None:
    """Write all that was collected, and go on line by line."""
    for valve in _valves:
        valve.calm()


def _listen() -> None:
    """Hear of what is started from now on: what it prints comes after what was printed before.

    Nor is anybody forked from a process with a thread of ours.
    """
    global _is_listening  # noqa: PLW0603 - what is heard cannot be unheard
    if not _is_listening:
        _is_listening = True
        sys.addaudithook(_hear)
        os.register_at_fork(before=calm)
        atexit.register(calm)


def _hear(event: str, _: Any) -> None:
    if event in _STARTS and not _starting.locked():
        calm()


def live_stream(descriptor: int, name: str, like: Any) -> io.TextIOWrapper:
    """Return a standard stream that writes at once, and collects in a flood.

    Parameters
    ----------
    descriptor : int
    name : str
    like : text stream
        Whose encoding it has.

    Returns
    -------
    io.TextIOWrapper
    """
    valve: Any = Valve(descriptor)
    valve.name = name
    stream = io.TextIOWrapper(
        valve, encoding=like.encoding, errors=like.errors, newline="\n", write_through=True
    )
    stream._CHUNK_SIZE = _CHUNK_BYTES  # type: ignore[attr-defined]  # noqa: SLF001 - no other way
    stream.mode = "w"  # type: ignore[misc]  # as Python itself
    valve.text = stream
    _valves.append(valve)
    return stream


def install() -> None:
    """Let this process print through streams of ours, if it prints to files or pipes."""
    _valves.clear()
    for number, name in ((1, "stdout"), (2, "stderr")):
        known = getattr(sys, f"__{name}__")
        if known is not None and getattr(sys, name) is known and not known.isatty():
            with contextlib.suppress(OSError):
                stream = live_stream(number, f"<{name}>", known)
                setattr(sys, name, stream)
                setattr(sys, f"__{name}__", stream)
