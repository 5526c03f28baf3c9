"""The agent is killed at every transaction that it makes, before and after it is on disk."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from faults_support import (
    died,
    dying_agent,
    end,
    every_version,
    failing_once,
    is_whole,
    noting,
    two_steps,
    workspace_in,
)
from support import make_step, submit, wait_until

from synapse_magics.agent import client
from synapse_magics.store.states import RunStatus as S


class TwoSteps:
    """Data goes from one step to the next, and an output becomes a dataset."""

    ending, versions = S.COMPLETED, 1

    def prepare(self, store, log):
        """Do what comes before the kill."""

    def submit(self, store, log):
        return submit(store, *two_steps(store, log))[0]

    def meanwhile(self, store, run_id, agent):
        """Do what belongs to it while the agent works, or when it has died."""


class AnotherAttempt(TwoSteps):
    """The first attempt of a step fails."""

    versions = 0

    def submit(self, store, log):
        return submit(store, failing_once(store, log))[0]


class Reused(TwoSteps):
    """An earlier result is reused."""

    def prepare(self, store, log):
        run_id = submit(store, *two_steps(store, log))[0]
        assert end(store, run_id) == [S.COMPLETED]
        client.stop(store.folder)


class Waiting(TwoSteps):
    """A step waits for a slot, another one fails, and a third is skipped for that."""

    ending, versions = S.FAILED, 0

    def submit(self, store, log):
        noting(store, log, "one", "time.sleep(0.1)")
        noting(store, log, "bad", "sys.exit(1)")
        narrow = {"engine": "python_process", "slots": 1}
        steps = (("one",), ("bad",), ("next", "bad"))
        return submit(store, *(make_step(*names, compute_definition=narrow) for names in steps))[0]


class Canceled(TwoSteps):
    """A run is canceled while a step works."""

    ending, versions = S.CANCELED, 0

    def submit(self, store, log):
        noting(store, log, "long", "time.sleep(600)")
        noting(store, log, "next")
        run_id, _ = submit(store, make_step("long"), make_step("next", "long"))
        return run_id

    def meanwhile(self, store, run_id, agent):
        long = store.runs.children(run_id)[0].id
        wait_until(lambda: store.runs.get(long).status is S.RUNNING or agent.poll() is not None)
        store.runs.request_cancel(run_id)
        client.ring(store.folder)


class TakenOver(TwoSteps):
    """An agent died between the record of a job and its start; the next one dies, too."""

    def submit(self, store, log):
        run_id = super().submit(store, log)
        assert died(dying_agent(store, point="recorded"))
        return run_id


class Adopted(TwoSteps):
    """An agent died between the start of a job and its note of that; the next one dies, too."""

    def submit(self, store, log):
        run_id = super().submit(store, log)
        assert died(dying_agent(store, transition=["Preparing", "Running"], moment="before"))
        return run_id


SCENARIOS = (TwoSteps, AnotherAttempt, Reused, Waiting, Canceled, TakenOver, Adopted)
EVERY = {
    *("NotStarted->Running", "NotStarted->Queued", "NotStarted->Preparing", "Queued->Preparing"),
    *("Preparing->Running", "Preparing->Queued", "Running->Finalizing", "Finalizing->Completed"),
    *("Running->Completed", "Running->Failed", "NotStarted->Canceled", "Running->Queued"),
    *("Running->CancelRequested", "CancelRequested->Canceled", "NotStarted->Completed"),
}
"""The changes that an agent makes."""


def transactions(scenario, folder):
    """Return what an agent that lives does for a scenario: the changes of each transaction."""
    with workspace_in(folder) as (store, log):
        scenario.prepare(store, log)
        run_id = scenario.submit(store, log)
        listed = store.folder.parent / "list"
        agent = dying_agent(store, list=str(listed))
        try:
            wait_until(lambda: client.running(store.folder))
            scenario.meanwhile(store, run_id, agent)
            wait_until(lambda: store.runs.get(run_id).status.is_terminal, 30)
        finally:
            agent.terminate()
            agent.wait()
        return listed.read_text().splitlines()


def kill(scenario, folder, table, number, moment, changes):
    """Let an agent die at one transaction, and the next one go on."""
    with workspace_in(folder) as (store, log):
        scenario.prepare(store, log)
        run_id = scenario.submit(store, log)
        agent = dying_agent(store, commit=number, moment=moment)
        try:
            scenario.meanwhile(store, run_id, agent)
            killed = died(agent, lambda: store.runs.get(run_id).status.is_terminal)
        finally:
            agent.kill()
            agent.wait()
        assert end(store, run_id) == [scenario.ending], (number, moment, changes)
        what = "at a change of status" if changes else "at another transaction"
        table.judge(f"agent killed {what}", store, [run_id], times=int(killed), log=log)
        made = [entry for entry in every_version(store) if entry.name == "made"]
        assert len(made) == scenario.versions, (number, moment, changes)
        assert is_whole(store)


@pytest.mark.faults
@pytest.mark.parametrize(
    "scenario", [one() for one in SCENARIOS], ids=lambda one: type(one).__name__
)
def test_nothing_is_lost_wherever_the_agent_dies(tmp_path, table, scenario, seen):
    listed = transactions(scenario, tmp_path)
    seen |= {change for line in listed for change in line.split()}
    with ThreadPoolExecutor(2) as threads:
        jobs = [
            threads.submit(kill, scenario, tmp_path, table, number, moment, changes)
            for number, changes in enumerate(listed, start=1)
            for moment in ("before", "after")
        ]
        for job in jobs:
            job.result()


@pytest.fixture(scope="module")
def seen():
    """The changes of statuses at which an agent was killed."""
    return set()


@pytest.mark.faults
def test_the_agent_was_killed_at_every_change_that_it_makes(seen):
    assert EVERY - seen == set()


def test_an_agent_that_dies_as_it_completes_a_step_registers_its_output_once(
    workspace_folder, table
):
    scenario = TwoSteps()
    rule = {"transition": ["Finalizing", "Completed"], "moment": "after"}
    with workspace_in(workspace_folder) as (store, log):
        run_id = scenario.submit(store, log)
        assert died(dying_agent(store, **rule))
        assert end(store, run_id) == [S.COMPLETED]
        table.judge("agent killed at a change of status", store, [run_id], log=log)
        assert len(every_version(store)) == 1
