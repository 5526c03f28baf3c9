"""The agent's loop: what was submitted reaches its end."""

import json
import os
import select
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from agent_support import statuses, turn_until
from support import is_alive, make_step, submit, wait_until, write_snapshot

from synapse_magics.agent import binding, client, failure
from synapse_magics.store.database import StoreError
from synapse_magics.store.specs import Argument, ArgumentKind, InputSpec, OutputSpec
from synapse_magics.store.states import RunStatus as S


def rung(agent, folder, promise=lambda: True):
    """Ring while the agent waits at its bell; tell whether it answered."""
    with ThreadPoolExecutor() as threads:
        heard = threads.submit(client.ring, folder)
        while not heard.done():
            agent._bell.wait(0.05, promise)
        return heard.result()


def test_data_goes_from_step_to_step(store, agent):
    write_snapshot(store, "make", "import sys\nopen(sys.argv[1] + '/f', 'w').write('hello')")
    write_snapshot(store, "take", "import sys\nprint(open(sys.argv[1] + '/f').read())")
    make = make_step(
        "make",
        outputs=(OutputSpec("out", "mount", "main", "o/{run-id}"),),
        arguments=(Argument(ArgumentKind.OUTPUT, "out"),),
    )
    take = make_step(
        "take",
        inputs=(InputSpec("got", "mount", node="make", output="out"),),
        arguments=(Argument(ArgumentKind.INPUT, "got"),),
    )
    run_id, ids = submit(store, make, take)

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert statuses(store, [run_id, *ids]) == [S.COMPLETED] * 3
    assert store.run_folder(ids[1]).stdout.read_text() == "hello\n"


def test_a_failed_step_ends_the_run_and_says_why(store, agent):
    write_snapshot(store, "bad", "x = 1\nraise ValueError('no such thing')")
    run_id, ids = submit(store, make_step("bad"), make_step("next", "bad"))

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert statuses(store, [run_id, *ids]) == [S.FAILED, S.FAILED, S.CANCELED]
    assert store.runs.get(run_id).reason == "step bad failed"
    bad, skipped = (store.runs.get(item) for item in ids)
    assert bad.reason == "ValueError: no such thing"
    assert bad.error["where"] == "script bad.py, line 2"
    assert skipped.reason == "not started: step bad failed"


def test_a_step_that_cannot_be_bound_fails_with_the_reason(store, agent):
    write_snapshot(store, "step", "")
    run_id, (step,) = submit(
        store, make_step("step", inputs=(InputSpec("table", "direct", dataset_id="gone"),))
    )

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    record = store.runs.get(step)
    assert record.status is S.FAILED
    assert record.error["message"] == "the dataset of input table is gone"
    assert record.error["where"] == "step step"


def test_an_unexpected_error_fails_one_step_and_not_the_agent(store, agent, monkeypatch):
    def bind(_store, run, _parameters):
        if run.name == "odd":
            raise KeyError("surprise")
        return real(_store, run, _parameters)

    real = binding.bind
    monkeypatch.setattr(binding, "bind", bind)
    write_snapshot(store, "good", "")
    odd, (odd_step,) = submit(store, make_step("odd"))
    good, _ = submit(store, make_step("good"))

    turn_until(agent, lambda: not store.runs.unfinished())

    assert statuses(store, [odd, good]) == [S.FAILED, S.COMPLETED]
    assert "surprise" in store.runs.get(odd_step).reason


def test_an_engine_that_does_not_exist_fails_the_step(store, agent):
    write_snapshot(store, "step", "")
    run_id, (step,) = submit(
        store, make_step("step", compute_definition={"engine": "abacus", "slots": 1})
    )

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert "there is no engine 'abacus'" in store.runs.get(step).reason


def test_a_cancel_ends_what_runs_and_skips_the_rest_however_often_it_is_asked(store, agent):
    write_snapshot(store, "long", "print('begun')\nimport time; time.sleep(600)")
    run_id, ids = submit(store, make_step("long"), make_step("next", "long"))
    stdout = store.run_folder(ids[0]).stdout
    turn_until(agent, lambda: stdout.exists() and stdout.read_text())

    for item in (run_id, run_id, ids[0]):
        store.runs.request_cancel(item)
    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)
    store.runs.request_cancel(run_id)  # too late, and no harm
    agent.tick()

    assert statuses(store, [run_id, *ids]) == [S.CANCELED] * 3
    assert store.runs.get(ids[1]).reason == "the run was canceled"
    assert store.runs.pending_commands() == []
    pid = store.records.job(ids[0])[1]["pid"]
    wait_until(lambda: not is_alive(pid), what="the end of the job")


def test_one_step_can_be_canceled_before_it_starts(store, agent):
    write_snapshot(store, "step", "")
    run_id, ids = submit(store, make_step("step"), make_step("late", "step"))
    store.runs.request_cancel(ids[1])

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert statuses(store, [run_id, *ids]) == [S.CANCELED, S.COMPLETED, S.CANCELED]


def test_a_step_beyond_the_slots_waits_and_says_for_what(store, agent, tmp_path):
    gate = tmp_path / "gate"
    wait = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.02)"
    write_snapshot(store, "one", wait)
    write_snapshot(store, "two", "")
    narrow = {"engine": "python_process", "slots": 1}
    steps = [make_step(name, compute_definition=narrow) for name in ("one", "two")]
    first, _ = submit(store, steps[0])
    second, (waiter,) = submit(store, steps[1])

    agent.tick()
    assert store.runs.get(waiter).status is S.QUEUED
    assert store.runs.get(waiter).reason == "waits for cpucluster"
    gate.touch()
    turn_until(agent, lambda: not store.runs.unfinished())

    assert statuses(store, [first, second]) == [S.COMPLETED] * 2
    assert store.runs.get(waiter).started >= store.runs.get(first).ended - 0.5
    assert store.runs.get(waiter).reason == ""


def test_metrics_arrive_while_the_step_runs(store, agent, tmp_path):
    gate = tmp_path / "gate"
    record = json.dumps({"metric": "rows", "value": 7}) + "\n"
    write_snapshot(
        store,
        "step",
        f"import os, time\nopen(os.environ['SYNAPSE_MAGICS_RECORDS'], 'a').write({record!r})\n"
        f"while not os.path.exists({str(gate)!r}): time.sleep(0.02)",
    )
    run_id, (step,) = submit(store, make_step("step"))

    turn_until(agent, lambda: store.records.metrics(step))
    assert store.runs.get(step).status is S.RUNNING
    gate.touch()
    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert [metric.value for metric in store.records.metrics(step)] == [7]


def test_who_rings_while_the_agent_leaves_is_not_forgotten(store, agent):
    write_snapshot(store, "step", "")
    submit(store, make_step("step"))

    assert agent._leave() is False

    assert rung(agent, store.folder)  # the bell hangs again


def test_the_bell_wakes_a_sleeping_agent(store):
    client.launch(store.folder)
    wait_until(lambda: client.ring(store.folder))
    write_snapshot(store, "step", "")

    run_id, _ = submit(store, make_step("step"))
    client.wake(store.folder)

    wait_until(lambda: store.runs.get(run_id).status is S.COMPLETED)


def test_a_signal_makes_the_loop_end(store, agent):
    agent.stop(signal.SIGTERM, None)

    agent.run()

    assert not (store.folder / "agent" / "socket").exists()
    agent._bell.close()


def test_the_loop_goes_on_until_every_run_has_ended(store, agent, monkeypatch):
    monkeypatch.setattr(agent, "_idle", 0.0)
    write_snapshot(store, "step", "import time; time.sleep(0.3)")
    run_id, _ = submit(store, make_step("step"))

    agent.run()

    assert store.runs.get(run_id).status is S.COMPLETED


def test_text_that_cannot_be_encoded_is_stored_all_the_same(store, agent):
    write_snapshot(store, "bad", r"raise ValueError('bad \udce9 name')")
    run_id, (bad,) = submit(store, make_step("bad"))

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    record = store.runs.get(bad)
    assert record.reason == r"ValueError: bad \udce9 name"
    assert str(record.error).encode()


def test_a_step_whose_records_cannot_be_read_fails_and_the_others_go_on(store, agent):
    folder = "import os, time\nos.mkdir(os.environ['SYNAPSE_MAGICS_RECORDS'])\ntime.sleep(600)"
    write_snapshot(store, "odd", folder)
    write_snapshot(store, "good", "")
    odd, (odd_step,) = submit(store, make_step("odd"))
    good, _ = submit(store, make_step("good"))

    turn_until(agent, lambda: not store.runs.unfinished())

    assert statuses(store, [odd, good]) == [S.FAILED, S.COMPLETED]
    assert "is not a regular file" in store.runs.get(odd_step).reason
    pid = store.records.job(odd_step)[1]["pid"]
    wait_until(lambda: not is_alive(pid), what="the end of the job of a step that failed")


def test_a_step_fails_though_its_error_cannot_be_stored(store, agent, monkeypatch):
    def describe(_error):
        return {"message": object()}

    monkeypatch.setattr(failure, "describe", describe)
    monkeypatch.setattr(binding, "bind", lambda *_: 1 / 0)
    run_id, (step,) = submit(store, make_step("step"))

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert "could not be stored" in store.runs.get(step).reason


def test_a_spec_that_cannot_be_read_fails_its_run_and_no_other(store, agent):
    write_snapshot(store, "good", "")
    odd, ids = submit(store, make_step("odd"), make_step("next", "odd"))
    good, _ = submit(store, make_step("good"))
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET spec = '{}' WHERE id = ?", (ids[0],))

    turn_until(agent, lambda: not store.runs.unfinished())

    assert statuses(store, [odd, ids[0], good]) == [S.FAILED, S.FAILED, S.COMPLETED]


def test_a_full_disk_is_no_steps_fault(store, agent, monkeypatch):
    write_snapshot(store, "step", "")
    run_id, (step,) = submit(store, make_step("step"))
    full = StoreError("the disk is full")
    full.__cause__ = sqlite3.OperationalError("database or disk is full")
    with monkeypatch.context() as patch:

        def set_job(*_):
            raise full

        patch.setattr(agent._store.records, "set_job", set_job)
        with pytest.raises(StoreError):
            agent.tick()
        assert store.runs.get(step).status.is_terminal is False

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert store.runs.get(run_id).status is S.COMPLETED


def test_a_job_that_started_while_the_database_refused_is_adopted(store, agent, monkeypatch):
    def transition(run_id, before, after, **options):
        if after is S.RUNNING and run_id == step:
            raise full
        return real(run_id, before, after, **options)

    write_snapshot(store, "step", "")
    run_id, (step,) = submit(store, make_step("step"))
    real, full = agent._store.runs.transition, StoreError("the disk is full")
    full.__cause__ = sqlite3.OperationalError("database or disk is full")
    with monkeypatch.context() as patch:
        patch.setattr(agent._store.runs, "transition", transition)
        with pytest.raises(StoreError):
            agent.tick()

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert store.runs.get(run_id).status is S.COMPLETED
    assert [event.message for event in store.runs.events(run_id)].count("adopted") == 1


def test_the_loop_outlives_a_database_that_refuses(store, agent, monkeypatch):
    def tick():
        ticks.append(1)
        if len(ticks) == 1:
            raise StoreError("locked")
        agent.stop()
        return False

    ticks = []
    monkeypatch.setattr(agent, "tick", tick)
    monkeypatch.setattr(agent._bell, "wait", lambda *_: None)

    agent.run()

    assert len(ticks) == 2


def test_an_agent_that_is_to_leave_promises_nothing(store, agent):
    assert rung(agent, store.folder)
    agent.stop()

    assert not rung(agent, store.folder, lambda: not agent._stopping)


def test_a_call_that_nobody_took_is_no_promise(store, agent):
    with ThreadPoolExecutor() as threads:
        heard = threads.submit(client.ring, store.folder)
        wait_until(lambda: select.select([agent._bell._socket], [], [], 0)[0])
        agent._bell.close()

        assert heard.result() is False


def test_what_a_killed_supervisor_leaves_ends_before_the_step_fails(store, agent):
    write_snapshot(store, "step", "import os, time; print(os.getpid()); time.sleep(600)")
    run_id, (step,) = submit(store, make_step("step"))
    stdout = store.run_folder(step).stdout
    turn_until(agent, lambda: stdout.exists() and stdout.read_text())
    pid = int(stdout.read_text())
    os.kill(store.records.job(step)[1]["pid"], signal.SIGKILL)

    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)

    assert store.runs.get(step).reason == "the process vanished without a result"
    wait_until(lambda: not is_alive(pid), 2, "the end of the step's process")


def test_a_cancel_keeps_nobody_waiting(store, agent):
    ignore = "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint(1)\ntime.sleep(600)"
    write_snapshot(store, "step", ignore)
    run_id, (step,) = submit(store, make_step("step"))
    stdout = store.run_folder(step).stdout
    turn_until(agent, lambda: stdout.exists() and stdout.read_text())
    store.runs.request_cancel(step)

    begin = time.monotonic()
    agent.tick()

    assert time.monotonic() - begin < 1
    assert store.runs.get(step).status is S.CANCEL_REQUESTED
    turn_until(agent, lambda: store.runs.get(run_id).status.is_terminal)
