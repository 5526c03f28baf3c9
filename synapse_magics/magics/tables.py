"""Tables and texts: what the magics answer, in HTML and in plain words."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.pipeline import collection, graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.core.compute import ComputeTarget
    from synapse_magics.core.linked_service import LinkedService
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.pipeline import Pipeline

COMPUTE_COLUMNS = ("name", "type", "runs on", "steps at once", "state")
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


def workspace_table(workspace: Workspace) -> Table:
    """Return what a workspace holds.

    Parameters
    ----------
    workspace : Workspace

    Returns
    -------
    Table
    """
    rows = [
        ("name", workspace.name),
        ("folder", workspace.folder),
        ("linked services", ", ".join(workspace.linked_services)),
        ("compute targets", ", ".join(workspace.compute_targets)),
        ("datasets", ", ".join(workspace.datasets)),
        ("steps in this notebook", ", ".join(collection.current.cells)),
    ]
    return table(("workspace", ""), rows)


def link_table(link: LinkedService) -> Table:
    """Return what a linked service is.

    Parameters
    ----------
    link : LinkedService

    Returns
    -------
    Table
    """
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
