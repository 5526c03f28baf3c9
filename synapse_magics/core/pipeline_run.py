"""The two kinds of runs: of a pipeline, and of one of its steps."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from synapse_magics.core._console import say
from synapse_magics.core.agent_watch import AgentWatch
from synapse_magics.core.exceptions import ActivityFailedException, UserErrorException
from synapse_magics.core.run import Run
from synapse_magics.store.run_folder import STDERR
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class StepRun(Run):
    """One step of a pipeline run."""

    @property
    def pipeline_run_id(self) -> str:
        """The id of the pipeline run."""
        return str(self.record.parent_id)

    def get_stdout_log(self) -> str:
        """Return what the step's driver printed; nothing before it starts."""
        return self._log("stdout")

    def get_stderr_log(self) -> str:
        """Return what the step's driver printed to its error stream."""
        return self._log("stderr")

    def _log(self, stream: str) -> str:
        path = self.log_path(stream)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def raise_on_failure(self) -> None:
        """Raise when the step failed.

        Raises
        ------
        ActivityFailedException
            With its message, place and last words.
        """
        if self.record.status is RunStatus.FAILED:
            raise self.failure()

    def output_path(self, name: str) -> Path:
        """Return the local place of one of the step's outputs.

        Parameters
        ----------
        name : str

        Returns
        -------
        pathlib.Path
        """
        outputs = {item.name: item for item in self.workspace.store.records.outputs(self.id)}
        if name not in outputs:
            raise UserErrorException(
                f"step {self.name} has no output {name!r}", hint=f"its outputs: {list(outputs)}"
            )
        root = self.workspace.store.datastore_root(outputs[name].datastore)
        return root / outputs[name].path

    def failure(self) -> ActivityFailedException:
        """Return the exception that tells why the step failed."""
        record = self.record
        error = record.error or {"message": record.reason}
        lines = [f"step {record.name} failed: {error.get('message', record.reason)}"]
        if error.get("type"):
            lines[0] = f"step {record.name} failed: {error['type']}: {error['message']}"
        if error.get("source"):
            lines.append(f"    {error['source']}")
        words = self.log_tail("stderr", 5).rstrip()
        if words:
            lines += ["", f"last lines of {STDERR}:", *(f"  {line}" for line in words.splitlines())]
        hint = (
            error.get("hint") or f"%synapse_logs {record.name} --stream stderr shows the whole log"
        )
        return ActivityFailedException(
            "\n".join(lines),
            where=error.get("where") or f"step {record.name}",
            hint="\n".join([hint, *self.state.how_to_go_on]),
        )


class PipelineRun(Run):
    """A run of a pipeline."""

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
        children = self.workspace.store.runs.children(self.id)
        return [StepRun(self.experiment, child.id) for child in children if child.name == name]

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

        Parameters
        ----------
        show_output : bool
            Print each change of a status.
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
            If the run failed and ``raise_on_error`` is set.
        """
        say(f"PipelineRunId: {self.id}")
        deadline = time.monotonic() + timeout_seconds
        alive = AgentWatch(self.workspace)
        seen = 0
        while True:
            status = self._wait(min(0.5, max(0.0, deadline - time.monotonic())), alive)
            if show_output:
                seen = self._say_events(seen)
            if status.is_terminal:
                break
            if time.monotonic() > deadline:
                say(f"Timed out of waiting. Elapsed time: {timeout_seconds}")
                return self.get_status()
        if status is RunStatus.FAILED and not raise_on_error:
            say(f"\nError:\n{json.dumps(self.get_details().get('error'), indent=4)}")
        elif raise_on_error:
            self.raise_on_failure()
        return self.get_status()

    def _say_events(self, seen: int) -> int:
        names = {step.id: f"StepRun( {step.name} )" for step in self.state.steps}
        for event in self.workspace.store.runs.events(self.id, seen):
            say(f"{names.get(event.run_id, 'PipelineRun')} Status: {event.after}")
            seen = event.id
        return seen
