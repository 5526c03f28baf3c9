"""Medians, ratios of rounds, verdicts."""

import pytest

from benchmarks.figures import Figure, Goal, Unit, against, ratio, slope


def test_a_figure_tells_its_median_and_its_range():
    figure = Figure("ours", (0.5, 0.1, 0.2))

    assert (figure.text, figure.span) == ("0.200 s", "0.100 s - 0.500 s")


def test_a_figure_in_another_unit():
    assert Figure("ours", (0.25,)).scaled(1000, Unit.MILLISECONDS).text == "250.0 ms"


def test_a_ratio_compares_rounds_that_lie_side_by_side():
    # The machine was disturbed in the second round: both took ten times as long.
    ours, other = Figure("ours", (1.0, 10.0, 1.0)), Figure("peer", (4.0, 40.0, 2.0))

    assert ratio(ours, other).values == (0.25, 0.25, 0.5)


def test_a_ratio_of_a_peer_with_fewer_rounds_has_as_few():
    assert ratio(Figure("ours", (1.0, 9.0)), Figure("peer", (2.0,))).values == (0.5,)


def test_the_cost_of_a_further_step_leaves_the_start_out():
    each = slope("ours", Figure("10", (3.0, 3.5)), Figure("50", (5.0, 5.5)), 40)

    assert each.values == pytest.approx((0.05, 0.05))


@pytest.mark.parametrize(
    ("median", "verdict"),
    [
        (0.2, "moonshot reached"),
        (0.4, "reached"),
        (0.5, "reached"),
        (0.6, "**missed by 0.100 s** (20 %)"),
    ],
)
def test_a_verdict_tells_by_how_much_a_target_is_missed(median, verdict):
    goal = Goal("in all", Figure("ours", (median,)), 0.5, 0.25)

    assert goal.verdict == verdict
    assert goal.is_reached is ("missed" not in verdict)


def test_a_goal_without_a_target_has_no_verdict():
    goal = Goal("in all", Figure("ours", (1.0,)), None)

    assert (goal.verdict, goal.is_reached) == ("", None)


def test_a_peer_that_is_missing_is_said_to_be():
    goal = against(Figure("ours", (1.0,)), {}, "papermill", 2)

    assert goal.verdict == "not measured: papermill is missing"
    assert goal.is_reached is None
