"""What many steps of a pipeline have in common is looked at once, however many they are."""

import pytest

from synapse_magics.pipeline import snapshot
from synapse_magics.pipeline.pipeline import Pipeline
from synapse_magics.pipeline.pipeline_data import PipelineData
from synapse_magics.pipeline.steps import PythonScriptStep
from synapse_magics.store import packages


@pytest.fixture
def counted(monkeypatch):
    """Count the calls of what reads files, and of what looks at packages."""
    calls = {"read_folder": 0, "save": 0, "versions": 0}
    for module, name in ((snapshot, "read_folder"), (snapshot, "save"), (packages, "versions")):
        real = getattr(module, name)

        def call(*arguments, _real=real, _name=name):
            calls[_name] += 1
            return _real(*arguments)

        monkeypatch.setattr(module, name, call)
    return calls


def chain(folder, size):
    """Return steps of one source folder, each of which reads what the one before writes."""
    steps, before = [], None
    for number in range(size):
        made = PipelineData(f"made{number}")
        steps.append(
            PythonScriptStep(
                name=f"step{number}",
                script_name="code.py",
                source_directory=str(folder),
                compute_target="cpucluster",
                inputs=[before] if before is not None else [],
                outputs=[made],
                arguments=["--out", made],
            )
        )
        before = made
    return steps


@pytest.fixture
def sources(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "code.py").write_text("import json\n")
    return folder


@pytest.mark.parametrize("size", [3, 30])
def test_one_folder_is_read_and_stored_once(workspace, pool, sources, counted, size):
    pipeline = Pipeline(workspace, steps=chain(sources, size))
    specs = pipeline.specs()
    assert len({spec.snapshot for spec in specs}) == 1
    assert len(specs) == size
    assert counted == {"read_folder": 1, "save": 1, "versions": 1}


def test_what_a_spec_says_is_what_was_written(workspace, pool, sources):
    for spec in Pipeline(workspace, steps=chain(sources, 3)).specs():
        assert type(spec).from_json(spec.to_json()) == spec
        assert "{run-id}" in spec.to_json()


def test_folders_of_one_content_are_one_snapshot(workspace, pool, sources, tmp_path, counted):
    other = tmp_path / "other"
    other.mkdir()
    (other / "code.py").write_text("import json\n")
    steps = [*chain(sources, 2), *chain(other, 2)]
    assert len({spec.snapshot for spec in Pipeline(workspace, steps=steps).specs()}) == 1
    assert counted["read_folder"] == 2
