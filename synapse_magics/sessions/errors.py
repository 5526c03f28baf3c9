"""What goes wrong with a session; the names are those that Azure ML's magic shows."""

from __future__ import annotations

from synapse_magics._errors import SynapseMagicsError


class SessionError(SynapseMagicsError):
    """A session could not do what was asked for."""


class SessionLostError(SessionError):
    """A session has ended while it ran a statement."""


class SessionStartError(SessionError):
    """A session did not start."""


class LivyClientTimeoutException(SessionStartError):
    """A session did not start in time."""


class SparkStatementException(SessionError):
    """A statement raised an exception in its session, which goes on.

    Parameters
    ----------
    remote_traceback : str
        The traceback of the session's process.
    error : str
        Its last line: the exception.
    """

    def __init__(self, remote_traceback: str, error: str) -> None:
        super().__init__(remote_traceback.rstrip("\n"))
        self.remote_traceback = remote_traceback
        self.error = error

    def _render_traceback_(self) -> list[str]:
        # The traceback has been shown already, as the SDK's magic shows it.
        return [f"{type(self).__name__}: {self.error}"]
