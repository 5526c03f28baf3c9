"""Cell magics that make a step, or a module for steps, of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from synapse_magics.core.compute import AmlCompute, ComputeTarget, SynapseCompute
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.core.environment import Environment
from synapse_magics.core.exceptions import ComputeTargetException
from synapse_magics.magics.base import NotebookMagics
from synapse_magics.magics.tables import Text
from synapse_magics.magics.values import evaluate, names_of, pairs
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.cell_files import script_text
from synapse_magics.pipeline.cells import CellStep, SparkSize
from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

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
        help="A dataset (NAME, or NAME:VERSION) or another step's output; ALIAS=NAME renames it. "
        "Repeat, or separate by commas.",
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
    argument("--no-reuse", action="store_true", help="Always run, whatever could be reused."),
    argument("--version", help="A tag; changing it makes the step run again."),
    argument("-h", "--help", action="store_true", help="Show this help."),
)

_SPARK = (
    argument("--driver-memory", default="2g", help="Such as 512m or 2g; 2g if missing."),
    argument("--driver-cores", type=int, default=1, help="1 or more."),
    argument("--executor-memory", default="2g", help="The embedded Spark has the driver only."),
    argument("--executor-cores", type=int, default=1, help="1 or more."),
    argument("--num-executors", type=int, default=1, help="1 or more."),
    argument(
        "--conf", action="append", metavar="KEY=VALUE", help="More Spark configuration; repeat."
    ),
    argument("--environment", "-e", help="A registered environment."),
)


def _options(*groups: tuple[Any, ...]) -> Callable[[Any], Any]:
    """Give a magic groups of options, so that two magics share them and their help."""

    def decorate(magic: Any) -> Any:
        # Decorators apply from the bottom up.
        for group in reversed(groups):
            for option in reversed(group):
                magic = option(magic)
        return magic

    return decorate


@magics_class
class StepMagics(NotebookMagics):
    """``%%spark_step``, ``%%python_step``, ``%%step_module``."""

    @no_var_expand
    @cell_magic
    @magic_arguments(name="%spark_step")
    @_options(_SHARED, _SPARK)
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
    @_options(_SHARED)
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
    @argument("-h", "--help", action="store_true", help="Show this help.")
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
        text = script_text(f"%%step_module {line}", cell)
        replaced = collection.current.define_module(args.name, text)
        note = "replaces the module of before" if replaced else f"import {args.name} in any step"
        return Text(f"step module {args.name}: {note}")

    def _define(self, magic: Any, kind: StepKind, line: str, body: str) -> PipelineStep | None:
        namespace = self.namespace
        args = self.parse(magic, line)
        if args is None:
            return None
        workspace = collection.current_workspace()
        outputs = names_of(args.output)
        definition = CellStep(
            name=args.name,
            kind=kind,
            compute=args.compute or _only_compute(workspace, kind),
            text=script_text(f"%%{kind}_step {line}", body),
            inputs=_inputs(names_of(args.input), namespace),
            outputs=tuple(outputs),
            registrations=_registrations(names_of(args.register)),
            arguments=evaluate("--arg", args.arg, namespace),
            parameters=evaluate("--param", args.param, namespace),
            size=_size(args) if kind is StepKind.SPARK else SparkSize(),
            environment=_environment(workspace, getattr(args, "environment", None)),
            allow_reuse=not args.no_reuse,
            version=args.version,
        )
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


def _inputs(items: list[str], namespace: dict[str, Any]) -> dict[str, str | AbstractDataset]:
    found: dict[str, str | AbstractDataset] = {}
    for item in items:
        alias, sign, source = item.partition("=")
        source = source if sign else alias
        value = namespace.get(source)
        name = alias if sign else alias.partition(":")[0]
        # A dataset object of the notebook needs no registration.
        found[name] = value if isinstance(value, AbstractDataset) else source
    return found


def _registrations(items: list[str]) -> dict[str, str]:
    return {output: name or output for output, _, name in (item.partition("=") for item in items)}


def _environment(workspace: Workspace, name: str | None) -> Environment | None:
    return None if name is None else Environment.get(workspace, name)


def _only_compute(workspace: Workspace, kind: StepKind) -> str:
    wanted = SynapseCompute if kind is StepKind.SPARK else AmlCompute
    found = [item.name for item in ComputeTarget.list(workspace) if isinstance(item, wanted)]
    if len(found) == 1:
        return found[0]
    how = "%synapse_attach" if kind is StepKind.SPARK else "%synapse_compute"
    raise ComputeTargetException(
        "where is the step to run?",
        where=f"%%{kind}_step",
        hint=f"--compute NAME; there are: {', '.join(found)}"
        if found
        else f"{how} makes a compute",
    )
