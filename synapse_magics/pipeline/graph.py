"""The graph of a pipeline: order, cycles, producers. Plain functions on plain data."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import TypeVar

    Key = TypeVar("Key", bound=Hashable)


def order(upstream: Mapping[Key, frozenset[Key]]) -> list[Key]:
    """Return all nodes, each after those that it waits for.

    Parameters
    ----------
    upstream : mapping
        The nodes that each node waits for.

    Returns
    -------
    list

    Raises
    ------
    graphlib.CycleError
        If some wait for each other.
    """
    return list(TopologicalSorter(upstream).static_order())


def find_cycle(upstream: Mapping[Key, frozenset[Key]]) -> list[Key]:
    """Return the nodes of a cycle, the first one again at the end; empty if there is none.

    Parameters
    ----------
    upstream : mapping

    Returns
    -------
    list
    """
    try:
        TopologicalSorter(upstream).prepare()
    except CycleError as error:
        found: list[Key] = list(reversed(error.args[1]))
        return found
    return []


def waves(upstream: Mapping[Key, frozenset[Key]]) -> list[list[Key]]:
    """Return the nodes in groups that may run at once, first group first.

    Parameters
    ----------
    upstream : mapping

    Returns
    -------
    list of list
    """
    sorter = TopologicalSorter(upstream)
    sorter.prepare()
    found = []
    while sorter.is_active():
        ready = list(sorter.get_ready())
        found.append(ready)
        sorter.done(*ready)
    return found


def name_edges(
    inputs: Mapping[str, Sequence[str]], outputs: Mapping[str, Sequence[str]]
) -> dict[str, frozenset[str]]:
    """Infer edges from names: who inputs what another one outputs waits for it.

    Parameters
    ----------
    inputs, outputs : mapping
        Names by node.

    Returns
    -------
    dict
        The nodes that each node waits for.
    """
    producer = {name: node for node, names in outputs.items() for name in names}
    return {
        node: frozenset(producer[name] for name in names if name in producer)
        for node, names in inputs.items()
    }
