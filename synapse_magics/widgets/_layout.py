"""Where the nodes of a graph go: layers from left to right, few crossings, straight edges.

The classic four stages: the longest path gives each node its layer; an edge that skips layers gets
a thin stand-in in each of them, so that it is led between the nodes and not behind them; sweeps
order every layer by the mean place of its neighbours; and a regression puts each node as near to
its neighbours as the room between nodes allows.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict, deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SWEEPS = 6
_THIN = 6.0


@dataclass(frozen=True)
class Sizes:
    """The measures of a drawing, in pixels."""

    width: float
    height: float
    across: float
    """Between two layers."""
    between: float
    """Between two nodes of a layer."""


@dataclass(frozen=True)
class Layout:
    """A finished layout: the top left corners of nodes, and the corners that edges pass."""

    nodes: Mapping[str, tuple[float, float]]
    edges: tuple[tuple[tuple[float, float], ...], ...]
    width: float
    height: float


@dataclass
class _Work:
    """Nodes and stand-ins as numbers: the first are the nodes, in the order they were given."""

    layer: list[int]
    chains: list[list[int]] = field(default_factory=list)
    before: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    after: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def layer_nodes(upstream: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the layer of each node: one more than the deepest node that it waits for.

    Parameters
    ----------
    upstream : mapping of str to sequence of str
        The nodes that each node waits for.

    Returns
    -------
    dict of str to int
        Nodes on a cycle, which no submitted pipeline has, come to layer 0.
    """
    waiting = {node: len(before) for node, before in upstream.items()}
    after: dict[str, list[str]] = defaultdict(list)
    for node, before in upstream.items():
        for one in before:
            after[one].append(node)
    layers = dict.fromkeys(upstream, 0)
    ready = deque(node for node, count in waiting.items() if count == 0)
    while ready:
        node = ready.popleft()
        for follower in after[node]:
            layers[follower] = max(layers[follower], layers[node] + 1)
            waiting[follower] -= 1
            if waiting[follower] == 0:
                ready.append(follower)
    return {node: layers[node] if waiting[node] == 0 else 0 for node in upstream}


def place_nodes(upstream: Mapping[str, Sequence[str]], sizes: Sizes) -> Layout:
    """Return where the nodes and edges of a graph go.

    Parameters
    ----------
    upstream : mapping of str to sequence of str
        The nodes that each node waits for; all of them are keys.
    sizes : Sizes

    Returns
    -------
    Layout
    """
    names = list(upstream)
    work = _with_stand_ins(upstream)
    real = len(names)
    layers: list[list[int]] = [[] for _ in range(max(work.layer, default=-1) + 1)]
    for node, layer in enumerate(work.layer):
        layers[layer].append(node)
    _order(layers, work)
    centre = _centres(layers, work, sizes, real)

    def half(node: int) -> float:
        return (sizes.height if node < real else _THIN) / 2

    top = min((centre[node] - half(node) for node in centre), default=0.0)
    bottom = max((centre[node] + half(node) for node in centre), default=0.0)
    step = sizes.width + sizes.across

    def left(node: int) -> float:
        return work.layer[node] * step

    nodes = {
        name: (left(node), centre[node] - sizes.height / 2 - top) for node, name in enumerate(names)
    }
    edges = []
    for chain in work.chains:
        # Out at the right of a node, straight through each layer it skips, in at the left.
        corners = [(left(chain[0]) + sizes.width, centre[chain[0]] - top)]
        for middle in chain[1:-1]:
            height = centre[middle] - top
            corners += [(left(middle), height), (left(middle) + sizes.width, height)]
        corners.append((left(chain[-1]), centre[chain[-1]] - top))
        edges.append(tuple(corners))
    return Layout(nodes, tuple(edges), max(0.0, len(layers) * step - sizes.across), bottom - top)


def _with_stand_ins(upstream: Mapping[str, Sequence[str]]) -> _Work:
    number = {name: place for place, name in enumerate(upstream)}
    depth = layer_nodes(upstream)
    work = _Work(layer=[depth[name] for name in upstream])
    for name, before in upstream.items():
        for one in before:
            first, last = depth[one], depth[name]
            if first >= last:
                continue
            chain = [number[one]]
            for layer in range(first + 1, last):
                chain.append(len(work.layer))
                work.layer.append(layer)
            chain.append(number[name])
            work.chains.append(chain)
            for left, right in pairwise(chain):
                work.after[left].append(right)
                work.before[right].append(left)
    return work


def _order(layers: list[list[int]], work: _Work) -> None:
    place = {node: float(index) for layer in layers for index, node in enumerate(layer)}
    best, fewest = [list(layer) for layer in layers], _crossings(layers, work)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        neighbours = work.before if sweep % 2 == 0 else work.after
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            layer.sort(key=lambda node: _mean([place[n] for n in neighbours[node]], place[node]))
            place.update({node: float(index) for index, node in enumerate(layer)})
        count = _crossings(layers, work)
        if count < fewest:
            best, fewest = [list(layer) for layer in layers], count
    layers[:] = best


def _crossings(layers: list[list[int]], work: _Work) -> int:
    place = {node: index for layer in layers for index, node in enumerate(layer)}
    total = 0
    for layer in layers:
        seen: list[int] = []
        for node in layer:
            for end in sorted(place[n] for n in work.after[node]):
                # Whatever has already gone further down is crossed on the way.
                total += len(seen) - bisect_right(seen, end)
                insort(seen, end)
    return total


def _centres(layers: list[list[int]], work: _Work, sizes: Sizes, real: int) -> dict[int, float]:
    heights = [sizes.height if node < real else _THIN for node in range(len(work.layer))]
    centre: dict[int, float] = {}
    offsets: list[list[float]] = []
    for layer in layers:
        offset, place = [], 0.0
        for index, node in enumerate(layer):
            if index:
                place += (heights[layer[index - 1]] + heights[node]) / 2 + sizes.between
            offset.append(place)
        offsets.append(offset)
        for node, at in zip(layer, offset, strict=True):
            centre[node] = at - place / 2
    for sweep in range(_SWEEPS):
        # The last sweeps look both ways, so that neither side is favoured.
        both = sweep >= _SWEEPS - 2
        forth = sweep % 2 == 0
        places = list(zip(layers, offsets, strict=True))
        for layer, offset in places if forth else reversed(places):
            wanted = []
            for node in layer:
                near = work.before[node] if forth else work.after[node]
                if both:
                    near = work.before[node] + work.after[node]
                wanted.append(_mean([centre[n] for n in near], centre[node]))
            centre.update(zip(layer, _spread(wanted, offset), strict=True))
    return centre


def _spread(wanted: list[float], offset: list[float]) -> list[float]:
    """Return places as near to the wanted ones as the offsets between them allow."""
    # Without its offset each place must not come before the one above it: isotonic regression, by
    # pooling neighbours that are in each other's way.
    pools: list[tuple[float, int]] = []
    for want, off in zip(wanted, offset, strict=True):
        mean, count = want - off, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        pools.append((mean, count))
    flat = [mean for mean, count in pools for _ in range(count)]
    return [mean + off for mean, off in zip(flat, offset, strict=True)]


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
