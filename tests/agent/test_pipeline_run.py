"""The whole way: cells become steps, a pipeline, a run, data."""

import json

import pytest
from support import wait_until

from synapse_magics import Dataset
from synapse_magics.pipeline import collection
from synapse_magics.pipeline.cell_files import script_text
from synapse_magics.pipeline.cells import CellStep
from synapse_magics.store.specs import StepKind
from synapse_magics.store.states import RunStatus as S

PREPARE = """\
people.dropna(subset=["age"]).write.parquet(prepared)
run.log("read", people.count())
print("columns:", people.columns)
"""
FIT = """\
import pandas as pd
df = pd.read_parquet(prepared)
run.log("rows", len(df))
with open(model + "/m.json", "w") as file:
    file.write(df.to_json(orient="records"))
"""


@pytest.fixture
def workspace_folder(workspace_folder, monkeypatch):
    """Work in a folder whose name needs care in an address."""
    folder = workspace_folder / "Prüfung 100% 日本"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def end_of():
    def end_of(run):
        store = run.workspace.store
        wait_until(lambda: store.runs.get(run.id).status.is_terminal, 60, "the end of the run")
        return [store.runs.get(run.id).status, *(s.status for s in store.runs.children(run.id))]

    return end_of


def cell(name, kind, body, inputs, outputs, **fields):
    compute = "link1-spark01" if kind is StepKind.SPARK else "cpucluster"
    text = script_text(f"%%{kind}_step {name}", body)
    return CellStep(name, kind, compute, text, {i: i for i in inputs}, outputs, **fields)


@pytest.mark.spark
def test_two_cells_run_one_after_the_other(workspace, pool, end_of):
    (workspace.folder / "p [1].csv").write_text("name,age,member\nAnn,31,1\nBob,,0\n")
    datastore = workspace.get_default_datastore()
    datastore.upload_files(["p [1].csv"], show_progress=False)
    table = Dataset.Tabular.from_delimited_files((datastore, "p [1].csv"))
    table.register(workspace, "people")
    define = collection.current.define
    define(workspace, cell("prepare", StepKind.SPARK, PREPARE, ["people"], ("prepared",)))
    define(
        workspace,
        cell("fit", StepKind.PYTHON, FIT, ["prepared"], ("model",), registrations={"model": "m"}),
    )

    run = collection.current.pipeline(workspace).start("exp")

    store = workspace.store
    assert end_of(run) == [S.COMPLETED] * 3, [s.error for s in store.runs.children(run.id)]
    prepare, fit = store.runs.children(run.id)
    log = store.run_folder(prepare.id)
    assert log.stdout.read_text() == "columns: ['name', 'age', 'member']\n"
    assert log.stderr.read_text() == ""
    assert [metric.value for metric in store.records.metrics(prepare.id)] == [2]
    assert [metric.value for metric in store.records.metrics(fit.id)] == [1]
    (output,) = store.records.outputs(fit.id)
    written = store.datastore_root(output.datastore) / output.path / "m.json"
    assert json.loads(written.read_text()) == [{"name": "Ann", "age": 31, "member": True}]
    assert store.registry.get("dataset", "m").body["run_id"] == fit.id


def test_a_cell_that_raises_fails_the_run_with_its_line(workspace, pool, end_of):
    body = "x = 1\nraise ValueError('no such passenger')\n"
    collection.current.define(workspace, cell("fit", StepKind.PYTHON, body, [], ()))

    run = collection.current.pipeline(workspace).start("exp")

    assert end_of(run) == [S.FAILED, S.FAILED]
    (step,) = workspace.store.runs.children(run.id)
    assert step.reason == "ValueError: no such passenger"
    assert step.error["where"] == "cell of step fit, line 3"
