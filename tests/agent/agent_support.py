"""What tests of the agent share: its loop turned by hand, engines that do what a test says."""

from __future__ import annotations

import contextlib

from support import wait_until

from synapse_magics.engines import base
from synapse_magics.engines.base import JobState, JobStatus


def turn_until(agent, condition):
    """Turn the loop of an agent until a condition holds."""

    def turned():
        agent.tick()
        return condition()

    return wait_until(turned, 30)


def statuses(store, ids):
    return [store.runs.get(item).status for item in ids]


@contextlib.contextmanager
def scripted_engine(name="scripted"):
    """Register an engine whose jobs end when a test says so: ``states[run id] = JobState(...)``."""

    class Engine:
        def __init__(self):
            self.name, self.started, self.canceled, self.states = name, [], [], {}
            self.warmed = []

        def warm(self, compute):
            self.warmed.append(compute)

        def start(self, job, record):
            handle = {"pid": 1, "born": "long ago", "run": job.run_id}  # never alive
            record(handle)
            self.started.append(job.run_id)
            return handle

        def poll(self, handle):
            return self.states.get(handle["run"], JobState(JobStatus.RUNNING))

        def cancel(self, handle):
            self.canceled.append(handle["run"])

        def fetch_logs(self, handle):
            pass

        def end(self, run_id, exit_code=0):
            self.states[run_id] = JobState(JobStatus.ENDED, exit_code)

        def vanish(self, run_id):
            self.states[run_id] = JobState(JobStatus.VANISHED)

    engine = Engine()
    base.register(name, lambda _folder: engine)
    try:
        yield engine
    finally:
        del base._FACTORIES[name]
