"""The processes of a step are killed: the step says so, and another attempt makes it good."""

import contextlib
import os
import signal
import time

import psutil
import pytest
from faults_support import end, is_whole, noting
from support import SPARK, is_alive, make_step, processes_of, submit, wait_until, write_snapshot

from synapse_magics.agent import client
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus as S

pytestmark = pytest.mark.faults

WORKING = """
import sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
again = open({log!r}).read().count("spark") > 1
print("working", flush=True)
if not again:
    spark.sparkContext.parallelize(range(4), 2).foreach(lambda _: time.sleep(100))
spark.stop()
"""
# The first attempt waits to be killed; the next one ends well.
ONCE = "if open({log!r}).read().count('step') < 2: time.sleep(600)\n"


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def waiting(store, log):
    """Submit a step that waits in its first attempt, and return once it does."""

    def waiting(**fields):
        noting(store, log, "step", ONCE.format(log=str(log)))
        run_id, (step,) = submit(store, make_step("step", **fields))
        client.wake(store.folder)
        wait_until(lambda: log.exists() and store.runs.get(step).status is S.RUNNING)
        return run_id, step

    return waiting


@pytest.fixture
def spark(store, log):
    """Submit a Spark step that works for long in its first attempt, and return once it does."""

    def spark(**fields):
        noting(store, log, "spark", WORKING.format(log=str(log)))
        fields = {
            "kind": StepKind.SPARK,
            "compute": "spark01",
            "compute_definition": SPARK,
            **fields,
        }
        run_id, (step,) = submit(store, make_step("spark", **fields))
        client.wake(store.folder)
        stdout = store.run_folder(step).stdout
        wait_until(lambda: stdout.exists() and "working" in stdout.read_text(), 60)
        return run_id, step

    return spark


def supervisor_of(store, step):
    return psutil.Process(store.records.job(step)[1]["pid"])


def java_of(store, step):
    """Return the step's JVM."""

    def find():
        below = supervisor_of(store, step).children(recursive=True)
        return next((one for one in below if "java" in one.name()), None)

    return wait_until(find)


def step_of(log):
    """Return the process of the newest attempt."""
    return psutil.Process(int(log.read_text().split()[-1]))


def test_a_step_whose_process_is_killed_fails_and_says_so(store, waiting, log, table):
    run_id, step = waiting()

    step_of(log).kill()

    assert end(store, run_id) == [S.FAILED]
    assert "killed by signal 9 (SIGKILL)" in store.runs.get(step).reason
    table.judge("step process killed", store, [run_id], log=log)


def test_a_step_whose_process_is_killed_gets_another_attempt(store, waiting, log, table):
    run_id, step = waiting(retries=1)

    step_of(log).kill()

    assert end(store, run_id) == [S.COMPLETED]
    assert store.runs.get(step).attempt == 2
    assert len(log.read_text().splitlines()) == 2
    table.judge("step process killed", store, [run_id], log=log)


def test_a_step_whose_supervisor_is_killed_fails_and_leaves_nothing(store, waiting, log, table):
    run_id, step = waiting()
    left = step_of(log)

    supervisor_of(store, step).kill()

    assert end(store, run_id) == [S.FAILED]
    assert "vanished" in store.runs.get(step).reason
    wait_until(lambda: not is_alive(left.pid))
    table.judge("supervisor killed", store, [run_id], log=log)


def test_a_step_whose_supervisor_is_killed_gets_another_attempt(store, waiting, log, table):
    run_id, step = waiting(retries=1)
    left = step_of(log)

    supervisor_of(store, step).kill()

    assert end(store, run_id) == [S.COMPLETED]
    assert store.runs.get(step).attempt == 2
    assert not is_alive(left.pid)
    table.judge("supervisor killed", store, [run_id], log=log)


@pytest.mark.parametrize(("retries", "ending"), [(0, S.FAILED), (1, S.COMPLETED)])
def test_a_machine_that_goes_off_fails_the_step_or_starts_it_anew(
    store, waiting, log, table, retries, ending
):
    run_id, step = waiting(retries=retries)
    everything = [*processes_of(store.folder), supervisor_of(store, step), step_of(log)]
    for process in everything:
        process.suspend()  # nobody sees another one die
    for process in everything:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until(lambda: not any(is_alive(process.pid) for process in everything))

    assert end(store, run_id) == [ending]
    assert retries or "vanished" in store.runs.get(step).reason
    assert is_whole(store)
    table.judge("machine off: agent, supervisor and step killed", store, [run_id], log=log)


@pytest.mark.spark
def test_a_step_whose_jvm_is_killed_fails_soon_and_says_so(store, spark, log, table):
    run_id, step = spark()
    java = java_of(store, step)

    begin = time.monotonic()
    java.kill()

    assert end(store, run_id) == [S.FAILED]
    table.figures["from the death of a JVM to the end of its run"] = (
        f"{time.monotonic() - begin:.1f} s"
    )
    assert time.monotonic() - begin < 10
    assert (
        "driver" in store.runs.get(step).reason.lower()
        or "jvm" in store.runs.get(step).reason.lower()
    )
    table.judge("JVM killed", store, [run_id], log=log)


@pytest.mark.spark
def test_a_step_whose_jvm_is_killed_gets_another_attempt(store, spark, log, table):
    run_id, step = spark(retries=1)

    java_of(store, step).kill()

    assert end(store, run_id, seconds=90) == [S.COMPLETED]
    assert store.runs.get(step).attempt == 2
    table.judge("JVM killed", store, [run_id], log=log)


@pytest.mark.spark
def test_a_spark_step_whose_agent_and_supervisor_are_killed_leaves_no_jvm(store, spark, log, table):
    run_id, step = spark()
    java = java_of(store, step)
    agent, supervisor = client.running(store.folder), supervisor_of(store, step)

    os.kill(agent, signal.SIGKILL)
    supervisor.kill()

    assert end(store, run_id) == [S.FAILED]
    wait_until(lambda: not is_alive(java.pid))
    table.judge("machine off: agent, supervisor and step killed", store, [run_id], log=log)


def test_a_cancel_holds_though_the_agent_dies_over_it(store, waiting, log, table):
    run_id, _ = waiting()
    left = step_of(log)
    os.kill(client.running(store.folder), signal.SIGSTOP)
    store.runs.request_cancel(run_id)
    os.kill(client.running(store.folder), signal.SIGKILL)
    wait_until(lambda: client.running(store.folder) is None)

    assert end(store, run_id) == [S.CANCELED]
    assert not is_alive(left.pid)
    table.judge("agent killed over a cancel", store, [run_id], log=log)


def test_who_is_canceled_gets_no_other_attempt(store, waiting, log, table):
    run_id, _ = waiting(retries=3)
    store.runs.request_cancel(run_id)

    assert end(store, run_id) == [S.CANCELED]
    assert len(log.read_text().splitlines()) == 1
    table.judge("cancel of a step with attempts left", store, [run_id], log=log)


def test_a_step_that_is_killed_over_and_over_ends(store, log, table):
    write_snapshot(store, "step", "import os; os.kill(os.getpid(), 9)")
    run_id, (step,) = submit(store, make_step("step", retries=3))

    assert end(store, run_id) == [S.FAILED]
    assert store.runs.get(step).attempt == 4
    table.judge("step process killed", store, [run_id], times=4)
