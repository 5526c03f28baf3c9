"""Datasets with operations as inputs of scripts and steps: what these find, and when they run."""

import pandas as pd
import pytest

from synapse_magics import Dataset, Experiment
from synapse_magics.core.compute import AmlCompute, ComputeTarget
from synapse_magics.core.run_configuration import RunConfiguration
from synapse_magics.pipeline.pipeline import Pipeline
from synapse_magics.pipeline.script_run_config import ScriptRunConfig
from synapse_magics.pipeline.steps import PythonScriptStep
from synapse_magics.store.states import RunStatus


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def table(datastore):
    for name, rows in (("a", range(3)), ("b", range(3, 60))):
        lines = "".join(f"{n},x\n" for n in rows)
        (datastore.root / f"{name}.csv").write_text(f"n,text\n{lines}")
    return Dataset.Tabular.from_delimited_files([(datastore, "a.csv"), (datastore, "b.csv")])


@pytest.fixture
def write(workspace, tmp_path):
    def write(text):
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / "work.py").write_text(text)

    return write


PANDAS = """
import os, sys
from azureml.core import Run
run = Run.get_context()
print(run.input_datasets["table"].to_pandas_dataframe()["n"].tolist())
print(sorted(os.listdir(sys.argv[1])))
"""


def test_a_script_finds_what_the_operations_leave(workspace, datastore, table, write):
    write(PANDAS)
    files = Dataset.File.from_files([(datastore, "a.csv"), (datastore, "b.csv")])
    large = files.filter(files.file_metadata("Size") > 100)
    some = table.filter(table["n"] > 1).skip(1).take(2)
    arguments = [large.as_mount(), "--table", some.as_named_input("table")]
    run = Experiment(workspace, "exp").submit(ScriptRunConfig("code", "work.py", arguments))

    assert run.wait(60) is RunStatus.COMPLETED, run.log_tail("stderr")
    assert run.get_stdout_log() == "[3, 4]\n['b.csv']\n"


SPARK = """
import sys
from azureml.core import Run, Dataset
workspace = Run.get_context().experiment.workspace
datastore = workspace.get_default_datastore()
table, lines, parts = (Dataset.get_by_id(workspace, id) for id in sys.argv[1:])
print([row[0] for row in table.to_spark_dataframe().collect()])
print([tuple(row) for row in lines.to_spark_dataframe().collect()])
frame = parts.skip(1).to_spark_dataframe()
made = Dataset.Tabular.register_spark_dataframe(frame, (datastore, "out"), "made", tags={"k": "v"})
print(made.name, made.version)
"""


@pytest.mark.spark
def test_a_spark_script_finds_the_same(workspace, datastore, table, write):
    write(SPARK)
    (datastore.root / "t.jsonl").write_text('{"n": 1, "x": 1, "ok": true}\n\n{"n": 2, "x": 0.5}\n')
    lines = Dataset.Tabular.from_json_lines_files((datastore, "t.jsonl"))
    frame = pd.DataFrame({"n": [1, 2, 3], "at": pd.to_datetime(["2020-01-01"] * 3)})
    parts = Dataset.Tabular.register_pandas_dataframe(frame, datastore, "whole")
    parts = parts.partition_by(["n"], datastore)
    inputs = [table.filter(table["n"] > 1).skip(1).take(2), lines, parts]
    arguments = [item.as_named_input(f"i{place}") for place, item in enumerate(inputs)]
    settings = RunConfiguration(framework="PySpark")
    config = ScriptRunConfig("code", "work.py", arguments, run_config=settings)
    run = Experiment(workspace, "exp").submit(config)

    assert run.wait(120) is RunStatus.COMPLETED, run.log_tail("stderr")
    assert run.get_stdout_log() == "[3, 4]\n[(1, 1.0, True), (2, 0.5, None)]\nmade 1\n"
    made = Dataset.get_by_name(workspace, "made")
    assert (made.tags, sorted(made.to_pandas_dataframe()["n"])) == ({"k": "v"}, [2, 3])


def test_a_step_is_reused_as_long_as_the_operations_are_the_same(workspace, table, write):
    write("print()")
    nodes = AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=2)
    ComputeTarget.create(workspace, "cpu", nodes)

    def submit(dataset):
        step = PythonScriptStep(
            "work.py",
            "step",
            source_directory="code",
            arguments=[dataset.as_named_input("table")],
            compute_target="cpu",
            allow_reuse=True,
        )
        run = Experiment(workspace, "exp").submit(Pipeline(workspace, [step]))
        assert run.wait(60) is RunStatus.COMPLETED
        return run.find_step_run("step")[0].record.source_id

    assert submit(table.take_sample(0.5, seed=1)) is None
    assert submit(table.take_sample(0.5, seed=1)) is not None
    assert submit(table.take_sample(0.5, seed=2)) is None
