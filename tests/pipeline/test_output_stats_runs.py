"""What the outputs of real steps hold: rows and columns, files and bytes, and what has changed."""

import pytest
from IPython.lib.pretty import pretty

from synapse_magics import (
    Dataset,
    OutputFileDatasetConfig,
    Pipeline,
    PythonScriptStep,
)
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.cell_files import script_text
from synapse_magics.pipeline.cells import CellStep
from synapse_magics.pipeline.pipeline_data import PipelineData
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.render_outputs import render_outputs_text

WRITE = """
import pandas as pd
frame = pd.DataFrame({"Age": range(%d)%s})
frame.to_parquet(prepared + "/a.parquet")
frame.to_csv(listed + "/a.csv", index=False)
open(model + "/model.pkl", "wb").write(b"x" * 100)
"""


def define(workspace, body, outputs, kind=StepKind.PYTHON, compute="cpucluster", inputs=None):
    text = script_text("%%step prep", body)
    cell = CellStep("prep", kind, compute, text, inputs or {}, outputs, {})
    collection.current.define(workspace, cell)


def run(workspace, **options):
    made = collection.current.pipeline(workspace).start("exp", **options)
    assert made.wait(timeout_seconds=120) == RunStatus.COMPLETED, made.state.steps
    return made, made.state.steps[0].output_stats


def test_a_python_step_tells_rows_columns_files_and_bytes(workspace, pool):
    define(workspace, WRITE % (3, ""), ("prepared", "listed", "model"))
    first, found = run(workspace)

    assert (found["prepared"].rows, found["prepared"].columns) == (3, (("Age", "int64"),))
    assert (found["listed"].rows, found["listed"].files) == (3, 1)
    assert (found["model"].rows, found["model"].size, found["model"].unknown) == (None, 100, "")
    assert render_outputs_text(first.state).splitlines()[1:] == [
        "model: 1 file, 100 bytes",
        f"prepared: 3 rows, 1 column, 1 file, {found['prepared'].size / 1000:.1f} kB",
    ]

    define(workspace, WRITE % (5, ', "Fare": 1.5'), ("prepared", "listed", "model"))
    second, found = run(workspace)

    assert found["prepared"].since == first.record.number
    number = first.record.number
    lines = render_outputs_text(second.state).splitlines()
    assert lines[0].endswith(f"; +2 rows, column Fare is new, since run {number}")
    assert lines[1] == f"model: 1 file, 100 bytes; as many files and bytes as in run {number}"

    again, reused = run(workspace)

    assert again.state.steps[0].reused
    assert reused["prepared"].columns == found["prepared"].columns
    assert {stats.previous for stats in reused.values()} == {None}


def test_an_uploaded_table_and_a_folder_that_runs_share(workspace, pool, tmp_path):
    (tmp_path / "step.py").write_text(
        "import os, sys\nname = os.environ['AZUREML_RUN_ID']\nfor place in sys.argv[1:]:\n"
        "    open(f'{place}/{name}.txt', 'w').write('Name;Age\\nAnn;5\\n')\n"
    )
    sent = OutputFileDatasetConfig("sent").as_upload().read_delimited_files(separator=";")
    shared = OutputFileDatasetConfig("shared", (workspace.get_default_datastore(), "shared"))
    step = PythonScriptStep(
        "step.py", "prep", [sent, shared], compute_target="cpucluster", allow_reuse=False
    )
    pipeline = Pipeline(workspace, steps=[step])
    for _ in range(2):
        made = pipeline.start("exp")
        assert made.wait(timeout_seconds=60) == RunStatus.COMPLETED

    found = made.state.steps[0].output_stats
    assert (found["sent"].rows, found["sent"].columns) == (
        1,
        (("Name", "string"), ("Age", "int64")),
    )
    assert (found["shared"].files, found["shared"].rows) == (2, None)
    assert found["shared"].previous.files == 1


def in_a_notebook(item):
    """Return what IPython shows of an object, as text and as HTML."""
    return pretty(item), item._repr_html_()


def test_outputs_show_their_first_rows_after_a_run(workspace, pool, tmp_path):
    (tmp_path / "step.py").write_text(
        "import os, sys\nfor place in sys.argv[1:]:\n    os.makedirs(place, exist_ok=True)\n"
        "    open(f'{place}/a.csv', 'w').write('Name,Age\\nAnn,5\\n')\n"
    )
    files = OutputFileDatasetConfig("files").register_on_complete("people")
    data = PipelineData("data", datastore=workspace.get_default_datastore())
    step = PythonScriptStep(
        "step.py", "prep", [files, data], outputs=[data], compute_target="cpucluster"
    )
    before = in_a_notebook(files)
    pipeline = Pipeline(workspace, steps=[step])
    made = pipeline.start("exp")
    assert made.wait(timeout_seconds=60) == RunStatus.COMPLETED

    ran = made.find_step_run("prep")[0]
    for item in (
        files,
        data,
        ran.get_output("files"),
        ran.get_output_data("data"),
        ran.get_outputs()["data"],
        made.get_pipeline_output("files"),
    ):
        text, html = in_a_notebook(item)
        assert "1 row, 2 columns, 1 file, 15 bytes\n" in text
        assert text.splitlines()[1:] == ["Name    Age", "string  int64", "Ann     5"]
        assert "<td>Ann</td><td>5</td>" in html
    assert before == (repr(files), None)
    assert str(ran.get_output_data("data")) == "$AZUREML_DATAREFERENCE_data"


@pytest.mark.spark
def test_a_spark_step_tells_rows_and_columns(workspace, pool):
    datastore = workspace.get_default_datastore()
    (datastore.root / "t.csv").write_text("age,name\n5,Ann\n6,Bob\n")
    Dataset.Tabular.from_delimited_files((datastore, "t.csv")).register(workspace, "people")
    body = "people.write.parquet(prepared)\npeople.write.csv(listed)\n"
    outputs = ("prepared", "listed")
    define(workspace, body, outputs, StepKind.SPARK, "link1-spark01", {"people": "people"})

    _, found = run(workspace)

    assert found["prepared"].rows == found["listed"].rows == 2
    assert found["prepared"].columns == (("age", "int64"), ("name", "string"))
    assert found["prepared"].files >= 2  # the marker of success is one of them
