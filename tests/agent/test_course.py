"""A run is decided about step by step as it would be by a look at all of its steps."""

import random
from dataclasses import replace

import pytest

from synapse_magics.agent import ready_steps, scheduler
from synapse_magics.agent.ready_steps import AT_HAND
from synapse_magics.agent.scheduler import WAITING, Course, Step, decide
from synapse_magics.store.states import RunStatus as S


def graph_of(chance, size):
    """Return a random graph, in the order of submission."""
    found = {}
    for number in range(size):
        before = [str(other) for other in range(number)]
        upstream = frozenset(chance.sample(before, min(len(before), chance.randrange(3))))
        found[f"run {number}"] = Step(
            f"run {number}", str(number), f"s{number}", S.NOT_STARTED, upstream
        )
    return found


def change(course, steps, run_id, status):
    before = steps[run_id]
    steps[run_id] = replace(before, status=status)
    course.note(before.status, steps[run_id])


@pytest.mark.parametrize("go_on", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_it_says_what_a_look_at_all_steps_says(seed, go_on):
    chance = random.Random(seed)  # noqa: S311 - the same every time
    steps = graph_of(chance, 25)
    course = Course(steps, continue_on_failure=go_on)
    status = S.NOT_STARTED
    for _ in range(200):
        decision = course.decide(status)
        assert decision == decide(status, list(steps.values()), continue_on_failure=go_on)
        if decision.ending:
            break
        status = S.CANCEL_REQUESTED if chance.random() < 0.005 else status
        status = S.RUNNING if status is S.NOT_STARTED else status
        for step, _ in decision.skip:
            change(course, steps, step.run_id, S.CANCELED)
        for step in decision.ready[: chance.randrange(4)]:
            change(course, steps, step.run_id, chance.choice([S.QUEUED, S.PREPARING, S.COMPLETED]))
        for run_id, step in list(steps.items()):
            if step.status not in WAITING and not step.status.is_terminal and chance.random() < 0.5:
                ends = [S.COMPLETED] * 12 + [S.QUEUED, S.FAILED, S.CANCEL_REQUESTED, S.CANCELED]
                change(course, steps, run_id, chance.choice(ends))
    assert all(step.status.is_terminal for step in steps.values())


@pytest.mark.parametrize("size", [100, 1000])
def test_a_chain_is_looked_at_as_a_whole_only_when_it_begins_and_ends(size, monkeypatch):
    looks = []
    monkeypatch.setattr(
        scheduler,
        "decide",
        lambda status, steps, **options: (
            looks.append(len(steps)) or decide(status, steps, **options)
        ),
    )
    steps = {
        str(n): Step(str(n), str(n), f"s{n}", S.NOT_STARTED, frozenset({str(n - 1)} if n else ()))
        for n in range(size)
    }
    course, decision = Course(steps, continue_on_failure=False), None
    while decision is None or decision.ending is None:
        decision = course.decide(S.RUNNING)
        for step in decision.ready:
            change(course, steps, step.run_id, S.PREPARING)
            change(course, steps, step.run_id, S.COMPLETED)
    assert decision.ending is S.COMPLETED
    assert looks == [size, size]


def wide(size, **fields):
    """Return steps that are all ready."""
    return {str(n): Step(str(n), str(n), f"s{n}", S.NOT_STARTED, **fields) for n in range(size)}


def test_of_a_great_many_ready_steps_the_first_are_at_hand_and_others_move_up():
    steps = wide(3 * AT_HAND, compute="a", slots=2)
    course, started = Course(steps, continue_on_failure=False), []
    while True:
        decision = course.decide(S.RUNNING)
        if decision.ending:
            break
        assert len(decision.ready) <= AT_HAND + 4
        for step in decision.ready[:2]:
            started.append(step.run_id)
            change(course, steps, step.run_id, S.PREPARING)
            change(course, steps, step.run_id, S.COMPLETED)

    assert started == list(steps)


def test_a_long_queue_of_one_compute_target_hides_nothing_of_another():
    steps = {
        **wide(3 * AT_HAND, compute="a"),
        "last": Step("last", "last", "l", S.QUEUED, compute="b"),
    }
    course = Course(steps, continue_on_failure=False)

    assert course.decide(S.RUNNING).ready[-1].run_id == "last"


def test_a_step_that_gets_ready_late_comes_before_those_that_were_submitted_after_it():
    late = Step("late", "late", "l", S.NOT_STARTED, frozenset({"0"}))
    steps = {"0": wide(1)["0"], "late": late}
    steps |= {one.run_id: one for one in wide(3 * AT_HAND).values() if one.run_id != "0"}
    course = Course(steps, continue_on_failure=False)
    assert course.decide(S.RUNNING).ready[1].run_id == "1"

    change(course, steps, "0", S.COMPLETED)

    assert [step.run_id for step in course.decide(S.RUNNING).ready[:2]] == ["late", "1"]


@pytest.mark.parametrize("seed", range(10))
def test_few_at_hand_are_those_that_a_look_at_all_steps_finds_first(seed, monkeypatch):
    monkeypatch.setattr(ready_steps, "AT_HAND", 0)
    chance = random.Random(seed)  # noqa: S311 - the same every time
    steps = graph_of(chance, 60)
    course = Course(steps, continue_on_failure=False)
    while not (decision := course.decide(S.RUNNING)).ending:
        everything = decide(S.RUNNING, list(steps.values())).ready
        assert decision.ready == everything[: len(decision.ready)]
        assert len(decision.ready) >= min(2, len(everything))
        for step in chance.sample(decision.ready, chance.randrange(len(decision.ready) + 1)):
            change(course, steps, step.run_id, S.PREPARING)
            change(course, steps, step.run_id, S.COMPLETED)
