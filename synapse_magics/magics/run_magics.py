"""Magics for runs: watch, read, debug, compare, remove."""

from __future__ import annotations

from IPython.core.magic import line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from synapse_magics.core.cleaning import clean
from synapse_magics.core.quantities import parse_age, parse_size
from synapse_magics.core.run_comparison import compare
from synapse_magics.core.run_search import find_runs, find_step, parse_tags
from synapse_magics.magics.base import HELP, NotebookMagics
from synapse_magics.magics.display import Log, RunView
from synapse_magics.magics.last_run import find_run
from synapse_magics.magics.values import names_of
from synapse_magics.pipeline.chosen_workspace import current_workspace
from synapse_magics.pipeline.step_values import step_values
from synapse_magics.store.runs import short_id
from synapse_magics.widgets.run_source import shown_path
from synapse_magics.widgets.run_tables import comparison_table, removal_table, runs_table
from synapse_magics.widgets.tables import Table, table


@magics_class
class RunMagics(NotebookMagics):
    """``%synapse_status``, ``%synapse_logs``, ``%synapse_load``, ``%synapse_runs`` ..."""

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("run", nargs="?", default="last", help="A run's id, the beginning of it, or 'last'.")
    @HELP
    def synapse_status(self, line: str) -> RunView | None:
        """Show a run: in a notebook its live view, whoever submitted it.

        Examples::

            %synapse_status
            %synapse_status 3f2a
        """
        args = self.parse(self.synapse_status, line)
        return None if args is None else RunView(find_run(current_workspace(), args.run))

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
    @HELP
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
        step = find_step(find_run(current_workspace(), args.run), args.step)
        text = step.log_tail(args.stream, args.lines)
        return Log(text, f"{step.name} · {args.stream}", shown_path(step, args.stream))

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("step", nargs="?", help="The step; the one to look at first if missing.")
    @argument("--run", "-r", default="last", help="A run's id, the beginning of it, or 'last'.")
    @HELP
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
        step = find_step(find_run(current_workspace(), args.run), args.step)
        found = step_values(step)
        hidden = [name for name in found if name in self.namespace]
        self.namespace.update(found)
        rows = [
            (name, type(value).__name__, "replaces the notebook's own" if name in hidden else "")
            for name, value in found.items()
        ]
        where = f"step {step.name} of run {short_id(step.pipeline_run_id)}"
        return table(("variable", "type", ""), rows, where)

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("experiment", nargs="?", help="Only the runs of this experiment.")
    @argument("--number", "-n", type=int, default=20, help="How many, newest first.")
    @argument(
        "--tag",
        action="append",
        metavar="NAME[=TEXT]",
        help="Only the runs with this tag; repeat.",
    )
    @argument(
        "--compare",
        nargs="+",
        metavar="RUN",
        help="Put these runs side by side: parameters, tags, how each step went, metrics.",
    )
    @HELP
    def synapse_runs(self, line: str) -> Table | None:
        """List the runs of the workspace, newest first, or compare some of them.

        Examples::

            %synapse_runs
            %synapse_runs synapse-pipeline -n 5
            %synapse_runs --tag nightly
            %synapse_runs --compare 3f2a 81bc last
        """
        args = self.parse(self.synapse_runs, line)
        if args is None:
            return None
        workspace = current_workspace()
        if args.compare:
            names = names_of(args.compare)
            return comparison_table(compare([find_run(workspace, name) for name in names]))
        tags = parse_tags(args.tag)
        return runs_table(find_runs(workspace, args.experiment, tags=tags, limit=args.number))

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument("--older-than", metavar="AGE", help="Remove runs that ended before: 30d, 12h.")
    @argument(
        "--over",
        metavar="SIZE",
        help="Remove the oldest runs while all together have more: 10GB.",
    )
    @argument(
        "--results",
        action="store_true",
        help="Also those whose results can still be reused; their steps run again, then.",
    )
    @argument("--dry-run", action="store_true", help="Only say what would be removed.")
    @HELP
    def synapse_clean(self, line: str) -> Table | None:
        """Remove old runs with their logs and outputs; none that something points to.

        A run stays while a registered dataset is one of its outputs, while another run shows or
        reads its results, and while a result of its can still be reused.

        Examples::

            %synapse_clean --older-than 30d --dry-run
            %synapse_clean --over 10GB
        """
        args = self.parse(self.synapse_clean, line)
        if args is None:
            return None
        removal = clean(
            current_workspace(),
            older_than=None if args.older_than is None else parse_age(args.older_than),
            over=None if args.over is None else parse_size(args.over),
            results=args.results,
            dry_run=args.dry_run,
        )
        return removal_table(removal, dry_run=args.dry_run)
