"""The graph of a run."""

import random
import re
from itertools import combinations

import pytest
from widgets_support import make_run, make_step

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.graph_svg import render_graph, render_graph_text

NODE = re.compile(
    r'translate\(([-\d.]+) ([-\d.]+)\)">(?:<title>.*?</title>)?<rect [^>]*?'
    r'width="([\d.]+)" height="([\d.]+)"'
)


def graph_run(**upstream):
    return make_run(*(make_step(name, *before) for name, before in upstream.items()))


def diamond():
    return graph_run(load=(), clean=("load",), check=("load",), train=("clean", "check"))


def fan(width):
    parts = {f"part_{n:02d}": ("split",) for n in range(width)}
    return graph_run(split=(), **parts, merge=tuple(parts))


def tangle(size):
    chance = random.Random(7)  # noqa: S311 - the same graph each time, not a secret
    names = [f"step_{n:02d}" for n in range(size)]
    return graph_run(
        **{
            name: tuple(
                chance.sample(names[max(0, n - 9) : n], min(n, chance.choice([0, 1, 1, 2])))
            )
            for n, name in enumerate(names)
        }
    )


def rectangles(svg):
    return [tuple(float(part) for part in found) for found in NODE.findall(svg)]


def overlap(one, other):
    (x1, y1, w1, h1), (x2, y2, w2, h2) = one, other
    return x1 < x2 + w2 and x2 < x1 + w1 and y1 < y2 + h2 and y2 < y1 + h1


@pytest.mark.parametrize("run", [diamond(), fan(20), tangle(50)], ids=["diamond", "fan", "tangle"])
def test_no_two_nodes_overlap(run):
    nodes = rectangles(render_graph(run))

    assert len(nodes) == len(run.steps)
    assert not [pair for pair in combinations(nodes, 2) if overlap(*pair)]


@pytest.mark.parametrize("run", [diamond(), fan(20), tangle(50)], ids=["diamond", "fan", "tangle"])
def test_every_node_lies_inside_the_picture(run):
    svg = render_graph(run)
    left, top, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())

    for x, y, w, h in rectangles(svg):
        assert left <= x <= x + w <= left + width
        assert top <= y <= y + h <= top + height


def test_a_chain_is_a_straight_line_from_left_to_right():
    nodes = rectangles(render_graph(graph_run(a=(), b=("a",), c=("b",))))

    assert len({y for _, y, _, _ in nodes}) == 1
    assert [x for x, _, _, _ in nodes] == sorted({x for x, _, _, _ in nodes})


def test_a_diamond_is_symmetric():
    load, clean, check, train = rectangles(render_graph(diamond()))

    assert load[1] == train[1] == pytest.approx((clean[1] + check[1]) / 2, abs=0.1)


def test_an_edge_that_skips_a_layer_is_led_around_the_node_between():
    svg = render_graph(graph_run(a=(), b=("a",), c=("b", "a")))
    x, y, width, height = rectangles(svg)[1]
    paths = [re.findall(r"[-\d.]+", d) for d in re.findall(r'sr-edge" d="([^"]+)"', svg)]
    longest = max(paths, key=len)
    # A move, a curve to the left of the layer, a line to its right, and a curve to the end.
    passing = float(longest[7])

    assert float(longest[6]) == pytest.approx(x, abs=0.1)
    assert not y <= passing <= y + height
    assert float(longest[8]) == pytest.approx(x + width, abs=0.1)


def test_order_in_a_layer_avoids_crossings():
    run = graph_run(a=(), b=(), after_b=("b",), after_a=("a",))
    a, b, after_b, after_a = (rectangle[1] for rectangle in rectangles(render_graph(run)))

    assert (a < b) == (after_a < after_b)


def test_every_edge_has_an_arrowhead():
    svg = render_graph(diamond())

    assert svg.count('class="sr-edge"') == svg.count('class="sr-arrow"') == 4


def test_every_node_says_its_status_in_a_word_and_a_colour():
    svg = render_graph(make_run(make_step("prep", status=RunStatus.FAILED)))

    assert "sr-node sr-failed" in svg
    assert ">Failed</text>" in svg


def test_a_long_name_is_cut_and_whole_in_the_title():
    name = "a_step_with_a_name_that_never_seems_to_end"
    svg = render_graph(graph_run(**{name: ()}))

    assert f"<title>{name}</title>" in svg
    assert ">a_step_with_a_name_that…</text>" in svg


def test_names_are_escaped_in_the_graph():
    name = "<script>alert('a long and wicked name')</script>"

    assert "<script" not in render_graph(graph_run(**{name: ()}))


def test_a_node_that_is_not_in_the_run_is_no_edge():
    svg = render_graph(graph_run(train=("elsewhere",)))

    assert "sr-edge" not in svg


def test_a_run_without_steps_has_no_graph():
    assert render_graph(make_run()) == ""
    assert render_graph_text(make_run()) == ""


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (graph_run(prep=(), train=("prep",)), "prep -> train"),
        (diamond(), "load -> clean, check -> train"),
        (graph_run(a=(), b=("a",), c=("b", "a")), "a -> b -> c\na -> c"),
        (graph_run(a=(), b=(), c=("b",)), "a\nb -> c"),
        (graph_run(a=(), b=()), "a, b"),
        (fan(20), "split -> part_00, part_01, … part_19 (20 steps) -> merge"),
    ],
)
def test_the_graph_as_text(run, text):
    assert render_graph_text(run) == text
