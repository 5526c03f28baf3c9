"""A run of a pipeline."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from synapse_magics.core._console import say
from synapse_magics.core.agent_watch import AgentWatch
from synapse_magics.core.announcement import announce_waited
from synapse_magics.core.exceptions import (
    ActivityFailedException,
    NotSupportedError,
    ServiceException,
    UserErrorException,
)
from synapse_magics.core.port_data_reference import StepRunOutput
from synapse_magics.core.run import Run
from synapse_magics.core.run_waiting import deadline_of, interrupted, say_error
from synapse_magics.core.service_status import service_status
from synapse_magics.core.step_run import StepRun
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_magics.core.experiment import Experiment
    from synapse_magics.core.port_data_reference import PortDataReference
    from synapse_magics.core.workspace import Workspace

__all__ = ["PipelineRun", "StepRun", "StepRunOutput"]

_WAITING = frozenset({RunStatus.NOT_STARTED, RunStatus.QUEUED})


class PipelineRun(Run):
    """A run of a pipeline.

    Parameters
    ----------
    experiment : Experiment
    run_id : str
    """

    def __init__(
        self, experiment: Experiment, run_id: str, _service_endpoint: str | None = None
    ) -> None:
        del _service_endpoint
        super().__init__(experiment, run_id)

    @staticmethod
    def get(workspace: Workspace, run_id: str, _service_endpoint: str | None = None) -> PipelineRun:
        """Return a pipeline run by its id.

        Parameters
        ----------
        workspace : Workspace
        run_id : str

        Returns
        -------
        PipelineRun

        Raises
        ------
        ServiceException
            If there is none, or it is a run of something else.
        """
        del _service_endpoint
        found = Run.get(workspace, run_id)
        if not isinstance(found, PipelineRun):
            raise ServiceException(
                f"Run {run_id} is no pipeline run: its type is {found.type}",
                hint="workspace.get_run(run_id) returns any run",
            )
        return found

    @staticmethod
    def get_pipeline_runs(
        workspace: Workspace, pipeline_id: str, _service_endpoint: str | None = None
    ) -> list[PipelineRun]:
        """Return the runs of a published pipeline, newest first.

        Parameters
        ----------
        workspace : Workspace
        pipeline_id : str

        Returns
        -------
        list of PipelineRun
        """
        del _service_endpoint
        from synapse_magics.core.experiment import Experiment  # noqa: PLC0415 - a cycle otherwise

        return [
            PipelineRun(Experiment(workspace, record.experiment), record.id)
            for record in workspace.store.runs.submitted(interactive=False)
            if json.loads(record.spec).get("pipeline_id") == pipeline_id
        ]

    def get_status(self) -> str:
        """Return the status in the pipeline service's words, such as ``Finished``."""
        return service_status(self.record.status)

    def get_steps(self) -> Iterator[Run]:
        """Yield the step runs, newest first."""
        return self.get_children()

    def find_step_run(self, name: str) -> list[StepRun]:
        """Return the step runs of a name.

        Parameters
        ----------
        name : str

        Returns
        -------
        list of StepRun
        """
        children = self._store.runs.children(self.id)
        return [StepRun(self.experiment, child.id) for child in children if child.name == name]

    def get_graph(self) -> dict[str, Any]:
        """Return the graph that was submitted: its steps, and from whom each takes data.

        Returns
        -------
        dict
            ``nodes`` by their ids, and ``edges``.
        """
        steps = [child.step for child in self._store.runs.children(self.id)]
        return {
            "nodes": {
                step.node: {
                    "name": step.name,
                    "compute": step.compute,
                    "script": step.script,
                    "inputs": [item.name for item in step.inputs],
                    "outputs": [item.name for item in step.outputs],
                }
                for step in steps
            },
            "edges": [
                {"from": node, "to": step.node} for step in steps for node in sorted(step.upstream)
            ],
        }

    def save(self, path: str | None = None) -> str:
        """Write the graph that was submitted to a file, as YAML.

        Parameters
        ----------
        path : str, optional
            A folder or a file; ``pipeline.yml`` in the working directory if missing.

        Returns
        -------
        str
            The file.
        """
        file = Path(path or ".")
        if file.is_dir() or not file.suffix:
            file.mkdir(parents=True, exist_ok=True)
            file /= "pipeline.yml"
        record = self.record
        steps = [child.step for child in self._store.runs.children(self.id)]
        content = {
            "pipeline": {
                "name": record.experiment,
                "description": record.pipeline.description,
                "parameters": dict(record.pipeline.parameters),
                "steps": {
                    step.name: {
                        "kind": str(step.kind),
                        "script": step.script,
                        "compute": step.compute,
                        "arguments": [item.value for item in step.arguments],
                        "after": sorted(step.upstream),
                    }
                    for step in steps
                },
            }
        }
        # JSON is YAML, too, and every reader of either takes it.
        file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return str(file)

    def get_pipeline_output(self, pipeline_output_name: str) -> PortDataReference:
        """Return where an output of one of the steps is.

        Parameters
        ----------
        pipeline_output_name : str

        Returns
        -------
        PortDataReference

        Raises
        ------
        UserErrorException
            If no step, or more than one, has an output of that name.
        """
        found = [
            (StepRun(self.experiment, run.id), item)
            for run in self._store.runs.children(self.id)
            for item in run.step.outputs
        ]
        wanted = [
            (step, item.name)
            for step, item in found
            if pipeline_output_name == (item.pipeline_output or item.name)
        ]
        if len(wanted) != 1:
            known = sorted({item.pipeline_output or item.name for _, item in found})
            what = "no step" if not wanted else "more than one step"
            raise UserErrorException(
                f"{what} of the run has an output {pipeline_output_name!r}",
                where=f"run {self.id}",
                hint=f"its outputs: {known}",
            )
        step, name = wanted[0]
        return step.get_output_data(name)

    def publish_pipeline(
        self,
        name: str,
        description: str,
        version: str,
        continue_on_step_failure: bool | None = None,
    ) -> Any:
        """Publish the pipeline of this run; the values that it ran with are the defaults.

        Parameters
        ----------
        name, description, version : str
        continue_on_step_failure : bool, optional
            As the run had it if missing.

        Returns
        -------
        PublishedPipeline
        """
        # Publishing is the pipeline's business, which stands above; only this name leads there.
        publisher = import_module("synapse_magics.pipeline.published_pipeline")
        return publisher.publish_run(
            self, name, description, version, continue_on_step_failure=continue_on_step_failure
        )

    def wait_for_completion(
        self,
        show_output: bool = True,
        timeout_seconds: float = sys.maxsize,
        raise_on_error: bool = True,
    ) -> str:
        """Wait until the run has ended.

        Azure ML prints a link to its portal after the run's id; here there is none.

        Parameters
        ----------
        show_output : bool
            Print each change of the status, and of each step what its driver prints, as it comes;
            steps are shown one after the other.
        timeout_seconds : float
            Give up waiting, not running, after this.
        raise_on_error : bool

        Returns
        -------
        str
            The status in the pipeline service's words, such as ``Finished``.

        Raises
        ------
        ActivityFailedException
            If a step failed and ``raise_on_error`` is set.
        ExperimentExecutionException
            If somebody interrupts the waiting; the run goes on.
        """
        say(f"PipelineRunId: {self.id}")
        try:
            status = self._watch(show_output, timeout_seconds, raise_on_error)
        except KeyboardInterrupt as error:
            raise interrupted(error) from error
        except ActivityFailedException:  # of a step, perhaps before the run has ended
            announce_waited(self.id)
            raise
        self._waited()
        return status

    def _watch(self, show_output: bool, timeout_seconds: float, raise_on_error: bool) -> str:
        deadline, alive = deadline_of(timeout_seconds), AgentWatch(self.workspace)
        said, shown = "", set[str]()
        while True:
            status = self.record.status
            if show_output and self.get_status() != said and not status.is_terminal:
                said = self.get_status()
                say(f"PipelineRun Status: {said}")
            if show_output:
                self._show_steps(shown, deadline, raise_on_error)
            if status.is_terminal:
                break
            if deadline_of(0) > deadline:
                say(f"Timed out of waiting. Elapsed time: {timeout_seconds}")
                return self.get_status()
            self._wait_until(min(deadline, deadline_of(0.2)) if show_output else deadline, alive)
        return self._summary(show_output, raise_on_error)

    def _show_steps(self, shown: set[str], deadline: float, raise_on_error: bool) -> None:
        """Show the steps that have begun, one after the other, to the end of each."""
        for child in self._store.runs.children(self.id):
            # One that a failure keeps from starting has no run in Azure ML.
            begun = child.started is not None or child.status is RunStatus.COMPLETED
            if child.id in shown or child.status in _WAITING or not begun:
                continue
            shown.add(child.id)
            left = max(0.0, deadline - deadline_of(0))
            StepRun(self.experiment, child.id).wait_for_completion(True, left, raise_on_error)

    def _summary(self, show_output: bool, raise_on_error: bool) -> str:
        details = self.get_details()
        failed = details["status"] == RunStatus.FAILED
        if show_output:
            title = "PipelineRun Execution Summary"
            say(f"\n{title}\n{'=' * len(title)}\nPipelineRun Status: {self.get_status()}")
        if failed and raise_on_error:
            step = self.state.failed
            if step is not None:
                raise StepRun(self.experiment, step.id).activity_failed()
            raise self._failure(details)
        if failed:
            say_error(details)
        if show_output:
            say(f"{details}\n")
        return self.get_status()

    # --- what Azure ML refuses of a pipeline ---

    def complete(self, _set_status: bool = True) -> NoReturn:
        """Refuse: a pipeline run ends with its steps."""
        del _set_status
        raise NotSupportedError("Complete is unsupported for Pipeline run.", where=f"run {self.id}")

    def fail(
        self,
        error_details: str | BaseException | None = None,
        error_code: str | None = None,
        _set_status: bool = True,
    ) -> NoReturn:
        """Refuse: a pipeline run ends with its steps."""
        del error_details, error_code, _set_status
        raise NotSupportedError("Fail is unsupported for Pipeline run.", where=f"run {self.id}")

    def child_run(
        self, name: str | None = None, run_id: str | None = None, outputs: str | None = None
    ) -> NoReturn:
        """Refuse: the runs below a pipeline run are its steps."""
        del name, run_id, outputs
        raise NotSupportedError(
            "Child run is unsupported for Pipeline run.", where=f"run {self.id}"
        )
