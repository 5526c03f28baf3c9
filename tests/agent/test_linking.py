"""The datasets that a step's script has named as its outputs."""

import json

import pytest
from support import make_step, submit

from synapse_magics.agent.linking import links
from synapse_magics.store.specs import OutputSpec


@pytest.fixture
def linked(store):
    """Return the links of a step that recorded some lines."""
    source = {"datastore": "main", "path": "x"}
    store.registry.save("saved_dataset", "known", {"type": "file", "sources": [source]})
    outputs = (OutputSpec("made", "link", "main", ""), OutputSpec("plain", "mount", "main", "y"))

    def linked(*records, outputs=outputs):
        _, (step,) = submit(store, make_step("step", outputs=outputs))
        folder = store.run_folder(step)
        folder.create()
        lines = [item if isinstance(item, str) else json.dumps(item) for item in records]
        folder.records.write_text("\n".join(lines))
        return links(store, store.runs.get(step))

    return linked


def test_a_link_is_the_last_one(linked, store):
    source = {"datastore": "main", "path": "y"}
    store.registry.save("saved_dataset", "other", {"type": "file", "sources": [source]})

    assert linked({"link": "made", "dataset": "other"}, {"link": "made", "dataset": "known"}) == {
        "made": "known"
    }


@pytest.mark.parametrize(
    "record",
    [
        "no json",
        "[1]",
        {"metric": "made", "value": 1},
        {"link": "plain", "dataset": "known"},
        {"link": "made", "dataset": "gone"},
        {"link": ["made"], "dataset": "known"},
        {"link": "made"},
    ],
)
def test_what_is_no_link_is_passed_over(linked, record):
    assert linked(record) == {}


def test_a_step_that_recorded_nothing_has_no_links(store, linked):
    _, (step,) = submit(
        store, make_step("step", outputs=(OutputSpec("made", "link", "main", ""),)), key="k"
    )

    assert links(store, store.runs.get(step)) == {}
    assert linked(outputs=()) == {}
