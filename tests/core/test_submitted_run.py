"""The run that a step's script finds itself in."""

import pytest

from synapse_magics import Run, Workspace
from synapse_magics.core.exceptions import RunEnvironmentException


def test_outside_of_a_run_there_is_no_experiment(workspace, monkeypatch):
    monkeypatch.delenv("AZUREML_RUN_ID", raising=False)
    run = Run.get_context()

    assert run.id.startswith("OfflineRun")
    for name in ("experiment", "input_datasets", "output_datasets", "get_details"):
        with pytest.raises(AttributeError):
            getattr(run, name)
    with pytest.raises(RunEnvironmentException):
        Run.get_context(allow_offline=False)


def test_inside_of_a_run_its_workspace_is_found_from_the_working_directory(workspace, monkeypatch):
    monkeypatch.setenv("AZUREML_RUN_ID", "r1")
    monkeypatch.setenv("AZUREML_ARM_PROJECT_NAME", "exp")
    work = workspace.store.run_folder("r1").work
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    run = Run.get_context()

    assert (run.id, run.experiment.name) == ("r1", "exp")
    assert run.experiment.workspace == workspace
    assert run.input_datasets == {}


def test_a_copy_of_the_configuration_leads_to_the_workspace_that_submitted(workspace, monkeypatch):
    work = workspace.store.run_folder("r1").work
    work.mkdir(parents=True)
    (work / "config.json").write_bytes((workspace.folder / "config.json").read_bytes())
    monkeypatch.setenv("SYNAPSE_MAGICS_WORKSPACE", str(workspace.folder))
    monkeypatch.chdir(work)

    assert Workspace.from_config() == workspace
    assert not (work / ".synapse").exists()


def test_a_configuration_of_another_workspace_is_that_one(workspace, monkeypatch, tmp_path):
    other = Workspace.in_folder(tmp_path / "other", "other")
    monkeypatch.setenv("SYNAPSE_MAGICS_WORKSPACE", str(workspace.folder))
    monkeypatch.chdir(other.folder)

    assert Workspace.from_config() == other
    other.store.close()
