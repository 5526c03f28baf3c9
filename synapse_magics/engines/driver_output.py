"""What a JVM prints, passed on to whoever has it on lease."""

from __future__ import annotations

import contextlib
import os
import threading


class DriverOutput:
    """One stream of a JVM: a pipe that is always read, and goes where it is told to go.

    What nobody wants is thrown away. A thread reads, so that the JVM never waits for us.
    """

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe()
        self._changed = threading.Condition()
        self._target: int | None = None
        self._mark: bytes | None = None
        self._is_over = False
        self._thread = threading.Thread(target=self._pass_on, daemon=True)

    def start(self) -> None:
        """Begin to read; whoever prints has its end by now."""
        os.close(self.writer)
        self._thread.start()

    def attach(self, target: int) -> None:
        """Pass what comes on to a descriptor, which is ours from now on.

        Parameters
        ----------
        target : int
        """
        with self._changed:
            self._target = target

    def expect(self, mark: bytes) -> None:
        """Say what is going to be printed last.

        Parameters
        ----------
        mark : bytes
        """
        with self._changed:
            self._mark = mark

    def detach(self, seconds: float, *, to_end: bool = False) -> bool:
        """Wait for the mark, or for the end of the JVM, then pass nothing on any more.

        Parameters
        ----------
        seconds : float
        to_end : bool
            Wait for the end: there is no mark.

        Returns
        -------
        bool
            Whether all was passed on.
        """
        with self._changed:
            done = self._changed.wait_for(
                lambda: self._is_over or (self._mark is None and not to_end), seconds
            )
            if self._target is not None:
                os.close(self._target)
            self._target = self._mark = None
            return done

    def _pass_on(self) -> None:
        held = b""
        while data := os.read(self._reader, 1 << 16):
            with self._changed:
                held = self._write(held + data)
        with self._changed:
            self._send(held)
            self._is_over = True
            self._changed.notify_all()
        os.close(self._reader)

    def _write(self, data: bytes) -> bytes:
        """Pass data on; return what may be the beginning of the mark."""
        if self._mark is None:
            self._send(data)
            return b""
        before, mark, after = data.partition(self._mark)
        if mark:
            self._send(before)
            self._mark = None
            self._changed.notify_all()
            return after
        kept = next(
            (
                size
                for size in range(len(self._mark) - 1, 0, -1)
                if data.endswith(self._mark[:size])
            ),
            0,
        )
        self._send(data[: len(data) - kept])
        return data[len(data) - kept :]

    def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        with contextlib.suppress(OSError):  # on a full disk the log ends
            while rest and self._target is not None:
                rest = rest[os.write(self._target, rest) :]
