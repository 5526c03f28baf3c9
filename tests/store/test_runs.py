"""Runs: submitted whole or not at all, changed only by compare-and-set."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from support import make_step, submit

from synapse_magics.store import runs
from synapse_magics.store.runs import Change, ImpossibleTransitionError
from synapse_magics.store.specs import PipelineSpec
from synapse_magics.store.states import TERMINAL, TRANSITIONS, RunStatus
from synapse_magics.store.store import Store

SUBMIT_MANY = """
import sys
from pathlib import Path
from support import make_step
from synapse_magics.store.specs import PipelineSpec
from synapse_magics.store.store import Store

with Store(Path(sys.argv[1])) as store:
    for _ in range(25):
        print(store.runs.submit("exp", PipelineSpec(), [make_step("a"), make_step("b", "a")]))
"""

SUBMIT_ONE = """
import sys
from pathlib import Path
from support import make_step
from synapse_magics.store.specs import PipelineSpec
from synapse_magics.store.store import Store

sys.stdin.readline()
with Store(Path(sys.argv[1])) as store:
    for _ in range(10):
        print(store.runs.submit("exp", PipelineSpec(), [make_step("a")], client_token="one"))
"""


def events(store, run_id):
    return [(event.run_id, event.before, event.after) for event in store.runs.events(run_id)]


def test_a_submitted_run_has_its_steps_in_order(store):
    run_id, ids = submit(store, make_step("a"), make_step("b", "a"))

    run = store.runs.get(run_id)
    assert (run.status, run.experiment, run.parent_id) == (RunStatus.NOT_STARTED, "exp", None)
    steps = store.runs.children(run_id)
    assert [step.id for step in steps] == ids
    assert [step.step for step in steps] == [make_step("a"), make_step("b", "a")]
    assert {step.root_id for step in steps} == {run_id}


def test_a_submission_that_fails_in_the_middle_leaves_nothing(store):
    broken = replace(make_step("b"), compute_definition={"slots": object()})

    with pytest.raises(TypeError):
        store.runs.submit("exp", PipelineSpec(), [make_step("a"), broken])

    assert store.runs.submitted() == []
    assert store.database.rows("SELECT * FROM runs") == []


def test_the_same_token_gives_the_same_run(store):
    first, _ = submit(store, make_step("a"), key="one")
    again, _ = submit(store, make_step("a"), key="one")
    other, _ = submit(store, make_step("a"), key="two")

    assert first == again
    assert other != first
    assert len(store.runs.submitted()) == 2


def test_each_experiment_counts_its_own_runs(store):
    step = [make_step("a")]
    for experiment in ("x", "y", "x"):
        store.runs.submit(experiment, PipelineSpec(), step)

    assert [run.number for run in store.runs.submitted("x")] == [2, 1]
    assert [run.number for run in store.runs.submitted("y")] == [1]
    assert len(store.runs.submitted(limit=2)) == 2


def test_two_processes_that_submit_at_once_lose_nothing(tmp_path, monkeypatch):
    # Neither has made the folder: they also open the new database at the same time.
    monkeypatch.setenv("PYTHONPATH", ":".join(path for path in sys.path if path))
    folder = tmp_path / ".synapse"
    submitters = [
        subprocess.Popen(
            [sys.executable, "-c", SUBMIT_MANY, str(folder)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0].split() for process in submitters]

    assert [process.returncode for process in submitters] == [0, 0]
    with Store(folder) as store:
        runs = store.runs.submitted("exp")
        assert {run.id for run in runs} == {*said[0], *said[1]}
        assert sorted(run.number for run in runs) == list(range(1, 51))
        assert all(len(store.runs.children(run.id)) == 2 for run in runs)


def test_a_transition_is_written_with_its_event(store):
    run_id, (step,) = submit(store, make_step("a"))

    changed = store.runs.transition(
        step, RunStatus.NOT_STARTED, RunStatus.QUEUED, message="waits for cpucluster"
    )

    assert changed
    record = store.runs.get(step)
    assert (record.status, record.reason) == (RunStatus.QUEUED, "waits for cpucluster")
    (event,) = store.runs.events(run_id)
    assert (event.run_id, event.before, event.after, event.message) == (
        step,
        "NotStarted",
        "Queued",
        "waits for cpucluster",
    )
    assert store.runs.events(run_id, after=event.id) == []


def test_whoever_believes_in_an_old_status_writes_nothing(store):
    run_id, (step,) = submit(store, make_step("a"))
    store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.RUNNING)

    changed = store.runs.transition(
        step, RunStatus.NOT_STARTED, RunStatus.FAILED, message="late", error={"message": "late"}
    )

    assert changed is False
    record = store.runs.get(step)
    assert (record.status, record.reason, record.error) == (RunStatus.RUNNING, "", None)
    assert events(store, run_id) == [(step, "NotStarted", "Running")]


@pytest.mark.parametrize("after", [RunStatus.RUNNING, RunStatus.FAILED, RunStatus.NOT_STARTED])
def test_a_run_that_ended_never_changes(store, after):
    run_id, (step,) = submit(store, make_step("a"))
    store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.CANCELED)

    with pytest.raises(ImpossibleTransitionError, match=f"from Canceled to {after}"):
        store.runs.transition(step, RunStatus.CANCELED, after)

    assert store.runs.get(step).status is RunStatus.CANCELED
    assert len(events(store, run_id)) == 1


def test_every_status_leads_to_an_end():
    for status, following in TRANSITIONS.items():
        assert bool(following) is (status not in TERMINAL)
        assert not following or following & TERMINAL
        assert status.is_terminal is (status in TERMINAL)


def test_times_are_those_of_running_and_ending(store):
    _, (step,) = submit(store, make_step("a"))
    store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.PREPARING)
    assert store.runs.get(step).started is None

    before = time.time()
    store.runs.transition(step, RunStatus.PREPARING, RunStatus.RUNNING)
    started = store.runs.get(step).started
    assert before <= started <= time.time()
    assert store.runs.get(step).ended is None

    store.runs.transition(step, RunStatus.RUNNING, RunStatus.FINALIZING)
    store.runs.transition(step, RunStatus.FINALIZING, RunStatus.COMPLETED)
    record = store.runs.get(step)
    assert record.started == started
    assert started <= record.ended <= time.time()


def test_a_reason_belongs_to_one_status(store):
    _, (step,) = submit(store, make_step("a"))
    store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.QUEUED, message="waits")

    store.runs.transition(step, RunStatus.QUEUED, RunStatus.RUNNING)

    assert store.runs.get(step).reason == ""


def test_an_error_is_kept_as_data(store):
    _, (step,) = submit(store, make_step("a"))
    error = {"message": "no such column", "line": 4}

    store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.FAILED, error=error)

    assert store.runs.get(step).error == error


def test_only_pipeline_runs_that_have_not_ended_are_unfinished(store):
    old, _ = submit(store, make_step("a"))
    new, _ = submit(store, make_step("a"))
    store.runs.transition(old, RunStatus.NOT_STARTED, RunStatus.CANCELED)

    assert [run.id for run in store.runs.unfinished()] == [new]


def test_runs_are_found_by_the_beginning_of_their_id(store):
    run_id, _ = submit(store, make_step("a"))

    assert [run.id for run in store.runs.matching(run_id[:30])] == [run_id]
    assert store.runs.matching("%") == []


def test_a_command_waits_until_it_is_carried_out(store):
    run_id, _ = submit(store, make_step("a"))
    store.runs.request_cancel(run_id)
    ((command, run, what),) = store.runs.pending_commands()
    assert (run, what) == (run_id, "cancel")

    store.runs.finish_command(command)

    assert store.runs.pending_commands() == []


def test_who_asks_for_a_cancel_reads_at_once_that_it_was_asked(store):
    run_id, _ = submit(store, make_step("a"))

    store.runs.request_cancel(run_id)
    store.runs.request_cancel(run_id)

    assert store.runs.get(run_id).status is RunStatus.CANCEL_REQUESTED
    assert [event.after for event in store.runs.events(run_id)].count("CancelRequested") == 1


def test_many_threads_with_one_token_make_one_run(store):
    def send(_):
        return submit(store, make_step("a"), make_step("b", "a"), key="one")[0]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(send, range(100)))

    assert [run.id for run in store.runs.submitted()] == [found[0]]
    assert set(found) == {found[0]}
    assert len(store.runs.children(found[0])) == 2


def test_many_processes_with_one_token_make_one_run(store, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ":".join(path for path in sys.path if path))
    line = [sys.executable, "-c", SUBMIT_ONE, str(store.folder)]
    pipe = subprocess.PIPE
    senders = [subprocess.Popen(line, stdin=pipe, stdout=pipe, text=True) for _ in range(6)]
    for sender in senders:  # all at once
        sender.stdin.write("go\n")
        sender.stdin.flush()
    said = [sender.communicate(timeout=60)[0].split() for sender in senders]

    assert [sender.returncode for sender in senders] == [0] * 6
    assert {run_id for lines in said for run_id in lines} == {
        run.id for run in store.runs.submitted()
    }
    assert len(store.runs.submitted()) == 1


def test_of_many_who_change_a_status_at_once_one_does(store):
    run_id, (step,) = submit(store, make_step("a"))

    def take(_):
        return store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.PREPARING)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(take, range(50))) == 1
    assert events(store, run_id) == [(step, "NotStarted", "Preparing")]


def test_a_step_that_is_queued_again_has_not_started(store):
    _, (step,) = submit(store, make_step("a"))
    store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.RUNNING)
    first = store.runs.get(step).started

    store.runs.transition(step, RunStatus.RUNNING, RunStatus.QUEUED)
    assert store.runs.get(step).started is None
    store.runs.transition(step, RunStatus.QUEUED, RunStatus.RUNNING)

    assert store.runs.get(step).started > first


def test_many_changes_are_made_at_once_each_if_it_is_still_true(store, monkeypatch):
    monkeypatch.setattr(runs, "_AT_ONCE", 2)
    run_id, ids = submit(store, *(make_step(f"s{n}") for n in range(5)))
    store.runs.transition(ids[1], RunStatus.NOT_STARTED, RunStatus.CANCELED)

    made = store.runs.transition_all(
        Change(step, RunStatus.NOT_STARTED, RunStatus.QUEUED, "waits") for step in ids
    )

    assert made == 4
    status, reasons = zip(*((s.status, s.reason) for s in store.runs.children(run_id)), strict=True)
    assert status == ("Queued", "Canceled", "Queued", "Queued", "Queued")
    assert reasons == ("waits", "", "waits", "waits", "waits")
    assert len(store.runs.events(run_id)) == 5


def test_steps_that_were_taken_up_and_have_not_ended_are_active(store):
    run_id, ids = submit(store, *(make_step(f"s{n}") for n in range(6)))
    store.runs.transition(run_id, RunStatus.NOT_STARTED, RunStatus.RUNNING)
    reached = ("Queued", "Preparing", "Running", "CancelRequested", "Failed")
    for step, status in zip(ids, reached, strict=False):
        store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus(status))

    assert [step.id for step in store.runs.active()] == ids[1:4]


def test_events_of_all_runs_are_read_from_where_one_was(store):
    assert store.runs.last_event() == 0
    one, _ = submit(store, make_step("a"))
    two, _ = submit(store, make_step("a"))
    store.runs.transition(one, RunStatus.NOT_STARTED, RunStatus.RUNNING)
    before = store.runs.last_event()
    for run_id in (two, one):
        store.runs.transition(run_id, store.runs.get(run_id).status, RunStatus.CANCEL_REQUESTED)

    assert [event.root_id for event in store.runs.events_after(before)] == [two, one]
    assert store.runs.events_after(store.runs.last_event()) == []
    assert store.runs.unfinished_ids() == [one, two]


def test_as_much_of_an_id_as_people_type():
    run_id = "synapse-spark_1798160000_0a1b2c3d"

    assert runs.short_id(run_id) == run_id
    assert runs.short_id("394dd2fd-3fac-4898-9617-a031d8bbb6cb") == "394dd2fd"


def test_an_interactive_run_is_no_business_of_the_agent(store):
    run_id = store.runs.begin("exp", name="trial", tags={"k": "v"})
    child = store.runs.begin("exp", parent_id=run_id)
    other, _ = submit(store, make_step("a"))

    assert (store.runs.get(run_id).status, store.runs.get(run_id).number) == ("Running", 1)
    assert (store.runs.get(child).root_id, store.runs.get(child).number) == (run_id, 1)
    assert store.records.tags(run_id) == {"k": "v"}
    assert store.runs.unfinished_ids() == [other]
    assert [run.id for run in store.runs.unfinished()] == [other]
    assert store.runs.active() == []
    assert store.runs.children(run_id) == []
    assert [run.id for run in store.runs.below(run_id)] == [child]
    assert [run.id for run in store.runs.submitted(interactive=False)] == [other]
    assert [run.id for run in store.runs.submitted()] == [other, run_id]
