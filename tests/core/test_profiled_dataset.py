"""The profile of a dataset can be made in a run, which keeps it."""

import json
from pathlib import Path

import pytest

from synapse_magics import Dataset, Experiment
from synapse_magics.core.exceptions import (
    AzureMLException,
    ComputeTargetException,
    DatasetExecutionError,
    NotSupportedError,
    UserErrorException,
)
from synapse_magics.core.profiled_dataset import DatasetProfileRun
from synapse_magics.core.run import Run
from synapse_magics.store.states import RunStatus


@pytest.fixture
def table(workspace):
    store = workspace.get_default_datastore()
    (store.root / "t.csv").write_text("day,n\n2020-01-02,3\n2020-01-03,5\n")
    return Dataset.Tabular.from_delimited_files((store, "t.csv"))


@pytest.fixture
def experiment(workspace):
    return Experiment(workspace, "profiles")


def test_a_run_makes_the_profile_and_keeps_it(table, experiment, tmp_path):
    run = table.submit_profile_run("local", experiment)

    assert isinstance(run, DatasetProfileRun)
    assert run.get_status() == RunStatus.COMPLETED
    assert run.get_profile() == table.get_profile()
    run.download_file("profile.json", str(tmp_path / "kept.json"))
    kept = json.loads(Path(tmp_path / "kept.json").read_text())
    assert kept["row_count"] == 2
    assert kept["columns"]["n"]["max"] == 5
    assert kept["columns"]["day"]["min"] == "2020-01-02 00:00:00"


def test_the_runs_of_the_same_dataset_are_found_newest_first(table, experiment):
    first = table.submit_profile_run("local", experiment)
    second = table.submit_profile_run("local", Experiment(table.workspace, "others"))
    table.take(1).submit_profile_run("local", experiment)

    assert [run.id for run in table.get_profile_runs()] == [second.id, first.id]


def test_no_run_has_made_a_profile(table):
    with pytest.raises(AzureMLException, match="Please submit a new profile run"):
        table.get_profile_runs()


def test_a_table_that_cannot_be_read_fails_the_run(table, experiment):
    for file in table.files():
        file.unlink()

    with pytest.raises((DatasetExecutionError, UserErrorException)):
        table.submit_profile_run("local", experiment)
    assert [run.record.status for run in Run.list(experiment)] == [RunStatus.FAILED]


def test_the_compute_target_must_be_there(table, experiment):
    with pytest.raises(ComputeTargetException):
        table.submit_profile_run("missing", experiment)


def test_a_cache_is_refused(table, experiment):
    with pytest.raises(NotSupportedError, match="cache_datastore_name"):
        table.submit_profile_run("local", experiment, "workspaceblobstore")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((5, None), "compute_target is str or ComputeTarget, not int"),
        (("local", "profiles"), "experiment is Experiment, not str"),
    ],
)
def test_what_is_given_must_be_of_its_kind(table, arguments, words):
    with pytest.raises(UserErrorException, match=words):
        table.submit_profile_run(*arguments)
