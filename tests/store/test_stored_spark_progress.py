"""What is read of a step's Spark, whatever the step has written."""

import json
import os

import pytest
from spark_support import (
    BEGAN,
    application,
    job,
    progress_of,
    running_job,
    running_stage,
    stage,
    write_progress,
)
from support import make_step, submit

from synapse_magics.store import spark_progress
from synapse_magics.store.run_state import read_run_state
from synapse_magics.store.spark_progress import read_spark_progress
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus

ONE = application([running_job(1, 1), job(0, 0)], [running_stage(1), stage(0, input_bytes=5)])


def test_jobs_and_stages_are_read_the_newest_first(tmp_path):
    progress = progress_of(tmp_path, ONE)

    assert [(one.id, one.is_running) for one in progress.jobs] == [(1, True), (0, False)]
    assert [(one.id, one.is_active) for one in progress.stages] == [(1, True), (0, False)]
    assert (progress.totals.jobs, progress.totals.completed) == (2, 11)
    assert progress.totals.input_bytes == 5
    assert progress.is_running


def test_the_last_application_comes_with_those_before_it(tmp_path):
    progress = progress_of(tmp_path, {**ONE, "id": "a"}, {**ONE, "id": "b"})

    assert progress.application == "b"
    assert [one.application for one in progress.earlier] == ["a"]


def changed(**fields):
    return json.dumps({"applications": [{**ONE, **fields}]})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"applications": {}}',
        '{"applications": []}',
        '{"applications": [1]}',
        '{"applications": "ab"}',
        changed(jobs=None),
        changed(jobs=[{}]),
        changed(jobs=[job(0, "0")]),
        changed(jobs=[job(0, name=None)]),
        changed(stages=[stage(0, tasks="8")]),
        changed(stages=[stage(0, started=float("nan"))]),
        changed(stages=[stage(0, started=[])]),
        changed(started=-1),
        changed(ended=1e11),
        changed(started=10**400),
        changed(ui_url=1),
        changed(totals=[]),
        "[" * 100_000,
        changed()[:-40],
    ],
)
def test_a_damaged_file_is_none(tmp_path, text):
    (tmp_path / "spark.json").write_text(text)

    assert read_spark_progress(tmp_path / "spark.json") is None


def test_what_is_no_file_is_none(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")

    for name in ("missing", "pipe", "link", "."):
        assert read_spark_progress(tmp_path / name) is None


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path):
    first = progress_of(tmp_path, ONE)
    assert read_spark_progress(tmp_path / "spark.json") is first

    part = tmp_path / "part"
    write_progress(part, application([], []))
    part.replace(tmp_path / "spark.json")

    assert read_spark_progress(tmp_path / "spark.json").jobs == ()


def test_a_view_of_many_steps_reads_each_file_once(tmp_path):
    paths = [tmp_path / f"{number}.json" for number in range(70)]
    for path in paths:
        write_progress(path, ONE)

    first = [read_spark_progress(path) for path in paths]
    again = [read_spark_progress(path) for path in paths]

    assert all(one is other for one, other in zip(first, again, strict=True))


def test_what_was_read_does_not_add_up(tmp_path, monkeypatch):
    monkeypatch.setattr(spark_progress, "_read_files", {})
    monkeypatch.setattr(spark_progress, "_MOST_FILES", 2)

    for name in ("a", "b", "c"):
        write_progress(tmp_path / name, ONE)
        read_spark_progress(tmp_path / name)

    assert list(spark_progress._read_files) == [str(tmp_path / "b"), str(tmp_path / "c")]


def test_half_of_a_character_can_be_shown(tmp_path):
    progress = progress_of(tmp_path, application([job(0, name="a\ud800b")], [], id="\udfff"))

    assert (progress.application, progress.jobs[0].name) == ("?", "a?b")


def test_a_statement_has_the_jobs_that_began_with_it(tmp_path):
    progress = progress_of(tmp_path, ONE).since(BEGAN + 0.5)

    assert [one.id for one in progress.jobs] == [1]
    assert [one.id for one in progress.stages] == [1]
    assert (progress.totals.jobs, progress.totals.completed) == (1, 3)


def test_a_step_that_has_ended_has_no_ui_and_no_running_job(tmp_path):
    progress = progress_of(tmp_path, {**ONE, "ui_url": "http://127.0.0.1:4040"})

    stopped = progress.stopped(BEGAN + 60)

    assert (stopped.ui_url, stopped.ended, stopped.is_running) == (None, BEGAN + 60, False)


@pytest.fixture
def step(store):
    """Submit a Spark step that begins; return how to bring it to a status."""
    run_id, (step_id,) = submit(store, make_step("prep", kind=StepKind.SPARK))
    store.run_folder(step_id).create()
    write_progress(store.run_folder(step_id).spark, ONE)

    def to(*statuses):
        before = store.runs.get(step_id).status
        for status in statuses:
            assert store.runs.transition(step_id, before, status)
            before = status
        return read_run_state(store, run_id).steps[0].spark

    return to


def test_the_picture_of_a_run_has_it_as_long_as_it_is_of_this_attempt(step):
    assert step(RunStatus.QUEUED) is None
    assert step(RunStatus.PREPARING) is None
    assert step(RunStatus.RUNNING).is_running
    assert step(RunStatus.FAILED).is_running is False
