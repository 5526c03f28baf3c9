"""What of Azure ML SDK v1 notebooks and scripts use, at a terminal."""

import json
import types

import pytest

from synapse_magics import cli
from synapse_magics.migration.support import table
from synapse_magics.pipeline.unsupported_steps import DatabricksStep

GOOD = """\
from azureml.core import Experiment, Workspace
from azureml.pipeline.steps import DatabricksStep
ws = Workspace.from_config()
Experiment(workspace=ws, name="a")
"""
BAD = """\
from azureml.core import Workspace
from azureml.pipeline.steps import DatabricksStep
Workspace.from_config().list_keys()
DatabricksStep(name="a")
"""


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Check files; return the exit code, what was printed, and the errors."""
    monkeypatch.chdir(tmp_path)

    def check(*options, **files):
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        code = cli.main(["check", *options])
        shown = capsys.readouterr()
        return types.SimpleNamespace(code=code, out=shown.out, err=shown.err)

    return check


def test_what_runs_and_what_differs(check):
    shown = check("good.py", good=GOOD)

    assert shown.code == 0
    assert shown.out.splitlines() == [
        "differs  azureml.core.Workspace                 good.py line 1, line 3",
        f"         {table()['azureml.core.Workspace'].note}",
        "differs  azureml.pipeline.steps.DatabricksStep  good.py line 2",
        f"         it is imported and not used; instead of it, {DatabricksStep.instead}",
        "runs     azureml.core.Experiment                good.py line 1, line 4",
        "runs     azureml.core.Workspace.from_config     good.py line 3",
        "1 file: of 4 names of Azure ML SDK v1, 2 run here, 2 with a difference, 0 not",
    ]


def test_what_does_not_run_comes_first_with_what_to_use(check):
    shown = check(".", good=GOOD, bad=BAD)
    lines = shown.out.splitlines()

    assert shown.code == 1
    assert lines[0].startswith("no       azureml.core.Workspace.list_keys ")
    assert lines[0].endswith("bad.py line 3")
    assert lines[1] == "         a workspace here is a folder of this machine; leave it out"
    assert lines[2].endswith("bad.py line 2, line 4, good.py line 2")
    assert "SynapseSparkStep(" in lines[3]
    assert lines[-1].startswith("2 files: of 5 names")


def test_for_other_programs(check):
    shown = check("--json", ".", bad=BAD)
    report = json.loads(shown.out)

    assert shown.code == 1
    assert (report["runs"], report["files"], report["unread"]) == (False, 1, [])
    assert report["names"][0] == {
        "name": "azureml.core.Workspace.list_keys",
        "support": "no",
        "note": "a workspace here is a folder of this machine; leave it out",
        "places": [{"file": "bad.py", "line": 3, "cell": None}],
    }


def test_a_cell_of_a_notebook(check, tmp_path):
    cells = [{"cell_type": "code", "source": "%synapse start\n!pip install azureml-core"}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    shown = check("a.ipynb")

    assert shown.code == 0
    assert "%synapse                  a.ipynb cell 1 line 1" in shown.out
    assert "differs  pip install azureml-core  a.ipynb cell 1 line 2" in shown.out


def test_what_cannot_be_read_is_said_and_is_no_success(check):
    shown = check("old.py", old="print 'a'\n")

    assert shown.code == 1
    assert shown.out.startswith("old.py line 1: it is not Python: ")


def test_a_name_that_is_unknown(check):
    code = "from azureml.core import Environment\nEnvironment('a').fly()\n"
    shown = check("--json", "a.py", a=code)

    found = json.loads(shown.out)["names"][0]
    assert (found["name"], found["support"]) == ("azureml.core.Environment.fly", "no")


def test_a_name_that_is_there_and_not_in_the_table(check):
    code = "from azureml.core import VERSION\nfrom azureml.core import Environment\nVERSION\n"
    shown = check("--json", "a.py", a=f"{code}Environment('a').from_body('b', {{}})\n")

    names = {item["name"]: item["support"] for item in json.loads(shown.out)["names"]}
    assert names["azureml.core.VERSION"] == "full"
    assert names["azureml.core.Environment.from_body"] == "full"


def test_a_place_that_is_not_there(check):
    shown = check("missing")

    assert shown.code == 1
    assert shown.err.startswith("UserErrorException: there is no file or folder missing")


def test_what_only_differs_in_a_parameter_runs_where_that_is_not_given(check):
    code = "from azureml.pipeline.core import Pipeline\nPipeline(1, 2).submit('a'{})\n"
    plain = json.loads(check("--json", "a.py", a=code.format("")).out)
    refused = json.loads(check("--json", "b.py", b=code.format(", parent_run_id='c'")).out)

    assert {item["support"]: item["note"] for item in plain["names"]} == {"full": ""}
    assert refused["names"][0]["name"] == "azureml.pipeline.core.Pipeline.submit(parent_run_id=)"
    assert refused["names"][0]["note"] == "leave it out"


def test_what_a_script_asks_of_its_run_runs(check):
    code = "from azureml.core import Run\nRun.get_context().input_datasets['a']\n"
    shown = check("a.py", a=code)

    assert shown.code == 0
    assert "runs     azureml.core.Run.input_datasets" in shown.out


def test_many_places_are_counted(check):
    shown = check("a.py", a="from azureml.core import VERSION\n" + "VERSION\n" * 5)

    assert "a.py line 1, line 2, line 3 and 3 more" in shown.out


def test_a_parameter_that_is_refused_does_not_run(check):
    code = (
        "from azureml.pipeline.core import Pipeline\nPipeline(w, s).submit('a', parent_run_id=1)\n"
    )
    shown = check("a.py", a=code)

    assert shown.code == 1
    assert shown.out.startswith(
        "no       azureml.pipeline.core.Pipeline.submit(parent_run_id=)  a.py"
    )


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import azureml.dataprep as dprep\ndprep.read_csv('a')\n", "azureml.dataprep.read_csv"),
        (
            (
                "from azureml.contrib.interpret.explanation.explanation_client import "
                "ExplanationClient\nExplanationClient.from_run(1)\n"
            ),
            "azureml.interpret.ExplanationClient",
        ),
        (
            "from azureml.core import Dataset as D\nD.auto_read_files('a')\n",
            "azureml.core.Dataset.auto_read_files",
        ),
        ("from azureml.train.estimator import Mpi\nMpi(2)\n", "azureml.train.dnn.Mpi"),
        (
            (
                "from azureml.core import is_compute_target_prepared\n"
                "is_compute_target_prepared(1, '.', 'a')\n"
            ),
            "azureml.core.is_compute_target_prepared",
        ),
    ],
)
def test_what_other_packages_and_older_names_had_does_not_run(check, code, name):
    found = json.loads(check("--json", "a.py", a=code).out)["names"]

    assert [(item["name"], item["support"]) for item in found[:1]] == [(name, "no")]
    assert found[0]["note"] != "there is nothing of that name here"


def test_a_path_has_to_be_given(check):
    shown = check()

    assert shown.code == 2
    assert "usage: synapse-magics check" in shown.err
