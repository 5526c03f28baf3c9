"""What engines that run steps on this machine have in common."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from synapse_magics.engines import process
from synapse_magics.engines.fork_servers import servers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from synapse_magics.engines.base import JobHandle, JobState, StepJob


class LocalProcess:
    """Run each step in a process of its own, under a supervisor; how is a subclass's business.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder of the workspace.
    """

    name: str

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def command(self, job: StepJob) -> tuple[list[str], dict[str, str]]:
        """Return the command line and the environment of a job.

        Parameters
        ----------
        job : StepJob

        Returns
        -------
        tuple
        """
        raise NotImplementedError

    def warm(self, compute: Mapping[str, Any]) -> None:
        """Start the fork server of this interpreter.

        Parameters
        ----------
        compute : mapping
        """
        del compute
        # The one that starts at once first: what imports nothing goes on meanwhile.
        servers.warm(sys.executable, process.interpreter_environment(), plain=True)
        servers.warm(sys.executable, process.interpreter_environment())

    def driver(self, job: StepJob, environment: Mapping[str, str]) -> dict[str, Any] | None:
        """Return what a job's supervisor is told of a warm driver, or None if it gets none.

        Parameters
        ----------
        job : StepJob
        environment : mapping
            The step's.

        Returns
        -------
        dict or None
        """
        del job, environment
        return None

    def start(self, job: StepJob, record: Callable[[JobHandle], None]) -> JobHandle:
        """Start a job, see :class:`~synapse_magics.engines.base.Engine`."""
        argv, environment = self.command(job)
        own = process.interpreter_environment(job.python)
        servers.want(job.python or sys.executable, own, plain=job.is_plain)
        driver = self.driver(job, environment)
        return process.start(job, self._folder, argv, environment, record, driver=driver)

    def poll(self, handle: JobHandle) -> JobState:
        """Tell the state of a job."""
        return process.poll(handle, self._folder)

    def cancel(self, handle: JobHandle) -> None:
        """Begin to end a job with everything that it started."""
        process.cancel(handle, self._folder)

    def fetch_logs(self, handle: JobHandle) -> None:
        """Do nothing: the job writes its logs itself."""
