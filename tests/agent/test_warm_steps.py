"""Spark steps of pipelines, as the agent runs them: on drivers that are warm."""

import itertools

import pytest
from support import wait_until

from synapse_magics import HDFSOutputDatasetConfig, Pipeline, SynapseSparkStep
from synapse_magics.engines.driver_keeper import SOCKET

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("warm_drivers")]

SAY = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(3).write.mode("overwrite").parquet(sys.argv[1])
print("jvm", spark._jvm.ProcessHandle.current().pid())
spark.stop()
"""


@pytest.fixture
def say(pool, tmp_path):
    """Return a step that writes an output and says which JVM it has."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "say.py").write_text(SAY)

    def say(name, memory="2g", conf=None):
        written = HDFSOutputDatasetConfig(f"written_by_{name}")
        return SynapseSparkStep(
            file="say.py",
            source_directory=str(folder),
            compute_target=pool,
            outputs=[written],
            arguments=[written],
            driver_memory=memory,
            driver_cores=1,
            executor_memory=memory,
            executor_cores=1,
            num_executors=1,
            name=name,
            conf=conf,
            allow_reuse=False,
        )

    return say


def jvms(workspace, *steps):
    """Run steps one after the other; return the JVM of each, by its name."""
    for one, next_one in itertools.pairwise(steps):
        next_one.run_after(one)
    run = Pipeline(workspace, list(steps)).submit("warm")
    run.wait_for_completion(show_output=False)
    return {step.name: step.get_stdout_log().split()[-1] for step in run.get_steps()}


def test_steps_of_a_pipeline_and_of_the_next_have_one_driver(workspace, say):
    drivers = workspace.store.folder / "agent" / "drivers"
    wait_until(lambda: len(list(drivers.glob(f"*/{SOCKET}"))) == 1, 30, "the driver of the pool")

    first = jvms(workspace, say("one"), say("two"))
    second = jvms(workspace, say("three"))

    assert len({*first.values(), *second.values()}) == 1
    assert len(list(drivers.iterdir())) == 1


def test_a_step_with_another_memory_has_another_driver_and_none_beside_it(workspace, say):
    jvms(workspace, say("small", "1g"))

    assert len(list((workspace.store.folder / "agent" / "drivers").iterdir())) == 1
