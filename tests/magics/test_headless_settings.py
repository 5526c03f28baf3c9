"""What a headless runner is told, and what it gives."""

import json

import pytest

STEP = """\
%%python_step hello --param who="'nobody'"
print("hello", who)
"""


@pytest.fixture
def headless(notebook, tmp_path, monkeypatch):
    """Open a notebook that somebody runs with the parameters ``who`` and ``unknown``."""
    monkeypatch.setenv("SYNAPSE_MAGICS_HEADLESS", "1")
    monkeypatch.setenv("SYNAPSE_MAGICS_PROGRESS", str(tmp_path / "progress"))
    monkeypatch.setenv("SYNAPSE_MAGICS_PARAMETERS", json.dumps({"who": "ant", "unknown": 1}))
    notebook.run(STEP)
    return notebook


def told(tmp_path):
    return [json.loads(line) for line in (tmp_path / "progress").read_text().splitlines()]


def test_given_parameters_reach_the_pipeline_before_those_of_the_notebook(headless):
    headless.run("%synapse_submit -p who=\"'bee'\"")
    assert repr(headless.run("%synapse_logs hello")).strip() == "hello ant"


def test_a_submit_waits_unless_that_is_forbidden(headless):
    assert headless.run("%synapse_submit").status == "Completed"
    run = headless.run("%synapse_submit --no-wait")
    assert run.wait(30) == "Completed"


def test_a_submit_is_told_with_where_its_run_is(headless, workspace, tmp_path):
    run = headless.run("%synapse_submit greetings")
    assert told(tmp_path) == [
        {"type": "parameter", "name": "who"},
        {
            "type": "submitted",
            "run": run.id,
            "experiment": "greetings",
            "number": 1,
            "folder": str(workspace.store.folder),
        },
        {"type": "waited", "run": run.id},
    ]


def test_with_nobody_to_tell_nothing_is_written(notebook, tmp_path):
    notebook.run(STEP)
    notebook.run("%synapse_submit --wait")
    assert not (tmp_path / "progress").exists()
