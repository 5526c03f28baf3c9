"""How one process of a job ends, and all that it has started."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any, Protocol

from synapse_magics.engines import process_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.engines.supervisor import Alarm

    class Waiter(Protocol):
        """What is waited for beside the alarm; a step's prints are passed on meanwhile."""

        def wait(self, seconds: float | None) -> None:
            """Wait for something to happen, no longer than some seconds."""


class Child(Protocol):
    """A child of this process, as of :class:`subprocess.Popen`."""

    pid: int
    returncode: int | Any


GRACE_SECONDS = 2.0
"""From the request to end until who has not is killed, and from then until it is given up."""

_LOOK_SECONDS = 0.01
_LONGEST_SLEEP = 3600.0


class Ending:
    """How a process of a job ends: by itself, by a request, or by the job's time limit.

    Parameters
    ----------
    process : Child
    limit : float or None
        When the job's time is over, on the monotonic clock.
    stays : bool
        Whether what the process has started stays when it succeeds: the next process needs it.
    release : callable, optional
        Called as soon as the process has ended and nothing stays: it lets go what was held for it.
    """

    def __init__(
        self,
        process: Child,
        limit: float | None,
        *,
        stays: bool = False,
        release: Callable[[], None] | None = None,
    ) -> None:
        self.exit_code: int | None = None
        self.canceled = self.timed_out = False
        self._process = process
        self._limit = limit
        self._stays, self._release = stays, release
        self._kill_at: float | None = None

    @property
    def is_good(self) -> bool:
        """Whether it has ended by itself, and without an error."""
        return self.exit_code == 0 and not (self.canceled or self.timed_out)

    def await_all(self, alarm: Alarm, output: Waiter) -> None:
        """Wait until the process, and what does not stay of all that it has started, has ended.

        Parameters
        ----------
        alarm : Alarm
        output : Waiter
            A step's prints are passed on meanwhile.
        """
        while True:
            alarm.quieten()
            self._reap()
            now = time.monotonic()
            self._request(now, cancel=alarm.cancel)
            if self._stays and self.is_good:
                return
            if self.exit_code is not None:
                if self._release is not None:
                    self._release()
                if self._kill_at is None:
                    self._kill_at = now + GRACE_SECONDS  # a JVM, say, is about to end
                if not self._others() or now > self._kill_at + GRACE_SECONDS:
                    self._reap()  # who ended since the last look is nobody's zombie
                    return  # who is left sleeps in the kernel, or is not ours to kill
            if self._kill_at is not None and now >= self._kill_at:
                process_tree.send(self._others(), signal.SIGKILL)
            output.wait(self._pause(now))

    def _request(self, now: float, *, cancel: bool) -> None:
        """Ask everybody to end, once, if that is wanted or the time is over."""
        if self.canceled or self.timed_out:
            return
        late = self.exit_code is None and self._limit is not None and now >= self._limit
        if cancel or late:
            self.canceled, self.timed_out = cancel, not cancel
            process_tree.send(self._others(), signal.SIGTERM)
            if self._kill_at is None:
                self._kill_at = now + GRACE_SECONDS

    def _pause(self, now: float) -> float | None:
        if self.exit_code is not None:
            return _LOOK_SECONDS
        times = [moment for moment in (self._limit, self._kill_at) if moment is not None]
        if self._kill_at is not None:
            times = [max(self._kill_at, now + _LOOK_SECONDS)]
        return min(max(min(times) - now, 0), _LONGEST_SLEEP) if times else None

    def _reap(self) -> None:
        """Take note of the children that have ended, adopted ones included."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if pid == self._process.pid:
                self.exit_code = self._process.returncode = os.waitstatus_to_exitcode(status)

    @staticmethod
    def _others() -> list[int]:
        return [] if process_tree.is_alone() else process_tree.family(os.getpid())
