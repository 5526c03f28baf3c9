"""The graph: order, waves, cycles, edges from names."""

import time
from graphlib import CycleError

import pytest

from synapse_magics.pipeline import graph

DIAMOND = {
    "d": frozenset({"b", "c"}),
    "b": frozenset({"a"}),
    "c": frozenset({"a"}),
    "a": frozenset(),
}


def test_order_has_each_node_after_those_it_waits_for():
    found = graph.order(DIAMOND)

    assert sorted(found) == ["a", "b", "c", "d"]
    assert all(found.index(up) < found.index(node) for node, ups in DIAMOND.items() for up in ups)


def test_order_of_a_cycle():
    with pytest.raises(CycleError):
        graph.order({"a": frozenset({"b"}), "b": frozenset({"a"})})


def test_waves_hold_what_may_run_at_once():
    assert [sorted(wave) for wave in graph.waves(DIAMOND)] == [["a"], ["b", "c"], ["d"]]


def test_no_cycle():
    assert graph.find_cycle(DIAMOND) == []


def test_a_cycle_is_told_from_end_to_end():
    cycle = graph.find_cycle({**DIAMOND, "a": frozenset({"d"})})

    assert cycle[0] == cycle[-1]
    assert {"a", "d"} < set(cycle)
    assert len(cycle) == 4


def test_a_node_that_waits_for_itself():
    assert graph.find_cycle({"a": frozenset({"a"})}) == ["a", "a"]


def test_edges_come_from_names():
    inputs = {"prep": ["titanic"], "fit": ["prepared", "titanic"], "eval": ["model", "prepared"]}
    outputs = {"prep": ["prepared"], "fit": ["model"], "eval": []}

    assert graph.name_edges(inputs, outputs) == {
        "prep": frozenset(),
        "fit": frozenset({"prep"}),
        "eval": frozenset({"prep", "fit"}),
    }


def test_a_chain_of_two_thousand_nodes_is_no_trouble():
    chain = {n: frozenset({n - 1} if n else ()) for n in range(2000)}
    start = time.perf_counter()

    assert graph.order(chain) == list(range(2000))
    assert len(graph.waves(chain)) == 2000
    assert graph.find_cycle(chain) == []
    assert len(graph.find_cycle({**chain, 0: frozenset({1999})})) == 2001
    assert time.perf_counter() - start < 1
