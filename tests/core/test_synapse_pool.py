"""Spark pools: declared, found, refused."""

import pytest

from synapse_magics import SynapsePool
from synapse_magics.agent import client
from synapse_magics.core.exceptions import ComputeTargetException
from synapse_magics.core.synapse_pool import engine_of
from synapse_magics.store.warm_drivers import PoolRecord, PoolState, write_pools


def test_a_fresh_workspace_has_one(workspace):
    assert SynapsePool.list(workspace) == [SynapsePool("local", "spark01")]


def test_declare_and_get(workspace):
    pool = SynapsePool("local", "big", "local[8]", "Large", 3, 30, {"spark.x": "1"})

    assert pool.declare(workspace) is pool
    assert SynapsePool.get(workspace, "local", "big") == pool


def test_declare_again_replaces(workspace):
    SynapsePool("local", "spark01", node_count=7).declare(workspace)

    assert SynapsePool.get(workspace, "local", "spark01").node_count == 7


def test_list_of_one_synapse_workspace(workspace):
    SynapsePool("other", "small").declare(workspace)

    assert [pool.name for pool in SynapsePool.list(workspace, "other")] == ["small"]
    assert len(SynapsePool.list(workspace)) == 2


def test_get_what_is_not_there_names_the_pools(workspace):
    with pytest.raises(ComputeTargetException, match="its pools: spark01") as caught:
        SynapsePool.get(workspace, "local", "spark02")
    assert caught.value.hint == "did you mean 'spark01'?"


def test_get_from_a_synapse_workspace_without_pools(workspace):
    with pytest.raises(ComputeTargetException, match="its pools: none") as caught:
        SynapsePool.get(workspace, "nowhere", "spark01")
    assert "SynapsePool('nowhere', 'spark01').declare(workspace)" in caught.value.hint


@pytest.mark.parametrize("master", ["", "yarn", "spark://host:7077", "local[", "locals"])
def test_a_master_that_no_engine_runs(workspace, master):
    with pytest.raises(ComputeTargetException, match="no engine runs the Spark master"):
        SynapsePool("local", "odd", master).declare(workspace)
    assert [pool.name for pool in SynapsePool.list(workspace)] == ["spark01"]


@pytest.mark.parametrize("master", ["local", "local[*]", "local[4]"])
def test_masters_of_the_embedded_spark(master):
    assert engine_of(master) == "local_spark"


def test_a_pool_without_nodes(workspace):
    with pytest.raises(ComputeTargetException, match="at least one node, not 0"):
        SynapsePool("local", "empty", node_count=0).declare(workspace)


def test_a_pool_that_never_rests(workspace):
    with pytest.raises(ComputeTargetException, match="after a minute or more, not 0"):
        SynapsePool("local", "busy", auto_pause_minutes=0).declare(workspace)


def test_a_pool_of_a_synapse_workspace_without_declared_pools_is_there(workspace):
    first = SynapsePool.assume(workspace, "theirs", "small")
    second = SynapsePool.assume(workspace, "theirs", "big")

    assert SynapsePool.list(workspace, "theirs") == [second, first]
    assert (first.master, first.assumed) == ("local[*]", True)


def test_a_pool_beside_declared_ones_is_not_assumed(workspace):
    SynapsePool.assume(workspace, "theirs", "small")
    SynapsePool("theirs", "big").declare(workspace)

    assert SynapsePool.assume(workspace, "theirs", "small").assumed
    with pytest.raises(ComputeTargetException, match="no Spark pool 'other'"):
        SynapsePool.assume(workspace, "theirs", "other")


def test_a_pool_of_which_no_agent_has_said_anything_is_cold(workspace):
    pool = SynapsePool.get(workspace, "local", "spark01")
    assert pool.record(workspace).state is PoolState.COLD
    assert client.running(workspace.store.folder) is None


def test_without_its_agent_no_pool_is_warm(workspace):
    warm = PoolRecord(PoolState.WARM, 1.0, drivers=1)
    write_pools(workspace.store.folder / "agent", {"local/spark01": warm})
    record = SynapsePool.get(workspace, "local", "spark01").record(workspace)
    assert (record.state, record.why) == (PoolState.COLD, "its agent has ended")


def test_a_paused_pool_stays_paused_without_its_agent(workspace):
    paused = PoolRecord(PoolState.PAUSED, 1.0, why="memory ran short")
    write_pools(workspace.store.folder / "agent", {"local/spark01": paused})
    assert SynapsePool.get(workspace, "local", "spark01").record(workspace) == paused
