"""Steps do not see the notebook's memory, and the web is not written to."""

from __future__ import annotations

import pytest

from synapse_magics import Dataset, Datastore, OutputFileDatasetConfig, PythonScriptStep
from synapse_magics.core.data_reference import DataReference
from synapse_magics.pipeline.errors import PipelineError


@pytest.fixture
def room(workspace, tmp_path):
    made = Datastore.register(workspace, "room", "memory://steps")
    (tmp_path / "a.csv").write_text("id\n1\n")
    made.upload_files([str(tmp_path / "a.csv")], show_progress=False)
    return made


def step(**ports):
    return PythonScriptStep("a.py", "read", compute_target="cpucluster", **ports)


def test_an_input_in_memory_is_refused(room):
    table = Dataset.Tabular.from_delimited_files((room, "a.csv"))

    for item in (table.as_named_input("table"), DataReference(room, "folder")):
        with pytest.raises(PipelineError, match="in this process's memory") as caught:
            step(inputs=[item])
        assert "of step read" in caught.value.where


def test_an_output_in_memory_or_on_the_web_is_refused(workspace, room, web):
    site = Datastore.register(workspace, "site", web.address)

    for store, reason in ((room, "memory"), (site, "nothing can be written")):
        with pytest.raises(PipelineError, match=reason):
            step(outputs=[OutputFileDatasetConfig("out", (store, "x"))])
