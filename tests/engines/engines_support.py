"""What tests of engines share: the end of a job."""

from support import wait_until

from synapse_magics.engines.base import JobStatus


def end_of(engine, handle, seconds=15):
    """Return how a job ended, once it has."""
    return wait_until(
        lambda: engine.poll(handle).status is not JobStatus.RUNNING and engine.poll(handle), seconds
    )
