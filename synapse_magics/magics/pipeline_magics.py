"""Magics for the pipeline that the cells make: show, plan, submit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic import line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from synapse_magics.core.run_search import parse_tags
from synapse_magics.magics import submission
from synapse_magics.magics.base import HELP, NotebookMagics, shared_options
from synapse_magics.magics.headless_settings import is_headless
from synapse_magics.magics.last_run import find_run, last_experiment, remember
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.magics.values import evaluate, names_of
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.chosen_workspace import current_workspace
from synapse_magics.pipeline.selection import Selection
from synapse_magics.widgets.tables import Table, Text

if TYPE_CHECKING:
    import argparse

    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.pipeline import Pipeline

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
class PipelineMagics(NotebookMagics):
    """``%synapse_pipeline``, ``%synapse_submit``."""

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
        "--experiment",
        help="Whose runs to compare with first; the one that was submitted last if missing.",
    )
    @shared_options(_PART)
    @argument("--clear", action="store_true", help="Forget all steps and step modules.")
    @HELP
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
            words = "1 step" if count == 1 else f"{count} steps"
            return Text(f"{words} forgotten; a step's cell run again brings it back")
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
        last = last_experiment(workspace) if args.resume is None else None
        experiment = args.experiment or last or _experiment(args, workspace)
        values = evaluate("-p", args.param, self.namespace)
        if diff:
            return submission.diff(pipeline, experiment, values, args.step)
        if args.plan or args.action == "plan":
            return submission.plan(
                pipeline,
                experiment,
                values,
                selection=_selection(args, workspace, experiment),
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
    @argument(
        "--tag",
        action="append",
        metavar="NAME[=TEXT]",
        help="A tag of the run, by which %%synapse_runs finds it; repeat.",
    )
    @shared_options(_PART)
    @HELP
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
        if args.wait and args.no_wait:
            raise MagicUsageError("--wait or --no-wait?", where="%synapse_submit")
        workspace = current_workspace()
        experiment = args.experiment or _experiment(args, workspace)
        return submission.submit(
            collection.current.pipeline(workspace),
            experiment,
            evaluate("-p", args.param, self.namespace),
            continue_on_step_failure=args.continue_on_failure,
            regenerate_outputs=args.regenerate_outputs,
            selection=_selection(args, workspace, experiment),
            input_identity=args.inputs_by,
            client_token=args.token,
            tags=parse_tags(args.tag),
            remember=remember,
            wait=(args.wait or is_headless()) and not args.no_wait,
        )


def _experiment(args: argparse.Namespace, workspace: Workspace) -> str:
    # Who resumes a run need not name its experiment again.
    resumed = args.resume is not None
    return find_run(workspace, args.resume).experiment.name if resumed else workspace.name


def _selection(args: argparse.Namespace, workspace: Workspace, experiment: str) -> Selection:
    resumed = None
    if args.resume is not None:
        resumed = find_run(workspace, args.resume, experiment).id
    return Selection(
        resume=resumed,
        first=tuple(names_of(args.first)),
        only=tuple(names_of(args.only)),
        until=tuple(names_of(args.until)),
    )
