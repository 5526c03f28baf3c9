"""Tables that several magics show: a pipeline's steps, compute targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.pipeline import graph
from synapse_magics.widgets.tables import Table, table

if TYPE_CHECKING:
    from synapse_magics.core.compute import ComputeTarget
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
