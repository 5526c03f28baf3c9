"""The objects of a notebook as tables: a pipeline's steps, a workspace, links, computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.pipeline import collection, graph
from synapse_magics.widgets.tables import Table, table

if TYPE_CHECKING:
    from synapse_magics.core.compute import ComputeTarget
    from synapse_magics.core.linked_service import LinkedService
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.pipeline import Pipeline

COMPUTE_COLUMNS = ("name", "type", "runs on", "steps at once", "state")


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
