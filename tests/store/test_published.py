"""Published pipelines: plain documents that a run is made of, and that keep their sources."""

import os

import pytest
from reuse_support import dataset, do, step
from support import make_step, write_snapshot

from synapse_magics.store import documents, published
from synapse_magics.store.published import Definition, PublishedError, assign
from synapse_magics.store.removal import remove, sweep
from synapse_magics.store.specs import PipelineSpec


def publish(store, *steps, name="p", **parameters):
    definition = Definition(PipelineSpec(parameters=parameters), steps)
    body = {"name": name, "status": published.ACTIVE, **definition.body()}
    return documents.create(store, published.PIPELINE, body).id


def test_a_definition_survives_its_document(store):
    definition = Definition(
        PipelineSpec(parameters={"n": 1}), (make_step("a"), make_step("b", "a"))
    )
    assert Definition.of(definition.body()) == definition


def test_a_run_gets_the_published_steps_and_the_values(store):
    write_snapshot(store, "a", "print()")
    identity = publish(store, make_step("a"), n=1, rate=0.5)

    run_id = published.submit(store, identity, "exp", {"n": 2})

    run = store.runs.get(run_id)
    assert (run.experiment, run.pipeline.parameters) == ("exp", {"n": 2, "rate": 0.5})
    assert run.pipeline.pipeline_id == identity
    assert [child.step for child in store.runs.children(run_id)] == [make_step("a")]
    assert store.registry.get("experiment", "exp") is not None


def test_the_same_token_gives_the_same_run(store):
    write_snapshot(store, "a", "print()")
    identity = publish(store, make_step("a"))
    options = {"client_token": "due"}
    one, other = (published.submit(store, identity, "exp", {}, **options) for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"m": 1}, "Pipeline parameter with name m does not exist"),
        ({"n": "x"}, "Expected type of the pipeline parameter n is int, not str"),
        ({"n": 1.5}, "Expected type of the pipeline parameter n is int, not float"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(given, message):
    with pytest.raises(PublishedError, match=message):
        assign({"n": 1}, given)


def test_clients_may_send_texts():
    defaults = {"n": 1, "rate": 0.5, "on": False, "text": "x"}
    given = {"n": "2", "rate": "1e-3", "on": "True", "text": "7"}
    assert assign(defaults, given, texts=True) == {"n": 2, "rate": 0.001, "on": True, "text": "7"}
    with pytest.raises(PublishedError, match="Expected type"):
        assign(defaults, {"on": "perhaps"}, texts=True)


def test_a_disabled_pipeline_and_one_that_is_not_there_are_not_run(store):
    identity = publish(store, make_step("a"))
    documents.change(
        store, published.PIPELINE, identity, lambda body: {**body, "status": published.DISABLED}
    )
    with pytest.raises(PublishedError, match="is Disabled"):
        published.submit(store, identity, "exp", {})
    with pytest.raises(PublishedError, match="no published pipeline x"):
        published.submit(store, "x", "exp", {})


def test_a_value_that_is_a_secret_is_not_stored(store, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "s3cr3t-s3cr3t")
    write_snapshot(store, "a", "print()")
    identity = publish(store, make_step("a"), key="none")
    with pytest.raises(PublishedError, match="parameter key holds a secret"):
        published.submit(store, identity, "exp", {"key": "s3cr3t-s3cr3t"})
    assert store.runs.submitted() == []


def test_clean_leaves_what_a_published_pipeline_needs(store):
    for name in ("mine", "nobodys"):
        write_snapshot(store, name, "print()")
        os.utime(store.snapshot_folder(name), (0, 0))
    identity = publish(store, make_step("mine"))

    sweep(store)

    assert store.snapshot_folder("mine").is_dir()
    assert not store.snapshot_folder("nobodys").exists()
    assert published.submit(store, identity, "exp", {})


@pytest.mark.parametrize("how", ["dataset", "dataset parameter", "place parameter"])
def test_a_run_whose_output_a_published_pipeline_reads_is_kept(store, how):
    run = do(store, step(store), regenerate_outputs=True)["fit"]
    made = store.records.outputs(run.id)[0]
    read = dataset(store, made.path)
    given = {
        "dataset": {"n": 1},
        "dataset parameter": {"data": {"SavedDataSetReference": {"Id": read.dataset_id}}},
        "place parameter": {"data": {"DataStoreName": "main", "RelativePath": made.path}},
    }[how]
    inputs = (read,) if how == "dataset" else ()
    publish(store, make_step("later", inputs=inputs), name="reader", **given)

    found = remove(store, before=1e12, results=False)

    assert [why for _, why in found.kept] == ["the published pipeline reader reads its output"]


def test_changes_of_a_document_are_not_lost(store):
    entry = documents.create(store, "k", {"n": 0})
    for _ in range(2):
        documents.change(store, "k", entry.id, lambda body: {"n": body["n"] + 1})
    found = documents.find(store, "k", entry.id)
    assert (found.body, found.created) == ({"n": 2}, entry.created)
    assert documents.change(store, "k", "x", lambda body: body) is None


def test_a_place_on_a_datastore_is_replaced_by_another_one():
    place = {"DataStoreName": "main", "RelativePath": "in"}
    other = {"DataStoreName": "main", "RelativePath": "in/new.csv"}
    assert assign({"data": place}, {"data": other}) == {"data": other}
    with pytest.raises(PublishedError, match="is DataPath, not dict"):
        assign({"data": place}, {"data": {"RelativePath": "x"}})
    with pytest.raises(PublishedError, match="is DataPath, not Dataset"):
        assign({"data": place}, {"data": {"SavedDataSetReference": {"Id": "x"}}})


def test_one_will_do_for_true():
    assert assign({"on": False, "n": 2}, {"on": 1, "n": True}) == {"on": 1, "n": True}
