"""Spark pools, declared per Synapse workspace: what an attached compute stands on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from synapse_magics.agent import client
from synapse_magics.core import names
from synapse_magics.core.exceptions import ComputeTargetException
from synapse_magics.store.warm_drivers import PoolRecord, PoolState, read_pools

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace

_KIND = "pool"


@dataclass(frozen=True)
class SynapsePool:
    """A Spark pool.

    Parameters
    ----------
    synapse_workspace, name : str
    master : str
        Where it runs; ``local[*]`` or ``local[N]`` is the embedded Spark.
    node_size : str
        ``Small``, ``Medium``, ``Large`` ...: said, not enforced.
    node_count : int
        How many steps run on it at once.
    auto_pause_minutes : int
        After how long a driver is ended that nobody uses.
    spark_conf : mapping
        Spark configuration of every step on it.
    assumed : bool
        Nobody declared it; see `assume`.
    """

    synapse_workspace: str
    name: str
    master: str = "local[*]"
    node_size: str = "Small"
    node_count: int = 2
    auto_pause_minutes: int = 15
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    assumed: bool = False

    @property
    def key(self) -> str:
        """The one name that it has in a workspace: ``SYNAPSE WORKSPACE/NAME``."""
        return f"{self.synapse_workspace}/{self.name}"

    def record(self, workspace: Workspace) -> PoolRecord:
        """Return how it stands: cold, warming, warm or paused. To look starts no agent.

        Parameters
        ----------
        workspace : Workspace

        Returns
        -------
        PoolRecord
        """
        return pool_records(workspace).get(self.key, PoolRecord())

    def declare(self, workspace: Workspace) -> SynapsePool:
        """Make the pool known to a workspace; the same name again replaces it.

        Parameters
        ----------
        workspace : Workspace

        Returns
        -------
        SynapsePool

        Raises
        ------
        ComputeTargetException
            If no engine runs that master, or a number is none that it can be.
        """
        engine_of(self.master)
        if self.node_count < 1:
            raise ComputeTargetException(
                f"a pool has at least one node, not {self.node_count}", where=f"pool {self.name}"
            )
        if self.auto_pause_minutes < 1:
            raise ComputeTargetException(
                f"a pool is paused after a minute or more, not {self.auto_pause_minutes}",
                where=f"pool {self.name}",
            )
        body = asdict(self)
        del body["synapse_workspace"], body["name"]
        workspace.store.registry.put(_KIND, self.key, body)
        return self

    @classmethod
    def list(cls, workspace: Workspace, synapse_workspace: str | None = None) -> list[SynapsePool]:
        """Return the pools that a workspace knows, of one Synapse workspace or of all."""
        pools = []
        for entry in workspace.store.registry.entries(_KIND):
            owner, name = entry.name.split("/", 1)
            if synapse_workspace in {None, owner}:
                pools.append(cls(owner, name, **entry.body))
        return pools

    @classmethod
    def get(cls, workspace: Workspace, synapse_workspace: str, name: str) -> SynapsePool:
        """Return a pool.

        Raises
        ------
        ComputeTargetException
            If there is none of that name; it names the pools there are.
        """
        pools = {pool.name: pool for pool in cls.list(workspace, synapse_workspace)}
        if name not in pools:
            known = ", ".join(sorted(pools)) or "none"
            raise ComputeTargetException(
                f"the Synapse workspace {synapse_workspace!r} has no Spark pool {name!r}; "
                f"its pools: {known}",
                hint=names.did_you_mean(name, pools, "pools")
                if pools
                else f"SynapsePool({synapse_workspace!r}, {name!r}).declare(workspace) declares it",
            )
        return pools[name]

    @classmethod
    def assume(cls, workspace: Workspace, synapse_workspace: str, name: str) -> SynapsePool:
        """Return a pool; of a Synapse workspace without declared pools it is there when asked for.

        The names in a notebook that was written for Azure are of somebody's Synapse workspace,
        and nothing on this machine says what that has.

        Raises
        ------
        ComputeTargetException
            If pools of that Synapse workspace are declared, and this is none of them.
        """
        pools = cls.list(workspace, synapse_workspace)
        if all(pool.assumed for pool in pools) and name not in {pool.name for pool in pools}:
            return cls(synapse_workspace, name, assumed=True).declare(workspace)
        return cls.get(workspace, synapse_workspace, name)


def pool_records(workspace: Workspace) -> dict[str, PoolRecord]:
    """Return how the pools of a workspace stand, by their keys; those that are cold may be missing.

    Only the agent has drivers. Where none is there, what an agent that died has written of running
    drivers is not true any more.

    Parameters
    ----------
    workspace : Workspace

    Returns
    -------
    dict
    """
    folder = workspace.store.folder
    found = read_pools(folder / "agent")
    if client.running(folder) is not None:
        return found
    return {
        key: record
        if record.state in {PoolState.PAUSED, PoolState.COLD}
        else PoolRecord(PoolState.COLD, why="its agent has ended")
        for key, record in found.items()
    }


def engine_of(master: str) -> str:
    """Return the name of the engine that runs a master.

    Parameters
    ----------
    master : str

    Returns
    -------
    str

    Raises
    ------
    ComputeTargetException
        If there is none yet.
    """
    if master == "local" or (master.startswith("local[") and master.endswith("]")):
        return "local_spark"
    raise ComputeTargetException(
        f"no engine runs the Spark master {master!r}",
        hint="the embedded Spark is local[*], or local[N] for N threads",
    )
