"""The history of runs: listed, found by tags, compared, removed."""

import time

import pytest
from reuse_support import execute

from synapse_magics.agent import client
from synapse_magics.core.exceptions import ServiceException, UserErrorException
from synapse_magics.magics import submission
from synapse_magics.store.records import Metric

STEP = "%%python_step fit -o model --param alpha=0.1\nprint(alpha, model)\n"


@pytest.fixture
def submit(notebook, workspace, monkeypatch):
    """Submit a step that takes no time, and log the accuracy that it has reached."""
    monkeypatch.setattr(client, "wake", lambda _: None)
    monkeypatch.setattr(submission, "watch", lambda *_, **__: None)
    notebook.run(STEP)

    def submit(options="", accuracy=0.5, **how):
        run = notebook.run(f"%synapse_submit exp {options}")
        fit = execute(workspace.store, run.id, **how)["fit"]
        if fit.source_id is None:
            workspace.store.records.add_metrics(fit.id, [Metric("accuracy", accuracy)])
        return run

    return submit


def listed(notebook, options=""):
    return [row[0] for row in notebook.run(f"%synapse_runs {options}").rows]


def test_runs_are_listed_newest_first_with_their_tags(notebook, submit):
    first, second = submit("--tag nightly --tag by=ann"), submit()

    table = notebook.run("%synapse_runs")

    assert [row[0] for row in table.rows] == [second.id[:8], first.id[:8]]
    assert [row[-2:] for row in table.rows] == [
        ("fit reused", ""),
        ("fit Completed", "by=ann, nightly"),
    ]
    assert table.rows[0][3].startswith(time.strftime("%Y-"))


def test_runs_are_found_by_their_tags(notebook, submit):
    first, second, _ = submit("--tag by=ann"), submit("--tag by=bob --tag nightly"), submit()

    assert listed(notebook, "--tag by") == [second.id[:8], first.id[:8]]
    assert listed(notebook, "--tag by=ann") == [first.id[:8]]
    assert listed(notebook, "--tag by --tag nightly") == [second.id[:8]]
    assert listed(notebook, "--tag by=ann --tag nightly") == []
    assert listed(notebook, "other --tag by") == []


def test_a_tag_without_a_name_is_refused(notebook, submit):
    with pytest.raises(UserErrorException, match="'=x' is not a tag"):
        notebook.run("%synapse_submit --tag =x")
    assert listed(notebook) == []


def test_runs_are_put_side_by_side(notebook, submit):
    first, second = submit("-p alpha=0.1"), submit("-p alpha=0.2 --tag best", accuracy=0.75)

    table = notebook.run(f"%synapse_runs --compare {first.id[:8]} last")

    assert table.columns == ("", first.id[:8], second.id[:8], "difference")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["parameter alpha"] == ("0.1", "0.2", "+0.1")
    assert rows["tag best"] == ("", "set", "differs")
    assert rows["fit: accuracy"] == ("0.5", "0.75", "+0.25")
    assert rows["status"] == ("Completed", "Completed", "")
    assert "0.75" in notebook.shown(table)["text/html"]


def test_a_comparison_with_nobody_says_so(notebook, submit):
    submit()
    with pytest.raises(ServiceException, match="Run nobody not found"):
        notebook.run("%synapse_runs --compare last nobody")


def test_clean_removes_what_is_old(notebook, submit):
    first, second = submit(), submit("--regenerate-outputs")

    asked = notebook.run("%synapse_clean --older-than 0s --dry-run")
    assert [row[-1] for row in asked.rows] == [
        "would be removed",
        "kept: the result of step fit can be reused",
    ]
    assert listed(notebook) == [second.id[:8], first.id[:8]]

    done = notebook.run("%synapse_clean --older-than 0s")
    assert done.title.startswith("1 run removed, ")
    assert listed(notebook) == [second.id[:8]]
    with pytest.raises(ServiceException, match="not found"):
        notebook.run(f"%synapse_status {first.id[:8]}")


def test_clean_wants_to_know_which(notebook):
    with pytest.raises(UserErrorException, match="clean which runs") as caught:
        notebook.run("%synapse_clean")
    assert "--older-than 30d" in caught.value.hint
    with pytest.raises(UserErrorException, match="'soon' is not an age"):
        notebook.run("%synapse_clean --older-than soon")


def test_the_last_run_may_have_been_removed(notebook, submit):
    submit()
    notebook.run("%synapse_clean --older-than 0s --results")

    with pytest.raises(ServiceException, match="nothing was submitted yet"):
        notebook.run("%synapse_status")
