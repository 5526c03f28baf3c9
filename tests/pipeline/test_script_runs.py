"""Scripts under an experiment, run by the agent: what goes in, what comes out, how they end."""

import json
import textwrap
from pathlib import Path

import pytest
from support import wait_until

from synapse_magics import Dataset, Experiment, HDFSOutputDatasetConfig, Run
from synapse_magics.core.exceptions import ActivityFailedException
from synapse_magics.core.run_configuration import CondaDependencies, RunConfiguration
from synapse_magics.core.script_run import ScriptRun
from synapse_magics.pipeline.script_run_config import ScriptRunConfig
from synapse_magics.store.states import RunStatus


@pytest.fixture
def write(workspace, tmp_path):
    """Write a script of a text into ``code``."""

    def write(text, name="work.py"):
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / name).write_text(textwrap.dedent(text))
        return name

    return write


@pytest.fixture
def submit(workspace, write):
    """Submit a script of a text and wait for it."""

    def submit(text, *arguments, target="local", wait=True, **options):
        config = ScriptRunConfig("code", write(text), list(arguments), compute_target=target)
        run = Experiment(workspace, "exp").submit(config, **options)
        if wait:
            run.wait(60)
        return run

    return submit


def test_a_script_on_this_machine(workspace, submit):
    run = submit(
        """
        import sys
        from azureml.core import Run
        run = Run.get_context()
        assert run is Run.get_context()
        run.log("rows", 3)
        for n in range(2):
            run.log_row("point", x=n, y=-n)
        run.tag("by", "script")
        print(run.id, run.parent, run.experiment.name, run.get_metrics()["rows"], run.tags["by"])
        open("outputs/model.txt", "w").write("model")
        run.upload_file("more/notes.txt", "outputs/model.txt")
        print(sys.argv[1:])
        """,
        "--n",
        7,
        None,
        tags={"k": 1},
    )

    assert type(run) is ScriptRun
    assert run.status == run.get_status() == "Completed", run.log_tail("stderr")
    assert run.get_stdout_log() == f"{run.id} None exp 3 script\n['--n', '7', 'None']\n"
    assert run.get_metrics() == {"rows": 3, "point": {"x": [0, 1], "y": [0, -1]}}
    assert run.tags == {"by": "script", "k": "1"}
    assert list(run.get_children()) == []
    assert run.parent is None
    assert {"outputs/model.txt", "more/notes.txt", "user_logs/std_log.txt"} <= set(
        run.get_file_names()
    )
    run.download_file("more/notes.txt", "here.txt")
    assert Path("here.txt").read_text() == "model"


def test_its_id_is_of_the_experiment_and_it_is_found_again(workspace, submit):
    run = submit("print('hello')")
    name, moment, rest = run.id.rsplit("_", 2)

    assert (name, moment.isdigit(), len(rest)) == ("exp", True, 8)
    assert type(Run.get(workspace, run.id)) is ScriptRun
    assert [found.id for found in Experiment(workspace, "exp").get_runs()] == [run.id]
    assert repr(run) == (
        f"Run(Experiment: exp,\nId: {run.id},\nType: azureml.scriptrun,\nStatus: Completed)"
    )


def test_waiting_shows_what_it_prints_and_returns_the_details(submit, capsys):
    run = submit("print('hello')", wait=False)
    details = run.wait_for_completion(show_output=True)

    said = capsys.readouterr().out
    assert said.startswith(f"RunId: {run.id}\n\nStreaming user_logs/std_log.txt\n====")
    assert "hello\n" in said
    assert f"Execution Summary\n=================\nRunId: {run.id}\n" in said
    assert (details["status"], details["target"], details["runId"]) == (
        "Completed",
        "local",
        run.id,
    )
    assert details["runDefinition"]["script"] == "work.py"
    assert run.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"] == "hello\n"


def test_a_script_that_fails(submit, capsys):
    run = submit("raise KeyError('Age')")

    with pytest.raises(ActivityFailedException) as caught:
        run.wait_for_completion()
    error = json.loads(caught.value.message.partition("\n")[2])["error"]
    assert (error["code"], error["type"], error["message"]) == ("UserError", "KeyError", "'Age'")
    assert caught.value.where == "script work.py, line 1"
    details = run.wait_for_completion(raise_on_error=False)
    assert (details["status"], run.status) == ("Failed", "Failed")
    assert '"message": "\'Age\'"' in capsys.readouterr().out
    assert not any("--resume" in line for line in run.state.how_to_go_on)


def test_a_script_is_canceled(workspace, submit):
    run = submit("import time; print('on'); time.sleep(99)", wait=False)
    wait_until(run.get_stdout_log, 30, "the script")
    run.cancel()

    assert run.wait(60) is RunStatus.CANCELED
    assert run.wait_for_completion()["status"] == "Canceled"


def test_data_go_in_and_out_as_with_a_step(workspace, pool, submit):
    datastore = workspace.get_default_datastore()
    (datastore.root / "in.txt").write_text("ab")
    (datastore.root / "t.csv").write_text("age\n5\n6\n")
    file = Dataset.File.from_files((datastore, "in.txt")).as_named_input("source").as_mount()
    table = Dataset.Tabular.from_delimited_files((datastore, "t.csv")).as_named_input("people")
    from synapse_magics import OutputFileDatasetConfig

    made = OutputFileDatasetConfig("made", (datastore, "made")).register_on_complete("result")
    arguments = [file, table, made]
    before = list(arguments)
    run = submit(
        """
        import os, sys
        from azureml.core import Run, Dataset
        run = Run.get_context()
        source, people, made = sys.argv[1:]
        assert run.input_datasets["people"].id == people
        assert run.output_datasets == {"made": made} == {"made": os.environ["made"]}
        table = Dataset.get_by_id(run.experiment.workspace, people)
        open(made + "/n.txt", "w").write(open(source).read() * len(table.to_pandas_dataframe()))
        """,
        *arguments,
        target="cpucluster",
    )

    assert run.status == "Completed", run.log_tail("stderr")
    result = Dataset.get_by_name(workspace, "result")
    assert (datastore.root / "made" / "n.txt").read_text() == "abab"
    assert (result.version, result.to_path()) == (1, ["/n.txt"])
    assert arguments == before
    details = run.get_details()
    assert [item["consumptionDetails"]["inputName"] for item in details["inputDatasets"]] == [
        "source",
        "people",
    ]
    assert details["outputDatasets"][0]["outputDetails"] == {"outputName": "made"}
    assert details["outputDatasets"][0]["dataset"]["name"] == "result"
    assert details["runDefinition"]["arguments"] == [
        "DatasetConsumptionConfig:source",
        "DatasetConsumptionConfig:people",
        "DatasetOutputConfig:made",
    ]


def test_nothing_is_reused(workspace, submit):
    first, again = submit("print('hello')"), submit("print('hello')")

    assert again.get_stdout_log() == first.get_stdout_log() == "hello\n"
    assert again.log_path() != first.log_path()


def test_variables_and_the_environment(workspace, submit, write):
    settings = RunConfiguration()
    settings.environment_variables = {"MINE": 5}
    config = ScriptRunConfig(
        "code",
        write(
            "import os\nprint(os.environ['MINE'], os.environ['EXAMPLE_ENV_VAR'],"
            " os.environ['AZUREML_ARM_WORKSPACE_NAME'])"
        ),
        run_config=settings,
    )
    run = Experiment(workspace, "exp").submit(config)
    run.wait(60)

    assert run.get_stdout_log() == "5 EXAMPLE_VALUE test-ws\n"
    assert run.get_environment().name == "default-environment"


def test_a_command_in_place_of_a_script(workspace, write):
    write("import sys; print(sys.argv[1:]); sys.exit(3)")
    config = ScriptRunConfig("code", command="python work.py --name 'a b'")
    run = Experiment(workspace, "exp").submit(config)
    run.wait(60)

    assert run.get_stdout_log() == "['--name', 'a b']\n"
    details = run.get_details()
    assert details["error"]["error"]["exit_code"] == 3
    shown = [details["runDefinition"][key] for key in ("script", "command", "arguments")]
    assert shown == [None, "python work.py --name 'a b'", []]


def test_a_script_that_a_command_starts_finds_what_others_find(workspace, write):
    write("from azureml.core import Run; Run.get_context().log('rows', 3)")
    config = ScriptRunConfig("code", command=["python", "work.py"])
    run = Experiment(workspace, "exp").submit(config)
    run.wait(60)

    assert run.status == "Completed", run.log_tail("stderr")
    assert run.get_metrics() == {"rows": 3}


def test_children_of_a_script(workspace, submit):
    run = submit(
        """
        from azureml.core import Run
        run = Run.get_context()
        with run.child_run("fold 1") as child:
            child.log("loss", 0.5)
        """
    )

    (child,) = run.get_children()
    assert run.status == "Completed", run.log_tail("stderr")
    assert (child.name, child.status, child.get_metrics()) == ("fold 1", "Completed", {"loss": 0.5})
    assert child.parent.id == run.id
    assert run.get_metrics(recursive=True) == {run.id: {}, child.id: {"loss": 0.5}}


def test_what_is_logged_outside_is_the_runs_as_well(submit):
    run = submit("print('hello')")
    run.log("later", 1)
    run.upload_file("outputs/later.txt", __file__)

    assert run.get_metrics() == {"later": 1}
    assert "outputs/later.txt" in run.get_file_names()


@pytest.mark.spark
def test_spark_on_this_machine_without_a_pool(workspace, write):
    script = write(
        """
        from pyspark.sql import SparkSession
        print(SparkSession.builder.getOrCreate().range(7).count())
        """
    )
    settings = RunConfiguration(framework="PySpark")
    run = Experiment(workspace, "exp").submit(ScriptRunConfig("code", script, run_config=settings))

    assert run.wait(120) is RunStatus.COMPLETED, run.log_tail("stderr")
    assert run.get_stdout_log() == "7\n"


DATAPREP = """
import os
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

run_context = Run.get_context()
ws = run_context.experiment.workspace
dataset = Dataset.get_by_id(ws, id=args.tabular_input)
sdf = dataset.to_spark_dataframe()
sdf.show()

spark = SparkSession.builder.getOrCreate()
sdf = spark.read.option("header", "true").csv(args.file_input)
sdf.show()
sdf.coalesce(1).write.option("header", "true").mode("append").csv(args.output_dir)
"""


@pytest.mark.spark
def test_the_documents_script_on_a_spark_pool(workspace, pool, write):
    datastore = workspace.get_default_datastore()
    (datastore.root / "Titanic.csv").write_text("Name,Age,Survived\nAnn,5,1\nBob,6,0\n")
    table = Dataset.Tabular.from_delimited_files([(datastore, "Titanic.csv")])
    file = Dataset.File.from_files([(datastore, "Titanic.csv")])
    input1, input2 = table.as_named_input("tabular_input"), file.as_named_input("f").as_hdfs()
    output = HDFSOutputDatasetConfig(destination=(datastore, "test"))
    output = output.register_on_complete(name="registered_dataset")
    settings = RunConfiguration(framework="pyspark")
    settings.target = pool
    settings.spark.configuration["spark.driver.memory"] = "1g"
    settings.spark.configuration["spark.driver.cores"] = 2
    settings.spark.configuration["spark.executor.memory"] = "1g"
    settings.spark.configuration["spark.executor.cores"] = 1
    settings.spark.configuration["spark.executor.instances"] = 1
    packages = CondaDependencies()
    packages.add_pip_package("azureml-core==1.20.0")
    settings.environment.python.conda_dependencies = packages
    config = ScriptRunConfig(
        source_directory="./code",
        script=write(DATAPREP, "dataprep.py"),
        arguments=[
            *("--tabular_input", input1),
            *("--file_input", input2),
            *("--output_dir", output),
        ],
        run_config=settings,
    )
    experiment = Experiment(workspace=workspace, name="synapse-spark")
    runs = [experiment.submit(config=config) for _ in range(2)]  # both append to one place

    for run in runs:
        assert run.wait(240) is RunStatus.COMPLETED, run.log_tail("stderr")
        said = run.get_stdout_log()
        assert said.startswith("1.61.0\nenviron(")
        assert "| Ann|  5|    true|" in said
        assert "| Ann|  5|       1|" in said
        assert "logs/azureml/driver/stdout" in run.get_file_names()
    assert Dataset.get_by_name(workspace, "registered_dataset").version == 2
    parts = [item.suffix for item in (datastore.root / "test").iterdir()]
    assert (parts.count(".csv"), parts.count(".crc")) == (2, 0)
