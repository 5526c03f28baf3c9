"""How a pool stands, told by what its drivers do."""

from types import SimpleNamespace

import pytest

from synapse_magics.engines.pool_states import PoolStates
from synapse_magics.store.warm_drivers import (
    FILE,
    PoolRecord,
    PoolState,
    read_pools,
    write_pools,
)

POOL = "local/spark01"


def driver(status="", *, is_lent=False):
    return SimpleNamespace(pools={POOL}, status=status, is_lent=is_lent)


@pytest.fixture
def states(tmp_path):
    return PoolStates(tmp_path)


def known(tmp_path):
    return read_pools(tmp_path)[POOL]


def test_warming_while_a_driver_is_being_started(states, tmp_path):
    states.note([driver()])
    assert (known(tmp_path).state, known(tmp_path).drivers) == (PoolState.WARMING, 1)


def test_warm_as_long_as_one_is_there_idle_or_with_a_step(states, tmp_path):
    states.note([driver("ready"), driver("lent", is_lent=True), driver()])
    assert known(tmp_path).state is PoolState.WARM
    assert (known(tmp_path).drivers, known(tmp_path).lent) == (3, 1)


def test_paused_when_the_last_one_was_ended_because_nobody_used_it(states, tmp_path):
    states.note([driver("ready")])
    states.ended({POOL}, PoolState.PAUSED, "nobody used it for 15 min")
    states.note([])
    assert known(tmp_path).state is PoolState.PAUSED
    assert known(tmp_path).why == "nobody used it for 15 min"


def test_not_paused_while_another_one_is_there(states, tmp_path):
    states.ended({POOL}, PoolState.PAUSED, "memory ran short")
    states.note([driver("ready")])
    assert known(tmp_path).state is PoolState.WARM


def test_cold_when_the_last_one_ended_by_itself(states, tmp_path):
    states.note([driver("ready")])
    states.ended({POOL}, PoolState.COLD, "the JVM ended")
    states.note([])
    assert (known(tmp_path).state, known(tmp_path).why) == (PoolState.COLD, "the JVM ended")


def test_since_when_stays_while_the_state_does(states, tmp_path):
    states.note([driver("ready")])
    since = known(tmp_path).since
    states.note([driver("ready"), driver("ready")])
    assert known(tmp_path).since == since
    assert known(tmp_path).drivers == 2


def test_since_when_stays_when_one_of_two_drivers_ends(states, tmp_path):
    states.note([driver("ready"), driver("ready")])
    since = known(tmp_path).since
    states.ended({POOL}, PoolState.PAUSED, "memory ran short")
    states.note([driver("ready")])
    assert known(tmp_path) == PoolRecord(PoolState.WARM, since, drivers=1)


def test_why_the_last_one_ended_counts_and_not_why_one_before_it_did(states, tmp_path):
    states.ended({POOL}, PoolState.PAUSED, "memory ran short")
    states.note([driver("ready")])
    states.ended({POOL}, PoolState.COLD, "the JVM ended")
    states.note([])
    assert (known(tmp_path).state, known(tmp_path).why) == (PoolState.COLD, "the JVM ended")


def test_nothing_is_written_when_nothing_has_changed(states, tmp_path):
    states.note([driver("ready")])
    before = (tmp_path / FILE).stat()
    states.note([driver("ready")])
    assert (tmp_path / FILE).stat() == before


def test_the_next_agent_knows_what_was_paused_and_no_driver_of_the_last(states, tmp_path):
    states.ended({POOL}, PoolState.PAUSED, "its agent left")
    states.note([SimpleNamespace(pools={"local/other"}, status="ready", is_lent=False)])
    PoolStates(tmp_path).note([SimpleNamespace(pools={"local/new"}, status="", is_lent=False)])
    found = {name: record.state for name, record in read_pools(tmp_path).items()}
    assert found == {POOL: PoolState.PAUSED, "local/new": PoolState.WARMING}


def test_what_an_agent_that_was_killed_left_as_warm_is_corrected_at_once(tmp_path):
    write_pools(tmp_path, {POOL: PoolRecord(PoolState.WARM, since=1.0, drivers=1)})
    PoolStates(tmp_path).note([])
    assert read_pools(tmp_path) == {}


def test_a_damaged_file_stops_no_agent(tmp_path):
    (tmp_path / FILE).write_text("[" * 100_000)
    PoolStates(tmp_path).note([driver()])
    assert known(tmp_path).state is PoolState.WARMING


def test_what_could_not_be_written_is_written_the_next_time(tmp_path):
    states = PoolStates(tmp_path / "agent")
    states.note([driver()])
    (tmp_path / "agent").mkdir()
    states.note([driver()])
    assert known(tmp_path / "agent").state is PoolState.WARMING


def test_a_folder_that_is_gone_stops_nobody(tmp_path):
    PoolStates(tmp_path / "gone").note([driver()])
    assert not (tmp_path / "gone").exists()
