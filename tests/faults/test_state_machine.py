"""Whatever happens in whatever order, the promises are kept: random sequences of events."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from fake_world import ENGINE, World, engine_of
from faults_support import (
    every_version,
    is_whole,
    lost_runs,
    new_store,
    outputs_registered_twice,
)
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support import make_step, write_snapshot

from synapse_magics.store.removal import remove
from synapse_magics.store.specs import InputSpec, OutputSpec, PipelineSpec, Registration, RetryOn
from synapse_magics.store.states import RunStatus as S

MEMORY = Path("/dev/shm")
TURNS = 400
"""In so many turns of an agent that does not die, everything has to end."""

ENDINGS = st.sampled_from(["fine", "fine", "fine", "fails", "killed", "vanishes"])


@st.composite
def graphs(draw):
    """A pipeline of a few steps, each of which may take what earlier ones made."""
    steps = []
    for number in range(draw(st.integers(1, 4))):
        earlier = [step.node for step in steps]
        data = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if steps else []
        after = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=1)) if steps else []
        steps.append(draw(one_step(f"s{number}", data, after)))
    return tuple(steps)


@st.composite
def one_step(draw, name, data, after):
    fixed, registered = draw(st.booleans()), draw(st.booleans())
    path = f"fixed/{name}" if fixed else "o/{run-id}/{output-name}"
    registration = Registration(f"data-{name}") if registered else None
    return make_step(
        name,
        *after,
        script="code.py",
        snapshot="code",
        inputs=tuple(InputSpec(f"in_{node}", "mount", node=node, output="out") for node in data),
        outputs=(OutputSpec("out", "mount", "main", path, registration),),
        allow_reuse=draw(st.booleans()),
        retries=draw(st.integers(0, 2)),
        retry_on=draw(st.sampled_from(RetryOn)),
        compute=draw(st.sampled_from(["narrow", "wide"])),
        compute_definition={"engine": ENGINE, "slots": 1},
    )


def on_two_computes(step):
    """A compute has one size, whoever names it."""
    slots = 1 if step.compute == "narrow" else 3
    return make_step(**{**vars(step), "compute_definition": {"engine": ENGINE, "slots": slots}})


class Faults(RuleBasedStateMachine):
    """A workspace with a fake engine, and everything that can happen to it."""

    def __init__(self):
        super().__init__()
        self.home = contextlib.ExitStack()
        place = tempfile.mkdtemp(prefix="faults-", dir=MEMORY if MEMORY.is_dir() else None)
        self.home.callback(shutil.rmtree, place)
        self.home.callback(os.chdir, Path.cwd())
        self.store = self.home.enter_context(new_store(Path(place)))
        write_snapshot(self.store, "code", "print('never run')", "code.py")
        self.world = World(self.store)
        self.home.enter_context(engine_of(self.world))
        self.home.callback(self.world.bury)
        self.acknowledged = []
        self.tokens = {}
        self.ended = {}
        self.removed = 0

    # --- what happens ---

    @rule(steps=graphs(), go_on=st.booleans(), token=st.none() | st.sampled_from("ab"))
    def submit(self, steps, go_on, token):
        run_id = self.store.runs.submit(
            "exp",
            PipelineSpec(continue_on_step_failure=go_on),
            [on_two_computes(step) for step in steps],
            client_token=token,
        )
        assert token is None or self.tokens.setdefault(token, run_id) == run_id
        if run_id not in self.acknowledged:
            self.acknowledged.append(run_id)

    @precondition(lambda self: self.acknowledged)
    @rule(data=st.data())
    def submit_the_same_again(self, data):
        run_id = data.draw(st.sampled_from(self.acknowledged), label="which")
        steps = [child.step for child in self.store.runs.children(run_id)]
        self.acknowledged.append(self.store.runs.submit("exp", PipelineSpec(), steps))

    @rule(turns=st.integers(1, 4))
    def the_agent_works(self, turns):
        for _ in range(turns):
            self.world.act()

    @rule(fuse=st.integers(1, 30))
    def the_agent_dies_soon(self, fuse):
        self.world.fuse = fuse
        self.world.act()

    @precondition(lambda self: self.world.agent)
    @rule()
    def the_agent_dies_idle(self):
        self.world.deaths["between two turns"] += 1
        self.world.bury()

    @precondition(lambda self: any(job.lives for job in self.world.jobs))
    @rule(data=st.data(), how=ENDINGS)
    def a_job_ends(self, data, how):
        living = [number for number, job in enumerate(self.world.jobs) if job.lives]
        self.world.end(self.world.jobs[data.draw(st.sampled_from(living), label="job")], how)

    @precondition(lambda self: self.acknowledged)
    @rule(data=st.data(), whole=st.booleans())
    def somebody_cancels(self, data, whole):
        run_id = data.draw(st.sampled_from(self.acknowledged), label="run")
        steps = [child.id for child in self.store.runs.children(run_id)]
        self.store.runs.request_cancel(
            run_id if whole else data.draw(st.sampled_from(steps), label="step")
        )

    @precondition(lambda self: self.acknowledged)
    @rule(data=st.data(), results=st.booleans())
    def somebody_cleans(self, data, results):
        """Whoever is still there afterwards is whole."""
        ends = [self.store.runs.get(run_id).ended for run_id in self.acknowledged]
        before = data.draw(st.sampled_from([time.time(), *filter(None, ends)]), label="before")
        found = remove(self.store, before=before, results=results)
        removed = {run.id for run in found.removed}
        assert all(run.status.is_terminal for run in found.removed)
        assert not any(self.store.runs.children(run_id) for run_id in removed)
        self.acknowledged = [run_id for run_id in self.acknowledged if run_id not in removed]
        self.tokens = {token: run for token, run in self.tokens.items() if run not in removed}
        self.removed += len(removed)

    # --- what is never to be ---

    @invariant()
    def what_a_run_shows_is_there(self):
        for run_id in self.acknowledged:
            for step in self.store.runs.children(run_id):
                for other in (step.source_id, step.step.keep):
                    assert other is None or self.store.runs.get(other) is not None

    @invariant()
    def what_is_registered_is_there(self):
        for entry in every_version(self.store):
            place = self.store.registry.by_id("saved_dataset", entry.body["saved_id"])
            for source in place.body["sources"]:
                root = self.store.datastore_root(source["datastore"])
                assert (root / source["path"]).exists()

    @invariant()
    def nothing_wrong_has_started(self):
        assert self.world.wrong == []

    @invariant()
    def what_has_ended_stays_as_it_is(self):
        for run_id in self.acknowledged:
            for run in (self.store.runs.get(run_id), *self.store.runs.children(run_id)):
                assert self.ended.get(run.id, run.status) is run.status
                if run.status.is_terminal:
                    self.ended[run.id] = run.status

    @invariant()
    def an_output_is_registered_when_its_step_completes_and_once(self):
        assert outputs_registered_twice(self.store) == []
        for run_id in self.acknowledged:
            for step in self.store.runs.children(run_id):
                versions = self.versions(step)
                wanted = sum(item.registration is not None for item in step.step.outputs)
                if step.source_id is not None:
                    assert versions <= wanted  # it may be registered already
                else:
                    assert versions == (wanted if step.status is S.COMPLETED else 0)

    def versions(self, step):
        row = self.store.database.row(
            "SELECT COUNT(*) FROM registry WHERE kind = 'dataset'"
            " AND json_extract(body, '$.run_id') = ?",
            (step.id,),
        )
        return row[0]

    def teardown(self):
        try:
            with self.home:
                self.everything_ends()
        finally:
            TALLY.take(self)

    def everything_ends(self):
        self.world.fuse = None
        for _ in range(TURNS):
            if not self.store.runs.unfinished():
                break
            self.world.act()
            for job in self.world.jobs:
                if job.lives:
                    self.world.end(job, "fine")
        assert lost_runs(self.store, self.acknowledged) == []
        self.nothing_wrong_has_started()
        self.what_has_ended_stays_as_it_is()
        self.an_output_is_registered_when_its_step_completes_and_once()
        assert not any(job.lives for job in self.world.jobs)
        assert is_whole(self.store)


class Tally:
    """What the examples add up to."""

    def __init__(self):
        self.deaths = self.runs = self.removed = 0

    def take(self, machine):
        self.deaths += sum(machine.world.deaths.values())
        self.runs += len(machine.acknowledged) + machine.removed
        self.removed += machine.removed


TALLY = Tally()
QUICK = settings(
    derandomize=True,
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    database=None,
    # An example that fails is printed as it is: to look for the shortest takes minutes.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def check(machine_settings, table):
    TALLY.__init__()
    try:
        from hypothesis.stateful import run_state_machine_as_test

        run_state_machine_as_test(Faults, settings=machine_settings)
    finally:
        table.add("agent dead at any point (fake engine)", times=TALLY.deaths, runs=TALLY.runs)
        table.figures["runs removed by clean among them"] = TALLY.removed


def test_any_sequence_of_events_keeps_the_promises(table):
    check(QUICK, table)


@pytest.mark.faults
@pytest.mark.timeout(900)  # see test_fault_power
def test_many_more_sequences_keep_the_promises(table):
    check(settings(QUICK, max_examples=400, stateful_step_count=60), table)
