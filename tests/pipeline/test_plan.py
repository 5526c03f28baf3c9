"""What a submit would do, said before; and the same fingerprints wherever it is said."""

import os
from pathlib import Path

import pytest
from reuse_support import execute

from synapse_magics import AmlCompute, ComputeTarget, Dataset, python_step
from synapse_magics.agent import client
from synapse_magics.core import open_stores
from synapse_magics.core.workspace import Workspace
from synapse_magics.pipeline import chosen_workspace, collection
from synapse_magics.pipeline.cell_files import script_text
from synapse_magics.pipeline.cells import CellStep
from synapse_magics.pipeline.selection import Selection
from synapse_magics.store.specs import StepKind

PREP = "import cleaning\nopen(prepared, 'w').write(titanic)\n"
TRAIN = "print(prepared, alpha)\n"


@pytest.fixture(autouse=True)
def no_agent(monkeypatch):
    monkeypatch.setattr(client, "wake", lambda _: None)


def define(workspace, prep=PREP, magic="%%python_step prep", **options):
    """Define two cells: one reads a table, the other what that one makes."""
    for name, text, inputs, outputs in (
        ("prep", prep, {"titanic": "titanic"}, ("prepared",)),
        ("train", TRAIN, {"prepared": "prepared"}, ()),
    ):
        fields = {
            "name": name,
            "kind": StepKind.PYTHON,
            "compute": "cpucluster",
            "text": script_text(magic if name == "prep" else "%%python_step train", text),
            "inputs": inputs,
            "outputs": outputs,
            "parameters": {"alpha": 0.1} if name == "train" else {},
        }
        mine = {key: value for key, value in options.items() if name == "prep"}
        collection.current.define(workspace, CellStep(**{**fields, **mine}))


def prepare(workspace, moment=None):
    """Make a compute, a dataset, step modules and the cells."""
    nodes = AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=2)
    ComputeTarget.create(workspace, "cpucluster", nodes)
    datastore = workspace.get_default_datastore()
    file = datastore.root / "t.csv"
    file.write_text("age\n5\n6\n")
    if moment is not None:
        os.utime(file, ns=(moment, moment))
    Dataset.Tabular.from_delimited_files((datastore, "t.csv")).register(workspace, "titanic")
    collection.current.define_module("cleaning", "# %%step_module cleaning\nx = 1\n")
    define(workspace)


@pytest.fixture
def titanic(workspace):
    prepare(workspace)
    return workspace


def pipeline(workspace):
    return collection.current.pipeline(workspace)


def texts(plan):
    return {step.name: plan.verdicts[step.node].text for step in plan.steps}


def planned(workspace, *values, **options):
    return texts(pipeline(workspace).plan("exp", *values, **options))


def run(workspace, *values, **options):
    """Submit and run; return the beginning of the run's id."""
    submitted = pipeline(workspace).start("exp", *values, **options)
    execute(workspace.store, submitted.id)
    return submitted.id[:8]


def fingerprints(workspace):
    plan = pipeline(workspace).plan("exp")
    return {step.name: plan.verdicts[step.node].fingerprint for step in plan.steps}


def test_the_same_work_has_the_same_fingerprints_everywhere(tmp_path, monkeypatch):
    """In another folder, at another time, in a new workspace."""
    found = []
    for number, name in enumerate(("laptop", "ci/build/7")):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        monkeypatch.chdir(folder)
        workspace = Workspace.create(f"ws{number}", show_output=False)
        prepare(workspace, moment=1_600_000_000_000_000_000 + number)
        found.append(fingerprints(workspace))
        assert str(tmp_path) not in str(found[-1])
        collection.current.clear()
        chosen_workspace.use_workspace(None)
        workspace.store.close()
        open_stores.close_store(folder)

    assert sorted(found[0]) == ["prep", "train"]
    assert found[0] == found[1]


def test_a_first_plan_says_that_nothing_has_run(titanic):
    assert planned(titanic) == {
        "prep": "runs, because: it has not completed before",
        "train": "runs, because: input prepared is new: step prep runs",
    }
    assert titanic.store.runs.submitted() == []


def test_a_plan_stores_no_sources(titanic):
    planned(titanic)

    assert list((titanic.store.folder / "snapshots").iterdir()) == []


def test_what_ran_is_reused_and_the_plan_and_the_agent_agree(titanic):
    first = run(titanic)

    assert planned(titanic) == dict.fromkeys(["prep", "train"], f"reused from run {first}")
    run(titanic)
    (latest, _) = titanic.store.runs.submitted()
    assert all(child.source_id for child in titanic.store.runs.children(latest.id))


@pytest.mark.parametrize(
    "again",
    [
        {"magic": "%%python_step   prep -i titanic  -o prepared"},
        {"prep": f"\n\n{PREP}\n\n"},
        {"timeout": 9.0, "retries": 2},
        {"registrations": {"prepared": "clean"}},
    ],
    ids=["magic line", "empty lines", "attempts", "registration"],
)
def test_what_changes_nothing_is_reused(titanic, again):
    first = run(titanic)
    define(titanic, **again)

    assert planned(titanic)["prep"] == f"reused from run {first}"


def test_an_unrelated_step_module_changes_nothing(titanic):
    """Though it lies beside every cell, and imports a package that none of them does."""
    first = run(titanic)
    collection.current.define_module("plots", "import numpy\n")

    assert planned(titanic)["prep"] == f"reused from run {first}"


def test_the_versions_of_a_python_cell_are_those_of_its_own_imports(titanic):
    """The generated main file knows Spark, too."""
    environments = {
        spec.name: set(spec.environment) for spec in pipeline(titanic).specs(save=False)
    }

    assert environments == {name: {"python", "pandas"} for name in ("prep", "train")}


@pytest.mark.parametrize(
    ("again", "words"),
    [
        ({"prep": PREP.replace("titanic", "str(titanic)")}, "line 3 of the cell changed"),
        ({"prep": PREP + "print(1)\n"}, "line 4 of the cell is new"),
        ({"version": "2"}, "version none -> 2"),
        ({"arguments": {"limit": 5}}, "argument limit is new (5)"),
        ({"allow_reuse": False}, "its results are never reused"),
    ],
)
def test_what_changes_something_is_said(titanic, again, words):
    run(titanic)
    define(titanic, **again)

    assert planned(titanic) == {
        "prep": f"runs, because: {words}",
        "train": "runs, because: input prepared is new: step prep runs",
    }


def test_a_step_module_that_changed_is_said(titanic):
    run(titanic)
    collection.current.define_module("cleaning", "# %%step_module cleaning\nx = 2\n")

    assert planned(titanic)["prep"] == "runs, because: line 2 of step module cleaning changed"


def test_a_parameter_that_changed_is_said(titanic):
    first = run(titanic)

    assert planned(titanic, {"alpha": 0.2}) == {
        "prep": f"reused from run {first}",
        "train": "runs, because: argument alpha 0.1 -> 0.2",
    }


def test_a_new_version_of_a_dataset_is_said(titanic):
    run(titanic)
    datastore = titanic.get_default_datastore()
    (datastore.root / "u.csv").write_text("age\n7\n")
    newer = Dataset.Tabular.from_delimited_files((datastore, "u.csv"))
    newer.register(titanic, "titanic", create_new_version=True)

    assert planned(titanic)["prep"] == (
        "runs, because: input titanic has a new version (titanic:1 -> titanic:2)"
    )


def test_bytes_that_changed_are_said_unless_nobody_is_to_look(titanic):
    first = run(titanic)
    (titanic.get_default_datastore().root / "t.csv").write_text("age\n5\n7\n")

    assert planned(titanic)["prep"] == "runs, because: input titanic: t.csv changed"
    assert planned(titanic, input_identity="definition")["prep"] == f"reused from run {first}"


def test_a_function_that_moved_is_reused(titanic):
    collection.current.clear()

    def made(blank):
        text = "\n" * blank + "@step\ndef fit(alpha):\n    print(alpha)\n"
        Path(f"mine{blank}.py").write_text(text)
        names = {"step": python_step(compute="cpucluster", arguments={"alpha": 1})}
        exec(compile(text, f"mine{blank}.py", "exec"), names)  # noqa: S102 - as an import does
        return fingerprints(titanic)["fit"]

    assert made(0) == made(40)


def test_a_part_of_it(titanic):
    first = run(titanic)

    assert planned(titanic, selection=Selection(first=("train",))) == {
        "prep": f"kept from run {first}",
        "train": "runs, because: asked for by --from",
    }
    assert planned(titanic, selection=Selection(until=("prep",))) == {
        "prep": f"reused from run {first}"
    }


def test_what_only_one_step_made_is_reused_by_a_whole_run(titanic):
    run(titanic)
    define(titanic)
    only = run(titanic, {"alpha": 0.3}, selection=Selection(only=("train",)))

    assert planned(titanic, {"alpha": 0.3})["train"] == f"reused from run {only}"


def test_the_diff_of_a_step(titanic):
    assert pipeline(titanic).plan("exp").diff(titanic.store, "prep") == ""
    run(titanic)
    define(titanic, prep=PREP.replace("titanic", "str(titanic)"))
    plan = pipeline(titanic).plan("exp")
    lines = plan.diff(titanic.store, "prep").splitlines()

    assert "-open(prepared, 'w').write(titanic)" in lines
    assert "+open(prepared, 'w').write(str(titanic))" in lines
    assert plan.diff(titanic.store, "train") == ""


def test_a_step_that_always_runs_has_a_diff(titanic):
    run(titanic)
    define(titanic, prep=PREP + "print(1)\n", allow_reuse=False)

    assert "+print(1)" in pipeline(titanic).plan("exp").diff(titanic.store, "prep")


def test_the_waves_of_a_part(titanic):
    run(titanic)
    whole = pipeline(titanic).plan("exp").waves()
    part = pipeline(titanic).plan("exp", selection=Selection(until=("prep",))).waves()

    assert [[step.name for step in wave] for wave in whole] == [["prep"], ["train"]]
    assert [[step.name for step in wave] for wave in part] == [["prep"]]
