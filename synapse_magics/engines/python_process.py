"""Python steps as local processes, bounded by the compute's ``max_nodes``."""

from __future__ import annotations

import os
import sys

from synapse_magics.engines import process
from synapse_magics.engines.base import StepJob, register
from synapse_magics.engines.local_process import LocalProcess
from synapse_magics.runtime import bootstrap
from synapse_magics.runtime.context import ERROR, RECORDS


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


class PythonProcess(LocalProcess):
    """Run each step in a Python process of its own.

    Parameters
    ----------
    folder : pathlib.Path
        The state folder of the workspace.
    """

    name = "python_process"

    def command(self, job: StepJob) -> tuple[list[str], dict[str, str]]:
        """Return the command line and the environment of a job.

        Parameters
        ----------
        job : StepJob

        Returns
        -------
        tuple
        """
        return step_argv(job), step_environment(job)


register(PythonProcess.name, PythonProcess)
