"""A pipeline of scripts, run by the agent: what goes in and what comes out."""

import os
from pathlib import Path

import pytest

from synapse_magics import (
    Dataset,
    OutputFileDatasetConfig,
    Pipeline,
    PipelineParameter,
    PythonScriptStep,
)
from synapse_magics.core.exceptions import ActivityFailedException
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.cell_files import script_text
from synapse_magics.pipeline.cells import CellStep
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus

WRITE = """
import pathlib, sys
from_file, to_folder, factor = sys.argv[1:]
text = pathlib.Path(from_file).read_text()
pathlib.Path(to_folder, "made.txt").write_text(text * int(factor))
print("written")
"""
READ = """
import os, pathlib
print(pathlib.Path(os.environ["step2_input"], "made.txt").read_text())
"""


@pytest.fixture
def datastore(workspace, pool):
    datastore = workspace.get_default_datastore()
    (datastore.root / "in.txt").write_text("ab")
    (datastore.root / "t.csv").write_text("age\n5\n6\n")
    return datastore


def test_two_scripts_and_a_registered_output(workspace, datastore, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "write.py").write_text(WRITE)
    (tmp_path / "code" / "read.py").write_text(READ)
    source = Dataset.File.from_files((datastore, "in.txt")).as_named_input("source").as_mount()
    output = OutputFileDatasetConfig("made", (datastore, "made")).register_on_complete("result")
    common = {"compute_target": "cpucluster", "source_directory": "code"}
    factor = PipelineParameter("factor", 2)
    step = PythonScriptStep("write.py", name="write", arguments=[source, output, factor], **common)
    later = output.as_input("step2_input").as_download()
    last = PythonScriptStep("read.py", name="read", inputs=[later], **common)
    assert last.producers == [step]

    run = Pipeline(workspace, [last]).submit("exp", {"factor": 3})

    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED
    assert run.find_step_run("read")[0].get_stdout_log() == "ababab\n"
    result = Dataset.get_by_name(workspace, "result")
    assert (result.version, result.to_path()) == (1, ["/made.txt"])


def test_cells_whose_failure_names_the_line(workspace, datastore):
    Dataset.Tabular.from_delimited_files((datastore, "t.csv")).register(workspace, "people")
    body = "run.log('rows', len(people))\nopen(model + '/m', 'w').close()\n"
    for name, text, inputs, outputs in (
        ("fit", body, {"people": "people"}, ("model",)),
        ("use", "x = model\nraise KeyError('Age')\n", {"model": "model"}, ()),
    ):
        cell = CellStep(
            name, StepKind.PYTHON, "cpucluster", script_text("%%python_step", text), inputs, outputs
        )
        collection.current.define(workspace, cell)
    run = collection.current.pipeline(workspace).start("exp")

    assert run.wait(timeout_seconds=60) is RunStatus.FAILED
    assert run.find_step_run("fit")[0].get_metrics() == {"rows": 2}
    with pytest.raises(ActivityFailedException, match="step use failed: KeyError: 'Age'") as caught:
        run.raise_on_failure()
    assert caught.value.where == "cell of step use, line 3"


def test_a_run_that_is_canceled_ends(workspace, datastore, tmp_path):
    Path("sleep.py").write_text(f"open({str(tmp_path / 'on')!r}, 'w')\nimport time\ntime.sleep(99)")
    step = PythonScriptStep("sleep.py", compute_target="cpucluster")
    run = Pipeline(workspace, [step]).submit("exp")
    from support import wait_until

    wait_until(lambda: os.path.exists("on"), 30, "the step")  # noqa: PTH110
    run.cancel()

    assert run.wait(timeout_seconds=60) is RunStatus.CANCELED
    assert run.wait_for_completion() == "Canceled"


def test_a_script_that_imports_azureml_logs_to_its_run(workspace, pool, tmp_path):
    script = "from azureml.core import Run\nRun.get_context().log('rows', 3)\n"
    (tmp_path / "log.py").write_text(script)
    step = PythonScriptStep("log.py", compute_target="cpucluster", source_directory=".")

    run = Pipeline(workspace, [step]).submit("exp")

    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED
    assert run.find_step_run("log.py")[0].get_metrics() == {"rows": 3}


def test_a_step_logs_to_its_pipeline_and_uploads_a_file(workspace, pool, tmp_path):
    (tmp_path / "log.py").write_text(
        "from azureml.core import Run\n"
        "run = Run.get_context()\n"
        "run.parent.log('all', 7)\n"
        "run.log('own', 1)\n"
        "run.upload_file('model/a.py', 'log.py')\n"
        "run.complete()\n"
        "print(run.get_metrics(), run.parent.type, run.get_details()['status'])\n"
    )
    step = PythonScriptStep("log.py", compute_target="cpucluster", source_directory=".")
    run = Pipeline(workspace, [step]).submit("exp")

    (step_run,) = run.find_step_run("log.py")
    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED, step_run.get_stderr_log()
    assert run.get_metrics() == {"all": 7}
    assert step_run.get_metrics() == {"own": 1}
    assert "model/a.py" in step_run.get_file_names()
    assert step_run.get_stdout_log() == "{'own': 1} azureml.PipelineRun Running\n"


def test_a_script_finds_its_workspace_and_its_datasets(workspace, datastore, tmp_path):
    (tmp_path / "read.py").write_text(
        "import sys\n"
        "from azureml.core import Dataset, Run\n"
        "run = Run.get_context()\n"
        "table = Dataset.get_by_id(run.experiment.workspace, id=sys.argv[1])\n"
        "print(run.experiment.name, run.parent.status, table.to_pandas_dataframe().age.sum())\n"
        "print(run.input_datasets['table'].id == sys.argv[1], run.input_datasets['source'])\n"
    )
    table = Dataset.Tabular.from_delimited_files((datastore, "t.csv")).as_named_input("table")
    source = Dataset.File.from_files((datastore, "in.txt")).as_named_input("source").as_mount()
    step = PythonScriptStep(
        "read.py", arguments=[table, source], compute_target="cpucluster", source_directory="."
    )

    run = Pipeline(workspace, [step]).submit("exp")

    (step_run,) = run.find_step_run("read.py")
    assert run.wait(timeout_seconds=60) is RunStatus.COMPLETED, step_run.get_stderr_log()
    place = datastore.root / "in.txt"
    assert step_run.get_stdout_log() == f"exp Running 11\nTrue {place}\n"
