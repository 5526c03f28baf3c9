"""Fingerprints of steps, taken from the store and kept there."""

import pytest
from reuse_support import dataset, do, reads, step, submit

from synapse_magics.store import step_fingerprints
from synapse_magics.store.database import StoreError
from synapse_magics.store.fingerprint import Fingerprint
from synapse_magics.store.specs import InputSpec
from synapse_magics.store.step_fingerprints import Producer, producers_of, snapshot_files, take


def test_a_fingerprint_is_written_and_read(store):
    run = do(store, step(store))["fit"]
    known = step_fingerprints.stored(store, run.id)

    assert known.reusable
    assert known.fingerprint == take(store, run.step, {}, {})
    assert step_fingerprints.stored(store, "nobody") is None


@pytest.mark.parametrize(
    ("item", "producers", "reason"),
    [
        (reads("a"), {}, "input data is made by no step of this run"),
        (reads("a"), {"a": Producer("prep", None, "r")}, "input data is new: step prep runs"),
        (InputSpec("data", "mount", dataset_id="d"), {}, "input data is gone"),
    ],
)
def test_without_an_input_there_is_none(store, item, producers, reason):
    assert take(store, step(store, inputs=(item,)), {}, producers) == (reason,)


def test_of_several_inputs_that_are_missing_each_is_told(store):
    items = (reads("a", "one"), reads("a", "two"))

    assert len(take(store, step(store, inputs=items), {}, {})) == 2


def test_a_database_that_refuses_is_no_missing_input(store, monkeypatch):
    spec = step(store, inputs=(dataset(store, "t.csv"),))

    def refuse(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(step_fingerprints, "dataset_hashes", refuse)
    with pytest.raises(StoreError):
        take(store, spec, {}, {})


def test_sources_that_are_not_stored_yet_are_given(store):
    cell = step(store, cell="fit.py", script="fit_main.py")
    given = take(store, cell, {}, {}, {"fit.py": b"print(1)\n"})

    assert isinstance(given, Fingerprint)
    assert given == take(store, cell, {}, {})


def test_the_steps_that_make_the_inputs(store):
    first, second = step(store, "first"), step(store, "second", inputs=(reads("first"),))
    one = do(store, first, second)["first"]
    two = do(store, first, second)["first"]
    (producer,) = producers_of(store, second, two.root_id).values()

    assert (producer.name, producer.source_id) == ("first", one.id)
    assert producer.fingerprint == take(store, first, {}, {})
    assert producers_of(store, second, submit(store, second)) == {}


def test_a_snapshot_that_is_gone_has_no_files(store):
    assert snapshot_files(store.snapshot_folder("gone")) == {}


@pytest.mark.parametrize(
    ("key", "form"),
    [
        ("spark.jars", "{place}"),
        ("spark.submit.pyFiles", "file:{place}"),
        ("spark.files", "file://{place},own.txt"),
        ("spark.jars", "local:{place}"),
        ("spark.archives", "{place}#environment"),
        ("spark.jars", "{folder}/*.jar"),
        ("spark.yarn.dist.files", "{folder}"),
        ("spark.driver.extraClassPath", "/nowhere:{place}"),
    ],
)
def test_a_file_that_a_setting_names_counts_by_its_content_in_every_form(
    store, tmp_path, key, form
):
    place = tmp_path / "x.jar"
    text = form.format(place=place, folder=tmp_path)

    def taken():
        return take(store, step(store, spark_conf={key: text}), {}, {})

    place.write_text("1")
    one = taken()
    place.write_text("2")
    assert taken() != one
    assert str(tmp_path) not in str(one.parts)
