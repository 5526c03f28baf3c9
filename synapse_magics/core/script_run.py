"""A script that was submitted under an experiment."""

from __future__ import annotations

from typing import Any

from synapse_magics.core._console import say
from synapse_magics.core.agent_watch import AgentWatch
from synapse_magics.core.run import Run
from synapse_magics.core.run_files import USER_LOG
from synapse_magics.core.run_waiting import LogStream, interrupted, say_error, say_streaming
from synapse_magics.core.step_run import StepRun
from synapse_magics.store.run_folder import STDOUT
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus


class ScriptRun(Run):
    """A run of :class:`ScriptRunConfig`; its logs, files and metrics are those of its script."""

    def get_stdout_log(self) -> str:
        """Return what the script printed; nothing before it starts."""
        return self._read(STDOUT)

    def wait_for_completion(
        self,
        show_output: bool = False,
        wait_post_processing: bool = False,
        raise_on_error: bool = True,
    ) -> dict[str, Any]:
        """Wait until the run has ended.

        Parameters
        ----------
        show_output : bool
            Print what the script prints, as it comes.
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
        ExperimentExecutionException
            If somebody interrupts the waiting; the run goes on.
        """
        del wait_post_processing
        try:
            if show_output:
                self._show()
            else:
                self.wait()
        except KeyboardInterrupt as error:
            raise interrupted(error) from error
        self._waited()
        details = self.get_details()
        if show_output:
            say(f"\nExecution Summary\n=================\nRunId: {self.id}\n")
        if details["status"] == RunStatus.FAILED:
            if raise_on_error:
                raise self._step.activity_failed()
            say_error(details)
        return details

    def _show(self) -> None:
        # Azure ML prints the address of its web view as well; here there is none.
        say(f"RunId: {self.id}")
        name = USER_LOG if self._work.step.kind is StepKind.PYTHON else STDOUT
        log, alive = LogStream(self.log_path()), AgentWatch(self.workspace)
        while not self.record.started:
            if self._wait(0.3, alive).is_terminal:
                break
        say_streaming(name)
        while True:
            ended = self._wait(0.1, alive).is_terminal
            log.show()
            if ended:
                return

    @property
    def _step(self) -> StepRun:
        return StepRun(self.experiment, self._work.id)
