"""The pipeline service's words for statuses: Azure ML has two for the same thing."""

from __future__ import annotations

from synapse_magics.store.states import RunStatus

_WORDS = {
    RunStatus.COMPLETED: "Finished",
    RunStatus.PREPARING: "Running",
    RunStatus.FINALIZING: "Running",
    RunStatus.CANCEL_REQUESTED: "Running",
}


def service_status(status: RunStatus) -> str:
    """Return what ``get_status()`` of a pipeline run or a step run answers.

    Parameters
    ----------
    status : RunStatus

    Returns
    -------
    str
    """
    return _WORDS.get(status, status.value)
