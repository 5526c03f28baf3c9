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
from synapse_magics.magics.base import NotebookMagics, shared_options
from synapse_magics.magics.display import Log, RunView
from synapse_magics.magics.headless_settings import is_headless
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.magics.tables import Table, Text, table
from synapse_magics.magics.values import evaluate, names_of
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.chosen_workspace import current_workspace
from synapse_magics.pipeline.selection import Selection
from synapse_magics.pipeline.step_values import step_values
from synapse_magics.widgets.render_run import render_duration
from synapse_magics.widgets.run_source import shown_path

if TYPE_CHECKING:
    import argparse

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.pipeline import Pipeline

_HELP = argument("-h", "--help", action="store_true", help="Show this help.")

_PART = (
    argument(
        "--param",
        "-p",
        action="append",
        metavar="NAME=VALUE",
        help="The value of a pipeline parameter; repeat.",
    ),
    argument(
        "--resume",
        nargs="?",
        const="last",
        metavar="RUN",
        help="Keep what completed in a run (the last one if missing), and run the rest.",
    ),
    argument(
        "--from",
        dest="first",
        action="append",
        metavar="STEP",
        help="Run this step and all that depend on it, with the latest results of the others.",
    ),
    argument(
        "--only", action="append", metavar="STEP", help="Run this step alone, in the same way."
    ),
    argument(
        "--until",
        action="append",
        metavar="STEP",
        help="Run no step that this one does not depend on.",
    ),
    argument(
        "--regenerate-outputs",
        action="store_true",
        help="Run every step, whatever earlier results there are.",
    ),
    argument(
        "--inputs-by",
        choices=("content", "definition"),
        default="content",
        help="What tells inputs apart: the bytes of their files (if missing), or only where they "
        "lie, as in Azure ML.",
    ),
)


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
        choices=("show", "plan", "diff", "remove", "clear"),
        default="show",
        help="show (if missing), plan, diff [STEP], remove STEP, or clear.",
    )
    @argument("step", nargs="?", help="The step to remove, or whose code to compare.")
    @argument(
        "--plan",
        action="store_true",
        help="Say of each step whether a submit would run or reuse it, and why.",
    )
    @argument(
        "--diff", action="store_true", help="Show what changed in the code since it last ran."
    )
    @argument(
        "--experiment", help="Whose runs to compare with first; the workspace's name if missing."
    )
    @shared_options(_PART)
    @argument("--clear", action="store_true", help="Forget all steps and step modules.")
    @_HELP
    def synapse_pipeline(self, line: str) -> Pipeline | Table | Text | None:
        """Show the pipeline that the cells make, or forget steps.

        Examples::

            %synapse_pipeline
            %synapse_pipeline --plan
            %synapse_pipeline --plan --from train
            %synapse_pipeline diff prep
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
        diff = args.diff or args.action == "diff"
        if args.step is not None and not diff:
            raise MagicUsageError(
                f"one argument too many: {args.step}",
                where="%synapse_pipeline",
                hint="%synapse_pipeline remove STEP forgets a step",
            )
        workspace = current_workspace()
        pipeline = collection.current.pipeline(workspace)
        experiment = args.experiment or self._experiment(args, workspace)
        values = evaluate("-p", args.param, self.namespace)
        if diff:
            return submission.diff(pipeline, experiment, values, args.step)
        if args.plan or args.action == "plan":
            return submission.plan(
                pipeline,
                experiment,
                values,
                selection=self._selection(args, experiment),
                regenerate_outputs=args.regenerate_outputs,
                input_identity=args.inputs_by,
            )
        return pipeline

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("experiment", nargs="?", help="The experiment; the workspace's name if missing.")
    @argument("--wait", action="store_true", help="Wait for the end, and fail if the run fails.")
    @argument("--no-wait", action="store_true", help="Go on at once, in a headless run, too.")
    @argument(
        "--continue-on-failure",
        action="store_true",
        help="Let branches that do not depend on a failed step go on.",
    )
    @argument(
        "--token",
        metavar="TEXT",
        help="The same token gives the same run, however often the cell is run.",
    )
    @shared_options(_PART)
    @_HELP
    def synapse_submit(self, line: str) -> PipelineRun | None:
        """Submit the pipeline that the cells make, and watch it in one view.

        Returns the run. Without --wait the notebook goes on, and so does the run, even if the
        kernel is restarted. With --wait a failed run fails the cell, and interrupting the cell
        cancels the run. A step whose code, arguments and inputs are those of an earlier run is not
        run again; the view says which, and why the others run.

        Examples::

            %synapse_submit synapse-pipeline
            %synapse_submit synapse-pipeline --wait -p alpha=0.2
            %synapse_submit synapse-pipeline --resume
            %synapse_submit synapse-pipeline --from train
            run = %synapse_submit synapse-pipeline --wait
        """
        args = self.parse(self.synapse_submit, line)
        if args is None:
            return None
        workspace = current_workspace()
        experiment = args.experiment or self._experiment(args, workspace)
        self._last = submission.submit(
            collection.current.pipeline(workspace),
            experiment,
            evaluate("-p", args.param, self.namespace),
            continue_on_step_failure=args.continue_on_failure,
            regenerate_outputs=args.regenerate_outputs,
            selection=self._selection(args, experiment),
            input_identity=args.inputs_by,
            client_token=args.token,
            remember=self._remember,
            wait=(args.wait or is_headless()) and not args.no_wait,
        )
        return self._last

    def _experiment(self, args: argparse.Namespace, workspace: Workspace) -> str:
        # Who resumes a run need not name its experiment again.
        resumed = args.resume is not None
        return self._run(args.resume).experiment.name if resumed else workspace.name

    def _selection(self, args: argparse.Namespace, experiment: str) -> Selection:
        resumed = None
        if args.resume is not None:
            resumed = self._run(args.resume, experiment).id
        return Selection(
            resume=resumed,
            first=tuple(names_of(args.first)),
            only=tuple(names_of(args.only)),
            until=tuple(names_of(args.until)),
        )

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
    @argument("step", nargs="?", help="The step; the one to look at first if missing.")
    @argument("--run", "-r", default="last", help="A run's id, the beginning of it, or 'last'.")
    @_HELP
    def synapse_load(self, line: str) -> Table | None:
        """Bring what a step finds by name into the notebook, to debug it with its real data.

        Inputs, arguments and parameters get the values that they have in the step; an output is a
        place to write to that no run uses. The body of the step's cell then runs as it is.

        Examples::

            %synapse_load train
            %synapse_load prep --run 3f2a
        """
        args = self.parse(self.synapse_load, line)
        if args is None:
            return None
        step = _step_run(self._run(args.run), args.step)
        found = step_values(step)
        hidden = [name for name in found if name in self.namespace]
        self.namespace.update(found)
        rows = [
            (name, type(value).__name__, "replaces the notebook's own" if name in hidden else "")
            for name, value in found.items()
        ]
        where = f"step {step.name} of run {step.pipeline_run_id[:8]}"
        return table(("variable", "type", ""), rows, where)

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

    def _run(self, reference: str, experiment: str | None = None) -> PipelineRun:
        workspace = current_workspace()
        if reference == "last":
            last = self._last
            ours = last is not None and last.workspace == workspace
            if last is not None and ours and experiment in {None, last.experiment.name}:
                return last
            newest = workspace.store.runs.submitted(experiment, limit=1)
            if not newest:
                what = "nothing was submitted yet"
                raise ServiceException(
                    f"{what} as {experiment}" if experiment else what, hint="%synapse_submit"
                )
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
