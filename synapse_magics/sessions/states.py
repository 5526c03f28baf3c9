"""The states of a session, as Livy names them."""

from __future__ import annotations

from enum import Enum


class SessionState(str, Enum):
    """What a session does at the moment."""

    NOT_STARTED = "not_started"
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    SHUTTING_DOWN = "shutting_down"
    ERROR = "error"
    DEAD = "dead"
    SUCCESS = "success"
    KILLED = "killed"
    TIMEOUT = "timeout"

    def __str__(self) -> str:
        return str(self.value)

    @property
    def is_final(self) -> bool:
        """Whether no other state follows."""
        return self in _FINAL


_FINAL = frozenset(
    {
        SessionState.ERROR,
        SessionState.DEAD,
        SessionState.SUCCESS,
        SessionState.KILLED,
        SessionState.TIMEOUT,
    }
)
