"""The runs that a notebook announces become lines that people read."""

import json

import pytest
from support import make_step, submit

from synapse_magics.agent import client
from synapse_magics.headless.progress import Progress
from synapse_magics.store.states import RunStatus


@pytest.fixture
def progress(tmp_path):
    lines = []
    progress = Progress(tmp_path / "progress", lines.append)
    progress.lines = lines
    yield progress
    progress.close()


@pytest.fixture
def run(store, progress):
    """Submit a run of one step and announce it."""
    run_id, (step,) = submit(store, make_step("prep"))
    line = {"type": "submitted", "run": run_id, "experiment": "e", "number": 3}
    progress.path.write_text(json.dumps({**line, "folder": str(store.folder)}) + "\n")
    return run_id, step


def change(store, run_id, *statuses, **how):
    before = store.runs.get(run_id).status
    for after in statuses:
        assert store.runs.transition(run_id, before, after, **how)
        before = after


def without_times(lines):
    return [line.partition("] ")[2].partition("  (")[0] for line in lines]


def test_every_change_of_a_run_is_a_line_in_its_order(store, progress, run):
    run_id, step = run
    progress.poll()
    change(store, run_id, RunStatus.RUNNING)
    change(store, step, RunStatus.PREPARING, RunStatus.RUNNING, RunStatus.FINALIZING)
    progress.poll()
    change(store, step, RunStatus.COMPLETED)
    change(store, run_id, RunStatus.COMPLETED)
    progress.poll()

    assert without_times(progress.lines) == [
        "submitted  e #3",
        "pipeline   NotStarted -> Running",
        "prep       NotStarted -> Preparing",
        "prep       Preparing -> Running",
        "prep       Running -> Finalizing",
        "prep       Finalizing -> Completed",
        "pipeline   Running -> Completed",
    ]
    assert progress.lines[-2].endswith(" s)")
    assert progress.unfinished() == []
    assert progress.runs[0].failure() == []


def test_what_a_step_says_stays_one_line_without_colours(store, progress, run):
    change(store, run[1], RunStatus.FAILED, message="done\r\nwell \x1b[31mred\x1b[0m")
    progress.poll()

    assert progress.lines[-1].endswith("NotStarted -> Failed  done  well red")


def test_a_run_that_failed_says_why_and_where(store, progress, run):
    run_id, step = run
    error = {"type": "KeyError", "message": "'Age'", "where": "cell of step prep, line 2"}
    change(store, step, RunStatus.FAILED, error=error)
    change(store, run_id, RunStatus.FAILED, message="step prep failed")
    progress.poll()

    assert progress.runs[0].failure() == [
        f"run e #3 ({run_id[:8]}): Failed  step prep failed",
        "KeyError: 'Age'",
        "where: cell of step prep, line 2",
    ]


def test_a_run_that_a_cell_waits_for_is_that_cells_to_tell_of(store, progress, run):
    change(store, run[0], RunStatus.FAILED, message="step prep failed")
    progress.poll()
    assert [lines[0].split(":")[0] for lines in progress.failures()] == [f"run e #3 ({run[0][:8]})"]
    with progress.path.open("a") as file:
        file.write(json.dumps({"type": "waited", "run": run[0]}) + "\n")
    progress.poll()

    assert progress.failures() == ()


def test_an_agent_that_died_is_followed_by_the_next(progress, run, monkeypatch):
    woken = []
    monkeypatch.setattr("synapse_magics.headless.progress._REVIVE_SECONDS", 0)
    monkeypatch.setattr(client, "wake", woken.append)
    progress.poll()

    assert progress.unfinished() == progress.runs
    assert woken == [progress.runs[0].folder]


def test_a_run_is_canceled_through_its_agent(store, progress, run, monkeypatch):
    woken = []
    monkeypatch.setattr(client, "wake", woken.append)
    progress.poll()
    progress.runs[0].cancel()

    assert [command[1:] for command in store.runs.pending_commands()] == [(run[0], "cancel")]
    assert woken == [store.folder]


def test_half_a_line_waits_for_its_other_half(progress):
    whole = json.dumps({"type": "parameter", "name": "alpha"})
    with progress.path.open("a") as file:
        file.write(whole[:20])
        file.flush()
        progress.poll()
        assert progress.parameters == frozenset()
        file.write(whole[20:] + "\n")
    progress.poll()

    assert progress.parameters == {"alpha"}


def test_lines_that_nobody_understands_are_passed_over(progress):
    progress.path.write_bytes(b'\n{"type": "tea"}\nnot json\n[1]\n\xff\n{"type": "submitted"}\n')
    progress.poll()

    assert progress.runs == []


def test_the_file_of_progress_is_private(progress):
    assert progress.path.stat().st_mode & 0o077 == 0
