"""What the agent knows of unfinished runs is what the database holds."""

import pytest
from support import make_step, submit

from synapse_magics.agent.board import Board, destination
from synapse_magics.store.specs import OutputSpec, StepSpec
from synapse_magics.store.states import RunStatus as S


@pytest.fixture
def board(store):
    return Board(store)


def seen(board):
    return {
        run_id: (run.status, [step.status for step in run.steps.values()])
        for run_id, run in board.runs.items()
    }


def test_new_runs_are_read_and_are_due(store, board):
    run_id, ids = submit(store, make_step("a"), make_step("b", "a"))

    assert board.refresh() == {}

    assert seen(board) == {run_id: (S.NOT_STARTED, [S.NOT_STARTED] * 2)}
    assert list(board.runs[run_id].steps) == ids
    assert list(board.due) == [run_id]


def test_changes_are_followed_and_specs_are_read_once(store, board, monkeypatch):
    run_id, (step,) = submit(store, make_step("a"))
    board.refresh()
    monkeypatch.setattr(StepSpec, "from_json", lambda _: 1 / 0)

    store.runs.transition(run_id, S.NOT_STARTED, S.RUNNING)
    store.runs.transition(step, S.NOT_STARTED, S.PREPARING)
    store.runs.transition(step, S.PREPARING, S.RUNNING)
    board.refresh()

    assert seen(board) == {run_id: (S.RUNNING, [S.RUNNING])}
    assert [(run, item.run_id) for run, item in board.active()] == [(run_id, step)]


def test_another_board_knows_the_same(store, board):
    for _ in range(2):
        run_id, (step,) = submit(store, make_step("a"))
        board.refresh()
        store.runs.transition(run_id, S.NOT_STARTED, S.RUNNING)
        store.runs.transition(step, S.NOT_STARTED, S.QUEUED)
    board.refresh()
    other = Board(store)
    other.refresh()

    assert seen(other) == seen(board)
    assert list(other.runs) == list(board.runs)


def test_runs_that_have_ended_are_forgotten(store, board):
    run_id, (step,) = submit(store, make_step("a"))
    board.refresh()
    for ended in (step, run_id):
        store.runs.transition(ended, S.NOT_STARTED, S.CANCELED)

    board.refresh()

    assert (board.runs, board.due) == ({}, {})


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ([S.QUEUED], False),
        ([S.PREPARING, S.RUNNING, S.FINALIZING], False),
        ([S.RUNNING, S.COMPLETED], True),
        ([S.CANCELED], True),
        ([S.PREPARING, S.QUEUED], True),  # taken up again
        ([S.RUNNING, S.QUEUED], True),  # another attempt
    ],
)
def test_a_run_is_due_when_a_step_ends_or_is_to_start_again(store, board, changes, due):
    run_id, (step,) = submit(store, make_step("a"))
    board.refresh()
    board.due.clear()
    before = S.NOT_STARTED
    for after in changes:
        store.runs.transition(step, before, after)
        before = after

    board.refresh()

    assert (run_id in board.due) is due


def test_a_run_that_cannot_be_read_is_named_and_harms_no_other(store, board):
    odd, (step,) = submit(store, make_step("a"))
    good, _ = submit(store, make_step("a"))
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET spec = '{}' WHERE id = ?", (step,))

    assert list(board.refresh()) == [odd]
    assert list(board.runs) == [good]


def test_the_oldest_run_comes_first_whoever_was_written_first(store, board):
    old, _ = submit(store, make_step("a"))
    new, _ = submit(store, make_step("a"))
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET created = created + 60 WHERE id = ?", (old,))

    board.refresh()

    assert list(board.runs) == [new, old]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("models/latest", ("main", "models", "latest")),
        ("/models//latest/", ("main", "models", "latest")),
        ("./models/{output-name}", ("main", "models", "out")),
        ("/", ("main",)),
    ],
)
def test_a_destination_is_a_datastore_and_the_parts_of_a_path(path, place):
    assert destination(OutputSpec("out", "mount", "main", path)) == place


def test_a_place_of_one_run_alone_is_no_destination(store, board):
    own, shared = (
        OutputSpec(name, "mount", "main", path) for name, path in (("a", "o/{run-id}"), ("b", "b"))
    )
    run_id, (step,) = submit(store, make_step("a", outputs=(own, shared)))

    board.refresh()

    assert board.runs[run_id].steps[step].destinations == (("main", "b"),)
