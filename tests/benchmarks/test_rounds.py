"""Ways in turn."""

import pytest

from benchmarks import __main__ as command
from benchmarks.bench import Bench
from benchmarks.figures import Row
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


def test_without_a_round_to_warm_up_every_round_counts():
    order = []
    taken = in_turn(ways(order), 1, warm_up=False)

    assert order == ["ours", "peer"]
    assert taken["peer"].values == (2.0,)


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


def test_a_row_that_fails_is_told_and_the_others_go_on(tmp_path, monkeypatch, capsys):
    def fail(bench):
        raise WrongResultError("no rows")

    def work(bench):
        return Row("two", (), ())

    monkeypatch.setattr(command, "ROWS", {"one": fail, "two": work})
    told = []
    troubles = command.measure(
        ["one", "two"], Bench(tmp_path, tmp_path), lambda rows, left: told.append((len(rows), left))
    )

    failed = "one: WrongResultError: no rows"
    assert told == [(0, [failed, "two: the run has not come to it"]), (1, [failed])]
    assert troubles == [failed]
