"""What a dead agent left behind reaches an end."""

import os
import signal

import pytest
from support import is_alive, make_step, submit, wait_until, write_snapshot

from synapse_magics.agent import client
from synapse_magics.agent.attempts import Cause, fail_attempt
from synapse_magics.agent.binding import bind
from synapse_magics.agent.recovery import recover
from synapse_magics.engines import process
from synapse_magics.engines.base import JobStatus
from synapse_magics.engines.python_process import PythonProcess
from synapse_magics.store.states import RunStatus as S

GONE = {"pid": 1, "born": "long ago", "run": "a"}
WAITING = """
import os, pathlib, time
with open({log!r}, "a") as log:
    print("ran", os.getpid(), file=log)
while not pathlib.Path({gate!r}).exists():
    time.sleep(0.02)
"""


@pytest.fixture
def waiting(store, tmp_path):
    """A step that notes each start in a file and waits until another one is there."""

    class Waiting:
        log, gate = tmp_path / "log", tmp_path / "gate"

        @property
        def started(self):
            return self.log.read_text().split()[1::2] if self.log.exists() else []

    write_snapshot(store, "step", WAITING.format(log=str(Waiting.log), gate=str(Waiting.gate)))
    return Waiting()


@pytest.fixture
def preparing(store):
    _, (step,) = submit(store, make_step("step"))
    store.runs.transition(step, S.NOT_STARTED, S.PREPARING)
    return step


def kill_agent(store):
    pid = wait_until(lambda: client.running(store.folder))
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: client.running(store.folder) is None)


def wait_for_end(store, run_id):
    wait_until(lambda: store.runs.get(run_id).status.is_terminal, 30, "the end of the run")
    return store.runs.get(run_id)


def test_a_step_that_was_prepared_without_a_job_is_queued_again(store, preparing):
    recover(store)

    assert store.runs.get(preparing).status is S.QUEUED


def test_a_step_whose_job_never_started_is_queued_again(store, preparing):
    store.records.set_job(preparing, "python_process", {**GONE, "run": preparing})

    recover(store)

    assert store.runs.get(preparing).status is S.QUEUED


def test_a_step_whose_job_may_have_had_an_effect_is_not_run_twice(store, preparing):
    store.records.set_job(preparing, "python_process", {**GONE, "run": preparing})
    store.run_folder(preparing).create()
    store.run_folder(preparing).started.touch()

    recover(store)

    record = store.runs.get(preparing)
    assert (record.status, record.reason) == (S.RUNNING, "adopted")


def test_a_cancel_that_was_noted_and_not_carried_out_is_carried_out(store, waiting):
    _, (step,) = submit(store, make_step("step"))
    engine = PythonProcess(store.folder)
    handle = engine.start(
        bind(store, store.runs.get(step), {}),
        lambda handle: store.records.set_job(step, engine.name, handle),
    )
    wait_until(lambda: waiting.started)
    store.runs.transition(step, S.NOT_STARTED, S.RUNNING)
    store.runs.transition(step, S.RUNNING, S.CANCEL_REQUESTED)

    recover(store)

    wait_until(lambda: engine.poll(handle).status is JobStatus.ENDED)
    wait_until(lambda: not process._is_alive(handle))


def test_a_cancel_of_a_step_without_a_job_is_done_at_once(store, preparing):
    store.runs.transition(preparing, S.PREPARING, S.CANCEL_REQUESTED)

    recover(store)

    assert store.runs.get(preparing).status is S.CANCELED


def test_a_job_outlives_its_agent_and_the_next_one_adopts_it(store, waiting):
    run_id, (step,) = submit(store, make_step("step"))
    client.wake(store.folder)
    wait_until(lambda: waiting.started and store.runs.get(step).status is S.RUNNING)

    kill_agent(store)
    assert is_alive(int(waiting.started[0]))
    client.wake(store.folder)
    wait_until(lambda: client.ring(store.folder))
    waiting.gate.touch()

    assert wait_for_end(store, run_id).status is S.COMPLETED
    assert len(waiting.started) == 1
    after = [event.after for event in store.runs.events(run_id) if event.run_id == step]
    assert after == ["Preparing", "Running", "Finalizing", "Completed"]


def test_a_job_that_ends_while_no_agent_is_there_is_read_from_its_result(store, waiting):
    run_id, (step,) = submit(store, make_step("step"))
    client.wake(store.folder)
    wait_until(lambda: waiting.started and store.runs.get(step).status is S.RUNNING)

    client.stop(store.folder)
    waiting.gate.touch()
    wait_until(store.run_folder(step).result.exists)
    assert store.runs.get(step).status is S.RUNNING
    client.wake(store.folder)

    assert wait_for_end(store, run_id).status is S.COMPLETED
    assert len(waiting.started) == 1


def test_a_job_that_vanished_fails_with_words(store, waiting):
    run_id, (step,) = submit(store, make_step("step"))
    client.wake(store.folder)
    wait_until(lambda: waiting.started and store.runs.get(step).status is S.RUNNING)
    kill_agent(store)
    supervisor = store.records.job(step)[1]["pid"]
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not is_alive(supervisor))

    client.wake(store.folder)

    assert wait_for_end(store, run_id).status is S.FAILED
    assert store.runs.get(step).reason == "the process vanished without a result"
    wait_until(lambda: not is_alive(int(waiting.started[0])), 2, "the end of what it left")
    assert len(waiting.started) == 1


def test_an_engine_that_is_gone_fails_its_step_and_no_other(store, preparing):
    store.records.set_job(preparing, "abacus", {**GONE, "run": preparing})
    _, (other,) = submit(store, make_step("step"))
    store.runs.transition(other, S.NOT_STARTED, S.PREPARING)

    recover(store)

    assert store.runs.get(preparing).status is S.FAILED
    assert "abacus" in store.runs.get(preparing).reason
    assert store.runs.get(other).status is S.QUEUED


@pytest.fixture
def second(store, waiting):
    """Return a step whose second attempt waits for its start; the agent has died since."""
    _, (step,) = submit(store, make_step("step", retries=1))
    bind(store, store.runs.get(step), {})
    store.run_folder(step).started.touch()
    store.records.set_job(step, "python_process", {**GONE, "run": step})
    store.runs.transition(step, S.NOT_STARTED, S.RUNNING)
    fail_attempt(store, store.runs.get(step), {"message": "gone"}, Cause.INFRASTRUCTURE)
    return step


def test_an_attempt_that_waits_is_left_waiting(store, second):
    recover(store)

    record = store.runs.get(second)
    assert (record.status, record.attempt) == (S.QUEUED, 2)


@pytest.mark.parametrize("bound", [False, True], ids=["before it was bound", "and after"])
def test_what_the_attempt_before_has_left_is_not_taken_for_the_next_one(store, second, bound):
    """The agent died as it prepared the second attempt."""
    store.runs.transition(second, S.QUEUED, S.PREPARING)
    if bound:
        bind(store, store.runs.get(second), {})
        store.records.set_job(second, "python_process", {**GONE, "run": second})

    recover(store)

    record = store.runs.get(second)
    assert (record.status, record.attempt) == (S.QUEUED, 2)
    assert store.run_folder(second).started.exists() is not bound


def test_a_second_attempt_that_may_have_had_an_effect_is_adopted(store, second):
    store.runs.transition(second, S.QUEUED, S.PREPARING)
    bind(store, store.runs.get(second), {})
    store.records.set_job(second, "python_process", {**GONE, "run": second})
    store.run_folder(second).started.touch()

    recover(store)

    assert store.runs.get(second).status is S.RUNNING


def test_a_job_that_has_not_begun_yet_is_looked_at_again(store, preparing, monkeypatch):
    """Its supervisor may be about to notice that nobody gives it leave."""
    store.records.set_job(preparing, "python_process", {**GONE, "run": preparing})
    monkeypatch.setattr(process, "_is_alive", lambda _handle: True)
    monkeypatch.setattr(process, "_is_here", lambda *_: True)
    recover(store)
    assert store.runs.get(preparing).status is S.PREPARING

    monkeypatch.setattr(process, "_is_alive", lambda _handle: False)
    recover(store)
    assert store.runs.get(preparing).status is S.QUEUED
