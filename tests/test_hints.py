"""Hints where there are magics, and where there are none."""

import re
import types
from pathlib import Path

import pytest

from synapse_magics._errors import SynapseMagicsError
from synapse_magics._hints import for_here
from synapse_magics.core.compute import AmlCompute
from synapse_magics.core.datastore import Datastore
from synapse_magics.core.workspace import Workspace

ROOT = Path(__file__).parents[1] / "synapse_magics"
ONLY_IN_CELLS = {"synapse_pipeline", "synapse_load"}
"""What is done with the steps of a notebook; a script has none."""


@pytest.mark.parametrize(
    ("hint", "plain"),
    [
        (
            "%synapse_compute cpu --max-nodes 1",
            "ComputeTarget(workspace, 'cpu').update(max_nodes=1)",
        ),
        ("%synapse_compute makes one", "AmlCompute.provisioning_configuration(...) makes one"),
        ("%synapse_attach makes one", "SynapseCompute.attach_configuration(...) makes one"),
        (
            "%synapse_workspace NAME creates a workspace here",
            "Workspace.create(NAME) creates a workspace here",
        ),
        (
            "%synapse_workspace mine, or another folder",
            "Workspace.from_config() opens it, or another folder",
        ),
        (
            "%synapse_submit --from prep runs it anew",
            "submit(..., regenerate_outputs=True) runs it anew",
        ),
        ("%synapse_submit", "Pipeline(workspace, steps).submit(...)"),
        ("%synapse_runs lists the runs", "synapse-magics runs lists the runs"),
        ("%synapse_status 1a2b shows it", "synapse-magics status 1a2b shows it"),
        ("%pip install pyyaml", "pip install pyyaml"),
        ("100% of it", "100% of it"),
    ],
)
def test_a_script_is_told_the_call(hint, plain):
    error = SynapseMagicsError("no", hint=hint)
    assert str(error) == f"no\nhint:  {plain}"
    assert error.hint == hint  # which a notebook shows


def test_a_notebook_is_told_the_magic(monkeypatch):
    shell = types.SimpleNamespace(find_line_magic=lambda name: name)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)

    assert for_here("%synapse_runs lists the runs") == "%synapse_runs lists the runs"


def test_the_calls_are_there():
    assert all([AmlCompute.update, Datastore.map_address, Workspace.create, Workspace.from_config])


def test_no_hint_of_an_error_in_a_script_names_a_magic():
    left = []
    for room in ("agent", "core", "pipeline", "store"):
        for file in (ROOT / room).rglob("*.py"):
            for found in re.finditer(r'hint=f?"([^"]*%synapse_[^"]*)"', file.read_text()):
                # What a f-string puts in is a name.
                plain = for_here(re.sub(r"\{[^}]*\}", "name", found[1]))
                left += [
                    f"{file.name}: {plain}"
                    for magic in re.findall(r"%(synapse_\w+)", plain)
                    if magic not in ONLY_IN_CELLS
                ]
    assert left == []
