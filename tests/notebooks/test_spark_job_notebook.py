"""A notebook shaped like Azure's sample ``spark_job_on_synapse_spark_pool.ipynb``.

A script run and a pipeline append to one destination; the second is submitted while the first
runs, and no cell waits for either. Nothing in it says that it does not run in Azure.
"""

import json
import re

import pytest

pytestmark = [pytest.mark.notebook, pytest.mark.spark]

TITANIC = "Name,Survived\nAnn,1\nBob,0\n"
CONFIG = {
    "subscription_id": "11111111-2222-3333-4444-555555555555",
    "resource_group": "their-group",
    "workspace_name": "their-workspace",
}
SAMPLE = (
    """\
import os
import azureml.core
from azureml.core import Workspace, Experiment
from azureml.core import LinkedService, SynapseWorkspaceLinkedServiceConfiguration
from azureml.core.compute import ComputeTarget, AmlCompute, SynapseCompute
from azureml.exceptions import ComputeTargetException
from azureml.data import HDFSOutputDatasetConfig
from azureml.core.datastore import Datastore
from azureml.core.runconfig import RunConfiguration
from azureml.core.conda_dependencies import CondaDependencies
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep, SynapseSparkStep

# Check core SDK version number
print("SDK version:", azureml.core.VERSION)""",
    """\
subscription_id=os.getenv("SYNAPSE_SUBSCRIPTION_ID", "<my-synapse-subscription-id>")
resource_group=os.getenv("SYNAPSE_RESOURCE_GROUP", "<my-synapse-resource-group>")
workspace_name=os.getenv("SYNAPSE_WORKSPACE_NAME", "<my-synapse-workspace-name>")
linked_service_name=os.getenv("SYNAPSE_LINKED_SERVICE_NAME", "<my-linked-service-name>")
spark_pool_name=os.getenv("SYNAPSE_SPARK_POOL_NAME", "<my-synapse-spark-pool-name>")
synapse_compute_name=os.getenv("SYNAPSE_COMPUTE_NAME", "<my-synapse-compute-name>")""",
    """\
ws = Workspace.from_config()
print(ws.name, ws.resource_group, ws.location, ws.subscription_id, sep='\\n')""",
    """\
synapse_link_config = SynapseWorkspaceLinkedServiceConfiguration(
    subscription_id=subscription_id,
    resource_group=resource_group,
    name=workspace_name
)

linked_service = LinkedService.register(
    workspace=ws,
    name=linked_service_name,
    linked_service_config=synapse_link_config)

linked_service""",
    """\
LinkedService.list(ws)""",
    """\
attach_config = SynapseCompute.attach_configuration(
    linked_service,
    type="SynapseSpark",
    pool_name=spark_pool_name)

synapse_compute=ComputeTarget.attach(
    workspace=ws,
    name=synapse_compute_name,
    attach_configuration=attach_config)

synapse_compute.wait_for_completion()""",
    """\
# Use the default blob storage
def_blob_store = Datastore(ws, "workspaceblobstore")
print('Datastore {} will be used'.format(def_blob_store.name))

# We are uploading a sample file in the local directory to be used as a datasource
file_name = "Titanic.csv"
def_blob_store.upload_files(files=["./{}".format(file_name)], overwrite=False)""",
    """\
from azureml.core import Dataset
titanic_tabular_dataset = Dataset.Tabular.from_delimited_files(path=[(def_blob_store, file_name)])
input1 = titanic_tabular_dataset.as_named_input("tabular_input")""",
    """\
from azureml.core import Dataset
titanic_file_dataset = Dataset.File.from_files(path=[(def_blob_store, file_name)])
input2 = titanic_file_dataset.as_named_input("file_input").as_hdfs()""",
    """\
output = HDFSOutputDatasetConfig(destination=(def_blob_store,"test")).register_on_complete(
    name="registered_dataset")""",
    """\
os.makedirs("code", exist_ok=True)""",
    """\
%%writefile code/dataprep.py
import os
import sys
import azureml.core
from pyspark.sql import SparkSession
from azureml.core import Run, Dataset

print(azureml.core.VERSION)
print(os.environ)

import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--tabular_input")
parser.add_argument("--file_input")
parser.add_argument("--output_dir")
args = parser.parse_args()

# use dataset sdk to read tabular dataset
run_context = Run.get_context()
dataset = Dataset.get_by_id(run_context.experiment.workspace,id=args.tabular_input)
sdf = dataset.to_spark_dataframe()
sdf.show()

# use hdfs path to read file dataset
spark= SparkSession.builder.getOrCreate()
sdf = spark.read.option("header", "true").csv(args.file_input)
sdf.show()

sdf.coalesce(1).write\\
.option("header", "true")\\
.mode("append")\\
.csv(args.output_dir)""",
    """\
from azureml.core.environment import CondaDependencies
conda_dep = CondaDependencies()
conda_dep.add_pip_package("azureml-core==1.20.0")

run_config = RunConfiguration(framework="pyspark")
run_config.target = synapse_compute_name

run_config.spark.configuration["spark.driver.memory"] = "1g"
run_config.spark.configuration["spark.driver.cores"] = 2
run_config.spark.configuration["spark.executor.memory"] = "1g"
run_config.spark.configuration["spark.executor.cores"] = 1
run_config.spark.configuration["spark.executor.instances"] = 1

run_config.environment.python.conda_dependencies = conda_dep

from azureml.core import ScriptRunConfig
script_run_config = ScriptRunConfig(source_directory = './code',
                                    script= 'dataprep.py',
                                    arguments = ["--tabular_input", input1,
                                                 "--file_input", input2,
                                                 "--output_dir", output],
                                    run_config = run_config)""",
    """\
from azureml.core import Experiment
exp = Experiment(workspace=ws, name="synapse-spark")
run = exp.submit(config=script_run_config)
run""",
    """\
# Choose a name for your CPU cluster
cpu_cluster_name = "cpucluster"

# Verify that cluster does not exist already
try:
    cpu_cluster = ComputeTarget(workspace=ws, name=cpu_cluster_name)
    print('Found existing cluster, use it.')
except ComputeTargetException:
    compute_config = AmlCompute.provisioning_configuration(vm_size='STANDARD_D2_V2', max_nodes=1)
    cpu_cluster = ComputeTarget.create(ws, cpu_cluster_name, compute_config)

cpu_cluster.wait_for_completion(show_output=True)""",
    """\
%%writefile code/train.py
import glob
import os
import sys
from os import listdir
from os.path import isfile, join

mypath = os.environ["step2_input"]
files = [f for f in listdir(mypath) if isfile(join(mypath, f))]
for file in files:
    with open(join(mypath,file)) as f:
        print(f.read())""",
    """\
titanic_tabular_dataset = Dataset.Tabular.from_delimited_files(path=[(def_blob_store, file_name)])
titanic_file_dataset = Dataset.File.from_files(path=[(def_blob_store, file_name)])

step1_input1 = titanic_tabular_dataset.as_named_input("tabular_input")
step1_input2 = titanic_file_dataset.as_named_input("file_input").as_hdfs()
step1_output = HDFSOutputDatasetConfig(destination=(def_blob_store,"test")).register_on_complete(
    name="registered_dataset")

step2_input = step1_output.as_input("step2_input").as_download()

from azureml.core.environment import Environment
env = Environment(name="myenv")
env.python.conda_dependencies.add_pip_package("azureml-core==1.20.0")

step_1 = SynapseSparkStep(name = 'synapse-spark',
                          file = 'dataprep.py',
                          source_directory="./code",
                          inputs=[step1_input1, step1_input2],
                          outputs=[step1_output],
                          arguments = ["--tabular_input", step1_input1,
                                       "--file_input", step1_input2,
                                       "--output_dir", step1_output],
                          compute_target = synapse_compute_name,
                          driver_memory = "7g",
                          driver_cores = 4,
                          executor_memory = "7g",
                          executor_cores = 2,
                          num_executors = 1,
                          environment = env)

step_2 = PythonScriptStep(script_name="train.py",
                          arguments=[step2_input],
                          inputs=[step2_input],
                          compute_target=cpu_cluster_name,
                          source_directory="./code",
                          allow_reuse=False)""",
    """\
pipeline = Pipeline(workspace=ws, steps=[step_1, step_2])
pipeline_run = pipeline.submit('synapse-pipeline', regenerate_outputs=True)""",
)


@pytest.fixture(scope="module")
def sample(books):
    """Run the notebook where its files are, with names that nothing here has heard of."""
    (books.folder / "config.json").write_text(json.dumps(CONFIG))
    (books.folder / "Titanic.csv").write_text(TITANIC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNAPSE_SUBSCRIPTION_ID", "99999999-2222-3333-4444-555555555555")
        patch.setenv("SYNAPSE_RESOURCE_GROUP", "synapse-group")
        patch.setenv("SYNAPSE_WORKSPACE_NAME", "their-synapse")
        patch.setenv("SYNAPSE_LINKED_SERVICE_NAME", "theirlink")
        patch.setenv("SYNAPSE_SPARK_POOL_NAME", "theirpool")
        patch.setenv("SYNAPSE_COMPUTE_NAME", "their-compute")
        return books.run(books.write(*SAMPLE))


def printed(sample, begin):
    return "".join(item.text for item in sample.outputs(begin) if item.output_type == "stream")


def value(sample, begin):
    """Return the value of the last expression of a cell, as text and as HTML."""
    [found] = [item.data for item in sample.outputs(begin) if item.output_type == "execute_result"]
    return found


def test_it_ends_well(sample):
    assert sample.code == 0, sample.stderr


def test_the_workspace_is_that_of_the_notebooks_configuration(sample):
    assert printed(sample, "ws = Workspace.from_config()").splitlines()[-4:] == [
        "their-workspace",
        "their-group",
        "local",
        CONFIG["subscription_id"],
    ]


def test_the_link_shows_what_it_links(sample):
    one = value(sample, "synapse_link_config")["text/plain"]
    assert "name=theirlink, type=Synapse" in one
    assert "/resourceGroups/synapse-group/" in one
    assert value(sample, "LinkedService.list")["text/plain"] == f"[{one}]"


def test_the_submitted_run_is_shown_as_a_table(sample):
    shown = value(sample, "from azureml.core import Experiment\nexp")

    assert shown["text/plain"].startswith("Run(Experiment: synapse-spark,\nId: synapse-spark_")
    assert "<table" in shown["text/html"]


def test_both_jobs_complete_though_no_cell_waits_for_them(sample):
    assert [[(step.name, str(step.status)) for step in run.steps] for run in sample.runs] == [
        [("dataprep.py", "Completed")],
        [("synapse-spark", "Completed"), ("train.py", "Completed")],
    ]


def test_the_jobs_that_append_to_one_destination_do_not_meet(sample):
    [first], [second, _] = (run.steps for run in sample.runs)
    assert first.ended <= second.started

    place = sample.folder / ".synapse" / "datastores" / "workspaceblobstore" / "test"
    files = {file.name for file in place.iterdir()}
    assert len([name for name in files if re.fullmatch(r"part-.*\.csv", name)]) == 2
    assert len(files) == 3
    assert "_SUCCESS" in files


def test_the_last_step_prints_what_both_jobs_appended(sample):
    lines = [line for line in sample.log("train.py").splitlines() if line]

    assert lines == TITANIC.splitlines() * 2


@pytest.mark.parametrize("step", ["dataprep.py", "synapse-spark"])
def test_the_driver_of_each_job_shows_both_tables(sample, step):
    said = sample.log(step)

    assert said.startswith("1.61.0\nenviron({")
    assert "| Ann|    true|" in said
    assert "| Ann|       1|" in said
