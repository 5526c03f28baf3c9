"""How far the Spark of a run is, as its picture shows it."""

import pytest
from support import wait_until

from synapse_magics import Pipeline, SynapseSparkStep

pytestmark = pytest.mark.spark

SLOW = """
import pathlib, sys, time
from pyspark.sql import SparkSession
go = sys.argv[1]
def work(number):
    while number and not pathlib.Path(go).exists():
        time.sleep(0.01)
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.parallelize(range(2), 2).foreach(work)
"""


def test_a_run_shows_how_far_its_spark_is_and_how_it_ended(workspace, pool, tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "slow.py").write_text(SLOW)
    step = SynapseSparkStep(
        file="slow.py",
        source_directory=str(folder),
        compute_target=pool,
        arguments=[str(tmp_path / "go")],
        driver_memory="600m",
        driver_cores=1,
        executor_memory="600m",
        executor_cores=1,
        num_executors=1,
        name="slow",
        allow_reuse=False,
    )
    run = Pipeline(workspace, [step]).submit("slow")

    seen = wait_until(lambda: run.state.steps[0].spark, 240)
    assert seen.is_running
    assert seen.stages[0].is_active

    (tmp_path / "go").touch()
    run.wait_for_completion(show_output=False)

    end = run.state.steps[0].spark
    assert (end.is_running, end.jobs[0].status, end.jobs[0].completed) == (False, "SUCCEEDED", 2)
    assert end.stages[0].status == "COMPLETE"
