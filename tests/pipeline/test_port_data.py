"""Data that no step's process can get at is refused when the step is made."""

import pytest

from synapse_magics import Dataset, OutputFileDatasetConfig
from synapse_magics.core.data_reference import DataReference
from synapse_magics.core.datastore import Datastore
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.steps import PythonScriptStep


@pytest.fixture
def memory(pool, workspace):
    return Datastore.register(workspace, "notes", "memory://notes")


def step(**options):
    return PythonScriptStep(script_name="a.py", name="a", compute_target="cpucluster", **options)


def test_an_input_in_memory_is_refused(memory):
    with pytest.raises(
        PipelineError, match=r"memory://notes is in the memory of this process"
    ) as e:
        step(inputs=[DataReference(memory, "letters", "x")])

    assert e.value.where == "input letters of step a"
    assert "upload_files" in e.value.hint


def test_a_dataset_in_memory_is_refused(memory):
    dataset = Dataset.File.from_files((memory, "x"), validate=False)

    with pytest.raises(PipelineError, match="in the memory of this process"):
        step(inputs=[dataset.as_named_input("x")])


def test_an_output_in_memory_is_refused(memory):
    with pytest.raises(PipelineError, match="in the memory of this process"):
        step(outputs=[OutputFileDatasetConfig("x", (memory, "x"))])


def test_an_output_on_the_web_is_refused(pool, workspace):
    web = Datastore.register(workspace, "web", "https://example.invalid/data")

    with pytest.raises(PipelineError, match="nothing can be written to https://") as caught:
        step(outputs=[OutputFileDatasetConfig("x", (web, "x"))])
    assert caught.value.where == "output x of step a"
