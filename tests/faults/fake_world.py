"""A world without processes: jobs that end when a test says so, and agents that die of a bomb.

What a real engine leaves to the system, which jobs there are and what becomes of them, is in here,
and outlives every agent. It looks at each start, and finds what must never be.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import dataclass, field

from synapse_magics.agent import recovery
from synapse_magics.agent.main import Agent
from synapse_magics.engines import base
from synapse_magics.engines.base import JobState, JobStatus
from synapse_magics.store.database import Database
from synapse_magics.store.states import RunStatus as S

ENGINE = "fake"
_ENDED = {"fine": 0, "fails": 1, "killed": -9}


class Died(BaseException):
    """What an agent dies of; nothing of ours catches it."""


@dataclass
class Job:
    """One job, as the system knows it."""

    run_id: str
    attempt: int
    places: dict
    state: JobState = field(default=JobState(JobStatus.RUNNING))

    @property
    def lives(self):
        return self.state.status is JobStatus.RUNNING


class World:
    """The jobs of one workspace, and its agent, which may be dead.

    Parameters
    ----------
    store : Store
        A connection of our own, by which we look.
    """

    def __init__(self, store):
        self.store = store
        self.jobs = []
        self.starts = Counter()
        self.wrong = []
        self.agent = None
        self.deaths = Counter()
        self.fuse = None
        self._acting = False

    # --- what an engine does ---

    def start(self, job, record):
        run = self.store.runs.get(job.run_id)
        places = {item.name: self._place(item) for item in self.store.records.outputs(job.run_id)}
        handle = {"job": len(self.jobs), "run": job.run_id}
        self.jobs.append(Job(job.run_id, run.attempt, places, JobState(JobStatus.VANISHED)))
        self.point("before a handle is recorded")
        record(handle)
        self.point("before a job starts")
        self._look(run, places)
        self.jobs[-1].state = JobState(JobStatus.RUNNING)
        job.folder.started.touch()
        self.point("after a job started")
        return handle

    def poll(self, handle):
        return self.jobs[handle["job"]].state

    def cancel(self, handle):
        self.point("before a job is canceled")
        job = self.jobs[handle["job"]]
        if job.lives:
            job.state = JobState(JobStatus.ENDED, -15)
        self.point("after a job was canceled")

    def _place(self, output):
        return self.store.folder / "datastores" / "main" / output.path

    def _look(self, run, places):
        """Note whatever is wrong with the start of a job."""
        key = (run.id, run.attempt)
        self.starts[key] += 1
        spec, siblings = run.step, self.store.runs.children(run.root_id)
        living = [job for job in self.jobs if job.lives]
        by_node = {other.node: other for other in siblings}
        late = [node for node in spec.upstream if by_node[node].status is not S.COMPLETED]
        compute = [
            job for job in living if self.store.runs.get(job.run_id).step.compute == spec.compute
        ]
        self._check(self.starts[key] == 1, "ran twice in one attempt", run)
        self._check(not late, f"started before {late}", run)
        self._check(run.id not in {job.run_id for job in living}, "has two jobs", run)
        self._check(len(compute) < spec.compute_definition["slots"], "took no slot", run)
        self._check(run.attempt <= spec.retries + 1, "has too many attempts", run)
        self._check(run.status is S.PREPARING, f"starts as {run.status}", run)
        for job in living:
            shared = set(places.values()) & set(job.places.values())
            self._check(not shared, f"writes where another one writes: {shared}", run)

    def _check(self, right, what, run):
        if not right:
            self.wrong.append(f"{run.name} of {run.id[:8]} {what}")

    def end(self, job, how):
        """Let a job end: well, with an exit code, by a signal, or without anybody who saw it."""
        if how == "fine":
            for place in job.places.values():
                place.mkdir(parents=True, exist_ok=True)
                (place / "data").write_text(job.run_id)
        gone = how == "vanishes"
        job.state = JobState(JobStatus.VANISHED if gone else JobStatus.ENDED, _ENDED.get(how))

    # --- how an agent dies ---

    def point(self, where):
        """Die here, if the fuse has burnt down."""
        if self.fuse is None or not self._acting:
            return
        self.fuse -= 1
        if self.fuse <= 0:
            self.fuse = None
            self.deaths[where] += 1
            raise Died(where)

    def act(self):
        """Let the agent turn once; a dead one is followed by the next."""
        os.chdir(self.store.folder / "agent")
        self._acting = True
        try:
            if self.agent is None:
                self.agent = Agent(self.store.folder)
                recovery.recover(self.agent._store)
            self.agent.tick()
        except Died:
            self.bury()
        finally:
            self._acting = False

    def bury(self):
        """Do for a dead agent what the system does: close what it had open."""
        if self.agent is not None:
            self.agent._bell._socket.close()
            self.agent._store.close()
            self.agent = None


@contextlib.contextmanager
def engine_of(world):
    """Make the world's engine known, and let its agents die around their transactions."""
    real = Database.transaction

    class Engine:
        name = ENGINE

        def start(self, job, record):
            return world.start(job, record)

        def poll(self, handle):
            return world.poll(handle)

        def cancel(self, handle):
            world.cancel(handle)

        def fetch_logs(self, handle):
            pass

    @contextlib.contextmanager
    def transaction(database, *options):
        with real(database, *options) as connection:
            yield connection
            world.point("before a commit")
        world.point("after a commit")

    base.register(ENGINE, lambda _folder: Engine())
    Database.transaction = transaction
    try:
        yield
    finally:
        Database.transaction = real
        del base._FACTORIES[ENGINE]
