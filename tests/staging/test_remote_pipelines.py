"""Pipelines whose data lie on S3 from end to end, as users write them."""

import pytest

from synapse_magics import (
    Dataset,
    HDFSOutputDatasetConfig,
    OutputFileDatasetConfig,
    Pipeline,
    PythonScriptStep,
    SynapseSparkStep,
)
from synapse_magics.core.datastore import Datastore

TRAIN = """
import sys, os
import pandas as pd
source, target = sys.argv[1:]
table = pd.concat(pd.read_csv(os.path.join(source, name)) for name in sorted(os.listdir(source)))
table["z"] = table["x"] + table["y"]
table.to_csv(os.path.join(target, "sums.csv"), index=False)
"""
PREPARE = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
table = spark.read.csv(sys.argv[1], header=True, inferSchema=True)
table.coalesce(1).write.mode("overwrite").csv(sys.argv[2], header=True)
print(table.count(), "rows")
"""
COUNT = """
import glob, sys
import pandas as pd
(part,) = glob.glob(sys.argv[1] + "/*.csv")
open(sys.argv[2] + "/rows.txt", "w").write(str(len(pd.read_csv(part))))
"""


@pytest.fixture
def store_of(pool, workspace, s3):
    """Register a bucket as a datastore, by Azure ML's way of naming things."""
    s3.make_bucket("lake", {"in/a.csv": "x,y\n1,2\n", "in/b.csv": "x,y\n3,4\n"})
    return Datastore.register(
        workspace, "lake", "s3://lake", credential=f"env:{s3.variable}", options=s3.options
    )


@pytest.fixture
def sources(tmp_path):
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "train.py").write_text(TRAIN)
    (folder / "prepare.py").write_text(PREPARE)
    (folder / "count.py").write_text(COUNT)
    return str(folder)


def finish(pipeline, workspace):
    run = pipeline.submit("remote")
    run.wait_for_completion(show_output=False)
    return run


@pytest.mark.parametrize("mode", ["as_download", "as_mount"])
def test_a_python_pipeline(workspace, s3, store_of, sources, mode):
    files = Dataset.File.from_files((store_of, "in"), validate=False)
    output = OutputFileDatasetConfig("sums", (store_of, "out/{run-id}/{output-name}"))
    output = output.register_on_complete("sums-set")
    step = PythonScriptStep(
        script_name="train.py",
        source_directory=sources,
        compute_target="cpucluster",
        arguments=[getattr(files.as_named_input("files"), mode)(), output],
    )
    run = finish(Pipeline(workspace, [step]), workspace)

    (child,) = run.get_steps()
    made = s3.get("lake", f"out/{child.id}/sums/sums.csv")
    assert made == "x,y,z\n1,2,3\n3,4,7\n"
    assert Dataset.get_by_name(workspace, "sums-set").to_path() == ["/sums.csv"]


@pytest.mark.spark
def test_a_spark_pipeline(workspace, s3, store_of, sources):
    files = Dataset.File.from_files((store_of, "in/*.csv"), validate=False)
    prepared = HDFSOutputDatasetConfig("prepared", (store_of, "out/{run-id}/{output-name}"))
    sums = OutputFileDatasetConfig("sums", (store_of, "fixed")).as_upload(overwrite=True)
    spark = SynapseSparkStep(
        name="prepare",
        file="prepare.py",
        source_directory=sources,
        compute_target="link1-spark01",
        driver_memory="1g",
        driver_cores=1,
        executor_memory="1g",
        executor_cores=1,
        num_executors=1,
        inputs=[files.as_named_input("files").as_hdfs()],
        outputs=[prepared],
        arguments=[files.as_named_input("files").as_hdfs(), prepared],
    )
    python = PythonScriptStep(
        script_name="count.py",
        source_directory=sources,
        compute_target="cpucluster",
        arguments=[prepared.as_input("prepared").as_mount(), sums],
    )
    run = finish(Pipeline(workspace, [spark, python]), workspace)

    spark_run = next(child for child in run.get_steps() if child.name == "prepare")
    made = [key for key in s3.keys("lake") if key.startswith(f"out/{spark_run.id}/prepared/")]
    assert any(key.endswith(".csv") for key in made)
    assert not [key for key in made if "_temporary" in key or key.endswith(".crc")]
    assert s3.get("lake", "fixed/rows.txt") == "2"
