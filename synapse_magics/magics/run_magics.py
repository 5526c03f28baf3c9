"""Magics for the pipeline and its runs: show, submit, watch, read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic import line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from synapse_magics.core.exceptions import ServiceException, UserErrorException
from synapse_magics.core.names import did_you_mean
from synapse_magics.core.pipeline_run import PipelineRun, StepRun
from synapse_magics.core.run import Run
from synapse_magics.magics import submission
from synapse_magics.magics.base import NotebookMagics
from synapse_magics.magics.display import Log, RunView
from synapse_magics.magics.headless_settings import is_headless
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.magics.tables import Table, Text, table
from synapse_magics.magics.values import evaluate
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.chosen_workspace import current_workspace
from synapse_magics.widgets.render_run import render_duration
from synapse_magics.widgets.run_source import shown_path

if TYPE_CHECKING:
    from synapse_magics.pipeline.pipeline import Pipeline

_HELP = argument("-h", "--help", action="store_true", help="Show this help.")


@magics_class
class RunMagics(NotebookMagics):
    """``%synapse_pipeline``, ``%synapse_submit``, ``%synapse_status`` ..."""

    _last: PipelineRun | None = None

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument(
        "action",
        nargs="?",
        choices=("show", "plan", "remove", "clear"),
        default="show",
        help="show (if missing), plan, remove STEP, or clear.",
    )
    @argument("step", nargs="?", help="The step to remove.")
    @argument("--plan", action="store_true", help="Say what a submit would run, and in what order.")
    @argument("--clear", action="store_true", help="Forget all steps and step modules.")
    @_HELP
    def synapse_pipeline(self, line: str) -> Pipeline | Table | Text | None:
        """Show the pipeline that the cells make, or forget steps.

        Examples::

            %synapse_pipeline
            %synapse_pipeline --plan
            %synapse_pipeline remove prep
            %synapse_pipeline clear
            pipeline = %synapse_pipeline
        """
        args = self.parse(self.synapse_pipeline, line)
        if args is None:
            return None
        if args.clear or args.action == "clear":
            count = len(collection.current.cells)
            collection.current.clear()
            return Text(f"{count} steps forgotten; a step's cell run again brings it back")
        if args.action == "remove":
            collection.current.remove(args.step or "")
            return Text(f"step {args.step} forgotten; its cell run again brings it back")
        if args.step is not None:
            raise MagicUsageError(
                f"one argument too many: {args.step}",
                where="%synapse_pipeline",
                hint="%synapse_pipeline remove STEP forgets a step",
            )
        pipeline = collection.current.pipeline(current_workspace())
        if args.plan or args.action == "plan":
            return submission.plan(pipeline)
        return pipeline

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("experiment", nargs="?", help="The experiment; the workspace's name if missing.")
    @argument(
        "--param",
        "-p",
        action="append",
        metavar="NAME=VALUE",
        help="The value of a pipeline parameter; repeat.",
    )
    @argument("--wait", action="store_true", help="Wait for the end, and fail if the run fails.")
    @argument("--no-wait", action="store_true", help="Go on at once, in a headless run, too.")
    @argument(
        "--continue-on-failure",
        action="store_true",
        help="Let branches that do not depend on a failed step go on.",
    )
    @argument(
        "--regenerate-outputs",
        action="store_true",
        help="Run every step. This is so anyway: nothing is reused yet.",
    )
    @_HELP
    def synapse_submit(self, line: str) -> PipelineRun | None:
        """Submit the pipeline that the cells make, and watch it in one view.

        Returns the run. Without --wait the notebook goes on, and so does the run, even if the
        kernel is restarted. With --wait a failed run fails the cell, and interrupting the cell
        cancels the run.

        Examples::

            %synapse_submit synapse-pipeline
            %synapse_submit synapse-pipeline --wait -p alpha=0.2
            run = %synapse_submit synapse-pipeline --wait
        """
        args = self.parse(self.synapse_submit, line)
        if args is None:
            return None
        workspace = current_workspace()
        self._last = submission.submit(
            collection.current.pipeline(workspace),
            args.experiment or workspace.name,
            evaluate("-p", args.param, self.namespace),
            continue_on_step_failure=args.continue_on_failure,
            regenerate_outputs=args.regenerate_outputs,
            remember=self._remember,
            wait=(args.wait or is_headless()) and not args.no_wait,
        )
        return self._last

    def _remember(self, run: PipelineRun) -> None:
        # Before the wait: a run that fails is looked at with %synapse_status.
        self._last = run

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("run", nargs="?", default="last", help="A run's id, the beginning of it, or 'last'.")
    @_HELP
    def synapse_status(self, line: str) -> RunView | None:
        """Show a run as it is now.

        Examples::

            %synapse_status
            %synapse_status 3f2a
        """
        args = self.parse(self.synapse_status, line)
        return None if args is None else RunView(self._run(args.run))

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("step", nargs="?", help="The step; the one to look at first if missing.")
    @argument("--run", "-r", default="last", help="A run's id, the beginning of it, or 'last'.")
    @argument(
        "--stream",
        "-s",
        choices=("stdout", "stderr"),
        default="stdout",
        help="stdout (if missing) or stderr.",
    )
    @argument("--lines", "-n", type=int, default=200, help="How many of the last lines.")
    @_HELP
    def synapse_logs(self, line: str) -> Log | None:
        """Show the end of what a step's driver printed.

        Examples::

            %synapse_logs prep
            %synapse_logs prep --stream stderr -n 50
            %synapse_logs train --run 3f2a
        """
        args = self.parse(self.synapse_logs, line)
        if args is None:
            return None
        step = _step_run(self._run(args.run), args.step)
        text = step.log_tail(args.stream, args.lines)
        return Log(text, f"{step.name} · {args.stream}", shown_path(step, args.stream))

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("experiment", nargs="?", help="Only the runs of this experiment.")
    @argument("--number", "-n", type=int, default=20, help="How many, newest first.")
    @_HELP
    def synapse_runs(self, line: str) -> Table | None:
        """List the runs of the workspace, newest first.

        Examples::

            %synapse_runs
            %synapse_runs synapse-pipeline -n 5
        """
        args = self.parse(self.synapse_runs, line)
        if args is None:
            return None
        workspace = current_workspace()
        rows = []
        for record in workspace.store.runs.submitted(args.experiment, args.number):
            state = Run.get(workspace, record.id).state
            rows.append(
                (
                    record.id[:8],
                    record.experiment,
                    record.number,
                    record.status,
                    render_duration(state.elapsed),
                    ", ".join(f"{step.name} {step.status}" for step in state.steps),
                )
            )
        return table(("run", "experiment", "number", "status", "elapsed", "steps"), rows)

    def _run(self, reference: str) -> PipelineRun:
        workspace = current_workspace()
        if reference == "last":
            if self._last is not None and self._last.workspace == workspace:
                return self._last
            newest = workspace.store.runs.submitted(limit=1)
            if not newest:
                raise ServiceException("nothing was submitted yet", hint="%synapse_submit")
            reference = newest[0].id
        found = Run.get(workspace, reference)
        if isinstance(found, StepRun):
            return PipelineRun(found.experiment, found.pipeline_run_id)
        return PipelineRun(found.experiment, found.id)


def _step_run(run: PipelineRun, name: str | None) -> StepRun:
    if name is None:
        focus = run.state.focus
        if focus is None:
            raise ServiceException("the run has no steps", where=f"run {run.id}")
        return StepRun(run.experiment, focus.id)
    found = run.find_step_run(name)
    if not found:
        known = [step.name for step in run.state.steps]
        raise UserErrorException(
            f"the run has no step {name!r}",
            where=f"run {run.id}",
            hint=did_you_mean(name, known, "steps"),
        )
    return found[0]
