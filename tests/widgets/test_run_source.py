"""Where a view reads a run."""

from pathlib import Path

import pytest
from reuse_support import execute
from support import make_step, write_snapshot

from synapse_magics.core.run import Run
from synapse_magics.store.specs import PipelineSpec
from synapse_magics.store.states import RunStatus as S
from synapse_magics.widgets.run_source import StoredRun, shown_text

FOLDER = Path("/data/work")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('File "/data/work/.synapse/runs/1/a.py"', 'File ".synapse/runs/1/a.py"'),
        ('File "/usr/lib/python3.11/json/x.py"', 'File "lib/python3.11/json/x.py"'),
        (
            'File "/opt/env/lib/python3.11/site-packages/pandas/x.py"',
            'File "site-packages/pandas/x.py"',
        ),
        (f'File "{Path.home()}/notes.py"', 'File "~/notes.py"'),
        ("s3://bucket/data and 1/2", "s3://bucket/data and 1/2"),
    ],
)
def test_texts_lose_the_paths_of_this_machine(text, shown):
    assert shown_text(text, FOLDER) == shown


def test_a_text_of_slashes_takes_no_time():
    assert shown_text("/a" * 50_000, FOLDER) == "/a" * 50_000


def test_the_error_of_a_failed_step_has_no_path_of_this_machine(workspace):
    store, folder = workspace.store, workspace.store.folder.parent
    run_id = store.runs.submit("exp", PipelineSpec(), [make_step("fit")])
    (step,) = store.runs.children(run_id)
    store.runs.transition(step.id, step.status, S.RUNNING)
    error = {"message": f"{folder}/x is missing", "line": 3}
    store.runs.transition(
        step.id, S.RUNNING, S.FAILED, message=f"{folder}/x is missing", error=error
    )

    failed = StoredRun(Run.get(workspace, run_id)).state().failed

    assert failed.error == {"message": "x is missing", "line": 3}
    assert failed.reason == "x is missing"


def test_code_and_outputs_come_from_the_store(workspace):
    store = workspace.store
    write_snapshot(store, "prep", "print(1)\n")
    run_id = store.runs.submit("exp", PipelineSpec(), [make_step("prep")])
    step = execute(store, run_id)["prep"]
    source = StoredRun(Run.get(workspace, run_id))

    assert [file.name for file in source.code(step.id)] == ["prep.py"]
    assert source.previews(step.id) == ()
