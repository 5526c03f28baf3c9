"""Ways in turn."""

import pytest

from benchmarks.rounds import WrongResultError, check, in_turn


def ways(order):
    def way(name):
        def go():
            order.append(name)
            return float(len(order))

        return go

    return {name: way(name) for name in ("ours", "peer")}


def test_ways_are_gone_in_turn_and_the_first_round_does_not_count():
    order = []
    taken = in_turn(ways(order), 2)

    assert order == ["ours", "peer"] * 3
    assert taken["ours"].values == (3.0, 5.0)
    assert taken["peer"].values == (4.0, 6.0)


def test_a_slow_way_has_half_of_the_rounds():
    order = []
    taken = in_turn(ways(order), 4, slow=["peer"])

    assert len(taken["ours"].values) == 4
    assert len(taken["peer"].values) == order.count("peer") == 2


def test_each_measurement_begins_with_a_rest():
    order = []
    in_turn(ways(order), 1, rest=lambda: order.append("rest"))

    assert order == ["rest", "ours", "rest", "peer"] * 2


def test_a_wrong_result_is_refused():
    with pytest.raises(WrongResultError, match="2201 rows"):
        check(False, "2201 rows")
