"""Python steps as local processes, bounded by the compute's ``max_nodes``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from synapse_magics.engines import process
from synapse_magics.engines.base import StepJob, register
from synapse_magics.engines.lending import lent
from synapse_magics.engines.local_process import LocalProcess
from synapse_magics.runtime import bootstrap
from synapse_magics.runtime.context import ERROR, RECORDS

_PYTHONS = frozenset({"python", "python3"})


def step_argv(job: StepJob) -> list[str]:
    """Return the command line of a step's process.

    A step without a script is a command line; where that starts a Python script, the script finds
    what every step's script finds.

    Parameters
    ----------
    job : StepJob

    Returns
    -------
    list of str
    """
    arguments = list(job.arguments)
    script, python = job.script, job.python or sys.executable
    if not script:
        if arguments[0] not in _PYTHONS:
            return arguments
        if len(arguments) == 1 or not arguments[1].endswith(".py"):
            return [python, "-u", *arguments[1:]]
        script, arguments = arguments[1], arguments[2:]
    # Unbuffered: the log grows while the step runs.
    return [python, "-u", bootstrap.__file__, str(job.folder.work / script), *arguments]


def step_environment(job: StepJob) -> dict[str, str]:
    """Return the environment of a step's Python process.

    Parameters
    ----------
    job : StepJob

    Returns
    -------
    dict
    """
    environment = process.interpreter_environment(job.python)
    inherited = environment.pop("PYTHONPATH", None)
    modules = [str(job.folder.work), *([inherited] if inherited else []), bootstrap.ON_PATH]
    return {
        **environment,
        # A step that starts python itself gets the same one.
        "PATH": os.pathsep.join(
            [str(Path(job.python or sys.executable).parent), environment.get("PATH", os.defpath)]
        ),
        # Python workers of Spark and child processes import the step's modules, too.
        "PYTHONPATH": os.pathsep.join(modules),
        # Scripts written for Azure ML import azureml.core themselves.
        bootstrap.STARTUP: "synapse_magics.azureml:install",
        **lent(job),
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
