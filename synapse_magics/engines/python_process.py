"""Python steps as local processes, bounded by the compute's ``max_nodes``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from synapse_magics.engines import process
from synapse_magics.engines.base import JobHandle, JobState, StepJob, register
from synapse_magics.runtime import bootstrap
from synapse_magics.runtime.context import ERROR, RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def step_argv(job: StepJob) -> list[str]:
    """Return the command line of a step's Python process.

    Parameters
    ----------
    job : StepJob

    Returns
    -------
    list of str
    """
    script = job.folder.work / job.script
    # Unbuffered: the log grows while the step runs.
    return [sys.executable, "-u", bootstrap.__file__, str(script), *job.arguments]


def step_environment(job: StepJob) -> dict[str, str]:
    """Return the environment of a step's Python process.

    Parameters
    ----------
    job : StepJob

    Returns
    -------
    dict
    """
    environment = process.base_environment()
    inherited = environment.get("PYTHONPATH")
    return {
        **environment,
        # Python workers of Spark and child processes import the step's modules, too.
        "PYTHONPATH": os.pathsep.join([str(job.folder.work), *([inherited] if inherited else [])]),
        # Scripts written for Azure ML import azureml.core themselves.
        bootstrap.STARTUP: "synapse_magics.azureml:install",
        RECORDS: str(job.folder.records),
        ERROR: str(job.folder.error),
        **job.environment,
    }


class PythonProcess:
    """Run each step in a Python process of its own.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder of the workspace.
    """

    name = "python_process"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self, job: StepJob, record: Callable[[JobHandle], None]) -> JobHandle:
        """Start a job, see :class:`~synapse_magics.engines.base.Engine`."""
        return process.start(job, self._folder, step_argv(job), step_environment(job), record)

    def poll(self, handle: JobHandle) -> JobState:
        """Tell the state of a job."""
        return process.poll(handle, self._folder)

    def cancel(self, handle: JobHandle) -> None:
        """End a job with everything that it started."""
        process.cancel(handle)

    def fetch_logs(self, handle: JobHandle) -> None:
        """Do nothing: the job writes its logs itself."""


register(PythonProcess.name, PythonProcess)
