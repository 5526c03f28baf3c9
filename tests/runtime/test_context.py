"""The ``run`` of a step: what it records, and where."""

import json
import stat

import numpy as np
import pandas as pd
import pytest

from synapse_magics.runtime.context import RunContext, write_error


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_RECORDS", str(tmp_path / "run" / "records.jsonl"))
    (tmp_path / "run").mkdir()
    return RunContext()


@pytest.fixture
def records(tmp_path):
    def records():
        lines = (tmp_path / "run" / "records.jsonl").read_text().splitlines()
        found = [json.loads(line) for line in lines]
        for item in found:
            assert item.pop("time") > 0
        return found

    return records


def test_each_call_is_a_line_at_once(run, records):
    run.log("rows", 100)
    assert records() == [{"metric": "rows", "value": 100, "step": None}]

    run.log("loss", 0.5, step=3)
    assert records()[1] == {"metric": "loss", "value": 0.5, "step": 3}


@pytest.mark.parametrize(
    ("value", "recorded"),
    [
        (np.int64(7), 7),
        (np.float32(0.5), 0.5),
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),
        (pd.Series([3]).sum(), 3),
        (np.array([1, 2]), [1, 2]),
        (pd.Timestamp("2024-01-02"), "2024-01-02 00:00:00"),
        (None, None),
        (True, True),
        ("text", "text"),
        (object, "<class 'object'>"),
    ],
)
def test_values_become_plain_data(run, records, value, recorded):
    run.log("m", value)

    (found,) = records()
    assert found["value"] == recorded
    assert type(found["value"]) is type(recorded)


@pytest.mark.parametrize("value", [[1, 2], (1, 2)])
def test_a_list_is_refused_with_the_alternative(run, value):
    with pytest.raises(TypeError, match="log_list instead"):
        run.log("m", value)


def test_a_list_is_logged_value_by_value(run, records):
    run.log_list("m", [1, np.int64(2)])

    assert [item["value"] for item in records()] == [1, 2]


def test_rows_and_tables_are_objects(run, records):
    run.log_row("point", x=1, y=np.float64(2))
    run.log_table("points", {"x": [1, 2], "y": np.array([3, 4])})

    assert [item["value"] for item in records()] == [
        {"x": 1, "y": 2.0},
        {"x": [1, 2], "y": [3, 4]},
    ]


def test_tags_are_texts(run, records):
    run.tag("a", 1)
    run.tag("b")
    run.set_tags({"c": "d"})

    assert records() == [
        {"tag": "a", "value": "1"},
        {"tag": "b", "value": None},
        {"tag": "c", "value": "d"},
    ]


def test_the_records_are_their_owners(run, tmp_path):
    run.log("m", 1)

    assert stat.S_IMODE((tmp_path / "run" / "records.jsonl").stat().st_mode) == 0o600


def test_a_file_is_kept_with_the_run(run, tmp_path):
    (tmp_path / "model.bin").write_text("model")

    run.upload_file("outputs/deep/m.bin", tmp_path / "model.bin")

    run.upload_file("conf/m.bin", tmp_path / "model.bin")

    assert (tmp_path / "run" / "outputs" / "deep" / "m.bin").read_text() == "model"
    assert (tmp_path / "run" / "files" / "conf" / "m.bin").read_text() == "model"


@pytest.mark.parametrize(
    "name", ["../m.bin", "outputs/../../m.bin", "{root}/m.bin", "outputs/link/m"]
)
def test_an_uploaded_file_cannot_leave_the_run(run, tmp_path, name):
    (tmp_path / "model.bin").write_text("model")
    (tmp_path / "run" / "outputs").mkdir()
    (tmp_path / "run" / "outputs" / "link").symlink_to(tmp_path)

    with pytest.raises(ValueError, match="leaves the run's folder"):
        run.upload_file(name.format(root=tmp_path), tmp_path / "model.bin")

    assert not (tmp_path / "m.bin").exists()


def test_a_run_knows_who_it_is(run, monkeypatch):
    assert (run.id, run.parent_id) == ("OfflineRun", "OfflineRun")

    monkeypatch.setenv("AZUREML_RUN_ID", "me")
    monkeypatch.setenv("AZUREML_ROOT_RUN_ID", "us")

    assert (run.id, run.parent_id) == ("me", "us")


def test_without_an_engine_it_records_where_it_works(tmp_path, monkeypatch):
    monkeypatch.delenv("SYNAPSE_MAGICS_RECORDS", raising=False)
    monkeypatch.chdir(tmp_path)

    run = RunContext()
    monkeypatch.chdir("/")  # the step may go elsewhere
    run.log("m", 1)

    assert (tmp_path / "records.jsonl").exists()


def test_an_error_is_left_where_the_engine_says(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_ERROR", str(tmp_path / "error.json"))
    write_error({"message": "why"})
    assert json.loads((tmp_path / "error.json").read_text()) == {"message": "why"}

    monkeypatch.delenv("SYNAPSE_MAGICS_ERROR")
    write_error({"message": "nobody asked"})


def test_an_error_takes_the_room_that_was_kept_for_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_ERROR", str(tmp_path / "error.json"))
    (tmp_path / "reserve").write_bytes(bytes(100))

    write_error({"message": "the disk is full"})

    assert not (tmp_path / "reserve").exists()
    assert (tmp_path / "error.json").exists()


def test_an_error_that_cannot_be_left_does_not_hide_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_ERROR", str(tmp_path / "gone" / "error.json"))
    write_error({"message": "why"})  # the step's own traceback is in its log
