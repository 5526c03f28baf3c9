"""The graph of a pipeline as an object: its steps, and what leads from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_magics.pipeline.ports import port_name, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.pipeline.steps import PipelineStep


@dataclass(frozen=True)
class Node:
    """A step in the graph."""

    node_id: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Edge:
    """What leads from one step to another: an output that is an input, or order alone.

    ``output`` and ``input`` are None where no data is handed over.
    """

    source: Node
    target: Node
    output: str | None = None
    input: str | None = None


class Graph:
    """The steps of a pipeline and what leads from one to another.

    Parameters
    ----------
    steps : sequence of PipelineStep
    """

    def __init__(self, steps: Sequence[PipelineStep]) -> None:
        self._nodes = {
            step.node: Node(
                step.node,
                step.name,
                tuple(item.name for item in step.inputs),
                tuple(port_name(output) for output in step.outputs),
            )
            for step in steps
        }
        self._edges = tuple(self._lead(steps))

    def _lead(self, steps: Sequence[PipelineStep]) -> list[Edge]:
        found = []
        for step in steps:
            target = self._nodes[step.node]
            for item in step.inputs:
                output = taken(item)
                source = None if output is None else self._nodes.get(output.origin.step.node)
                if output is not None and source is not None:
                    found.append(Edge(source, target, port_name(output), item.name))
            found += [
                Edge(self._nodes[other.node], target)
                for other in step.after
                if other.node in self._nodes
            ]
        return found

    @property
    def nodes(self) -> list[Node]:
        """The steps."""
        return list(self._nodes.values())

    @property
    def edges(self) -> list[Edge]:
        """What leads from one step to another."""
        return list(self._edges)

    def get_node(self, node_id: str) -> Node:
        """Return a step by the id of its node."""
        return self._nodes[node_id]

    def __repr__(self) -> str:
        linked = {node for edge in self._edges for node in (edge.source, edge.target)}
        lines = [f"{edge.source.name} -> {edge.target.name}" for edge in self._edges]
        alone = [node.name for node in self.nodes if node not in linked]
        return f"Graph({', '.join([*lines, *alone])})"
