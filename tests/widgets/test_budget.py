"""What may go to a browser."""

import random

from log_support import Clock

from synapse_magics.widgets._budget import Budget


def test_only_so_many_messages_go_in_a_second():
    clock = Clock()
    budget = Budget(3, 1000, clock=clock)

    assert [budget.take(1) for _ in range(4)] == [True, True, True, False]

    clock.now += 1.0
    assert budget.take(1)


def test_only_so_many_bytes_go_in_a_second():
    budget = Budget(10, 1000, clock=Clock())

    assert [budget.take(size) for size in (600, 500, 400, 1)] == [True, False, True, False]


def test_asking_takes_nothing():
    budget = Budget(1, 10, clock=Clock())

    assert all(budget.allows(10) for _ in range(5))


def test_no_second_has_more_wherever_it_begins():
    clock, chance = Clock(), random.Random(3)  # noqa: S311 - the same every time
    budget, sent = Budget(10, 100_000, clock=clock), []
    for _ in range(5000):
        clock.now += chance.random() / 20
        size = chance.randrange(30_000)
        if budget.take(size):
            sent.append((clock.now, size))

    for begin, _ in sent:
        second = [size for moment, size in sent if begin <= moment < begin + 1.0]
        assert len(second) <= 10
        assert sum(second) <= 100_000
