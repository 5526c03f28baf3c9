"""Cell magics that make a step, or a module for steps, of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from synapse_magics.core.abstract_dataset import REGISTERED, AbstractDataset
from synapse_magics.core.environment import Environment
from synapse_magics.magics.base import HELP, NotebookMagics, shared_options
from synapse_magics.magics.running_cell import running_cell
from synapse_magics.magics.values import evaluate, names_of, pairs
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.cell_files import lines_above, script_text
from synapse_magics.pipeline.cells import CellStep, SparkSize
from synapse_magics.pipeline.chosen_workspace import current_workspace
from synapse_magics.pipeline.compute_kinds import only_compute
from synapse_magics.pipeline.step_specs import check_attempts
from synapse_magics.store.specs import RetryOn, StepKind
from synapse_magics.store.warm_drivers import MEMORY
from synapse_magics.widgets.tables import Text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.steps import PipelineStep

_SHARED = (
    argument("name", help="The step's name."),
    argument("--compute", "-c", help="Where it runs; the only one of its kind if missing."),
    argument(
        "--input",
        "-i",
        action="append",
        metavar="NAME",
        help="Another step's output, a dataset (NAME, or NAME:VERSION), or a variable that holds "
        "one, in this order; ALIAS=NAME renames it. Repeat, or separate by commas.",
    ),
    argument(
        "--output",
        "-o",
        action="append",
        metavar="NAME",
        help="A variable that holds a path to write to; other steps take it as an input.",
    ),
    argument(
        "--register",
        action="append",
        metavar="OUTPUT[=DATASET]",
        help="Register an output as a dataset once the step completes.",
    ),
    argument(
        "--arg",
        "-a",
        action="append",
        metavar="NAME=EXPRESSION",
        help="A value of the notebook, as a variable of the step.",
    ),
    argument(
        "--param",
        "-p",
        action="append",
        metavar="NAME=DEFAULT",
        help="A pipeline parameter: %%synapse_submit -p NAME=VALUE sets it anew.",
    ),
    argument("--environment", "-e", help="A registered environment."),
    argument(
        "--pip",
        action="append",
        metavar="REQUIREMENT",
        help="A package from PyPI that the step needs, such as scikit-learn==1.5; repeat. Where "
        "the notebook does not have it, the step gets an environment of its own.",
    ),
    argument(
        "--no-reuse",
        action="store_true",
        help="Always run, and let the steps that read its outputs run, too.",
    ),
    argument("--version", help="A tag; another one makes the step run again."),
    argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="How long one attempt may take; as long as it likes if missing.",
    ),
    argument(
        "--retries",
        type=int,
        default=0,
        metavar="N",
        help="Attempts more after a failure that the cell is not to blame for, such as a process "
        "that was killed.",
    ),
    argument(
        "--retry-on",
        choices=[str(item) for item in RetryOn],
        default=str(RetryOn.INFRASTRUCTURE),
        help="any: another attempt whatever has failed.",
    ),
    HELP,
)

_SPARK = (
    argument("--driver-memory", default=MEMORY, help=f"Such as 512m or 2g; {MEMORY} if missing."),
    argument("--driver-cores", type=int, default=1, help="1 or more."),
    argument("--executor-memory", default=MEMORY, help="The embedded Spark has the driver only."),
    argument("--executor-cores", type=int, default=1, help="1 or more."),
    argument("--num-executors", type=int, default=1, help="1 or more."),
    argument(
        "--conf", action="append", metavar="KEY=VALUE", help="More Spark configuration; repeat."
    ),
)


@magics_class
class StepMagics(NotebookMagics):
    """``%%spark_step``, ``%%python_step``, ``%%step_module``."""

    def _script(self, magic_line: str, body: str) -> str:
        return script_text(magic_line, body, lines_above(running_cell.text, body))

    @no_var_expand
    @cell_magic
    @magic_arguments(name="%spark_step")
    @shared_options(_SHARED, _SPARK)
    def spark_step(self, line: str, cell: str) -> PipelineStep | None:
        """Make a Spark step of this cell.

        Every input, output and argument is a variable of the cell: a tabular dataset is a Spark
        DataFrame, a file or another step's output is a path, an output is a path to write to.
        ``spark`` and ``run`` are there, too. The cell sees nothing else of the notebook.

        Examples::

            %%spark_step prep --compute link1-spark01 -i titanic -o prepared --driver-memory 2g
            titanic.dropna(subset=["Age"]).write.parquet(prepared)

            %%spark_step top -i people=titanic:2 -o best --arg rows=limit --register best
            people.limit(rows).write.parquet(best)
        """
        return self._define(self.spark_step, StepKind.SPARK, line, cell)

    @no_var_expand
    @cell_magic
    @magic_arguments(name="%python_step")
    @shared_options(_SHARED)
    def python_step(self, line: str, cell: str) -> PipelineStep | None:
        """Make a Python step of this cell.

        Every input, output and argument is a variable of the cell: a tabular dataset is a pandas
        DataFrame, a file or another step's output is a path, an output is a folder to write to.
        ``run`` is there, too: ``run.log("rows", 3)``. The cell sees nothing else of the notebook.

        Examples::

            %%python_step train --compute cpucluster -i prepared -o model --param alpha=0.5
            import pandas as pd
            run.log("rows", len(pd.read_parquet(prepared)))
        """
        return self._define(self.python_step, StepKind.PYTHON, line, cell)

    @no_var_expand
    @cell_magic
    @magic_arguments(name="%step_module")
    @argument("name", help="The module's name.")
    @HELP
    def step_module(self, line: str, cell: str) -> Text | None:
        """Make this cell a module that every step of the notebook can import.

        Examples::

            %%step_module cleaning
            def tidy(frame):
                return frame.dropna()
        """
        args = self.parse(self.step_module, line)
        if args is None:
            return None
        text = self._script(f"%%step_module {line}", cell)
        replaced = collection.current.define_module(args.name, text)
        note = "replaces the module of before" if replaced else f"import {args.name} in any step"
        return Text(f"step module {args.name}: {note}")

    def _define(self, magic: Any, kind: StepKind, line: str, body: str) -> PipelineStep | None:
        namespace = self.namespace
        args = self.parse(magic, line)
        if args is None:
            return None
        workspace = current_workspace()
        outputs = names_of(args.output)
        definition = CellStep(
            name=args.name,
            kind=kind,
            compute=args.compute or only_compute(workspace, kind),
            text=self._script(f"%%{kind}_step {line}", body),
            inputs=_inputs(workspace, args.name, names_of(args.input), namespace),
            outputs=tuple(outputs),
            registrations=_registrations(names_of(args.register)),
            arguments=evaluate("--arg", args.arg, namespace),
            parameters=evaluate("--param", args.param, namespace),
            size=_size(args) if kind is StepKind.SPARK else SparkSize(),
            environment=_environment(workspace, args),
            allow_reuse=not args.no_reuse,
            version=args.version,
            timeout=args.timeout,
            retries=args.retries,
            retry_on=RetryOn(args.retry_on),
        )
        check_attempts(definition.timeout, definition.retries, f"step {definition.name}")
        return collection.current.define(workspace, definition, namespace).step


def _size(args: argparse.Namespace) -> SparkSize:
    return SparkSize(
        args.driver_memory,
        args.driver_cores,
        args.executor_memory,
        args.executor_cores,
        args.num_executors,
        pairs("--conf", args.conf),
    )


def _inputs(
    workspace: Workspace, step: str, items: list[str], namespace: dict[str, Any]
) -> dict[str, str | AbstractDataset]:
    found: dict[str, str | AbstractDataset] = {}
    known = _known_inputs(workspace, step)
    for item in items:
        alias, sign, source = item.partition("=")
        source = source if sign else alias
        value = None if source in known else namespace.get(source)
        name = alias if sign else alias.partition(":")[0]
        # A dataset object of the notebook needs no registration.
        found[name] = value if isinstance(value, AbstractDataset) else source
    return found


def _known_inputs(workspace: Workspace, step: str) -> Collection[str]:
    others = [cell for cell in collection.current.cells.values() if cell.name != step]
    registered = (entry.name for entry in workspace.store.registry.entries(REGISTERED))
    return {*registered, *(output for cell in others for output in cell.outputs)}


def _registrations(items: list[str]) -> dict[str, str]:
    return {output: name or output for output, _, name in (item.partition("=") for item in items)}


def _environment(workspace: Workspace, args: argparse.Namespace) -> Environment | None:
    if args.environment is not None:
        found = Environment.get(workspace, args.environment)
    elif args.pip:
        found = Environment(f"{args.name}-packages")
        found.environment_variables = {}
        found.python.conda_dependencies.set_pip_requirements([])
    else:
        return None
    for requirement in args.pip or ():
        found.python.conda_dependencies.add_pip_package(requirement)
    return found
