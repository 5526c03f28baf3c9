"""How objects show themselves: tables and views from the same data, in HTML and as text."""

from __future__ import annotations

import html
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.core.compute import ComputeTarget
from synapse_magics.core.dataset import AbstractDataset, FileDataset, TabularDataset
from synapse_magics.core.linked_service import LinkedService
from synapse_magics.core.run import Run
from synapse_magics.core.workspace import Workspace
from synapse_magics.pipeline import collection, graph
from synapse_magics.pipeline.pipeline import Pipeline
from synapse_magics.store.run_state import RunState, StepState
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.core.interactiveshell import InteractiveShell

    from synapse_magics.store.specs import StepSpec

PREVIEW_ROWS = 5
_LEFT = 'style="text-align: left"'  # notebooks align cells to the right


@dataclass(frozen=True)
class Table:
    """Rows under column names, with a title."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""

    def __repr__(self) -> str:
        cells = [self.columns, *self.rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([*([self.title] if self.title else []), *lines])

    def _repr_html_(self) -> str:
        head = "".join(f"<th {_LEFT}>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td {_LEFT}>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        title = f"<p>{html.escape(self.title)}</p>" if self.title else ""
        return f"{title}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> Table:
    """Make a table of any values.

    Parameters
    ----------
    columns : sequence of str
    rows : sequence of sequence
    title : str

    Returns
    -------
    Table
    """
    texts = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows)
    return Table(tuple(columns), texts, title)


@dataclass(frozen=True)
class Text:
    """Text that is shown as it is."""

    text: str

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Log:
    """The tail of a step's log."""

    text: str
    title: str
    path: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        from synapse_magics.widgets._style import ROOT, style_tag  # noqa: PLC0415 - on demand
        from synapse_magics.widgets.render_log import render_log  # noqa: PLC0415

        log = render_log(self.text, title=self.title, path=self.path)
        return f'<div class="{ROOT}">{style_tag()}{log}</div>'


class RunView:
    """A run at the moment it is shown.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def __repr__(self) -> str:
        from synapse_magics.widgets.render_run import render_text  # noqa: PLC0415 - on demand

        return render_text(self._run.state)

    def _repr_html_(self) -> str:
        return _run_html(self._run)


def _run_html(run: Run) -> str:
    from synapse_magics.widgets.render_run import render_run  # noqa: PLC0415 - on demand
    from synapse_magics.widgets.run_source import StoredRun, read_log  # noqa: PLC0415

    source = StoredRun(run)
    state = source.state()
    log = read_log(source, state)
    return render_run(state, log.text, log.title)


def pipeline_state(workspace: Workspace, specs: Sequence[StepSpec]) -> RunState:
    """Return the picture of a pipeline that was not submitted.

    Parameters
    ----------
    workspace : Workspace
    specs : sequence of StepSpec

    Returns
    -------
    RunState
    """
    now = time.time()
    steps = tuple(
        StepState(
            id=spec.node,
            node=spec.node,
            name=spec.name,
            kind=spec.kind,
            compute=spec.compute,
            status=RunStatus.NOT_STARTED,
            upstream=tuple(sorted(spec.upstream)),
            inputs=tuple(item.name for item in spec.inputs),
            outputs=tuple(item.name for item in spec.outputs),
        )
        for spec in specs
    )
    return RunState("", workspace.name, 0, RunStatus.NOT_STARTED, now, now, steps=steps)


def steps_table(pipeline: Pipeline) -> Table:
    """Return the steps of a pipeline, in the order in which they may run.

    Parameters
    ----------
    pipeline : Pipeline

    Returns
    -------
    Table
    """
    waves = {n: i for i, wave in enumerate(graph.waves(pipeline.upstream), 1) for n in wave}
    rows = [
        (
            waves[step.node],
            step.name,
            step.kind,
            ", ".join(item.name for item in step.inputs),
            ", ".join(item.name for item in step.outputs),
            step.compute_target,
        )
        for step in sorted(pipeline.steps, key=lambda step: waves[step.node])
    ]
    return table(("wave", "step", "kind", "reads", "writes", "compute"), rows)


def _pipeline_html(pipeline: Pipeline) -> str:
    from synapse_magics.widgets._style import ROOT, style_tag  # noqa: PLC0415 - on demand
    from synapse_magics.widgets.graph_svg import render_graph  # noqa: PLC0415

    graph_html = render_graph(pipeline_state(pipeline.workspace, pipeline.specs()))
    steps_html = steps_table(pipeline)._repr_html_()
    return f'<div class="{ROOT}">{style_tag()}{graph_html}</div>{steps_html}'


def _dataset_html(dataset: AbstractDataset) -> str:
    name = dataset.name or "dataset"
    title = f"{name}, version {dataset.version}" if dataset.version else name
    if isinstance(dataset, TabularDataset):
        frame = dataset.head(PREVIEW_ROWS)
        types = ", ".join(f"{column['name']} {column['type']}" for column in dataset.columns)
        return f"<p>{html.escape(title)}: {html.escape(types)}</p>{frame.to_html(index=False)}"
    paths = dataset.to_path() if isinstance(dataset, FileDataset) else []
    rows = [(path,) for path in paths[:PREVIEW_ROWS]]
    return table(("file",), rows, f"{title}: {len(paths)} files")._repr_html_()


def _workspace_table(workspace: Workspace) -> Table:
    rows = [
        ("name", workspace.name),
        ("folder", workspace.folder),
        ("linked services", ", ".join(workspace.linked_services)),
        ("compute targets", ", ".join(workspace.compute_targets)),
        ("datasets", ", ".join(workspace.datasets)),
        ("steps in this notebook", ", ".join(collection.current.cells)),
    ]
    return table(("workspace", ""), rows)


def _link_table(link: LinkedService) -> Table:
    rows = [
        ("name", link.name),
        ("Synapse workspace", link.synapse_workspace),
        ("resource id", link.linked_service_resource_id),
        ("identity", link.system_assigned_identity_principal_id),
    ]
    return table(("linked service", ""), rows)


def compute_row(target: ComputeTarget) -> tuple[str, ...]:
    """Return the cells that describe a compute target in a table.

    Parameters
    ----------
    target : ComputeTarget

    Returns
    -------
    tuple of str
    """
    definition = target.definition()
    return (
        target.name,
        target.type,
        str(definition.get("master", "processes of this machine")),
        str(definition["slots"]),
        target.provisioning_state,
    )


COMPUTE_COLUMNS = ("name", "type", "runs on", "steps at once", "state")

# The runs that a magic has just shown in a view: showing them again as its result says nothing.
_shown: set[str] = set()


def already_shown(run: Run) -> None:
    """Do not show a run as the result of the cell that has just shown its view.

    Parameters
    ----------
    run : Run
    """
    _shown.add(run.id)


def _show_run(run: Run) -> None:
    from IPython.display import display  # noqa: PLC0415 - only in IPython

    if run.id in _shown:
        _shown.discard(run.id)
        return
    display(RunView(run))


def register_formatters(shell: InteractiveShell) -> None:
    """Give the objects their representations in this shell.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    formatter = shell.display_formatter
    if formatter is None:
        return
    page = formatter.formatters["text/html"]
    page.for_type(Pipeline, _pipeline_html)
    page.for_type(AbstractDataset, _dataset_html)
    page.for_type(Workspace, lambda item: _workspace_table(item)._repr_html_())
    page.for_type(LinkedService, lambda item: _link_table(item)._repr_html_())
    page.for_type(
        ComputeTarget,
        lambda item: table(COMPUTE_COLUMNS, [compute_row(item)])._repr_html_(),
    )
    formatter.ipython_display_formatter.for_type(Run, _show_run)
    shell.events.register("pre_run_cell", lambda *_: _shown.clear())
