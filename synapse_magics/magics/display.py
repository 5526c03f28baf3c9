"""How objects show themselves in a notebook, and the views of runs and logs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_magics.magics.dataset_view import dataset_view
from synapse_magics.magics.object_views import object_html, object_text
from synapse_magics.magics.running_cell import running_cell
from synapse_magics.magics.tables import steps_table
from synapse_magics.pipeline import graph
from synapse_magics.store.run_state import RunState, StepState
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from IPython.lib.pretty import RepresentationPrinter

    from synapse_magics.core.dataset import AbstractDataset
    from synapse_magics.core.run import Run
    from synapse_magics.pipeline.pipeline import Pipeline


__all__ = [
    "Log",
    "RunView",
    "already_shown",
    "dataset_html",
    "dataset_text",
    "object_html",
    "object_text",
    "pipeline_html",
    "pipeline_state",
    "pipeline_text",
    "show_run",
]


@dataclass(frozen=True)
class Log:
    """The tail of a step's log."""

    text: str
    title: str
    path: str

    def __repr__(self) -> str:
        return self.text or f"{self.title}: nothing was printed"

    def _repr_html_(self) -> str:
        from synapse_magics.widgets._style import ROOT, style_tag  # noqa: PLC0415 - on demand
        from synapse_magics.widgets.render_log import render_log  # noqa: PLC0415

        log = render_log(self.text, title=self.title, path=self.path)
        return f'<div class="{ROOT}">{style_tag()}{log}</div>'


class RunView:
    """A run: live in a notebook, else as it is at the moment it is shown.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def _ipython_display_(self) -> None:
        from synapse_magics.widgets._front_end import in_kernel, widgets_wanted  # noqa: PLC0415

        if not (in_kernel() and widgets_wanted()):
            raise NotImplementedError  # IPython goes on with the forms below
        from synapse_magics.widgets.run_details import RunDetails  # noqa: PLC0415 - slow

        RunDetails(self._run).show()

    def __repr__(self) -> str:
        return self._static()[1]

    def _repr_html_(self) -> str:
        return self._static()[0]

    def _static(self) -> tuple[str, str]:
        from synapse_magics.widgets.run_source import StoredRun  # noqa: PLC0415 - on demand
        from synapse_magics.widgets.static_view import static_view  # noqa: PLC0415

        return static_view(StoredRun(self._run))


def pipeline_state(pipeline: Pipeline) -> RunState:
    """Return the picture of a pipeline that was not submitted; nothing is stored for it.

    Parameters
    ----------
    pipeline : Pipeline

    Returns
    -------
    RunState
    """
    now = time.time()
    by_node, upstream = {step.node: step for step in pipeline.steps}, pipeline.upstream
    steps = tuple(
        StepState(
            id=node,
            node=node,
            name=by_node[node].name,
            kind=by_node[node].kind,
            compute=by_node[node].compute_target,
            status=RunStatus.NOT_STARTED,
            upstream=tuple(sorted(upstream[node])),
            inputs=tuple(item.name for item in by_node[node].inputs),
            outputs=tuple(item.name for item in by_node[node].outputs),
        )
        for node in graph.order(upstream)
    )
    name = pipeline.workspace.name
    return RunState("", name, 0, RunStatus.NOT_STARTED, now, now, steps=steps)


def pipeline_html(pipeline: Pipeline) -> str:
    """Return a pipeline as its graph and its steps."""
    from synapse_magics.widgets._style import ROOT, escape  # noqa: PLC0415 - on demand
    from synapse_magics.widgets.graph_svg import (  # noqa: PLC0415
        render_graph,
        render_graph_text,
    )
    from synapse_magics.widgets.render_studio import ROOT as STUDIO  # noqa: PLC0415
    from synapse_magics.widgets.render_studio import studio_style  # noqa: PLC0415

    state = pipeline_state(pipeline)
    words = render_graph_text(state).replace("->", "→")
    lines = "<br>".join(escape(line) for line in words.splitlines())
    graph_html = (
        f'{render_graph(state, planned=True)}<p class="sr-graph-text">{lines}</p>'
        f"{_description(pipeline)}"
    )
    steps_html = steps_table(pipeline)._repr_html_()
    return (
        f'<div class="{STUDIO}"><div class="{ROOT}">{studio_style()}{graph_html}</div></div>'
        f"{steps_html}"
    )


def _description(pipeline: Pipeline) -> str:
    from synapse_magics.widgets._style import escape  # noqa: PLC0415 - on demand

    return f"<p>{escape(pipeline.description)}</p>" if pipeline.description else ""


def pipeline_text(pipeline: Pipeline, printer: RepresentationPrinter, _: bool) -> None:
    """Print a pipeline as its graph and its steps; within a list or a dict, as its ``repr``."""
    from synapse_magics.widgets.graph_svg import render_graph_text  # noqa: PLC0415 - on demand

    if len(printer.stack) > 1:
        printer.text(repr(pipeline))
        return
    graph_text = render_graph_text(pipeline_state(pipeline))
    parts = [pipeline.description or "", graph_text, "", repr(steps_table(pipeline))]
    printer.text("\n".join(parts[0 if parts[0] else 1 :]))


def already_shown(run: Run) -> None:
    """Do not show a run as the result of the cell that has just shown its view.

    Parameters
    ----------
    run : Run
    """
    running_cell.shown.add(run.id)


def show_run(run: Run) -> None:
    """Show a run as the result of a cell: its live view where there can be one."""
    from IPython.display import display  # noqa: PLC0415 - only in IPython

    if run.id in running_cell.shown:
        running_cell.shown.discard(run.id)
        return
    display(RunView(run))


def dataset_html(dataset: AbstractDataset) -> str:
    """Return a dataset as a table."""
    return dataset_view(dataset)._repr_html_()


def dataset_text(dataset: AbstractDataset, printer: RepresentationPrinter, _: bool) -> None:
    """Print a dataset as a text; within a list or a dict, as its ``repr``."""
    printer.text(repr(dataset if len(printer.stack) > 1 else dataset_view(dataset)))
