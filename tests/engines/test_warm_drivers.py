"""Spark steps on a JVM that others have used: what they see is what a JVM of their own shows."""

import json
import os
import signal
import socket

import psutil
import pytest
from engines_support import end_of
from support import processes_of, wait_until

from synapse_magics.engines import class_archives, local_spark, process, warm_drivers
from synapse_magics.engines.base import JobState, JobStatus, StepJob
from synapse_magics.engines.driver_keeper import READY, SOCKET
from synapse_magics.engines.local_spark import LocalSpark
from synapse_magics.engines.warm_drivers import WarmDrivers
from synapse_magics.runtime.class_archive import TOP
from synapse_magics.store.warm_drivers import PoolState, read_pools

COMPUTE = {"engine": "local_spark", "master": "local[2]", "spark_conf": {}}
SECONDS = 120

PROBE = """
import json, os, sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
sc, jvm = spark.sparkContext, spark._jvm
own = ("spark.app.id", "spark.app.startTime", "spark.app.submitTime", "spark.driver.port",
       "spark.sql.warehouse.dir")
volatile = ("sun.", "jetty.", "log4j2.configurationFile", "java.class.path", "java.rmi",
            "jdk.", "py4j")
def on_worker(_):
    import os, sys, random
    of_spark = ("SPARK_LOCAL_DIRS", "SPARK_CONF_DIR", "_PYSPARK_DRIVER_CONN_INFO_PATH", "_",
                "SPARK_ENV_LOADED", "SPARK_SCALA_VERSION", "PYTHON_WORKER_FACTORY_SECRET",
                "SHLVL", "OLDPWD", "PWD", "PYSPARK_SUBMIT_ARGS", "SPARK_SUBMIT_OPTS",
                "SYNAPSE_MAGICS_JOB")
    left = {key: value for key, value in os.environ.items() if key not in of_spark}
    return [left, os.getcwd(), open("beside.txt").read()]
open("beside.txt", "w").write("here")
worker = sc.parallelize([1], 1).map(on_worker).collect()[0]
spark.range(3).write.csv("relative")
sc.addFile("beside.txt")
print(json.dumps({
    "conf": {key: value for key, value in sc.getConf().getAll() if key not in own},
    "sql": {row.key: row.value for row in spark.sql("SET").collect() if row.key not in own},
    "properties": {key: value for key, value in dict(jvm.System.getProperties()).items()
                   if not key.startswith(volatile) and key not in own},
    "tables": [table.name for table in spark.catalog.listTables()],
    "databases": [base.name for base in spark.catalog.listDatabases()],
    "functions": spark.catalog.functionExists("left_function"),
    "global": spark.catalog.tableExists("global_temp.left_view"),
    "zone": jvm.java.util.TimeZone.getDefault().getID(),
    "locale": jvm.java.util.Locale.getDefault().toString(),
    "level": jvm.org.apache.logging.log4j.LogManager.getRootLogger().getLevel().toString(),
    "hadoop": sc._jsc.hadoopConfiguration().get("left.hadoop"),
    "cached": sc._jsc.sc().getPersistentRDDs().size(),
    "heap": jvm.java.lang.Runtime.getRuntime().maxMemory(),
    "first": sc.parallelize([1]).id(),
    "worker": worker[0], "worker folder": worker[1:],
    "environment": {key: value for key, value in sorted(os.environ.items())
                    if key != "SYNAPSE_MAGICS_JOB"},
    "cwd": os.getcwd(), "written": sorted(os.listdir(".")),
    "warehouse": spark.conf.get("spark.sql.warehouse.dir"),
    "checksums": [name for name in os.listdir("relative") if name.endswith(".crc")],
    "scratch": os.path.realpath(jvm.org.apache.spark.SparkEnv.get().blockManager()
                                .diskBlockManager().localDirs()[0].getPath()).rpartition("/")[0],
}, indent=0, sort_keys=True))
"""
DIRT = """
import os
os.environ["LEFT"] = "1"
from pyspark.sql import SparkSession
spark = SparkSession.builder.config("spark.left.session", "1").getOrCreate()
jvm, sc = spark._jvm, spark.sparkContext
sc.setLogLevel("OFF")
jvm.System.setProperty("left", "1")
jvm.System.setProperty("spark.left.property", "1")
jvm.System.setProperty("user.timezone", "Asia/Tokyo")
jvm.java.util.TimeZone.setDefault(jvm.java.util.TimeZone.getTimeZone("Asia/Tokyo"))
jvm.java.util.Locale.setDefault(jvm.java.util.Locale.JAPAN)
spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
sc._jsc.hadoopConfiguration().set("left.hadoop", "1")
spark.range(10).cache().count()
spark.range(5).write.saveAsTable("left_table")
spark.range(5).createOrReplaceTempView("left_view")
spark.range(5).createOrReplaceGlobalTempView("left_view")
spark.sql("CREATE DATABASE left_base")
spark.udf.register("left_function", lambda: 1)
jvm.org.apache.hadoop.fs.FileSystem.getLocal(sc._jsc.hadoopConfiguration()).setWorkingDirectory(
    jvm.org.apache.hadoop.fs.Path("/"))
quiet = jvm.java.io.PrintStream(jvm.java.io.OutputStream.nullOutputStream())
jvm.System.setOut(quiet); jvm.System.setErr(quiet)
import sys
sys.exit(0)  # the context is not stopped
"""
SAY = """
from pyspark.sql import SparkSession
import sys
spark = SparkSession.builder.getOrCreate()
spark._jvm.System.err.println("jvm error " + sys.argv[1])
spark._jvm.System.out.println("jvm out " + sys.argv[1])
print("heap", spark._jvm.java.lang.Runtime.getRuntime().maxMemory() >> 20)
spark.stop()
"""


@pytest.fixture
def warm(store, monkeypatch, tmp_path):
    """Open drivers, for Spark steps of this test."""
    monkeypatch.delenv("SYNAPSE_MAGICS_WARM_DRIVERS")
    made = WarmDrivers()
    (store.folder / "agent").mkdir(exist_ok=True)
    monkeypatch.chdir(store.folder / "agent")  # as an agent
    made.open(store.folder / "agent" / "drivers")
    monkeypatch.setattr(local_spark, "drivers", made)
    yield made
    made.close()
    wait_until(lambda: made.are_over, 60)


def alive(pids):
    found = []
    for pid in pids:
        try:
            found += [pid] if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE else []
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.fixture
def engine(store):
    return LocalSpark(store.folder)


@pytest.fixture
def start(warm, store, engine):
    """Start a Spark step; return its handle."""
    handles = []

    def start(text, *arguments, run_id="run", **fields):
        folder = store.run_folder(run_id)
        folder.create()
        folder.work.mkdir()
        (folder.work / "step.py").write_text(text)
        fields = {"compute": COMPUTE, "environment": {"MINE": "1"}, **fields}
        handles.append(
            engine.start(StepJob(run_id, folder, "step.py", arguments, **fields), lambda _: None)
        )
        return handles[-1]

    yield start
    for handle in handles:
        process.cancel(handle, store.folder)
        wait_until(lambda handle=handle: not process._is_alive(handle), 30)


@pytest.fixture
def run(start, engine, store):
    """Run a Spark step to its end; return its state."""

    def run(*arguments, **fields):
        return end_of(engine, start(*arguments, **fields), SECONDS)

    return run


def ready(drivers):
    """Wait until the one driver is free; return it."""

    def look():
        drivers._look()
        return [one for one in drivers._drivers if one.status == READY and not one.is_lent]

    return wait_until(look, SECONDS)[0]


def said(store, run_id):
    folder = store.run_folder(run_id)
    return folder.stdout.read_text(), folder.stderr.read_text()


def test_a_step_sees_what_it_would_see_in_a_jvm_of_its_own(run, warm, store, monkeypatch):
    assert run(DIRT, run_id="run1").exit_code == 0, said(store, "run1")[1]
    pid = ready(warm).pid
    assert run(PROBE, run_id="run2").exit_code == 0, said(store, "run2")[1]
    assert ready(warm).pid == pid
    monkeypatch.setattr(local_spark, "drivers", WarmDrivers())
    assert run(PROBE, run_id="run3").exit_code == 0

    def told(run_id):
        return json.loads(said(store, run_id)[0].replace(run_id, "run"))

    warm_one, cold = told("run2"), told("run3")
    for name, value in cold.items():
        assert warm_one[name] == value, name
    assert said(store, "run2")[1].replace("run2", "run") == said(store, "run3")[1]


def test_what_a_jvm_prints_is_in_the_log_of_who_has_it(run, warm, store):
    for name in "abc":
        assert run(SAY, name, run_id=name).exit_code == 0

    for name in "abc":
        out, err = said(store, name)
        assert (f"jvm out {name}\n" in out, err) == (True, f"jvm error {name}\n")
    assert len({said(store, name)[0].count("jvm out") for name in "abc"}) == 1


def test_a_jvm_is_thrown_away_after_a_failure(run, warm, store):
    assert run(SAY, "a", run_id="a").exit_code == 0
    first = ready(warm)
    state = run("from pyspark.sql import SparkSession\n"
                "SparkSession.builder.getOrCreate()._jvm.System.err.println('last')\n1 / 0",
                run_id="b")  # fmt: skip

    assert state.exit_code == 1
    assert "last" in said(store, "b")[1]
    wait_until(lambda: not alive([first.pid]))
    assert not first.folder.exists()


@pytest.mark.parametrize("text", [
    SAY.replace(".getOrCreate", ".config('spark.driver.memory', '600m').getOrCreate"),
    "import os; os.environ['PYSPARK_SUBMIT_ARGS'] = '--driver-memory 600m pyspark-shell'\n" + SAY,
], ids=["builder", "arguments"])  # fmt: skip
def test_what_only_a_fresh_jvm_can_do_gets_one(run, warm, store, text):
    assert run(text, "a").exit_code == 0

    assert "heap 600" in said(store, "run")[0]
    assert "jvm error a" in said(store, "run")[1]


def test_a_jvm_serves_many_steps_and_no_more_than_its_share(run, warm, monkeypatch):
    monkeypatch.setattr(warm_drivers, "LEASES", 5)
    pids = []
    for number in range(4):
        assert run(SAY, "a", run_id=f"run{number}").exit_code == 0
        pids.append(ready(warm).pid)
    assert len(set(pids)) == 1

    assert run(SAY, "a", run_id="last").exit_code == 0

    wait_until(lambda: not alive(pids))


def test_a_jvm_in_which_threads_are_left_is_thrown_away(run, warm, store):
    text = SAY.replace(
        "spark.stop()",
        "pool = spark._jvm.java.util.concurrent.Executors.newFixedThreadPool(40)\n"
        "pool.prestartAllCoreThreads()\nspark.stop()",
    )
    assert run(text, "a").exit_code == 0, said(store, "run")[1]

    wait_until(lambda: warm._look() or not warm._drivers)


def test_a_driver_is_free_again_when_nobody_comes_for_it(run, warm, store, monkeypatch):
    assert run(SAY, "a").exit_code == 0
    driver = ready(warm)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as nobody:
        nobody.connect(os.path.relpath(driver.folder / SOCKET))
    driver.lend({}, store.run_folder("never"))
    assert driver.is_lent

    monkeypatch.setattr(warm_drivers, "PROMISE_SECONDS", 0)

    assert ready(warm) is driver
    assert run(SAY, "b", run_id="next").exit_code == 0


def test_a_step_with_java_options_gets_a_jvm_of_its_own(run, warm, store):
    options = {"spark.driver.extraJavaOptions": "-Dmine=1"}
    text = SAY + "print(spark._jvm.System.getProperty('mine'))"
    assert run(text, "a", spark_conf=options).exit_code == 0

    assert said(store, "run")[0].endswith("1\n")
    assert warm._drivers == []


def test_a_pools_memory_is_the_drivers(run, warm, store):
    compute = {**COMPUTE, "spark_conf": {"spark.driver.memory": "600m"}}
    assert run(SAY, "a", compute=compute).exit_code == 0

    assert "heap 600" in said(store, "run")[0]
    assert ready(warm).settings.memory == "600m"


WAIT = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("working", flush=True)
import time
spark.sparkContext.parallelize(range(2), 2).foreach(lambda _: time.sleep({seconds}))
print("done")
"""


@pytest.fixture
def working(start, warm, store):
    """Start a step that works on a driver; return its handle and the driver."""

    def working(seconds=600):
        handle = start(WAIT.format(seconds=seconds))
        wait_until(lambda: "working" in said(store, "run")[0], SECONDS)
        return handle, warm._drivers[0]

    return working


def test_a_canceled_step_takes_its_jvm_along(working, engine):
    handle, driver = working()

    engine.cancel(handle)

    assert end_of(engine, handle).status is JobStatus.ENDED
    wait_until(lambda: not alive([driver.pid]))
    assert not driver.folder.exists()


def test_a_killed_supervisor_takes_the_jvm_along(working, engine, store):
    handle, driver = working()

    os.kill(handle["pid"], signal.SIGKILL)
    assert end_of(engine, handle) == JobState(JobStatus.VANISHED)
    engine.cancel(handle)

    wait_until(lambda: not alive([driver.pid]), 30)


def test_a_step_goes_on_without_its_agent_and_the_driver_ends_after_it(working, engine, warm):
    handle, driver = working(3)

    warm.close()

    assert end_of(engine, handle, SECONDS) == JobState(JobStatus.ENDED, 0)
    wait_until(lambda: not alive([driver.pid]), 30)


def test_an_agent_leaves_alone_what_is_on_lease_elsewhere(working, engine, warm, store):
    handle, driver = working(3)

    WarmDrivers().open(store.folder / "agent" / "drivers")

    assert driver.folder.exists()
    assert end_of(engine, handle, SECONDS) == JobState(JobStatus.ENDED, 0)


def test_nobody_has_a_driver_that_somebody_has(working, warm, start, engine, store):
    working()
    end = end_of(engine, start(SAY, "b", run_id="b"), SECONDS)

    assert end.exit_code == 0
    assert len(warm._drivers) == 2


def test_a_driver_that_nobody_uses_ends_when_its_pool_is_paused(run, warm):
    assert run(SAY, "a", compute={**COMPUTE, "auto_pause_minutes": 2}).exit_code == 0
    driver = ready(warm)

    warm.rest(driver.used + 119)
    assert alive([driver.pid])
    warm.rest(driver.used + 121)

    wait_until(lambda: not alive([driver.pid]), 30)


def test_a_pool_is_warming_then_warm_with_a_step_and_paused_when_nobody_uses_it(run, warm, store):
    compute = {**COMPUTE, "auto_pause_minutes": 2, "pool": "local/spark01"}
    LocalSpark(store.folder).warm(compute)
    assert record(store).state is PoolState.WARMING
    driver = ready(warm)
    warm.rest(driver.used)
    assert record(store).state is PoolState.WARM

    assert run(SAY, "a", compute=compute).exit_code == 0
    ready(warm)
    warm.rest(driver.used)
    assert (record(store).state, record(store).lent) == (PoolState.WARM, 0)
    warm.rest(driver.used + 121)

    assert (record(store).state, record(store).why) == (
        PoolState.PAUSED,
        "nobody used it for 2 min",
    )
    assert read_pools(store.folder / "agent").keys() == {"local/spark01"}


def record(store):
    return read_pools(store.folder / "agent")["local/spark01"]


def test_a_driver_that_nobody_uses_ends_when_memory_runs_short(warm, monkeypatch):
    driver = warm.warm(local_spark.driver_settings({}), {"spark.master": "local[2]"})
    left = psutil.virtual_memory()
    warm.rest(driver.used)
    assert alive([driver.pid])

    monkeypatch.setattr(psutil, "virtual_memory", lambda: left._replace(available=400 << 20))
    warm.rest(driver.used)

    wait_until(lambda: not alive([driver.pid]), 30)


def test_a_driver_starts_from_the_archive_of_spark_s_classes(run, warm, store, class_archive):
    script = (
        "from pyspark.sql import SparkSession\n"
        "jvm = SparkSession.builder.getOrCreate()._jvm\n"
        "print(open(f'/proc/{jvm.ProcessHandle.current().pid()}/maps').read())\n"
    )

    assert run(script).exit_code == 0

    ready(warm)
    assert (f"/{TOP}\n" in said(store, "run")[0]) is (class_archive is not None)


def test_an_archive_is_made_when_nobody_is_in_a_hurry_and_not_after_its_driver(
    warm, monkeypatch, tmp_path
):
    monkeypatch.setenv(class_archives.VARIABLE, str(tmp_path))

    warm.warm(local_spark.driver_settings({}), {"spark.master": "local[2]"})
    new = wait_until(lambda: [one for one in tmp_path.glob("*/new-*") if any(one.iterdir())], 120)
    warm.close()

    wait_until(lambda: warm.are_over, 60)
    assert not new[0].exists()
    wait_until(lambda: not processes_of(tmp_path), 60, "the end of the builder")
