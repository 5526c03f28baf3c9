"""Which runs go: old ones, the oldest of too many, none that something points to."""

from hypothesis import given
from hypothesis import strategies as st

from synapse_magics.store.retention import Held, choose


def held(run_id, ended, *points_to, size=10, pin=""):
    return Held(run_id, ended, size, pin, dict.fromkeys(points_to, f"{run_id} shows it"))


def test_old_runs_go_and_young_ones_stay():
    choice = choose([held("old", 1.0), held("young", 5.0)], before=3.0)

    assert choice.remove == ("old",)
    assert choice.keep == {}


def test_the_oldest_go_until_the_rest_is_small_enough():
    runs = [held("c", 3.0), held("a", 1.0), held("b", 2.0)]

    assert choose(runs, budget=20).remove == ("a",)
    assert choose(runs, budget=15).remove == ("a", "b")
    assert choose(runs, budget=30).remove == ()


def test_either_an_age_or_a_size_is_enough():
    runs = [held("a", 1.0), held("b", 2.0), held("c", 3.0)]

    assert choose(runs, before=1.5, budget=10).remove == ("a", "b")


def test_what_has_not_ended_stays():
    assert choose([held("runs", None)], before=9.0, budget=0).remove == ()


def test_what_is_pinned_stays_and_says_why():
    choice = choose([held("a", 1.0, pin="dataset clean:1 is its output")], before=9.0)

    assert choice.remove == ()
    assert choice.keep == {"a": "dataset clean:1 is its output"}


def test_what_a_kept_run_points_to_stays():
    choice = choose([held("old", 1.0), held("young", 5.0, "old")], before=3.0)

    assert choice.remove == ()
    assert choice.keep == {"old": "young shows it"}


def test_it_goes_with_the_last_one_that_points_to_it():
    runs = [held("a", 1.0), held("b", 2.0, "a"), held("c", 3.0, "a", "b")]

    assert choose(runs, before=9.0).remove == ("c", "b", "a")


def test_who_points_to_somebody_unknown_or_to_itself_is_free():
    assert choose([held("a", 1.0, "gone", "a")], before=9.0).remove == ("a",)


@st.composite
def workspaces(draw):
    count = draw(st.integers(0, 8))
    return [
        Held(
            f"r{number}",
            draw(st.none() | st.integers(0, 20).map(float)),
            draw(st.integers(0, 5)),
            draw(st.sampled_from(["", "", "pinned"])),
            {f"r{other}": "why" for other in draw(st.sets(st.integers(0, count), max_size=3))},
        )
        for number in range(count)
    ]


@given(workspaces(), st.none() | st.integers(0, 20), st.none() | st.integers(0, 30))
def test_whatever_points_to_whatever(runs, before, budget):
    choice = choose(runs, before=before, budget=budget)

    gone = set(choice.remove)
    left = [run for run in runs if run.run_id not in gone]
    assert all(run.ended is not None and not run.pin for run in runs if run.run_id in gone)
    assert not any(gone & set(run.points_to) - {run.run_id} for run in left)
    if budget is None and before is None:
        assert not gone
    # Nothing is kept without a reason.
    too_large = budget is not None and sum(run.size for run in left) > budget
    for run in left:
        old = before is not None and run.ended is not None and run.ended < before
        if run.ended is not None and (old or too_large):
            assert choice.keep[run.run_id]


def test_many_runs_that_show_each_other():
    runs = [held(f"r{n}", float(n), f"r{n - 1}") for n in range(20_000)]

    assert len(choose(runs, before=1e9).remove) == 20_000
