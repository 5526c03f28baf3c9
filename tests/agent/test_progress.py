"""Runs go forward: slots are shared, results are reused, attempts follow each other."""

import json
import os
import signal
import sqlite3

import pytest
from agent_support import scripted_engine, statuses, turn_until
from support import is_alive, make_step, submit, wait_until, write_snapshot

from synapse_magics.agent import progress, reusing
from synapse_magics.agent.main import Agent
from synapse_magics.store.database import StoreError
from synapse_magics.store.specs import Argument, ArgumentKind, OutputSpec, PipelineSpec, RetryOn
from synapse_magics.store.states import RunStatus as S

OUT = OutputSpec("out", "mount", "main", "o/{run-id}")
TO_OUT = (Argument(ArgumentKind.OUTPUT, "out"),)


@pytest.fixture
def engine():
    with scripted_engine() as engine:
        yield engine


@pytest.fixture
def step(store):
    """Return the spec of a step of the scripted engine."""
    write_snapshot(store, "code", "", "code.py")

    def step(name, *upstream, slots=1, **fields):
        compute = {"engine": "scripted", "slots": slots}
        common = {"script": "code.py", "snapshot": "code", "compute_definition": compute}
        return make_step(name, *upstream, **{**common, **fields})

    return step


def reasons(store, ids):
    return [store.runs.get(item).reason for item in ids]


def events_of(store, step):
    root = store.runs.get(step).root_id
    return [(e.after, e.message) for e in store.runs.events(root) if e.run_id == step]


# --- slots --------------------------------------------------------------------------------------


def test_a_small_run_is_not_kept_waiting_by_a_large_one(store, agent, engine, step):
    _, large = submit(store, *(step(f"s{n}", slots=2) for n in range(20)))
    agent.tick()
    assert engine.started == large[:2]
    _, small = submit(store, step("a", slots=2), step("b", slots=2))
    agent.tick()

    for ended in large[:2]:
        engine.end(ended)
    agent.tick()

    # Neither held a slot: the older run comes first, then the other one.
    assert engine.started[2:] == [large[2], small[0]]


def test_who_waits_is_told_so_once(store, agent, engine, step):
    _, ids = submit(store, step("a"), step("b"))
    for _ in range(3):
        agent.tick()

    assert events_of(store, ids[1]) == [("Queued", "waits for cpucluster")]


def test_two_runs_never_write_to_one_destination_at_once(store, agent, engine, step):
    places = ("models", "models/{output-name}")
    (one, (first,)), (two, (second,)) = (
        submit(store, step("fit", slots=9, outputs=(OutputSpec("out", "mount", "main", place),)))
        for place in places
    )
    agent.tick()
    assert engine.started == [first]
    assert reasons(store, [second]) == ["waits for step fit, which writes to models"]

    engine.end(first)
    agent.tick()
    assert engine.started == [first, second]
    engine.end(second)
    turn_until(agent, lambda: statuses(store, [one, two]) == [S.COMPLETED] * 2)


def test_steps_that_do_not_depend_on_each_other_overlap(store, agent, tmp_path):
    """Each waits for the other one to have begun."""
    meet = (
        "import pathlib, sys, time\npathlib.Path({mine!r}).touch()\n"
        "while not pathlib.Path({other!r}).exists(): time.sleep(0.01)\n"
    )
    for mine, other in (("one", "two"), ("two", "one")):
        text = meet.format(mine=str(tmp_path / mine), other=str(tmp_path / other))
        write_snapshot(store, mine, text)
    run_id, ids = submit(store, make_step("one"), make_step("two"))

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert statuses(store, ids) == [S.COMPLETED] * 2
    one, two = (store.runs.get(item) for item in ids)
    assert max(one.started, two.started) < min(one.ended, two.ended)


def test_a_long_list_of_work_is_left_for_the_next_tick(store, agent, engine, step, monkeypatch):
    monkeypatch.setattr(progress, "_PATIENCE_SECONDS", 0)
    _, ids = submit(store, *(step(f"s{n}", slots=9) for n in range(3)))

    agent.tick()
    assert engine.started == ids[:1]
    assert agent._progress.behind
    turn_until(agent, lambda: engine.started == ids)
    turn_until(agent, lambda: not agent._progress.behind)


def test_a_tick_in_which_nothing_happens_asks_a_few_questions(store, agent, engine, step):
    for _ in range(20):
        submit(store, step("a"), step("b", "a"))
    turn_until(agent, lambda: not agent._progress.behind)
    asked = []
    agent._store.database._connection.set_trace_callback(asked.append)

    agent.tick()

    agent._store.database._connection.set_trace_callback(None)
    assert len(asked) < 10, asked


def test_a_decision_that_the_disk_refused_is_carried_out_later(
    store, agent, engine, step, monkeypatch
):
    run_id, ids = submit(store, step("a"), step("b", "a"))
    agent.tick()
    engine.end(ids[0], 1)
    full = StoreError("the disk is full")
    full.__cause__ = sqlite3.OperationalError("database or disk is full")
    with monkeypatch.context() as patch:

        def transition_all(_):
            raise full

        patch.setattr(agent._store.runs, "transition_all", transition_all)
        with pytest.raises(StoreError):
            agent.tick()

    agent.tick()

    assert statuses(store, [run_id, *ids]) == [S.FAILED, S.FAILED, S.CANCELED]


# --- reuse --------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch):
    """The names of steps for which an earlier result was looked for; none is found."""
    asked = []

    def take_over(_store, _run, step):
        asked.append(step.name)
        return False

    monkeypatch.setattr(reusing, "take_over", take_over)
    return asked


def test_an_earlier_result_is_looked_for_once_a_step_is_ready(store, agent, engine, step, asked):
    _, ids = submit(store, step("a"), step("b", "a"))
    for _ in range(3):
        agent.tick()
    assert asked == ["a"]

    engine.end(ids[0])
    agent.tick()
    assert asked == ["a", "b"]


def test_it_is_looked_for_again_when_a_step_that_waited_starts(store, agent, engine, step, asked):
    _, ids = submit(store, step("a"), step("b"))
    for _ in range(3):
        agent.tick()
    assert asked == ["a", "b"]

    engine.end(ids[0])
    agent.tick()
    assert asked == ["a", "b", "b"]
    assert engine.started == ids


def test_reused_steps_take_no_slot_and_end_in_one_tick(store, agent, engine, step):
    steps = [step("a"), step("b", "a"), step("c", "b")]
    one, ids = submit(store, *steps)
    for started in ids:
        agent.tick()
        engine.end(started)
    turn_until(agent, lambda: store.runs.get(one).status is S.COMPLETED)
    submit(store, step("busy", allow_reuse=False))
    agent.tick()

    two, again = submit(store, *steps)
    agent.tick()

    assert statuses(store, [two, *again]) == [S.COMPLETED] * 4
    assert [store.runs.get(item).source_id for item in again] == ids


def test_what_is_wrong_with_one_step_fails_that_one(store, agent, engine, step, monkeypatch):
    def take_over(_store, _run, step):
        if step.name == "odd":
            raise KeyError("surprise")
        return False

    monkeypatch.setattr(reusing, "take_over", take_over)
    run_id = store.runs.submit(
        "exp",
        PipelineSpec(continue_on_step_failure=True),
        [step("odd"), step("next", "odd"), step("good")],
    )
    odd, after, good = (child.id for child in store.runs.children(run_id))

    agent.tick()
    assert engine.started == [good]
    assert statuses(store, [odd, after]) == [S.FAILED, S.CANCELED]
    assert "surprise" in store.runs.get(odd).reason


def test_a_run_that_begins_is_told_what_to_expect(store, agent, engine, step):
    run_id, ids = submit(store, step("a"), step("b", "a"))

    agent.tick()

    assert store.runs.get(run_id).status is S.RUNNING
    assert [bool(store.runs.get(item).because) for item in ids] == [True, True]


def test_a_run_begins_though_nothing_can_be_foreseen(store, agent, engine, step, monkeypatch):
    monkeypatch.setattr(reusing, "foresee", lambda *_: 1 / 0)
    _, ids = submit(store, step("a"))

    agent.tick()

    assert engine.started == ids


# --- attempts -----------------------------------------------------------------------------------


DIES_ONCE = """
import os, signal, sys, pathlib
from synapse_magics.runtime.context import RunContext
again = pathlib.Path({note!r}).exists()
pathlib.Path({note!r}).touch()
run, out = RunContext(), pathlib.Path(sys.argv[1])
run.log("attempt", 2 if again else 1)
(out / ("whole" if again else "half")).touch()
pathlib.Path("outputs/model").write_text("whole" if again else "half")
assert sorted(os.listdir(out)) == ["whole" if again else "half"]
print("second" if again else "first", flush=True)
if not again:
    os.kill(os.getpid(), signal.{signal})
"""


@pytest.fixture
def dies_once(store, tmp_path):
    """Submit a step that kills itself in its first attempt."""

    def dies_once(number="SIGKILL", **fields):
        text = DIES_ONCE.format(note=str(tmp_path / "note"), signal=number)
        write_snapshot(store, "step", text)
        run_id, (step,) = submit(
            store, make_step("step", outputs=(OUT,), arguments=TO_OUT, **fields)
        )
        return run_id, step

    return dies_once


def test_a_step_that_was_killed_gets_another_attempt_which_begins_anew(store, agent, dies_once):
    run_id, step = dies_once(retries=2)

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    record, folder = store.runs.get(step), store.run_folder(step)
    assert (record.status, record.attempt, record.error) == (S.COMPLETED, 2, None)
    assert [metric.value for metric in store.records.metrics(step)] == [2]
    out = store.datastore_root("main") / "o" / step
    assert [item.name for item in out.iterdir()] == ["whole"]
    assert folder.stdout.read_text() == "second\n"
    before = folder.path / "attempts" / "1"
    assert (before / "logs/azureml/driver/stdout").read_text() == "first\n"
    assert (before / "outputs/model").read_text() == "half"
    assert json.loads((before / "result.json").read_text())["exit_code"] == -9
    assert (folder.outputs / "model").read_text() == "whole"
    assert [after for after, _ in events_of(store, step)] == [
        *("Preparing", "Running", "Queued", "Preparing", "Running", "Finalizing", "Completed")
    ]
    words = "attempt 1 failed: the process was killed by signal 9 (SIGKILL); this is what the"
    assert events_of(store, step)[2][1].startswith(words)
    assert events_of(store, step)[2][1].endswith("; attempt 2 of 3")
    queued = next(e.time for e in store.runs.events(run_id) if e.after == "Queued")
    assert record.started > queued


@pytest.mark.parametrize(("retry_on", "ending"), [("infrastructure", S.FAILED), ("any", "done")])
def test_a_step_that_crashes_is_to_blame_itself(store, agent, dies_once, retry_on, ending):
    run_id, step = dies_once("SIGSEGV", retries=1, retry_on=RetryOn(retry_on))

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert store.runs.get(step).status is (S.COMPLETED if ending == "done" else ending)


def test_the_next_agent_goes_on_with_the_next_attempt(store, agent, dies_once):
    """The first one died between the end of an attempt and the start of the next one."""
    run_id, step = dies_once(retries=1)
    agent._progress.turn()
    wait_until(store.run_folder(step).result.exists)
    (record,) = store.runs.active()
    agent._jobs.poll(record)
    assert (store.runs.get(step).status, store.records.job(step)) == (S.QUEUED, None)
    agent._bell.close()

    other = Agent(store.folder)
    turn_until(other, lambda: store.runs.get(run_id).status.is_terminal)
    other.stop()
    other._leave()

    assert (store.runs.get(step).status, store.runs.get(step).attempt) == (S.COMPLETED, 2)


def test_attempts_come_to_an_end(store, agent, engine, step):
    run_id, (broken,) = submit(store, step("a", retries=2))
    for _ in range(3):
        agent.tick()
        engine.end(broken, -9)
    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert engine.started == [broken] * 3
    record = store.runs.get(broken)
    assert (record.status, record.attempt) == (S.FAILED, 3)
    assert record.reason.endswith("(after 3 attempts)")


def test_what_a_vanished_job_left_is_looked_for_twice_before_the_next_attempt(
    store, agent, engine, step
):
    _, (lost,) = submit(store, step("a", retries=1))
    agent.tick()
    engine.vanish(lost)

    agent.tick()
    assert (engine.canceled, engine.started) == ([lost], [lost])
    agent.tick()
    assert (engine.canceled, engine.started) == ([lost] * 2, [lost] * 2)


def test_who_vanishes_while_it_is_to_be_canceled_is_canceled(store, agent, engine, step):
    run_id, (lost,) = submit(store, step("a", retries=3, retry_on=RetryOn.ANY))
    agent.tick()
    store.runs.request_cancel(run_id)
    agent.tick()
    engine.vanish(lost)
    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert statuses(store, [run_id, lost]) == [S.CANCELED] * 2
    assert engine.started == [lost]


def test_an_attempt_that_waits_for_its_start_can_be_canceled(store, agent, engine, step):
    _, (killed,) = submit(store, step("a", retries=1))
    agent.tick()
    engine.end(killed, -9)
    agent._jobs.poll(store.runs.get(killed))
    assert store.runs.get(killed).status is S.QUEUED
    store.runs.request_cancel(killed)

    agent.tick()

    assert store.runs.get(killed).status is S.CANCELED
    assert engine.started == [killed]


@pytest.mark.parametrize(("retries", "ending"), [(1, S.COMPLETED), (0, S.FAILED)])
def test_a_process_that_the_system_could_not_start_is_tried_again(
    store, agent, engine, step, monkeypatch, retries, ending
):
    def start(job, record):
        if len(engine.started) == 0:
            engine.started.append("in vain")
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return real(job, record)

    real = engine.start
    monkeypatch.setattr(engine, "start", start)
    run_id, (one,) = submit(store, step("a", retries=retries))
    engine.end(one)

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert store.runs.get(one).status is ending


def test_a_step_that_takes_too_long_fails_and_says_how_to_get_more_time(store, agent):
    write_snapshot(store, "step", "import time; time.sleep(600)")
    run_id, (step,) = submit(store, make_step("step", timeout=0.3, retries=5))

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    record = store.runs.get(step)
    assert (record.status, record.attempt) == (S.FAILED, 1)
    assert record.reason == "TimeoutError: the step did not end within 0.3 s"


# --- once ---------------------------------------------------------------------------------------


def test_who_believes_in_an_old_status_starts_nothing(store, agent, engine, step):
    _, (one,) = submit(store, step("a"))
    agent._progress._refresh()
    old = store.runs.get(one)
    store.runs.transition(one, S.NOT_STARTED, S.PREPARING)

    assert agent._jobs.start(old, {}) is False
    assert engine.started == []


def test_of_two_agents_that_both_see_a_step_waiting_one_starts_it(store, agent, engine, step):
    """The lock keeps a second one away; if it did not, this would."""
    _, ids = submit(store, *(step(f"s{n}", slots=9) for n in range(5)))
    other = Agent(store.folder)
    for one in (agent, other):
        one._progress._refresh()
        for run_id in list(one._progress.board.due):
            one._progress.board.runs[run_id].decide()

    for one in (agent, other):
        one._progress.turn()
    other.stop()
    other._leave()

    assert sorted(engine.started) == sorted(ids)


def test_the_death_of_a_step_by_the_hand_of_another_is_no_fault_of_the_agent(store, agent):
    write_snapshot(store, "step", "import os, time; print(os.getpid()); time.sleep(600)")
    run_id, (step,) = submit(store, make_step("step"))
    stdout = store.run_folder(step).stdout
    turn_until(agent, lambda: stdout.exists() and stdout.read_text())
    os.kill(int(stdout.read_text()), signal.SIGKILL)

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert "killed by signal 9 (SIGKILL)" in store.runs.get(step).reason


DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def test_a_step_that_is_to_blame_fails_when_its_processes_have_ended(store, agent, monkeypatch):
    """Until then it may write, and the next one that writes to the same place waits."""
    write_snapshot(store, "deaf", f"print('here', flush=True); {DEAF}")
    _, (step,) = submit(store, make_step("deaf"))
    turn_until(agent, store.run_folder(step).stdout.exists)
    turn_until(agent, store.run_folder(step).stdout.read_text)
    handle = store.records.job(step)[1]

    def broken(_store, _run_id):
        raise ValueError("its records are odd")

    monkeypatch.setattr("synapse_magics.agent.finishing.ingest", broken)
    agent.tick()
    assert store.runs.get(step).status is S.RUNNING
    assert is_alive(handle["pid"])

    turn_until(agent, lambda: store.runs.get(step).status is S.FAILED)
    wait_until(lambda: not is_alive(handle["pid"]), 1, "the end of the supervisor")
    assert "its records are odd" in store.runs.get(step).reason


def test_engines_get_ready_when_somebody_attaches_a_pool(store, agent, engine):
    store.runs.request_warm({"engine": "scripted", "master": "local[2]"})
    store.runs.request_warm({"engine": "no such engine", "master": "local[2]"})

    agent.tick()

    assert engine.warmed == [{"engine": "scripted", "master": "local[2]"}]
    assert store.runs.pending_commands() == []


@pytest.mark.parametrize(
    ("count", "master", "warmed"), [(1, True, 1), (2, False, 0), (3, False, 1)]
)
def test_engines_get_ready_for_the_steps_of_a_new_run(store, agent, engine, count, master, warmed):
    compute = {"engine": "scripted", "slots": 1, **({"master": "local[2]"} if master else {})}
    submit(store, *[make_step(f"s{n}", compute_definition=compute) for n in range(count)])

    agent.tick()

    assert len(engine.warmed) == warmed
