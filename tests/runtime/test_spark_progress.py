"""What a Spark step says of its jobs and stages, and when; without a Spark."""

import json
import logging
import threading
import time
from types import SimpleNamespace

import pytest

from synapse_magics.runtime import spark_progress
from synapse_magics.runtime.spark_progress import Pace, ProgressFile, ProxyBase, Watch
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


def test_what_has_ended_has_said_its_last(tmp_path):
    file, told = ProgressFile(tmp_path / "spark.json"), {**entry("a"), "ended": None}

    file.tell(told, {"ended": 7.0, "ui_url": None})
    file.tell(told, {"ended": 9.0, "ui_url": "http://127.0.0.1:4040"})

    assert (told["ended"], told["ui_url"]) == (7.0, None)


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
    watch = Watch(Broken(), ProgressFile(tmp_path / "spark.json"), ProxyBase())

    watch.settle()
    watch.end()

    assert list(tmp_path.iterdir()) == []
    assert caplog.text == ""
    filters.error("somebody else's")
    assert "somebody else's" in caplog.text


class Stuck:
    """A context with a UI, and a JVM that does not answer the questions of its status."""

    applicationId, uiWebUrl = "a", "http://127.0.0.1:4040"  # noqa: N815 - Spark's names

    def __init__(self):
        self.asked, self.goes_on = threading.Event(), threading.Event()

    @property
    def _gateway(self):
        self.asked.set()
        self.goes_on.wait(30)
        raise ConnectionResetError


def test_the_end_is_said_and_nothing_after_it_though_the_jvm_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(spark_progress, "_END_SECONDS", 0.01)
    path, context = tmp_path / "spark.json", Stuck()
    watch = Watch(context, ProgressFile(path), ProxyBase())
    watch.start()
    assert context.asked.wait(30)

    watch.end()

    (told,) = json.loads(path.read_text())["applications"]
    assert (told["id"], told["ui_url"]) == ("a", None)
    assert told["ended"] <= time.time()
    context.goes_on.set()
    watch._thread.join(30)
    assert not watch._thread.is_alive()  # it looks no more
    assert json.loads(path.read_text())["applications"] == [told]


class System:
    """The properties of a JVM."""

    def __init__(self, **properties):
        self.properties = {f"spark.ui.{name}": value for name, value in properties.items()}
        self.getProperty = self.properties.get
        self.setProperty = self.properties.__setitem__
        self.clearProperty = self.properties.pop


def test_the_links_of_the_next_context_have_its_own_port():
    system, base = System(), ProxyBase("/proxy/{port}/")
    jvm = SimpleNamespace(System=system)

    base.set(jvm, 4040)
    base.set(jvm, 4041)  # the end of the first was not noticed
    assert system.properties == {"spark.ui.proxyBase": "/proxy/4041"}

    base.clear(jvm)
    assert system.properties == {}


def test_what_the_user_says_of_the_proxy_stays():
    system, base = System(proxyBase="/mine"), ProxyBase("/proxy/{port}/")
    jvm = SimpleNamespace(System=system)

    base.set(jvm, 4040)
    base.clear(jvm)

    assert system.properties == {"spark.ui.proxyBase": "/mine"}


def test_without_a_file_nothing_is_watched(monkeypatch):
    monkeypatch.delenv(spark_progress.FILE, raising=False)

    spark_progress.install()
    spark_progress.settle()
    spark_progress.end()

    assert spark_progress._watches == []
