"""Runs: what was submitted, how it goes, what it left."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.agent import client
from synapse_magics.core.agent_watch import AgentWatch
from synapse_magics.core.exceptions import (
    ActivityFailedException,
    RunEnvironmentException,
    ServiceException,
    UserErrorException,
)
from synapse_magics.runtime.context import RUN_ID
from synapse_magics.store.run_folder import STDERR, STDOUT, tail
from synapse_magics.store.run_state import RunState, metric_values, read_run_state
from synapse_magics.store.runs import STEP
from synapse_magics.store.secrets import declared, mask, secret_values
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_magics.core.experiment import Experiment
    from synapse_magics.core.submitted_run import SubmittedRun
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.run_folder import RunFolder
    from synapse_magics.store.runs import RunRecord

# Azure ML has two words for each of these: a run's status, and what get_status() answers.
_SERVICE_STATUS = {
    RunStatus.COMPLETED: "Finished",
    RunStatus.PREPARING: "Running",
    RunStatus.FINALIZING: "Running",
    RunStatus.CANCEL_REQUESTED: "Running",
}


class Run:
    """A run of a workspace; :meth:`get` returns one of its own class.

    Parameters
    ----------
    experiment : Experiment
    run_id : str
    """

    def __init__(self, experiment: Experiment, run_id: str) -> None:
        self.experiment = experiment
        self.id = run_id

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Run:
        """Return a run by its id, or by the beginning of it if that is enough.

        Raises
        ------
        ServiceException
            If there is none.
        """
        from synapse_magics.core.experiment import Experiment  # noqa: PLC0415 - a cycle otherwise

        found = workspace.store.runs.matching(run_id) if run_id else []
        if len(found) != 1:
            what = "not found" if not found else f"is not enough: {len(found)} runs begin with it"
            raise ServiceException(f"Run {run_id} {what}", hint="%synapse_runs lists the runs")
        from synapse_magics.core.pipeline_run import PipelineRun, StepRun  # noqa: PLC0415 - a cycle

        kind = StepRun if found[0].kind == STEP else PipelineRun
        return kind(Experiment(workspace, found[0].experiment), found[0].id)

    @staticmethod
    def get_context(
        allow_offline: bool = True, used_for_context_manager: bool = False
    ) -> SubmittedRun:
        """Return the run that this process is a step of.

        Parameters
        ----------
        allow_offline : bool
            Outside of one, return a run that records to a file of the working directory.
        used_for_context_manager : bool
            Ignored, as in Azure ML.

        Returns
        -------
        SubmittedRun

        Raises
        ------
        RunEnvironmentException
            If there is none and offline is not allowed.
        """
        del used_for_context_manager
        if RUN_ID not in os.environ and not allow_offline:
            raise RunEnvironmentException
        from synapse_magics.core.submitted_run import SubmittedRun  # noqa: PLC0415 - a cycle

        return SubmittedRun()

    @property
    def workspace(self) -> Workspace:
        """The workspace that it belongs to."""
        return self.experiment.workspace

    @property
    def record(self) -> RunRecord:
        """The run as the store has it now."""
        record = self.workspace.store.runs.get(self.id)
        if record is None:
            raise ServiceException(f"Run {self.id} not found")
        return record

    @property
    def name(self) -> str:
        """The name of the step, or of the experiment."""
        return self.record.name

    @property
    def number(self) -> int:
        """The number of the run in its experiment, or of the step in its run, from 1."""
        return self.record.number

    @property
    def type(self) -> str:
        """``azureml.PipelineRun`` or ``azureml.StepRun``."""
        return self.record.kind

    @property
    def status(self) -> str:
        """The status in the run history's words, such as ``Completed``."""
        return self.record.status.value

    def get_status(self) -> str:
        """Return the status in the pipeline service's words, such as ``Finished``."""
        status = self.record.status
        return _SERVICE_STATUS.get(status, status.value)

    @property
    def state(self) -> RunState:
        """The picture of the pipeline run and its steps at this moment."""
        state = read_run_state(self.workspace.store, self.id)
        if state is None:
            raise ServiceException(f"Run {self.id} not found")
        return state

    @property
    def tags(self) -> dict[str, str | None]:
        """The run's tags."""
        return self.workspace.store.records.tags(self.id)

    def tag(self, key: str, value: str | None = None) -> None:
        """Set a tag of the run; a secret of the environment is masked in it."""
        store = self.workspace.store
        secrets = secret_values(os.environ, declared(store.registry))
        text = None if value is None else mask(str(value), secrets)
        store.records.set_tag(self.id, mask(key, secrets), text)

    @property
    def properties(self) -> dict[str, str]:
        """The run's properties."""
        return self.workspace.store.records.properties(self.id)

    def get_metrics(self, name: str | None = None, recursive: bool = False) -> dict[str, Any]:
        """Return what was logged: a value by name, a list where it was logged repeatedly.

        Parameters
        ----------
        name : str, optional
            Only that metric.
        recursive : bool
            The children's, too: a dict of them by run id.

        Returns
        -------
        dict
        """
        own = metric_values(self.workspace.store.records.metrics(self.record.content_id))
        if name is not None:
            own = {key: value for key, value in own.items() if key == name}
        if not recursive:
            return own
        nested = {child.id: child.get_metrics(name) for child in self.get_children()}
        return {self.id: own, **nested}

    def get_children(self) -> Iterator[Run]:
        """Yield the runs below this one, newest first."""
        for child in reversed(self.workspace.store.runs.children(self.id)):
            yield Run.get(self.workspace, child.id)

    def get_details(self) -> dict[str, Any]:
        """Return what Azure ML tells of a run."""
        record = self.record
        details: dict[str, Any] = {
            "runId": record.id,
            "status": record.status.value,
            "startTimeUtc": _utc(record.started),
            "endTimeUtc": _utc(record.ended),
            "properties": self.properties,
            "inputDatasets": [],
            "outputDatasets": [],
            "logFiles": {name: name for name in self.get_file_names() if name.startswith("logs/")},
        }
        if record.status is RunStatus.FAILED:
            error = record.error or {"code": "UserError", "message": record.reason}
            details["error"] = {"error": dict(error)}
        return details

    def get_file_names(self) -> list[str]:
        """Return the names of the run's files, ``logs/...`` and ``outputs/...``."""
        return self._files.file_names()

    @property
    def _files(self) -> RunFolder:
        # A reused step shows the files of the earlier one.
        return self.workspace.store.run_folder(self.record.content_id)

    def download_file(self, name: str, output_file_path: str | None = None) -> None:
        """Copy one of the run's files.

        Parameters
        ----------
        name : str
        output_file_path : str, optional
            A file or a folder; the working directory if missing.
        """
        available = self.get_file_names()
        if name not in available:
            raise UserErrorException(
                f"File with path {name} was not found, available files include: "
                f"{','.join(available)}.",
                where=f"run {self.id}",
            )
        target = Path(output_file_path or ".")
        if target.is_dir():
            target /= Path(name).name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._files.path / name, target)

    def log_tail(self, stream: str = "stdout", lines: int = 200) -> str:
        """Return the last lines of what the step's driver printed.

        Parameters
        ----------
        stream : str
            ``stdout`` or ``stderr``.
        lines : int

        Returns
        -------
        str
        """
        return tail(self.log_path(stream), lines)

    def log_path(self, stream: str = "stdout") -> Path:
        """Return the file of what the step's driver printed."""
        name = STDERR if stream == "stderr" else STDOUT
        return self._files.path / name

    def cancel(self) -> None:
        """Ask the agent to end the run with everything that it started."""
        self.workspace.store.runs.request_cancel(self.id)
        client.wake(self.workspace.store.folder)

    def wait(self, timeout_seconds: float | None = None) -> RunStatus:
        """Wait until the run has ended, printing nothing.

        Parameters
        ----------
        timeout_seconds : float, optional

        Returns
        -------
        RunStatus
            One that is not terminal if the time was over first.
        """
        return self._wait(timeout_seconds, AgentWatch(self.workspace))

    def _wait(self, timeout_seconds: float | None, alive: AgentWatch) -> RunStatus:
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        pause = 0.02
        while True:
            status = self.record.status
            if status.is_terminal or (deadline is not None and time.monotonic() > deadline):
                return status
            alive.check()
            time.sleep(pause)
            pause = min(pause * 1.3, 0.25)

    def raise_on_failure(self) -> None:
        """Raise when the run failed.

        Raises
        ------
        ActivityFailedException
            With the failed step's message, place and last words.
        """
        failed = self.state.failed
        status = self.record.status
        if status is RunStatus.FAILED and failed is not None:
            Run.get(self.workspace, failed.id).raise_on_failure()
        if status is RunStatus.FAILED:
            raise ActivityFailedException(self.record.reason, where=f"run {self.id}")

    def __repr__(self) -> str:
        record = self.record
        return (
            f"Run(Experiment: {record.experiment},\nId: {record.id},\nType: {record.kind},\n"
            f"Status: {record.status})"
        )


def _utc(moment: float | None) -> str | None:
    if moment is None:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
