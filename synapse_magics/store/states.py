"""The statuses of a run and the changes that are possible between them."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class RunStatus(str, Enum):
    """A status in the vocabulary of Azure ML's run history."""

    NOT_STARTED = "NotStarted"
    QUEUED = "Queued"
    PREPARING = "Preparing"
    RUNNING = "Running"
    FINALIZING = "Finalizing"
    CANCEL_REQUESTED = "CancelRequested"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELED = "Canceled"

    def __str__(self) -> str:
        return str(self.value)

    @property
    def is_terminal(self) -> bool:
        """Whether a run in this status never changes again."""
        return self in TERMINAL


TERMINAL = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELED})

_ENDINGS = frozenset({RunStatus.FAILED, RunStatus.CANCELED, RunStatus.CANCEL_REQUESTED})

TRANSITIONS: Mapping[RunStatus, frozenset[RunStatus]] = MappingProxyType(
    {
        # Completed at once: an earlier result is reused.
        RunStatus.NOT_STARTED: _ENDINGS
        | {RunStatus.QUEUED, RunStatus.PREPARING, RunStatus.RUNNING, RunStatus.COMPLETED},
        RunStatus.QUEUED: _ENDINGS | {RunStatus.PREPARING, RunStatus.RUNNING, RunStatus.COMPLETED},
        # Back to the queue: the agent died between taking the step and recording its job.
        RunStatus.PREPARING: _ENDINGS | {RunStatus.QUEUED, RunStatus.RUNNING},
        # Back to the queue: another attempt.
        RunStatus.RUNNING: _ENDINGS | {RunStatus.QUEUED, RunStatus.FINALIZING, RunStatus.COMPLETED},
        RunStatus.FINALIZING: _ENDINGS | {RunStatus.COMPLETED},
        RunStatus.CANCEL_REQUESTED: frozenset(
            {RunStatus.CANCELED, RunStatus.FAILED, RunStatus.COMPLETED}
        ),
        RunStatus.COMPLETED: frozenset(),
        RunStatus.FAILED: frozenset(),
        RunStatus.CANCELED: frozenset(),
    }
)
"""Which statuses may follow which. A terminal status is followed by none."""


def can_follow(before: RunStatus, after: RunStatus) -> bool:
    """Tell whether a run may go from one status to another.

    Parameters
    ----------
    before, after : RunStatus

    Returns
    -------
    bool
    """
    return after in TRANSITIONS[before]
