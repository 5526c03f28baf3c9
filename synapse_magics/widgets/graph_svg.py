"""The graph of a run as inline SVG, and as text."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from synapse_magics.widgets._layout import Layout, Sizes, layer_nodes, place_nodes
from synapse_magics.widgets._style import escape, status_class
from synapse_magics.widgets._words import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.store.run_state import RunState, StepState

_MARGIN = 2.0
_ARROW = 7.0
_LONGEST_NAME = 24
_NAMED_OF_GROUP = 6
MAX_STEPS = 300
"""With more steps than this a graph is told in words, unless a page of its own has room for it."""

_MANY = 6
"""With more steps than this in a layer, a step takes one line and not two."""


def render_graph(state: RunState, *, limit: int = MAX_STEPS, planned: bool = False) -> str:
    """Return the graph of a run, from left to right, as inline SVG.

    Parameters
    ----------
    state : RunState
    limit : int, optional
        A graph of more steps is not drawn.
    planned : bool
        It is a pipeline that nobody has run: say of each step what it is, not how it goes.

    Returns
    -------
    str
        HTML; empty if the run has no steps.
    """
    if not state.steps:
        return ""
    if len(state.steps) > limit:
        words = f"The graph of {len(state.steps):,} steps is drawn in the report: run.to_html()"
        return f'<p class="sr-muted">{words}</p>'
    upstream = _upstream(state)
    flat = _widest(upstream) > _MANY
    sizes = _sizes(state, flat=flat)
    layout = _placed(tuple((node, tuple(before)) for node, before in upstream.items()), sizes)
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    edges = "\n".join(_edge(corners) for corners in layout.edges)
    nodes = "\n".join(
        _node(
            one_line(step.name),
            str(step.kind) if planned else _word(step),
            f"sr-planned sr-kind-{step.kind.value}" if planned else status_class(step.status),
            layout.nodes[step.node],
            sizes,
            flat=flat,
        )
        for step in state.steps
    )
    return (
        f'<div class="sr-graph"><svg role="img" aria-label="Graph of the steps"'
        f' width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:.0f} {height:.0f}">\n'
        f"{edges}\n{nodes}\n</svg></div>"
    )


def render_graph_text(state: RunState) -> str:
    """Return the graph of a run as text: ``load -> clean, check -> train``.

    Steps that wait for the same steps and are waited for by the same steps stand together. Every
    edge is there once; a graph that is no chain takes several lines.

    Parameters
    ----------
    state : RunState

    Returns
    -------
    str
    """
    upstream = _upstream(state)
    names = {step.node: one_line(step.name) for step in state.steps}
    after: dict[str, list[str]] = {node: [] for node in upstream}
    for node, before in upstream.items():
        for one in before:
            after[one].append(node)
    groups: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
    for node in upstream:
        groups.setdefault((frozenset(upstream[node]), frozenset(after[node])), []).append(node)
    members = {group[0]: group for group in groups.values()}
    first = {node: group[0] for group in groups.values() for node in group}
    left = {head: list(dict.fromkeys(first[one] for one in after[head])) for head in members}
    sources = [head for head in members if not upstream[head]]
    lines: list[list[str]] = []
    for head in [*sources, *members]:
        # A step without edges has its line too, but only one.
        while left[head] or (head in sources and head not in {line[0] for line in lines}):
            line = [head]
            while left[line[-1]]:
                line.append(left[line[-1]].pop(0))
            lines.append(line)
    return "\n".join(
        " -> ".join(_group([names[node] for node in members[head]]) for head in line)
        for line in lines
    )


@lru_cache(maxsize=16)
def _placed(upstream: tuple[tuple[str, tuple[str, ...]], ...], sizes: Sizes) -> Layout:
    # A live view draws the same graph at every change of a status.
    return place_nodes(dict(upstream), sizes)


def _upstream(state: RunState) -> dict[str, list[str]]:
    nodes = {step.node for step in state.steps}
    return {step.node: [one for one in step.upstream if one in nodes] for step in state.steps}


def _widest(upstream: Mapping[str, Sequence[str]]) -> int:
    layers = list(layer_nodes(upstream).values())
    return max(layers.count(layer) for layer in set(layers))


def _sizes(state: RunState, *, flat: bool) -> Sizes:
    # An average character of the interface's font is about 7.2 pixels wide at this size.
    longest = max(len(_short(one_line(step.name))) for step in state.steps)
    name = max(longest * 7.2, 64.0)
    # "Completed · reused" is longer than any status.
    reused = any(step.reused for step in state.steps)
    if flat:
        return Sizes(width=round(name + (148 if reused else 128)), height=28, across=64, between=8)
    return Sizes(
        width=round(max(name, 104.0 if reused else 90.0) + 32), height=46, across=52, between=18
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _group(names: Sequence[str]) -> str:
    if len(names) <= _NAMED_OF_GROUP:
        return ", ".join(names)
    return f"{names[0]}, {names[1]}, … {names[-1]} ({len(names)} steps)"


@lru_cache(maxsize=2048)
def _node(
    name: str, word: str, colour: str, corner: tuple[float, float], sizes: Sizes, *, flat: bool
) -> str:
    x, y = corner
    title = f"<title>{escape(name)}</title>" if _short(name) != name else ""
    middle = sizes.height / 2
    name_at = (14.0, middle + 4.5) if flat else (16.0, middle - 3.5)
    status_at, anchor = (
        ((sizes.width - 10, middle + 4), "end") if flat else ((16.0, middle + 13.5), "start")
    )
    return (
        f'<g class="sr-node {colour}" transform="translate({x:.1f} {y:.1f})">'
        f'{title}<rect class="sr-box" width="{sizes.width:g}" height="{sizes.height:g}" rx="6"'
        f' fill="none" stroke="#8a8a8a"/>'
        f'<rect class="sr-stripe" x="5" y="7" width="3.5" height="{sizes.height - 14:g}" rx="1.75"'
        ' fill="#8a8a8a"/>'
        f'\n<text class="sr-name" x="{name_at[0]:g}" y="{name_at[1]:g}" font-size="13">'
        f"{escape(_short(name))}</text>"
        f'\n<text class="sr-word" x="{status_at[0]:g}" y="{status_at[1]:g}" font-size="11"'
        f' text-anchor="{anchor}">{escape(word)}</text></g>'
    )


def _word(step: StepState) -> str:
    return f"{step.status} · reused" if step.reused else str(step.status)


def _edge(corners: Sequence[tuple[float, float]]) -> str:
    (x, y), *rest = corners
    path = [f"M{x:.1f} {y:.1f}"]
    for place, (next_x, next_y) in enumerate(rest):
        end = next_x - _ARROW if place == len(rest) - 1 else next_x
        if abs(next_y - y) < 0.05:
            path.append(f"H{end:.1f}")
        else:
            bend = (x + end) / 2
            path.append(f"C{bend:.1f} {y:.1f} {bend:.1f} {next_y:.1f} {end:.1f} {next_y:.1f}")
        x, y = next_x, next_y
    # Edges always arrive from the left. A marker would need an id, and ids clash between outputs.
    head = f"M{x:.1f} {y:.1f}l{-_ARROW:g} -3.5v7z"
    return (
        f'<path class="sr-edge" d="{"".join(path)}" fill="none" stroke="#8a8a8a"/>'
        f'<path class="sr-arrow" d="{head}" fill="#8a8a8a"/>'
    )
