"""How much may go to a browser: so many messages and bytes in any second."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Budget:
    """What may be sent within a moving window of time.

    A server stops all output of a kernel that sends too much, so this is never exceeded, not even
    across the border of two seconds.

    Parameters
    ----------
    messages : int, optional
    size : int, optional
        Bytes.
    seconds : float, optional
        The length of the window.
    clock : callable, optional
    """

    def __init__(
        self,
        messages: int = 10,
        size: int = 100_000,
        *,
        seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._messages, self._size, self._seconds, self._clock = messages, size, seconds, clock
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0

    def allows(self, size: int) -> bool:
        """Tell whether a message may be sent now.

        Parameters
        ----------
        size : int

        Returns
        -------
        bool
        """
        self._forget()
        return len(self._spent) < self._messages and self._sum + size <= self._size

    def take(self, size: int) -> bool:
        """Take what a message needs, if there is as much.

        Parameters
        ----------
        size : int

        Returns
        -------
        bool
            Whether it may be sent.
        """
        if not self.allows(size):
            return False
        self.spend(size)
        return True

    def spend(self, size: int) -> None:
        """Note a message that is sent in any case, so that the next ones wait.

        Parameters
        ----------
        size : int
        """
        self._spent.append((self._clock(), size))
        self._sum += size

    def _forget(self) -> None:
        now = self._clock()
        while self._spent and self._spent[0][0] <= now - self._seconds:
            self._sum -= self._spent.popleft()[1]
