"""What a Spark step says of its jobs and stages, and when; without a Spark."""

import json
import logging

import pytest

from synapse_magics.runtime import spark_progress
from synapse_magics.runtime.spark_progress import Pace, ProgressFile, Watch
from synapse_magics.runtime.spark_status import job_record, totals_of

JOB = {
    "jobId": 3,
    "name": "count",
    "description": None,
    "status": "RUNNING",
    "stageIds": [4, 5],
    "numTasks": 12,
    "numSkippedTasks": 4,
    "numActiveTasks": 2,
    "numCompletedIndices": 3,
    "numFailedTasks": 1,
    "submissionTime": 1_700_000_000_500,
    "completionTime": None,
}


def looks(*seen):
    """Return at which looks something is said; one look every half second."""
    pace = Pace()
    return [
        place
        for place, (count, running) in enumerate(seen)
        if pace.is_due(count, place / 2, running=running)
    ]


def test_nothing_is_said_while_there_is_no_work():
    assert looks((0, False), (0, False), (0, False), (0, False)) == []


def test_work_of_less_than_a_second_is_not_spoken_of():
    assert looks((1, True), (1, True), (1, False), (1, False)) == []


def test_longer_work_is_told_and_so_is_its_end():
    assert looks((1, True), (1, True), (1, True), (1, True), (1, False), (1, False)) == [2, 3, 4]


def test_many_short_jobs_one_after_the_other_are_one_long_work():
    assert looks((9, False), (20, True), (31, False), (40, False), (40, False)) == [2, 3, 4]


def test_after_a_pause_work_begins_anew():
    assert looks((1, True), (1, False), (2, True), (2, True), (2, False)) == []


def test_the_next_statement_is_work_of_its_own():
    pace = Pace()
    assert [pace.is_due(1, now, running=True) for now in (0.0, 0.5, 1.0)] == [False, False, True]

    pace.rest()

    assert not pace.is_due(2, 1.5, running=True)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("count at NativeMethodAccessorImpl.java:0", "count"),
        ("count at <unknown>:0", "count"),
        ("collect at /home/ann/secret place/step.py:12", "collect at step.py:12"),
        ("runJob at PythonRDD.scala:179", "runJob at PythonRDD.scala:179"),
        ("a name", "a name"),
        ("x" * 900, "x" * 200),
    ],
)
def test_a_job_is_named_by_its_call_and_no_path_is_in_it(name, title):
    assert job_record({**JOB, "name": name})["name"] == title


def test_a_job_that_spark_starts_beside_a_query_is_called_what_it_is():
    name = "$anonfun$withThreadLocalCaptured$2 at FutureTask.java:264"

    assert job_record({**JOB, "name": name})["name"] == "broadcast or subquery"


def test_a_description_of_the_users_own_comes_first():
    assert job_record({**JOB, "description": "load all"})["name"] == "load all"


def test_a_job_leaves_out_the_tasks_that_were_skipped():
    record = job_record(JOB)

    assert (record["tasks"], record["completed"], record["failed"]) == (8, 3, 1)
    assert (record["started"], record["ended"]) == (1_700_000_000.5, None)


def test_totals_are_what_executors_or_stages_know_whichever_is_more():
    bare = dict.fromkeys(("totalInputBytes", "totalShuffleRead", "totalShuffleWrite"), 7)
    stage = {"input_bytes": 9, "shuffle_read_bytes": 0, "shuffle_write_bytes": 0}
    totals = totals_of(
        [{"completedTasks": 100, "failedTasks": 0, **bare}],
        [{"id": 4, "completed": 8, "failed": 2, **stage}],
    )

    assert (totals["completed"], totals["failed"], totals["stages"]) == (100, 2, 5)
    assert (totals["input_bytes"], totals["shuffle_read_bytes"]) == (9, 7)


def entry(name, jobs=0):
    return {"id": name, "jobs": [{}] * jobs, "stages": []}


def test_the_file_is_the_owners_and_nothing_lies_beside_it(tmp_path):
    file = ProgressFile(tmp_path / "spark.json")
    file.add(entry("a"))
    file.write()

    assert [path.name for path in tmp_path.iterdir()] == ["spark.json"]
    assert (tmp_path / "spark.json").stat().st_mode & 0o777 == 0o600


def test_what_has_not_changed_is_not_written_again(tmp_path):
    path = tmp_path / "spark.json"
    file, told = ProgressFile(path), entry("a")
    file.add(told)
    file.write()
    before = path.stat().st_ino
    file.write()
    assert path.stat().st_ino == before

    told["jobs"].append({})
    file.write()
    assert path.stat().st_ino != before


def test_applications_follow_each_other_and_the_old_ones_are_cut(tmp_path):
    path = tmp_path / "spark.json"
    file = ProgressFile(path)
    for number in range(14):
        file.add(entry(str(number), jobs=90))
    file.write()

    told = json.loads(path.read_text())["applications"]
    assert [one["id"] for one in told] == [str(number) for number in range(4, 14)]
    assert {len(one["jobs"]) for one in told[:-1]} == {20}
    assert len(told[-1]["jobs"]) == 90


class Broken:
    """A context whose JVM has gone."""

    _jsc = None

    @property
    def applicationId(self):  # noqa: N802 - Spark's name
        logging.getLogger("py4j.java_gateway").error("the JVM has gone")
        raise ConnectionRefusedError


@pytest.fixture
def filters():
    """Filter what py4j logs, as in a step; take the filter off afterwards."""
    ours = spark_progress._NotOurs()
    logger = logging.getLogger("py4j.java_gateway")
    logger.addFilter(ours)
    yield logger
    logger.removeFilter(ours)


def test_a_jvm_that_has_gone_is_no_matter_of_the_steps(tmp_path, filters, caplog):
    watch = Watch(Broken(), ProgressFile(tmp_path / "spark.json"))

    watch.settle()
    watch.end()

    assert list(tmp_path.iterdir()) == []
    assert caplog.text == ""
    filters.error("somebody else's")
    assert "somebody else's" in caplog.text


def test_without_a_file_nothing_is_watched(monkeypatch):
    monkeypatch.delenv(spark_progress.FILE, raising=False)

    spark_progress.install()
    spark_progress.settle()
    spark_progress.end()

    assert spark_progress._watches == []
