"""Runs: what was submitted, how it goes, what it left."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from synapse_magics.core import run_details
from synapse_magics.core._console import has_magics
from synapse_magics.core._html import row_table
from synapse_magics.core.exceptions import (
    ActivityFailedException,
    RunEnvironmentException,
    ServiceException,
    unsupported,
)
from synapse_magics.core.run_files import RunFiles
from synapse_magics.core.run_lifecycle import RunLifecycle
from synapse_magics.core.run_metrics import RunMetrics
from synapse_magics.core.run_models import RunModels
from synapse_magics.core.run_report import RunReport
from synapse_magics.core.run_snapshot import RunSnapshot
from synapse_magics.core.run_tags import submitter
from synapse_magics.core.run_tree import PARENT, Wanted, is_wanted
from synapse_magics.core.run_waiting import RunWaiting, interrupted, say_error
from synapse_magics.runtime.context import RUN_ID
from synapse_magics.store.run_state import RunState, read_run_state
from synapse_magics.store.runs import PIPELINE, SCRIPT, STEP
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_magics.core.experiment import Experiment
    from synapse_magics.core.offline_run import OfflineRun
    from synapse_magics.core.submitted_run import SubmittedRun
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.runs import RunRecord

_SHORTEST = 4

__all__ = ["Run", "get_run", "typed_run"]


class Run(RunMetrics, RunFiles, RunModels, RunLifecycle, RunSnapshot, RunReport, RunWaiting):
    """A run of a workspace; :meth:`get` returns one of its own class.

    Parameters
    ----------
    experiment : Experiment
    run_id : str
    outputs : str, optional
        Refused if given: ``upload_folder`` keeps a folder with the run.

    Raises
    ------
    ServiceException
        If there is none of that id.
    """

    def __init__(self, experiment: Experiment, run_id: str, outputs: str | None = None) -> None:
        unsupported(
            "Run", "run.upload_folder('outputs', path) keeps a folder with the run", outputs=outputs
        )
        super().__init__(experiment, run_id)
        _ = self.record  # of none there is no object

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Run:
        """Return a run by its id, or by the beginning of it if that is enough.

        Raises
        ------
        ServiceException
            If there is none.
        """
        runs = workspace.store.runs
        exact = runs.get(run_id) if run_id else None
        if exact is None and len(run_id) < _SHORTEST:
            # A number, most likely, and some id may begin with it.
            raise ServiceException(
                f"Run {run_id!r} is not an id, nor enough of one",
                hint=f"its first {_SHORTEST} letters or more; {_list_hint()}",
            )
        found = [exact] if exact else runs.matching(run_id)
        if len(found) != 1:
            what = "not found" if not found else f"is not enough: {len(found)} runs begin with it"
            raise ServiceException(f"Run {run_id} {what}", hint=_list_hint())
        return typed_run(workspace, found[0])

    @staticmethod
    def list(
        experiment: Experiment,
        type: str | None = None,  # noqa: A002 - Azure ML's name
        tags: Wanted = None,
        properties: Wanted = None,
        status: str | None = None,
        include_children: bool = False,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Run]:
        """Yield the runs of an experiment, newest first.

        Parameters
        ----------
        experiment : Experiment
        type, status : str, optional
            Only runs of this type, such as ``azureml.PipelineRun``, or with this status.
        tags, properties : str or mapping, optional
            Only runs that have the key, or all of these keys with these values.
        include_children : bool
            The runs below a run as well, after it.

        Yields
        ------
        Run
        """
        del _rehydrate_runs
        store = experiment.workspace.store
        children = set(store.records.labelled(PARENT))
        for record in store.runs.submitted(experiment.name):
            if record.id in children:
                continue  # it comes with its parent
            run = typed_run(experiment.workspace, record)
            below = run.get_children(recursive=True) if include_children else ()
            for found in (run, *below):
                if is_wanted(found, tags, properties, type, status):
                    yield found

    @staticmethod
    def get_context(
        allow_offline: bool = True,
        used_for_context_manager: bool = False,
        **kwargs: Any,
    ) -> SubmittedRun | OfflineRun:
        """Return the run that this process does the work of, the same object each time.

        Parameters
        ----------
        allow_offline : bool
            Outside of one, return a run that prints what it is told.
        used_for_context_manager : bool
            Ignored, as in Azure ML.
        **kwargs
            Likewise.

        Returns
        -------
        SubmittedRun or OfflineRun

        Raises
        ------
        RunEnvironmentException
            If there is none and offline is not allowed.
        """
        del used_for_context_manager, kwargs
        if RUN_ID in os.environ:
            from synapse_magics.core.submitted_run import current_run  # noqa: PLC0415 - a cycle

            return current_run()
        if not allow_offline:
            raise RunEnvironmentException
        from synapse_magics.core.offline_run import OfflineRun  # noqa: PLC0415 - only then

        return OfflineRun()

    @property
    def status(self) -> str:
        """The status in the run history's words, such as ``Completed``."""
        return self.record.status.value

    def get_status(self) -> str:
        """Return the status; of pipelines and steps in the pipeline service's words."""
        return self.status

    def get_detailed_status(self) -> dict[str, Any]:
        """Return the status, and what the run waits for or why it ended so."""
        work = self._work
        reason = work.reason or self.record.reason
        return {"status": self.status, "details": [reason] if reason else []}

    @property
    def state(self) -> RunState:
        """The picture of the run and its steps at this moment."""
        state = read_run_state(self._store, self.id)
        if state is None:
            raise ServiceException(f"Run {self.id} not found")
        return state

    def get_details(self) -> dict[str, Any]:
        """Return what Azure ML tells of a run."""
        record, work = self.record, self._work
        step = work.step if run_details.has_step(work) else None
        started = record.started
        if started is None and record.status is RunStatus.COMPLETED:
            started = record.ended  # reused: code that reads times finds some, as in Azure ML
        details: dict[str, Any] = {
            "runId": record.id,
            "target": None if step is None else step.compute,
            "status": record.status.value,
            "startTimeUtc": _utc(started),
            "endTimeUtc": _utc(record.ended),
            "services": {},
            "properties": self.properties,
            "inputDatasets": [] if step is None else run_details.input_datasets(self._store, work),
            "outputDatasets": []
            if step is None
            else run_details.output_datasets(self._store, work),
            "runDefinition": {} if step is None else run_details.run_definition(step),
            "logFiles": {
                name: self._aliases().get(name, name)
                for name in self.get_file_names()
                if not name.startswith("outputs/")
            },
            "submittedBy": submitter(),
        }
        if record.status is RunStatus.FAILED:
            error = work.error or record.error or {"code": "UserError", "message": record.reason}
            details["error"] = {"error": dict(error)}
        return details

    def get_details_with_logs(self) -> dict[str, Any]:
        """Return :meth:`get_details` with the text of each log in place of where it is."""
        details = self.get_details()
        details["logFiles"] = {name: self._read(name) for name in details["logFiles"]}
        return details

    def get_portal_url(self) -> str:
        """Return where the run can be looked at: on this machine, so it is no address."""
        return f"synapse-magics status {self.id}"

    def wait_for_completion(
        self,
        show_output: bool = False,
        wait_post_processing: bool = False,
        raise_on_error: bool = True,
    ) -> Any:
        """Wait until the run has ended.

        Parameters
        ----------
        show_output : bool
            Print what its script prints, as it comes.
        wait_post_processing : bool
            Ignored: a run has ended when nothing is left to do for it.
        raise_on_error : bool

        Returns
        -------
        dict
            As :meth:`get_details`.

        Raises
        ------
        ActivityFailedException
            If the run failed and ``raise_on_error`` is set.
        """
        del show_output, wait_post_processing  # an interactive run prints where it runs
        try:
            self.wait()
        except KeyboardInterrupt as error:
            raise interrupted(error) from error
        details = self.get_details()
        if details["status"] == RunStatus.FAILED:
            if raise_on_error:
                raise self._failure(details)
            say_error(details)
        return details

    def raise_on_failure(self) -> None:
        """Raise when the run failed.

        Raises
        ------
        ActivityFailedException
            With the failed step's message, place and last words.
        """
        failed = self.state.failed
        status = self.record.status
        if status is RunStatus.FAILED and failed is not None and failed.id != self.id:
            typed_run(self.workspace, self._record_of(failed.id)).raise_on_failure()
        if status is RunStatus.FAILED:
            raise ActivityFailedException(self.record.reason, where=f"run {self.id}")

    def __repr__(self) -> str:
        record = self.record
        return (
            f"Run(Experiment: {record.experiment},\nId: {record.id},\nType: {self.type},\n"
            f"Status: {record.status})"
        )

    def _repr_html_(self) -> str:
        # Where %load_ext synapse_magics was run, its view comes before this.
        return row_table(
            {
                "Experiment": self.record.experiment,
                "Id": self.id,
                "Type": self.type,
                "Status": self.get_status(),
                "Details Page": self.get_portal_url(),
                "Docs Page": "docs/guide.md",
            }
        )


def get_run(
    experiment: Experiment, run_id: str, rehydrate: bool = True, clean_up: bool = True
) -> Run:
    """Return a run of an experiment.

    Parameters
    ----------
    experiment : Experiment
    run_id : str
    rehydrate : bool
        An object of the run's own class, not a plain :class:`Run`.
    clean_up : bool
        Ignored: nothing is left that would have to be ended.

    Returns
    -------
    Run

    Raises
    ------
    ServiceException
        If there is none.
    """
    del clean_up
    found = Run.get(experiment.workspace, run_id)
    return found if rehydrate else Run(found.experiment, found.id)


def typed_run(workspace: Workspace, record: RunRecord) -> Run:
    """Return the object of a run's own class.

    Parameters
    ----------
    workspace : Workspace
    record : RunRecord

    Returns
    -------
    Run
    """
    from synapse_magics.core.experiment import Experiment  # noqa: PLC0415 - a cycle otherwise
    from synapse_magics.core.pipeline_run import PipelineRun  # noqa: PLC0415
    from synapse_magics.core.script_run import ScriptRun  # noqa: PLC0415
    from synapse_magics.core.step_run import StepRun  # noqa: PLC0415

    kinds: dict[str, type[Run]] = {PIPELINE: PipelineRun, STEP: StepRun, SCRIPT: ScriptRun}
    return kinds.get(record.kind, Run)(Experiment(workspace, record.experiment), record.id)


def _list_hint() -> str:
    return f"{'%synapse_runs' if has_magics() else 'synapse-magics runs'} lists the runs"


def _utc(moment: float | None) -> str | None:
    if moment is None:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
