"""The table of what runs holds: every name is there, with the SDK's signature."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

from synapse_magics import magics
from synapse_magics.azureml.import_map import NAMES
from synapse_magics.core.signatures import parse
from synapse_magics.migration.document import document
from synapse_magics.migration.parity import problem, resolve
from synapse_magics.migration.support import Entry, Support, read, table


@pytest.mark.parametrize("entry", table().values(), ids=lambda entry: entry.name)
def test_every_entry_holds(entry):
    assert problem(entry) is None


def test_what_differs_says_how_and_what_does_not_run_says_what_instead():
    silent = [item.name for item in table().values() if not item.note + item.instead]

    assert {table()[name].support for name in silent} == {Support.FULL}


AS_THE_SDK = {
    f"azureml.pipeline.core.{kind}.{name}"
    for kind in ("PipelineRun", "StepRun")
    for name in ("child_run", "complete", "fail")
} | {
    "azureml.core.compute.SynapseCompute.delete",
    "azureml.core.compute.AmlCompute.detach",
}
"""What Azure ML refuses as well."""


@pytest.mark.parametrize(
    "entry",
    [item for item in table().values() if item.support is Support.FULL and item.signature],
    ids=lambda entry: entry.name,
)
def test_what_runs_in_full_refuses_nothing(entry):
    if entry.name in AS_THE_SDK:
        pytest.skip("Azure ML refuses it as well")
    said = inspect.getdoc(resolve(entry.name)[2]) or ""

    assert not re.search(r"\ARefuse\b|refused if given|^Always\.", said, re.MULTILINE)


def test_every_class_that_is_not_run_is_there():
    shown = {f"{module}.{name}" for module, names in NAMES.items() for name in names}
    entry = table()["azureml.pipeline.steps.DatabricksStep"]

    assert entry.support is Support.NO
    assert entry.note.startswith("SynapseSparkStep(")
    assert {item.name for item in table().values() if item.support is Support.NO} - shown <= {
        item.name for item in table().values() if item.name.rsplit(".", 1)[0] in table()
    }


def test_what_only_the_run_of_a_script_has_is_found():
    assert problem(table()["azureml.core.Run.input_datasets"]) is None


def test_a_text_is_read():
    text = "differs azureml.core.Run\n  (a,\n   b=1)\n  ! b\n  = c\n  > one\n  > two\nno .x"

    assert list(read("Runs", text)) == [
        Entry("Runs", "azureml.core.Run", Support.DIFFERS, "(a, b=1)", "one two", ("b",), "c"),
        Entry("Runs", "azureml.core.Run.x", Support.NO),
    ]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (("azureml.core.Nothing", Support.FULL), "has no 'Nothing'"),
        (("azureml.core.Environment.nothing", Support.FULL), "Environment has no nothing"),
        (("azureml.core.Environment.clone", Support.FULL, "(name)"), "ours (new_name)"),
        (("azureml.core.Environment.list", Support.FULL, "(workspace=1)"), "default of workspace"),
        (("azureml.core.Environment.clone", Support.NO), "clone is there"),
    ],
)
def test_what_does_not_hold_is_said(entry, words):
    name, support, *signature = entry

    assert words in problem(Entry("", name, support, *signature))


@pytest.mark.parametrize(
    ("signature", "holds"), [("(cloud=None)", True), ("(cloud=None, other=None)", False)]
)
def test_more_of_our_own_holds_where_it_is_by_keyword_only(signature, holds):
    name = "azureml.core.authentication.MsiAuthentication"

    assert (problem(Entry("", name, Support.FULL, signature)) is None) is holds


@pytest.mark.parametrize(
    ("name", "support"),
    [
        ("azureml.core.Environment.docker", Support.FULL),
        ("azureml.core.Environment.nothing", Support.NO),
        ("azureml.core.Environment.from_existing_conda_environment", Support.NO),
    ],
    ids=["an attribute of its objects", "not there", "only refuses"],
)
def test_what_holds(name, support):
    assert problem(Entry("", name, support)) is None


def test_the_document_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "azureml_v1.md"

    assert page.read_text() == document(), "python -m synapse_magics.migration writes it"


def test_the_magic_of_the_sdk_is_said_to_be_there_when_it_is():
    names = set()
    for item in pkgutil.iter_modules(magics.__path__, f"{magics.__name__}."):
        for found in vars(importlib.import_module(item.name)).values():
            names.update(getattr(found, "magics", {}).get("line", ()))

    assert "synapse_submit" in names
    assert ("synapse" in names) is (table()["%synapse"].support is not Support.NO)


def test_a_parameter_that_is_refused_is_one_of_the_sdk():
    refusing = [item for item in table().values() if item.refused]

    assert len(refusing) > 10
    for entry in refusing:
        assert set(entry.refused) <= set(parse(entry.signature).parameters), entry.name
