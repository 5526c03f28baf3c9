"""Files by content, without reading what has not changed."""

import os
import shutil

import pytest
from reuse_support import dataset

from synapse_magics.store import file_hashes
from synapse_magics.store.file_hashes import changes, dataset_hashes, loss, manifest, output_changes
from synapse_magics.store.locations import LocationError
from synapse_magics.store.records import OutputRecord

OLD = 1_600_000_000_000_000_000


@pytest.fixture
def root(store):
    return store.datastore_root("main")


def write(file, text, moment=OLD):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    if moment is not None:
        os.utime(file, ns=(moment, moment))


def hashes(store, *paths, kind="file"):
    sources = [{"datastore": "main", "path": path} for path in paths]
    return dataset_hashes(store, {"type": kind, "sources": sources})


@pytest.fixture
def grown(monkeypatch):
    """Let files be old as soon as they are written."""
    monkeypatch.setattr(file_hashes, "_YOUNG_NS", -1_000_000_000)


@pytest.fixture
def reading(monkeypatch):
    """Note which files are read."""
    read = []
    hash_file = file_hashes.hash_file

    def noted(file):
        read.append(file.name)
        return hash_file(file)

    monkeypatch.setattr(file_hashes, "hash_file", noted)
    return read


def refuse(monkeypatch):
    def hash_file(file):
        raise AssertionError(f"{file} is read")

    monkeypatch.setattr(file_hashes, "hash_file", hash_file)


@pytest.mark.usefixtures("grown")
def test_a_file_that_has_not_changed_is_not_read_again(store, root, monkeypatch):
    write(root / "a", "x")
    before = hashes(store, "a")
    refuse(monkeypatch)

    assert hashes(store, "a") == before
    write(root / "a", "x", OLD + 1)
    with pytest.raises(AssertionError):
        hashes(store, "a")


def test_other_bytes_of_the_same_size_are_another_hash(store, root):
    write(root / "a", "x")
    before = hashes(store, "a")
    write(root / "a", "y", OLD + 1)

    assert hashes(store, "a") != before


@pytest.mark.usefixtures("grown")
def test_other_bytes_of_the_same_size_and_time_are_another_hash(store, root):
    """As archives with fixed times leave them."""
    write(root / "a", "x")
    before = hashes(store, "a")
    write(root / "b", "y")
    (root / "b").replace(root / "a")

    assert (root / "a").stat().st_mtime_ns == OLD
    assert hashes(store, "a") != before


@pytest.mark.usefixtures("grown")
def test_the_same_bytes_at_another_time_are_the_same_hash_and_read_once(store, root, reading):
    write(root / "a", "x")
    before = hashes(store, "a")
    write(root / "a", "x", OLD + 1)

    assert hashes(store, "a") == hashes(store, "a") == before
    assert reading == ["a", "a"]


def test_a_young_file_is_read_every_time(store, root, reading):
    """It may change once more within one tick of the clock."""
    write(root / "a", "x", moment=None)
    hashes(store, "a")
    hashes(store, "a")

    assert reading == ["a", "a"]


def test_a_file_that_was_young_when_it_was_opened_is_not_remembered(store, root, monkeypatch):
    """To read a large one takes longer than to grow old."""
    write(root / "a", "x", moment=None)
    moment = (root / "a").stat().st_ctime_ns
    clock = iter([moment + 1_000_000_000, moment + 100_000_000_000])
    monkeypatch.setattr(file_hashes.time, "time_ns", lambda: next(clock))
    hashes(store, "a")

    assert store.database.rows("SELECT * FROM file_hashes") == []


def test_files_of_one_name_on_two_datastores_are_two(store, root):
    store.registry.put("datastore", "other", {"root": "datastores/other"})
    write(root / "a", "x")
    write(store.datastore_root("other") / "a", "y")
    sources = [{"datastore": name, "path": "a"} for name in ("main", "other")]
    found = dataset_hashes(store, {"type": "file", "sources": sources})
    write(root / "a", "z", OLD + 1)

    assert sorted(found) == ["main/a", "other/a"]
    assert dataset_hashes(store, {"type": "file", "sources": sources}) != found


def test_only_what_is_data_counts_in_a_table(store, root):
    for name in ("t/a.csv", "t/_SUCCESS", "t/.hidden"):
        write(root / name, "x")

    assert sorted(hashes(store, "t", kind="tabular")) == ["main/t/a.csv"]
    assert sorted(hashes(store, "t")) == ["main/t/.hidden", "main/t/_SUCCESS", "main/t/a.csv"]


def test_what_is_not_chosen_is_none_of_the_data(store, root):
    for name in ("t/a.csv", "t/b.csv"):
        write(root / name, "x")
    sources = [{"datastore": "main", "path": "t"}]
    operations = [{"name": "skip", "count": 1}]

    found = dataset_hashes(store, {"type": "file", "sources": sources, "operations": operations})

    assert sorted(found) == ["main/t/b.csv"]


def test_nothing_of_the_machine_is_in_a_hash(store, root):
    write(root / "t" / "a", "x")

    assert str(store.folder) not in str(hashes(store, "t/*"))


def test_what_is_not_there_is_told(store):
    with pytest.raises(LocationError, match="'a' is not on the datastore"):
        hashes(store, "a")


@pytest.fixture
def made(root):
    for name in ("out/part-1", "out/sub/part-2"):
        write(root / name, "ab")
    return root / "out"


def touch(place):
    os.utime(place / "part-1", ns=(OLD + 5, OLD + 5))


CHANGES = {
    "nothing": (lambda _: None, ""),
    "touched": (touch, ""),
    "deleted": (shutil.rmtree, "was deleted"),
    "same size": (lambda p: write(p / "part-1", "cd", OLD + 1), "was altered"),
    "other size": (lambda p: write(p / "part-1", "abc"), "was altered"),
    "one less": (lambda p: (p / "part-1").unlink(), "has lost part-1"),
    "one more": (lambda p: write(p / "part-3", ""), "has got other files"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_output_and_its_manifest(made, change):
    before = manifest(made)
    act, words = CHANGES[change]
    act(made)

    assert changes(made, before) == words


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "touched"])
def test_an_output_of_very_many_files(made, change, monkeypatch):
    monkeypatch.setattr(file_hashes, "_LISTED_FILES", 1)
    before = manifest(made)
    act, words = CHANGES[change]
    act(made)

    assert "files" not in before
    assert bool(changes(made, before)) == bool(words)


def test_a_large_output_is_known_by_size_and_time(made, monkeypatch):
    monkeypatch.setattr(file_hashes, "_HASHED_BYTES", 3)
    refuse(monkeypatch)
    before = manifest(made)

    assert changes(made, before) == ""
    touch(made)
    assert changes(made, before) == "was altered"


def test_an_output_that_is_as_it_was_is_not_read(made, monkeypatch):
    before = manifest(made)
    refuse(monkeypatch)

    assert changes(made, before) == ""


def test_an_output_that_is_one_file(root):
    write(root / "one", "x")
    before = manifest(root / "one")
    write(root / "one", "y", OLD + 1)

    assert changes(root / "one", before) == "was altered"


def test_an_output_that_was_never_written(root):
    before = manifest(root / "none")
    assert changes(root / "none", before) == ""
    write(root / "none", "x")
    assert changes(root / "none", before) == "was written"


def record(place, known=True, datastore="main"):
    return OutputRecord("out", datastore, "out", None, manifest(place) if known else None)


def test_an_output_of_old_is_not_known_well_enough_to_be_reused_but_to_be_kept(store, made):
    old = record(made, known=False)

    assert output_changes(store, old) == "is not known well enough"
    assert loss(store, old) == ""
    shutil.rmtree(made)
    assert loss(store, old) == "is not there"


def test_what_is_kept_is_as_it_was(store, made):
    known = record(made)
    assert loss(store, known) == ""
    (made / "part-1").write_text("other")
    assert loss(store, known) == "was altered"


@pytest.mark.parametrize("datastore", ["gone", "main"])
def test_an_output_that_cannot_be_read_is_no_error(store, root, made, datastore, tmp_path):
    known = record(made, datastore=datastore)
    made.rename(root / "elsewhere")
    made.symlink_to(tmp_path)  # out of the datastore

    assert output_changes(store, known) == "cannot be read"
    assert loss(store, known) == "cannot be read"
    assert loss(store, record(made.parent, known=False, datastore=datastore)) == "cannot be read"


def test_datasets_of_the_store_are_found(store, root):
    write(root / "a", "x")
    entry = store.registry.by_id("saved_dataset", dataset(store, "a").dataset_id)

    assert list(dataset_hashes(store, entry.body)) == ["main/a"]


def test_a_folder_behind_a_link_is_looked_into(store, root, tmp_path):
    big = tmp_path / "big"
    big.mkdir()
    (big / "x.txt").write_text("1")
    (big / "circle").symlink_to(big)
    (root / "data").mkdir()
    (root / "data" / "sub").symlink_to(big)
    definition = {"type": "file", "sources": [{"datastore": "main", "path": "data"}]}
    before, made = dataset_hashes(store, definition), manifest(root / "data")
    (big / "x.txt").write_text("2")

    assert list(before) == ["main/data/sub/x.txt"]
    assert dataset_hashes(store, definition) != before
    assert changes(root / "data", made) == "was altered"


def test_an_output_that_was_altered_and_given_its_time_back_was_altered(tmp_path):
    (tmp_path / "f").write_text("1")
    before, about = manifest(tmp_path), (tmp_path / "f").stat()
    (tmp_path / "f").write_text("7")
    os.utime(tmp_path / "f", ns=(about.st_atime_ns, about.st_mtime_ns))

    assert changes(tmp_path, before) == "was altered"


def test_a_copy_of_an_output_is_the_same(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "f").write_text("1")
    shutil.copytree(tmp_path / "one", tmp_path / "two")

    assert changes(tmp_path / "two", manifest(tmp_path / "one")) == ""


def test_a_name_that_is_no_text_has_a_hash(store, root):
    name = os.fsdecode(b"caf\xe9.txt")
    (root / "data").mkdir()
    (root / "data" / name).write_text("1")
    os.utime(root / "data" / name, (1, 1))
    definition = {"type": "file", "sources": [{"datastore": "main", "path": "data"}]}

    assert list(dataset_hashes(store, definition)) == ["main/data/caf\\xe9.txt"]
