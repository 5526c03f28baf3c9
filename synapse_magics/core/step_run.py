"""One step of a pipeline run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

from synapse_magics.core._console import has_magics, say
from synapse_magics.core.agent_watch import AgentWatch
from synapse_magics.core.exceptions import (
    ActivityFailedException,
    NotSupportedError,
    UserErrorException,
)
from synapse_magics.core.port_data_reference import PortDataReference, StepRunOutput
from synapse_magics.core.run import Run
from synapse_magics.core.run_files import DRIVER_LOG, JOB_LOG
from synapse_magics.core.run_waiting import (
    LogStream,
    deadline_of,
    error_text,
    interrupted,
    say_error,
    say_streaming,
)
from synapse_magics.core.service_status import service_status
from synapse_magics.store.run_folder import STDERR, STDOUT
from synapse_magics.store.run_state import magic_word
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.store.records import OutputRecord


class StepRun(Run):
    """One step of a pipeline run."""

    @property
    def pipeline_run_id(self) -> str:
        """The id of the pipeline run."""
        return str(self.record.parent_id)

    def get_status(self) -> str:
        """Return the status in the pipeline service's words, such as ``Finished``."""
        return service_status(self.record.status)

    def get_job_log(self) -> str:
        """Return what became of the step, a line for each change of its status."""
        return self._read(JOB_LOG)

    def get_stdout_log(self) -> str:
        """Return what the step's driver printed; nothing before it starts."""
        return self._read(STDOUT)

    def get_stderr_log(self) -> str:
        """Return what the step's driver printed to its error stream."""
        return self._read(STDERR)

    def get_details_with_logs(self) -> dict[str, Any]:
        """Return :meth:`get_details` with the text of each log, and of the three of the step."""
        return {
            **super().get_details_with_logs(),
            "STDOUT": self.get_stdout_log(),
            "STDERR": self.get_stderr_log(),
            "JOBLOG": self.get_job_log(),
        }

    def get_outputs(self) -> dict[str, StepRunOutput]:
        """Return the step's outputs by name."""
        found = self._store.records.outputs(self.id)
        return {item.name: StepRunOutput(self, item) for item in found}

    def get_output(self, name: str) -> StepRunOutput:
        """Return one of the step's outputs.

        Parameters
        ----------
        name : str

        Returns
        -------
        StepRunOutput
        """
        return StepRunOutput(self, self._output(name))

    def get_output_data(self, name: str) -> PortDataReference:
        """Return where one of the step's outputs is, to be downloaded.

        Parameters
        ----------
        name : str

        Returns
        -------
        PortDataReference
        """
        return PortDataReference(self.workspace, self._output(name))

    def output_path(self, name: str) -> Path:
        """Return the local place of one of the step's outputs.

        Parameters
        ----------
        name : str

        Returns
        -------
        pathlib.Path
        """
        output = self._output(name)
        return self._store.datastore_root(output.datastore) / output.path

    def _output(self, name: str) -> OutputRecord:
        outputs = {item.name: item for item in self._store.records.outputs(self.id)}
        # The step of a module: its outputs go by the names of the module's ports, as in Azure ML.
        ports = {item.port: item.name for item in self._work.step.outputs if item.port is not None}
        chosen = ports.get(name, name)
        if chosen not in outputs:
            raise UserErrorException(
                f"step {self.name} has no output {name!r}",
                hint=f"its outputs: {[*outputs, *(port for port in ports if port not in outputs)]}",
            )
        return outputs[chosen]

    def wait_for_completion(
        self,
        show_output: bool = True,
        timeout_seconds: float = sys.maxsize,
        raise_on_error: bool = True,
    ) -> str:
        """Wait until the step has ended.

        Parameters
        ----------
        show_output : bool
            Print what its driver prints, as it comes.
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
            If the step failed and ``raise_on_error`` is set.
        ExperimentExecutionException
            If somebody interrupts the waiting; the step goes on.
        """
        try:
            return self._watch(show_output, timeout_seconds, raise_on_error)
        except KeyboardInterrupt as error:
            raise interrupted(error) from error

    def _watch(self, show_output: bool, timeout_seconds: float, raise_on_error: bool) -> str:
        deadline, alive = deadline_of(timeout_seconds), AgentWatch(self.workspace)
        if not self._show(deadline, alive) if show_output else not self._ends(deadline, alive):
            say(f"Timed out of waiting. Elapsed time: {timeout_seconds}")
            return self.get_status()
        details = self.get_details()
        failed = details["status"] == RunStatus.FAILED
        if show_output:
            title = f"StepRun({self.name}) Execution Summary"
            say(
                f"\n{title}\n{'=' * len(title)}\nStepRun( {self.name} ) Status: {self.get_status()}"
            )
        if failed and raise_on_error:
            raise self.activity_failed()
        if failed:
            say_error(details)
        if show_output:
            say(f"{details}\n")
        return self.get_status()

    def _ends(self, deadline: float, alive: AgentWatch) -> bool:
        return self._wait_until(deadline, alive).is_terminal

    def _show(self, deadline: float, alive: AgentWatch) -> bool:
        """Print the step's status and its log; tell whether it ended in time."""
        say(f"\n\nStepRunId: {self.id}")
        log, said, streaming = LogStream(self.log_path()), "", False
        while True:
            status = self._wait_until(min(deadline, deadline_of(0.1)), alive)
            if self.get_status() != said:
                said = self.get_status()
                if not status.is_terminal:  # the summary says how it ended
                    say(f"StepRun( {self.name} ) Status: {said}")
            if not streaming and self.log_path().exists():
                streaming = True
                say_streaming(DRIVER_LOG if self._work.step.kind is StepKind.PYTHON else STDOUT)
            log.show()
            if status.is_terminal:
                return True
            if deadline_of(0) > deadline:
                return False

    def raise_on_failure(self) -> None:
        """Raise when the step failed.

        Raises
        ------
        ActivityFailedException
            With its message, place and last words.
        """
        if self.record.status is RunStatus.FAILED:
            raise self.failure()

    def failure(self) -> ActivityFailedException:
        """Return the exception that tells why the step failed."""
        record = self.record
        error = record.error or {"message": record.reason}
        lines = [f"step {record.name} failed: {error.get('message', record.reason)}"]
        if error.get("type"):
            lines[0] = f"step {record.name} failed: {error['type']}: {error['message']}"
        if error.get("source"):
            lines.append(f"    {error['source']}")
        lines += self._last_words()
        return ActivityFailedException("\n".join(lines), where=self._place(), hint=self._hint())

    def activity_failed(self) -> ActivityFailedException:
        """Return the exception that waiting for the step ends with.

        Its text is Azure ML's, the error as JSON, which scripts read; what helps a person, where
        it was and the last words, stands around it.
        """
        details = self.get_details()
        hint = "\n".join([self._hint(), *self._last_words()])
        return ActivityFailedException(
            error_text(details.get("error")), where=self._place(), hint=hint
        )

    def _place(self) -> str:
        found = (self.record.error or {}).get("where")
        return str(found or f"step {self.name}")

    def _hint(self) -> str:
        first = (self.record.error or {}).get("hint")
        state = self.state
        if not has_magics():
            return "\n".join([*([str(first)] if first else []), *state.commands_to_go_on])
        step = magic_word(self.name)
        first = first or f"%synapse_logs {step} --stream stderr shows the whole log"
        return "\n".join([str(first), *state.how_to_go_on])

    def _last_words(self) -> list[str]:
        words = self.log_tail("stderr", 5).rstrip()
        if not words:
            return []
        return ["", f"last lines of {STDERR}:", *(f"  {line}" for line in words.splitlines())]

    # --- what Azure ML refuses of a step ---

    def complete(self, _set_status: bool = True) -> NoReturn:
        """Refuse: a step ends with its process."""
        del _set_status
        raise NotSupportedError("Complete is unsupported for Step run.", where=f"run {self.id}")

    def fail(
        self,
        error_details: str | BaseException | None = None,
        error_code: str | None = None,
        _set_status: bool = True,
    ) -> NoReturn:
        """Refuse: a step ends with its process."""
        del error_details, error_code, _set_status
        raise NotSupportedError("Fail is unsupported for Step run.", where=f"run {self.id}")

    def child_run(
        self, name: str | None = None, run_id: str | None = None, outputs: str | None = None
    ) -> NoReturn:
        """Refuse; inside the step, ``Run.get_context().child_run()`` makes one."""
        del name, run_id, outputs
        raise NotSupportedError("Child run is unsupported for Step run.", where=f"run {self.id}")
