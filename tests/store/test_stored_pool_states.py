"""How the pools stand, written as a whole and read with care."""

import json
import os

import pytest

from synapse_magics.store.warm_drivers import (
    FILE,
    PoolRecord,
    PoolState,
    read_pools,
    write_pools,
)

GOOD = {"state": "warm", "since": 5.0, "drivers": 2, "lent": 1, "why": ""}


def told(folder, **changes):
    """Return what is read of a pool of which the file says something else than of a good one."""
    text = json.dumps({"local/good": GOOD, "local/other": {**GOOD, **changes}})
    (folder / FILE).write_text(text)
    return read_pools(folder)


def test_what_is_written_is_read(tmp_path):
    pools = {
        "local/a": PoolRecord(PoolState.WARM, since=12.5, drivers=3, lent=1),
        "local/b": PoolRecord(PoolState.PAUSED, since=7.0, why="memory ran short"),
        "local/c": PoolRecord(),
    }
    assert write_pools(tmp_path, pools)
    assert read_pools(tmp_path) == pools


def test_who_writes_learns_that_it_failed(tmp_path):
    assert not write_pools(tmp_path / "gone", {})


def test_the_old_file_stays_when_a_new_one_cannot_be_written(tmp_path):
    write_pools(tmp_path, {"local/a": PoolRecord()})
    (tmp_path / f"{FILE}.part").mkdir()
    assert not write_pools(tmp_path, {})
    assert read_pools(tmp_path) == {"local/a": PoolRecord()}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": ' * 100_000, '{"a": 1}', "\x00"])
def test_a_file_that_cannot_be_read_tells_nothing(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    assert read_pools(tmp_path) == {}


def test_nobody_waits_at_a_pipe(tmp_path):
    os.mkfifo(tmp_path / FILE)
    assert read_pools(tmp_path) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "hot"},
        {"state": None},
        {"state": ["warm"]},
        {"since": "yesterday"},
        {"since": True},
        {"since": -1},
        {"since": float("nan")},
        {"since": float("inf")},
        {"since": 10**400},
        {"drivers": "2"},
        {"drivers": 2.5},
        {"drivers": True},
        {"drivers": -1},
        {"drivers": 10**9},
        {"lent": None},
        {"lent": -1},
        {"lent": 3},
        {"why": None},
        {"why": {"a": 1}},
    ],
    ids=str,
)
def test_a_pool_of_which_it_says_what_cannot_be_is_left_out_and_no_other(tmp_path, changes):
    good = PoolRecord(PoolState.WARM, since=5.0, drivers=2, lent=1)
    assert told(tmp_path, **changes) == {"local/good": good}


@pytest.mark.parametrize("other", [1, None, "warm", [], {}])
def test_what_is_no_pool_hides_none(tmp_path, other):
    (tmp_path / FILE).write_text(json.dumps({"local/other": other, "local/good": GOOD}))
    assert list(read_pools(tmp_path)) == ["local/good"]


def test_a_long_reason_is_cut(tmp_path):
    assert len(told(tmp_path, why="a" * 5000)["local/other"].why) == 200
