"""What becomes of a step's outputs when it completes."""

import pytest
from reuse_support import do, output, step

from synapse_magics.agent.outputs import manifests
from synapse_magics.store.records import OutputRecord


@pytest.fixture
def run(store):
    return do(store, step(store, outputs=(output("one"), output("two"))))["fit"]


def test_each_output_is_known_by_what_it_holds(store, run):
    found = manifests(store, run.id)

    assert sorted(found) == ["one", "two"]
    assert list(found["one"]["files"]) == ["part"]
    assert [item.manifest for item in store.records.outputs(run.id)] == list(found.values())


def test_one_that_was_not_written_is_known_as_that(store, run):
    store.records.set_outputs(run.id, [OutputRecord("three", "main", "nowhere", None)])

    assert manifests(store, run.id)["three"] == {"there": False, "files": {}}


@pytest.mark.parametrize("datastore", ["main", "gone"])
def test_one_that_cannot_be_read_harms_no_other(store, run, tmp_path, datastore):
    (store.datastore_root("main") / "away").symlink_to(tmp_path)
    store.records.set_outputs(run.id, [OutputRecord("three", datastore, "away", None)])
    found = manifests(store, run.id)

    assert found["three"] is None
    assert found["one"]["there"]
