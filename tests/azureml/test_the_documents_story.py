"""Microsoft's document on Spark pools in pipelines, its blocks executed one after the other."""

import contextlib
import io
import re
import sys
from pathlib import Path

import pytest

from synapse_magics import Dataset, azureml

pytestmark = pytest.mark.spark

DOCUMENT = Path(__file__).with_name("the_documents_story.md")
TITANIC = "Name,Age,Survived\nAnn,31,1\nBob,,0\nCid,5,1\n"

TYPED = """\
+----+----+--------+
|Name| Age|Survived|
+----+----+--------+
| Ann|  31|    true|
| Bob|NULL|   false|
| Cid|   5|    true|
+----+----+--------+
"""
AS_TEXT = TYPED.replace(" true", "    1").replace("   false", "       0")


class Story:
    """What the blocks of the document defined and printed."""

    def __init__(self):
        self.names = {}
        self.printed = {}

    def execute(self, block):
        """Execute a block, or write it where its first line says."""
        first = block.splitlines()[0]
        if first.startswith("# code/"):
            file = Path(first.removeprefix("# "))
            file.parent.mkdir(exist_ok=True)
            file.write_text(block)
            return
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block, DOCUMENT.name, "exec"), self.names)  # noqa: S102 - a cell's way
        self.printed[block] = printed.getvalue()

    def said(self, words):
        """Return what the one block with these words printed."""
        [found] = [text for block, text in self.printed.items() if words in block]
        return found

    def __getattr__(self, name):
        return self.names[name]


@pytest.fixture(scope="module")
def story(warm_drivers, module_workspace):
    """Execute the document from its first block to its last."""
    module_workspace.write_config()
    Path("Titanic.csv").write_text(TITANIC)
    told = Story()
    before = {name for name in sys.modules if name.split(".")[0] == "azureml"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "meta_path", list(sys.meta_path))
        azureml.install(even_over_the_real_sdk=True)
        for block in re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
            told.execute(block)
    for name in [name for name in sys.modules if name.split(".")[0] == "azureml"]:
        if name not in before:
            del sys.modules[name]
    return told


@pytest.fixture
def steps(story):
    return {step.name: step for step in story.pipeline_run.get_children()}


def test_the_workspace_is_that_of_the_configuration_file(story):
    version, name, *_ = story.said("Workspace.from_config()").splitlines()

    assert (version, name) == ("SDK version: 1.61.0", "test-ws")


def test_the_link_is_listed_and_taken_away_again(story):
    [line] = story.said("for service in").splitlines()
    assert line.startswith("Service: LinkedService(workspace=Workspace.create(name='test-ws', ")
    assert "name=synapselink1, type=Synapse, linked_service_resource_id=/subscriptions/" in line
    assert story.said("linked_service.unregister()") == "links: 0\n"
    assert list(story.ws.linked_services) == ["synapselink1"]


def test_the_pool_is_attached(story):
    assert story.said("SynapseCompute.attach_configuration(") == (
        'Provisioning operation finished, operation "Succeeded"\n'
    )
    assert story.said("print(synapse_compute.type") == "SynapseSpark Succeeded\n"
    assert story.synapse_compute.cluster_resource_id == (
        f"{story.linked_service.linked_service_resource_id}/bigDataPools/spark01"
    )


def test_the_cluster_is_created_because_none_was_found(story):
    assert story.said("AmlCompute.provisioning_configuration(") == (
        'SucceededProvisioning operation finished, operation "Succeeded"\n'
        "AmlCompute wait for completion finished\n\n"
        "Minimum number of nodes requested have been provisioned\n"
    )
    assert story.ws.compute_targets["cpucluster"].type == "AmlCompute"


def test_the_second_upload_is_skipped(story):
    assert story.said("datastore.upload_files(").splitlines()[-3:] == [
        "Uploading an estimated of 1 files",
        "Target already exists. Skipping upload for Titanic.csv",
        "Uploaded 0 files",
    ]


def test_submit_says_what_it_created(story):
    said = story.said("pipeline.submit(")

    for name in ("synapse-spark", "train.py", "look"):
        assert re.search(
            rf"^Created step {name} \[[0-9a-f]{{8}}\]\[[0-9a-f-]{{36}}\], "
            r"\(This step will run and generate new outputs\)$",
            said,
            re.MULTILINE,
        )
    assert f"Submitted PipelineRun {story.pipeline_run.id}\n" in said


def test_the_pipeline_ends_well(story):
    assert story.status == story.pipeline_run.get_status() == "Finished"
    assert story.pipeline_run.status == "Completed"


def test_the_child_runs_are_the_steps(story, steps):
    assert len(list(story.pipeline_run.get_children())) == 3
    assert {name: step.get_status() for name, step in steps.items()} == dict.fromkeys(
        ("synapse-spark", "train.py", "look"), "Finished"
    )
    assert {step.get_details()["target"] for step in steps.values()} == {
        "link1-spark01",
        "cpucluster",
    }
    assert {step.parent.id for step in steps.values()} == {story.pipeline_run.id}


def test_the_driver_shows_the_typed_table_and_the_plain_file(steps):
    said = steps["synapse-spark"].get_details_with_logs()["logFiles"]["logs/azureml/driver/stdout"]

    assert said.startswith("1.61.0\nenviron({")
    assert said.endswith(f"{TYPED}\n{AS_TEXT}\n")


def test_the_drivers_environment_names_the_inputs_and_no_token(story, steps):
    said = steps["synapse-spark"].get_stdout_log().splitlines()[1]

    assert "'AZUREML_DATASET_ENVIRONMENT_VARS': 'tabular_input:direct,file_input:hdfs'" in said
    assert f"'tabular_input': '{story.titanic_tabular_dataset.id}'" in said
    assert re.search(r"'file_input': 'file:///[^']*/Titanic.csv'", said)
    assert "TOKEN" not in said


def test_the_settings_of_the_step_reach_spark(steps):
    spark = steps["synapse-spark"].get_details()["runDefinition"]["spark"]["configuration"]

    assert {key.removeprefix("spark."): value for key, value in spark.items()} == {
        "app.name": "titanic",
        "driver.cores": "4",
        "driver.memory": "7g",
        "executor.cores": "2",
        "executor.instances": "1",
        "executor.memory": "7g",
        "sql.shuffle.partitions": "2",
        "yarn.maxAppAttempts": "1",
    }


def test_the_python_step_prints_what_the_spark_step_wrote(steps):
    # _SUCCESS is one of the files, and it is empty.
    assert sorted(filter(None, steps["train.py"].get_stdout_log().splitlines())) == sorted(
        TITANIC.splitlines()
    )


def test_a_mounted_file_is_a_path_to_it(steps):
    assert steps["look"].get_stdout_log() == "4 True\n"


def test_waiting_shows_what_each_step_printed(story, steps):
    said = story.said("pipeline_run.wait_for_completion()")

    assert said.startswith(f"PipelineRunId: {story.pipeline_run.id}\n")
    assert "PipelineRun Status: Running\n" in said
    for name, step in steps.items():
        assert f"StepRunId: {step.id}\n" in said
        assert step.get_stdout_log() in said
        assert f"\nStepRun({name}) Execution Summary\n" in said
    assert "\nPipelineRun Execution Summary\n" in said


def test_the_graph_leads_from_the_spark_step_to_the_one_that_reads_it(story):
    graph = story.pipeline_run.get_graph()
    names = {node: content["name"] for node, content in graph["nodes"].items()}

    assert sorted(names.values()) == ["look", "synapse-spark", "train.py"]
    assert [(names[edge["from"]], names[edge["to"]]) for edge in graph["edges"]] == [
        ("synapse-spark", "train.py")
    ]
    prepare = next(node for node in graph["nodes"].values() if node["name"] == "synapse-spark")
    assert prepare["inputs"] == ["tabular_input", "file_input"]
    assert prepare["outputs"] == [story.step1_output.name]


def test_each_job_registered_a_version(story):
    newest = Dataset.get_by_name(story.ws, "registered_dataset")
    assert newest.version == 2
    assert Dataset.get_by_name(story.ws, "registered_dataset", version=1).version == 1


def test_the_jobs_appended_to_one_destination(story):
    files = Dataset.get_by_name(story.ws, "registered_dataset").to_path()

    assert len([file for file in files if re.fullmatch(r"/part-.*\.csv", file)]) == 2
    assert not [file for file in files if file.endswith(".crc")]


def test_the_script_run_does_the_same_under_the_experiment(story):
    assert story.details["status"] == story.run.status == "Completed"
    assert story.run.type == "azureml.scriptrun"
    assert list(story.run.get_children()) == []
    assert story.details["runDefinition"]["spark"]["configuration"]["spark.driver.memory"] == "1g"
    said = story.said("details = run.wait_for_completion(")
    assert said.startswith(f"RunId: {story.run.id}\n")
    assert f"{TYPED}\n{AS_TEXT}" in said


def test_the_jobs_are_listed_under_their_experiments(story):
    experiments = story.ws.experiments

    assert set(experiments) == {"synapse-pipeline", "synapse-spark"}
    assert [run.id for run in experiments["synapse-pipeline"].get_runs()] == [story.pipeline_run.id]
    assert [run.id for run in experiments["synapse-spark"].get_runs()] == [story.run.id]
