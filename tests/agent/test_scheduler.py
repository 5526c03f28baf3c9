"""What happens next, as pure functions of the steps' statuses."""

import pytest

from synapse_magics.agent.scheduler import ACTIVE, Step, allot, decide
from synapse_magics.store.states import RunStatus as S

CHAIN = {"a": (), "b": ("a",), "c": ("b",)}
DIAMOND = {"top": (), "left": ("top",), "right": ("top",), "end": ("left", "right")}


def steps(graph, slots=9, **statuses):
    return [
        Step(
            f"run-{node}", node, node, statuses.get(node, S.NOT_STARTED), frozenset(up), "c", slots
        )
        for node, up in graph.items()
    ]


def step(name, compute="c", slots=1, status=S.NOT_STARTED, writes=()):
    places = tuple(tuple(place.split("/")) for place in writes)
    return Step(name, name, name, status, compute=compute, slots=slots, destinations=places)


def several(run, count, slots):
    return (run, [step(f"{run}{number}", slots=slots) for number in range(1, count + 1)])


def names(found):
    return [step.name for step in found]


def reasons(decision):
    return {step.name: reason for step, reason in decision.skip}


@pytest.mark.parametrize(
    ("statuses", "ready"),
    [
        ({}, ["a"]),
        ({"a": S.RUNNING}, []),
        ({"a": S.FINALIZING}, []),
        ({"a": S.COMPLETED}, ["b"]),
        ({"a": S.COMPLETED, "b": S.COMPLETED}, ["c"]),
    ],
)
def test_a_chain_goes_step_by_step(statuses, ready):
    decision = decide(S.RUNNING, steps(CHAIN, **statuses))

    assert names(decision.ready) == ready
    assert decision.ending is None


@pytest.mark.parametrize(
    ("statuses", "ready"),
    [
        ({}, ["top"]),
        ({"top": S.COMPLETED}, ["left", "right"]),
        ({"top": S.COMPLETED, "left": S.COMPLETED, "right": S.RUNNING}, []),
        ({"top": S.COMPLETED, "left": S.COMPLETED, "right": S.COMPLETED}, ["end"]),
    ],
)
def test_a_diamond_runs_its_sides_at_once(statuses, ready):
    assert names(decide(S.RUNNING, steps(DIAMOND, **statuses)).ready) == ready


def test_a_failure_skips_the_rest_and_says_why():
    statuses = {"top": S.COMPLETED, "left": S.FAILED}

    decision = decide(S.RUNNING, steps(DIAMOND, **statuses))

    assert decision.ready == ()
    assert reasons(decision) == {
        "right": "not started: step left failed",
        "end": "not started: step left failed",
    }


def test_a_failure_leaves_what_runs_alone():
    statuses = {"top": S.COMPLETED, "left": S.FAILED, "right": S.RUNNING}

    decision = decide(S.RUNNING, steps(DIAMOND, **statuses))

    assert decision.cancel == ()
    assert decision.ending is None


def test_other_branches_go_on_if_asked():
    statuses = {"top": S.COMPLETED, "left": S.FAILED}

    decision = decide(S.RUNNING, steps(DIAMOND, **statuses), continue_on_failure=True)

    assert names(decision.ready) == ["right"]
    assert reasons(decision) == {"end": "not started: step left failed"}


def test_what_a_skipped_step_was_for_is_skipped_too():
    statuses = {"a": S.FAILED, "b": S.CANCELED}

    decision = decide(S.RUNNING, steps(CHAIN, **statuses), continue_on_failure=True)

    assert reasons(decision) == {"c": "not started: step b was not run"}


def test_a_cancel_skips_what_waits_and_cancels_what_runs():
    graph = dict.fromkeys(("new", "queued", "running", "asked", "done"), ())
    statuses = {
        "queued": S.QUEUED,
        "running": S.RUNNING,
        "asked": S.CANCEL_REQUESTED,
        "done": S.COMPLETED,
    }

    decision = decide(S.CANCEL_REQUESTED, steps(graph, **statuses))

    assert decision.ready == ()
    assert reasons(decision) == {
        "new": "the run was canceled",
        "queued": "the run was canceled",
    }
    assert names(decision.cancel) == ["running"]
    assert decision.ending is None


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_nothing_ends_while_a_step_is_active(status):
    assert decide(S.RUNNING, steps({"a": ()}, a=status)).ending is None


@pytest.mark.parametrize(
    ("run", "a", "b", "ending", "message"),
    [
        (S.RUNNING, S.COMPLETED, S.COMPLETED, S.COMPLETED, ""),
        (S.RUNNING, S.FAILED, S.COMPLETED, S.FAILED, "step a failed"),
        (S.RUNNING, S.FAILED, S.CANCELED, S.FAILED, "step a failed"),
        (S.RUNNING, S.FAILED, S.FAILED, S.FAILED, "steps a, b failed"),
        (S.RUNNING, S.COMPLETED, S.CANCELED, S.CANCELED, "a step was canceled"),
        (S.CANCEL_REQUESTED, S.COMPLETED, S.CANCELED, S.CANCELED, "canceled"),
        (S.CANCEL_REQUESTED, S.COMPLETED, S.FAILED, S.CANCELED, "canceled"),
        (S.CANCEL_REQUESTED, S.COMPLETED, S.COMPLETED, S.COMPLETED, ""),
    ],
)
def test_the_ending_follows_from_the_steps(run, a, b, ending, message):
    decision = decide(run, steps({"a": (), "b": ()}, a=a, b=b))

    assert (decision.ending, decision.message) == (ending, message)


def test_a_run_without_steps_is_complete():
    assert decide(S.RUNNING, []).ending is S.COMPLETED


# --- who gets a slot ----------------------------------------------------------------------------


def started(active, *ready):
    return names(allot(active, ready).start)


def waits(active, *ready):
    return {step.name: reason for step, reason in allot(active, ready).wait}


def test_no_more_steps_start_than_there_are_slots():
    run = several("a", 3, slots=2)

    assert started([], run) == ["a1", "a2"]
    assert waits([], run) == {"a3": "waits for c"}


def test_slots_are_shared_with_other_runs():
    holds = [("other", step("x", slots=2))]

    assert started(holds, several("a", 2, slots=2)) == ["a1"]
    assert started([*holds, ("other", step("y", slots=2))], several("a", 1, slots=2)) == []


def test_a_queued_step_starts_when_there_is_room():
    queued = ("a", [step("a1", status=S.QUEUED)])

    assert started([("b", step("x"))], queued) == []
    assert started([], queued) == ["a1"]


def test_in_a_run_the_order_is_that_of_submission():
    assert started([], several("a", 9, slots=5)) == ["a1", "a2", "a3", "a4", "a5"]


def test_of_runs_with_nothing_active_the_oldest_comes_first():
    assert started([], several("a", 1, slots=1), several("b", 1, slots=1)) == ["a1"]


def test_runs_take_turns():
    assert started([], several("a", 9, slots=5), several("b", 9, slots=5), several("c", 1, 5)) == [
        *("a1", "b1", "c1"),
        *("a2", "b2"),
    ]


def test_a_run_of_a_hundred_steps_does_not_keep_out_a_small_one():
    large = several("large", 100, slots=4)
    holds = [("large", one) for one in large[1][:3]]

    assert started(holds, ("large", large[1][3:]), several("small", 2, slots=4)) == ["small1"]


def test_who_holds_much_of_one_compute_is_not_behind_on_another():
    holds = [("a", step("x", "busy", 9)), ("a", step("y", "busy", 9))]
    ready = [(run, [step(f"{run}1", "calm")]) for run in "ab"]

    assert started(holds, *ready) == ["a1"]


def test_a_full_compute_holds_up_no_step_of_another():
    ready = ("a", [step("a1", "full"), step("a2", "free")])

    assert started([("b", step("x", "full"))], ready) == ["a2"]
    assert waits([("b", step("x", "full"))], ready) == {"a1": "waits for full"}


def test_a_compute_that_has_grown_since_is_as_large_as_each_step_knows_it():
    """What was submitted does not change when somebody declares the compute anew."""
    old, new = ("a", [step("a1", slots=1)]), ("b", [step("b1", slots=2)])
    holds = [("c", step("x"))]

    assert started(holds, old, new) == ["b1"]
    assert waits(holds, old, new) == {"a1": "waits for c"}


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("main/a/b", "main/a/b", True),
        ("main/a", "main/a/b", True),
        ("main/a/b", "main/a", True),
        ("main", "main/a/b", True),
        ("main/a/b", "main/a/c", False),
        ("main/a", "main/ab", False),
        ("main/a", "other/a", False),
    ],
)
def test_steps_of_two_runs_that_write_to_one_destination_never_run_at_once(one, other, shared):
    first, second = step("x", slots=9, writes=[one]), step("y", slots=9, writes=[other])

    assert started([("a", first)], ("b", [second])) == ([] if shared else ["y"])
    assert started([], ("a", [first]), ("b", [second])) == (["x"] if shared else ["x", "y"])


def test_who_waits_for_a_destination_is_told_whose_it_is():
    holds = [("a", step("x", slots=9, writes=["main/t", "main/out/model"]))]
    ready = ("b", [step("y", slots=9, writes=["main/out"])])

    assert waits(holds, ready) == {"y": "waits for step x, which writes to out/model"}


def test_who_waits_for_a_destination_keeps_no_slot_from_the_next():
    holds = [("a", step("x", slots=2, writes=["main/t"]))]
    ready = ("b", [step("y", slots=2, writes=["main/t"]), step("z", slots=2)])

    assert started(holds, ready) == ["z"]


def test_a_step_whose_own_outputs_lie_in_each_other_starts():
    assert started([], ("a", [step("x", writes=["main/a", "main/a/b"])])) == ["x"]
