"""The registry: names, versions, ids."""

from synapse_magics.store.registry import content_id


def test_put_replaces_and_keeps_the_id(store):
    first = store.registry.put("link", "one", {"a": 1})
    second = store.registry.put("link", "one", {"a": 2})

    assert second.id == first.id
    assert second.version == 1
    assert store.registry.get("link", "one").body == {"a": 2}
    assert store.registry.by_id("link", first.id).body == {"a": 2}


def test_versions_are_counted_and_all_kept(store):
    first = store.registry.add_version("dataset", "d", {"n": 1})
    second = store.registry.add_version("dataset", "d", {"n": 2})

    assert (first.version, second.version) == (1, 2)
    assert first.id != second.id
    assert store.registry.get("dataset", "d").body == {"n": 2}
    assert store.registry.get("dataset", "d", 1).body == {"n": 1}
    assert store.registry.get("dataset", "d", 3) is None
    assert store.registry.get("other", "d") is None


def test_an_equal_body_makes_no_version_if_asked(store):
    first = store.registry.add_version("dataset", "d", {"n": 1, "m": 2})

    same = store.registry.add_version("dataset", "d", {"m": 2, "n": 1}, unless_same=True)
    other = store.registry.add_version("dataset", "d", {"n": 3}, unless_same=True)
    back = store.registry.add_version("dataset", "d", {"n": 1, "m": 2}, unless_same=True)

    assert same == first
    assert (other.version, back.version) == (2, 3)  # only the latest one counts


def test_an_equal_body_makes_a_version_if_not_asked(store):
    store.registry.add_version("dataset", "d", {"n": 1})

    assert store.registry.add_version("dataset", "d", {"n": 1}).version == 2


def test_what_its_content_names_is_saved_once(store):
    first = store.registry.save("saved_dataset", "hash", {"n": 1})
    again = store.registry.save("saved_dataset", "hash", {"n": 1})

    assert again.created == first.created
    assert store.registry.by_id("saved_dataset", "hash").body == {"n": 1}
    assert store.registry.by_id("saved_dataset", "nothing") is None


def test_entries_are_the_latest_by_name(store):
    for name, number in (("b", 1), ("a", 1), ("b", 2)):
        store.registry.add_version("dataset", name, {"n": number})
    store.registry.put("link", "c", {})

    found = [(entry.name, entry.version) for entry in store.registry.entries("dataset")]
    assert found == [("a", 1), ("b", 2)]


def test_delete_takes_every_version_and_tells(store):
    store.registry.add_version("dataset", "d", {})
    store.registry.add_version("dataset", "d", {})
    store.registry.put("link", "d", {})

    assert store.registry.delete("dataset", "d") is True
    assert store.registry.get("dataset", "d") is None
    assert store.registry.delete("dataset", "d") is False
    assert store.registry.get("link", "d") is not None


def test_the_content_of_a_document_is_its_id():
    assert content_id({"a": 1, "b": 2}) == content_id({"b": 2, "a": 1})
    assert content_id({"a": 1}) != content_id({"a": 2})
