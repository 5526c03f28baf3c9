"""What happens next in a run, as a pure function of its steps' statuses."""

from collections import Counter

import pytest

from synapse_magics.agent.scheduler import ACTIVE, Slots, Step, decide
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


def names(found):
    return [step.name for step in found]


def reasons(decision):
    return {step.name: reason for step, reason in decision.skip}


@pytest.mark.parametrize(
    ("statuses", "started"),
    [
        ({}, ["a"]),
        ({"a": S.RUNNING}, []),
        ({"a": S.FINALIZING}, []),
        ({"a": S.COMPLETED}, ["b"]),
        ({"a": S.COMPLETED, "b": S.COMPLETED}, ["c"]),
    ],
)
def test_a_chain_goes_step_by_step(statuses, started):
    decision = decide(S.RUNNING, steps(CHAIN, **statuses), Slots())

    assert names(decision.start) == started
    assert decision.ending is None


@pytest.mark.parametrize(
    ("statuses", "started"),
    [
        ({}, ["top"]),
        ({"top": S.COMPLETED}, ["left", "right"]),
        ({"top": S.COMPLETED, "left": S.COMPLETED, "right": S.RUNNING}, []),
        ({"top": S.COMPLETED, "left": S.COMPLETED, "right": S.COMPLETED}, ["end"]),
    ],
)
def test_a_diamond_runs_its_sides_at_once(statuses, started):
    assert names(decide(S.RUNNING, steps(DIAMOND, **statuses), Slots()).start) == started


def test_no_more_steps_start_than_there_are_slots():
    wide = steps({"a": (), "b": (), "c": ()}, slots=2)

    decision = decide(S.RUNNING, wide, Slots())

    assert names(decision.start) == ["a", "b"]
    assert names(decision.queue) == ["c"]


def test_slots_are_shared_with_other_runs():
    slots = Slots(Counter(c=1))

    assert names(decide(S.RUNNING, steps({"a": (), "b": ()}, slots=2), slots).start) == ["a"]
    assert slots.used["c"] == 2
    assert decide(S.RUNNING, steps({"x": ()}, slots=2), slots).start == ()


def test_a_queued_step_is_queued_once_and_starts_when_there_is_room():
    queued = steps({"a": ()}, slots=1, a=S.QUEUED)

    assert decide(S.RUNNING, queued, Slots(Counter(c=1))).queue == ()
    assert names(decide(S.RUNNING, queued, Slots()).start) == ["a"]


def test_a_failure_skips_the_rest_and_says_why():
    statuses = {"top": S.COMPLETED, "left": S.FAILED}

    decision = decide(S.RUNNING, steps(DIAMOND, **statuses), Slots())

    assert decision.start == ()
    assert reasons(decision) == {
        "right": "not started: step left failed",
        "end": "not started: step left failed",
    }


def test_a_failure_leaves_what_runs_alone():
    statuses = {"top": S.COMPLETED, "left": S.FAILED, "right": S.RUNNING}

    decision = decide(S.RUNNING, steps(DIAMOND, **statuses), Slots())

    assert decision.cancel == ()
    assert decision.ending is None


def test_other_branches_go_on_if_asked():
    statuses = {"top": S.COMPLETED, "left": S.FAILED}

    decision = decide(S.RUNNING, steps(DIAMOND, **statuses), Slots(), continue_on_failure=True)

    assert names(decision.start) == ["right"]
    assert reasons(decision) == {"end": "not started: step left failed"}


def test_what_a_skipped_step_was_for_is_skipped_too():
    statuses = {"a": S.FAILED, "b": S.CANCELED}

    decision = decide(S.RUNNING, steps(CHAIN, **statuses), Slots(), continue_on_failure=True)

    assert reasons(decision) == {"c": "not started: step b was not run"}


def test_a_cancel_skips_what_waits_and_cancels_what_runs():
    graph = dict.fromkeys(("new", "queued", "running", "asked", "done"), ())
    statuses = {
        "queued": S.QUEUED,
        "running": S.RUNNING,
        "asked": S.CANCEL_REQUESTED,
        "done": S.COMPLETED,
    }

    decision = decide(S.CANCEL_REQUESTED, steps(graph, **statuses), Slots())

    assert decision.start == ()
    assert reasons(decision) == {
        "new": "the run was canceled",
        "queued": "the run was canceled",
    }
    assert names(decision.cancel) == ["running"]
    assert decision.ending is None


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_nothing_ends_while_a_step_is_active(status):
    assert decide(S.RUNNING, steps({"a": ()}, a=status), Slots()).ending is None


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
    decision = decide(run, steps({"a": (), "b": ()}, a=a, b=b), Slots())

    assert (decision.ending, decision.message) == (ending, message)


def test_a_run_without_steps_is_complete():
    assert decide(S.RUNNING, [], Slots()).ending is S.COMPLETED
