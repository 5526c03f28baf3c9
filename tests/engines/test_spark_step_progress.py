"""Spark steps that say how far they are, on JVMs of their own and on warm ones."""

import json
import urllib.request

import psutil
import pytest
from support import SPARK, wait_until

from synapse_magics.agent.attempts import LOST_CONNECTION
from synapse_magics.engines import local_spark, process
from synapse_magics.engines.base import JobStatus, StepJob
from synapse_magics.engines.local_spark import LocalSpark
from synapse_magics.engines.warm_drivers import WarmDrivers
from synapse_magics.store.spark_progress import read_spark_progress

pytestmark = pytest.mark.spark

SECONDS = 120

SLOW = """
import pathlib, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
go = str(pathlib.Path("go").absolute())
def work(number):
    while number and not pathlib.Path(go).exists():
        time.sleep(0.01)
spark.sparkContext.parallelize(range(2), 2).foreach(work)
spark.stop()
"""
FAST = """
import threading
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(1000).repartition(3).write.csv("table")
print([thread.name for thread in threading.enumerate()].count("spark-progress"))
"""
AGAIN = """
from pyspark.sql import SparkSession
for number in range(3):
    spark = SparkSession.builder.getOrCreate()
    spark.sparkContext.setJobDescription(f"number {number}")
    spark.range(number + 1).count()
    spark.stop()
"""
UI = """
import os, pathlib, time
assert "SYNAPSE_MAGICS_SPARK_UI" not in os.environ
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(3).count()
while not pathlib.Path("go").exists():
    time.sleep(0.01)
"""


both_ways = pytest.mark.parametrize("engine", ["cold", "warm"], indirect=True)


@pytest.fixture
def engine(request, store, monkeypatch):
    """Run steps each in a JVM of its own, or ``warm`` in one that is kept."""
    if getattr(request, "param", "cold") == "cold":
        yield LocalSpark(store.folder)
        return
    monkeypatch.delenv("SYNAPSE_MAGICS_WARM_DRIVERS")
    made = WarmDrivers()
    (store.folder / "agent").mkdir(exist_ok=True)
    monkeypatch.chdir(store.folder / "agent")
    made.open(store.folder / "agent" / "drivers")
    monkeypatch.setattr(local_spark, "drivers", made)
    yield LocalSpark(store.folder)
    made.close()
    wait_until(lambda: made.are_over, 60)


@pytest.fixture
def folder(store):
    return store.run_folder("run")


@pytest.fixture
def start(store, engine, folder):
    """Start a step; whatever is left of it ends with the test."""
    handles = []

    def start(text, **fields):
        folder.create()
        folder.work.mkdir()
        (folder.work / "step.py").write_text(text)
        job = StepJob("run", folder, "step.py", (), compute=SPARK, **fields)
        handles.append(engine.start(job, lambda _: None))
        return handles[-1]

    yield start
    for handle in handles:
        process.cancel(handle, store.folder)
        wait_until(lambda handle=handle: not process._is_alive(handle), 30)


@pytest.fixture
def run(start, engine, folder):
    """Run a step to its good end."""

    def run(text, **fields):
        handle = start(text, **fields)
        wait_until(lambda: engine.poll(handle).status is not JobStatus.RUNNING, SECONDS)
        assert engine.poll(handle).exit_code == 0, folder.stderr.read_text()

    return run


@both_ways
def test_a_slow_job_is_seen_while_it_runs_and_when_it_has_ended(start, engine, folder):
    handle = start(SLOW)
    progress = wait_until(lambda: read_spark_progress(folder.spark), SECONDS)
    progress = wait_until(
        lambda: (seen := read_spark_progress(folder.spark)).stages[0].completed and seen, SECONDS
    )

    (job,), (stage,) = progress.jobs, progress.stages
    assert (job.is_running, job.tasks, job.completed) == (True, 2, 1)
    assert job.name == "foreach at step.py:9"
    assert (stage.is_active, stage.active, stage.completed, stage.tasks) == (True, 1, 1, 2)
    assert progress.ui_url is None

    (folder.work / "go").touch()
    wait_until(lambda: engine.poll(handle).status is not JobStatus.RUNNING, SECONDS)

    progress = read_spark_progress(folder.spark)
    assert (progress.jobs[0].status, progress.jobs[0].completed) == ("SUCCEEDED", 2)
    assert (progress.stages[0].status, progress.totals.completed) == ("COMPLETE", 2)
    assert progress.ended >= progress.jobs[0].ended >= progress.jobs[0].started
    assert folder.stderr.read_text() == ""


def test_a_fast_step_says_it_once_at_its_end(run, folder):
    run(FAST)

    progress = read_spark_progress(folder.spark)
    assert all(job.status == "SUCCEEDED" and job.name == "csv" for job in progress.jobs)
    assert sum(stage.shuffle_write_bytes for stage in progress.stages) > 0
    assert sum(stage.output_bytes for stage in progress.stages) > 2000
    assert progress.totals.jobs == len(progress.jobs) > 0
    assert progress.ended is not None
    assert (folder.stdout.read_text(), folder.stderr.read_text()) == ("1\n", "")
    assert [path.name for path in folder.path.glob("spark*")] == ["spark.json"]


@both_ways
def test_contexts_follow_each_other_in_one_file(run, folder):
    run(AGAIN)

    progress = read_spark_progress(folder.spark)
    names = [one.jobs[0].name for one in (*progress.earlier, progress)]
    assert names == ["number 0", "number 1", "number 2"]


def test_a_step_that_runs_no_job_says_nothing(run, folder):
    run("from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate()")

    assert not folder.spark.exists()


def test_a_step_whose_jvm_dies_is_told_of_it_by_nobody_else(start, engine, folder):
    text = SLOW.replace("def work", "spark._jvm.java.lang.Runtime.getRuntime().halt(9)\ndef work")
    handle = start(f"import logging\nlogging.basicConfig(level='INFO')\n{text}")
    wait_until(lambda: engine.poll(handle).status is not JobStatus.RUNNING, SECONDS)

    assert "spark_progress" not in folder.stderr.read_text()
    assert json.loads(folder.error.read_text())["type"] in LOST_CONNECTION


def listening(port):
    """Return the addresses of this machine at which somebody listens to a port."""
    own = [one for one in psutil.process_iter() if one.name() == "java"]
    return {
        connection.laddr.ip
        for one in own
        for connection in one.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    }


HUB = "JUPYTERHUB_SERVICE_PREFIX", "/user/ann/", "/user/ann/proxy/"
TEMPLATE = "SYNAPSE_MAGICS_SPARK_UI", "/ports/{port}/", "/ports/"


@pytest.mark.parametrize(
    ("engine", "proxy"), [("cold", HUB), ("warm", TEMPLATE)], indirect=["engine"]
)
def test_sparks_ui_is_for_this_machine_and_its_links_go_through_the_proxy(
    start, engine, folder, proxy, monkeypatch
):
    variable, value, base = proxy
    monkeypatch.setenv(variable, value)  # of the agent
    handle = start(UI, spark_conf={"spark.ui.enabled": "true"})
    progress = wait_until(lambda: read_spark_progress(folder.spark), SECONDS)

    port = int(progress.ui_url.rpartition(":")[2])
    assert progress.ui_url == f"http://127.0.0.1:{port}"
    assert {address.removeprefix("::ffff:") for address in listening(port)} == {"127.0.0.1"}
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/jobs/", timeout=30) as page:
        assert f'href="{base}{port}/stages/"' in page.read().decode()

    (folder.work / "go").touch()
    wait_until(lambda: engine.poll(handle).status is not JobStatus.RUNNING, SECONDS)
    assert read_spark_progress(folder.spark).ui_url is None
