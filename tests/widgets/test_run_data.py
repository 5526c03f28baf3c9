"""A picture of a run as plain data."""

import json

from widgets_support import make_failed_run, make_run, make_step

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.run_data import run_data
from synapse_magics.widgets.run_source import LogTail


def test_a_run_is_json():
    found = run_data(make_failed_run(), LogTail("id-train", "stderr", "train", "Killed", "a/path"))

    assert json.loads(json.dumps(found)) == found
    assert (found["status"], found["run_number"], found["duration"]) == ("Failed", 12, 75.0)
    assert found["created_time"] == "2023-11-14T22:13:20+00:00"
    assert found["run_logs"] == {
        "step": "id-train",
        "stream": "stderr",
        "path": "a/path",
        "text": "Killed",
    }


def test_each_step_has_its_state_its_metrics_and_its_error():
    prep, train, _report = run_data(make_failed_run(), LogTail())["child_runs"]

    assert (prep["name"], prep["metrics"], prep["error"]) == ("prep", {"rows": 714}, None)
    assert (train["status"], train["error"]["code"]) == ("Failed", "UserError")
    assert (train["upstream"], train["is_reused"]) == (["prep"], False)


def test_what_there_is_not_yet_is_none():
    waiting = make_step("prep", status=RunStatus.QUEUED)
    found = run_data(make_run(waiting), LogTail())

    assert found["end_time"] is None
    assert (found["child_runs"][0]["start_time"], found["child_runs"][0]["duration"]) == (
        None,
        None,
    )
