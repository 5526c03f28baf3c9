"""Snapshots: what a step's sources are, stored once, read only."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from synapse_magics.pipeline import snapshot, source_files
from synapse_magics.store.store import Store


@pytest.fixture
def sources(tmp_path):
    folder = tmp_path / "code"
    (folder / "lib").mkdir(parents=True)
    (folder / "train.py").write_text("import lib.util\n")
    (folder / "lib" / "util.py").write_text("X = 1\n")
    return folder


@pytest.fixture
def kept(tmp_path):
    with Store(tmp_path / "state") as made:
        yield made


def test_a_folder_is_its_files(sources):
    assert snapshot.read_folder(sources) == {
        "train.py": b"import lib.util\n",
        "lib/util.py": b"X = 1\n",
    }


@pytest.mark.parametrize("name", [".synapse", ".git", "__pycache__", ".ipynb_checkpoints"])
def test_what_is_no_source_is_left_out(sources, name):
    for folder in (sources / name, sources / "lib" / name):
        folder.mkdir()
        (folder / "x").write_text("x")

    assert sorted(snapshot.read_folder(sources)) == ["lib/util.py", "train.py"]


@pytest.mark.parametrize("target", ["secret", "."])
def test_a_link_that_leaves_the_folder(sources, tmp_path, target):
    (tmp_path / "secret").write_text("x")
    (sources / "link").symlink_to(tmp_path / target)

    with pytest.raises(snapshot.SnapshotException, match="leaves it") as caught:
        snapshot.read_folder(sources)
    assert str(sources / "link") in caught.value.where


def test_a_link_inside_the_folder_is_followed(sources):
    (sources / "again.py").symlink_to("train.py")

    assert snapshot.read_folder(sources)["again.py"] == b"import lib.util\n"


def test_what_gitignore_names_is_left_out(sources):
    (sources / ".gitignore").write_text("*.log\n/data/\n!keep.log\n")
    (sources / "data").mkdir()
    for name in ("a.log", "keep.log", "data/t.csv", "lib/b.log"):
        (sources / name).touch()

    assert sorted(snapshot.read_folder(sources)) == [
        ".gitignore",
        "keep.log",
        "lib/util.py",
        "train.py",
    ]


def test_amlignore_stands_in_the_place_of_gitignore(sources):
    (sources / ".gitignore").write_text("*.py\n")
    (sources / ".amlignore").write_text("lib\n")

    assert sorted(snapshot.read_folder(sources)) == [".amlignore", ".gitignore", "train.py"]


def test_an_ignore_file_counts_in_the_root_alone(sources):
    (sources / "lib" / ".amlignore").write_text("*\n")

    assert "lib/util.py" in snapshot.read_folder(sources)


def test_a_link_that_is_ignored_may_leave_the_folder(sources, tmp_path):
    (sources / "link").symlink_to(tmp_path)
    (sources / ".amlignore").write_text("link\n")

    assert "train.py" in snapshot.read_folder(sources)


def test_a_source_folder_has_a_size(sources, caplog):
    with (sources / "model.bin").open("wb") as file:
        file.truncate(26 * 2**20)
    snapshot.read_folder(sources)
    assert "has 26 MB" in caplog.text

    with (sources / "model.bin").open("wb") as file:
        file.truncate(300 * 2**20)  # and the scripts
    with pytest.raises(snapshot.SnapshotException) as caught:
        snapshot.read_folder(sources)
    assert caught.value.message == "Your total snapshot size exceeds the limit of 300.0 MB."
    assert ".amlignore" in caught.value.hint


def test_a_source_folder_has_a_number_of_files(sources, monkeypatch):
    for number in range(1999):
        (sources / f"{number}.txt").touch()
    with pytest.raises(snapshot.SnapshotException) as caught:
        snapshot.read_folder(sources)
    assert caught.value.message == "Your project exceeds the file limit of 2000."

    monkeypatch.setenv("AML_SNAPSHOT_NO_FILE_LIMIT", "1")
    assert len(snapshot.read_folder(sources)) == 2001


def test_the_identity_is_that_of_names_and_content():
    files = {"a.py": b"1", "b.py": b"2"}

    assert snapshot.identify(files) == snapshot.identify({"b.py": b"2", "a.py": b"1"})
    assert len(snapshot.identify(files)) == 64
    for other in ({"a.py": b"1"}, {"a.py": b"2", "b.py": b"1"}, {"a.pyb": b".py", "1": b"2"}):
        assert snapshot.identify(other) != snapshot.identify(files)


def test_the_identity_is_independent_of_the_place(sources, tmp_path):
    moved = tmp_path / "elsewhere"
    first = snapshot.identify(snapshot.read_folder(sources))
    sources.rename(moved)

    assert snapshot.identify(snapshot.read_folder(moved)) == first


def test_a_snapshot_is_stored_once(kept, sources):
    files = snapshot.read_folder(sources)
    identity = snapshot.save(kept, files)
    file = kept.snapshot_folder(identity) / "train.py"
    before = file.stat()

    assert snapshot.save(kept, files) == identity
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [item.name for item in (kept.folder / "snapshots").iterdir()] == [identity]


def test_no_files_are_a_snapshot_as_well(kept):
    assert kept.snapshot_folder(snapshot.save(kept, {})).is_dir()


def test_stored_files_are_read_only(kept):
    folder = kept.snapshot_folder(snapshot.save(kept, {"lib/a.py": b"1"}))

    assert (folder / "lib" / "a.py").read_bytes() == b"1"
    assert stat.S_IMODE((folder / "lib" / "a.py").stat().st_mode) == 0o400


def test_somebody_else_was_faster(kept, monkeypatch):
    rename = Path.rename

    def lose(part, target):
        shutil.copytree(part, target)
        return rename(part, target)

    monkeypatch.setattr(Path, "rename", lose)
    identity = snapshot.save(kept, {"a.py": b"1"})

    assert [item.name for item in (kept.folder / "snapshots").iterdir()] == [identity]


def test_a_snapshot_that_cannot_be_stored_leaves_nothing(kept, monkeypatch):
    def refuse(part, target):
        raise PermissionError(target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError):
        snapshot.save(kept, {"a.py": b"1"})
    assert list((kept.folder / "snapshots").iterdir()) == []


@pytest.mark.parametrize("name", ["../a.py", "/a.py", "lib/../../a.py"])
def test_a_file_name_that_leaves_the_snapshot(kept, name):
    with pytest.raises(snapshot.SnapshotException, match="leaves its folder"):
        snapshot.save(kept, {"a.py": b"", name: b"1"})
    assert list((kept.folder / "snapshots").iterdir()) == []


def test_a_snapshot_is_on_the_disk_before_it_has_its_name(kept, monkeypatch):
    def fsync(descriptor):
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    real, synced = os.fsync, []
    monkeypatch.setattr(snapshot.os, "fsync", fsync)

    identity = snapshot.save(kept, {"train.py": b"", "lib/util.py": b"x"})

    target = kept.snapshot_folder(identity)
    *parts, last = synced
    (part,) = {path for path in parts if path.parent == target.parent}
    assert {str(path.relative_to(part)) for path in parts} == {
        ".",
        "lib",
        "train.py",
        "lib/util.py",
    }
    assert last == target.parent


def test_a_snapshot_that_is_swept_meanwhile_is_stored_anew(workspace, monkeypatch):
    store, files = workspace.store, {"a.py": b"print(1)"}
    target = store.snapshot_folder(snapshot.save(store, files))

    def swept(place):
        target.rename(target.with_name(".swept"))
        raise FileNotFoundError(place)

    monkeypatch.setattr(snapshot.os, "utime", swept)
    assert snapshot.save(store, files) == target.name
    assert (target / "a.py").read_bytes() == b"print(1)"


def test_a_name_that_is_no_text_has_a_hash_as_well():
    assert snapshot.identify({os.fsdecode(b"caf\xe9.txt"): b""})


@pytest.fixture
def old(monkeypatch):
    """Take files for older than the tick of a clock, within which they may change unseen."""
    monkeypatch.setattr(source_files, "_YOUNG_NS", -1)


def test_a_file_that_may_still_change_is_read_again(kept, sources):
    snapshot.save(kept, snapshot.read_folder(sources))

    assert snapshot.read_folder(sources).listing() is None
    assert not (kept.folder / "listings.json").exists()


def test_a_folder_that_has_not_changed_is_not_read_again(old, kept, sources, monkeypatch):
    identity = snapshot.save(kept, snapshot.read_folder(sources))
    monkeypatch.setattr(snapshot, "_hashed", lambda *_: pytest.fail("it was read"))

    assert snapshot.save(kept, snapshot.read_folder(sources)) == identity
    assert snapshot.foresee(kept, snapshot.read_folder(sources)) == identity


@pytest.mark.parametrize("how", ["content", "name", "removal", "given"])
def test_a_folder_that_has_changed_is_another_snapshot(old, kept, sources, how):
    identity = snapshot.save(kept, snapshot.read_folder(sources))
    file, given = sources / "train.py", {}
    if how == "content":
        before = file.stat()
        file.write_text("import lib.utiL\n")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif how == "name":
        file.rename(sources / "fit.py")
    elif how == "removal":
        file.unlink()
    else:
        given = {"main.py": b"1"}

    assert snapshot.save(kept, snapshot.read_folder(sources).having(given)) != identity


def test_a_snapshot_that_was_removed_is_stored_again(old, kept, sources):
    identity = snapshot.save(kept, snapshot.read_folder(sources))
    shutil.rmtree(kept.snapshot_folder(identity))

    assert snapshot.save(kept, snapshot.read_folder(sources)) == identity
    assert (kept.snapshot_folder(identity) / "train.py").read_text() == "import lib.util\n"


def test_a_damaged_memory_of_folders_costs_time_alone(old, kept, sources):
    identity = snapshot.save(kept, snapshot.read_folder(sources))
    (kept.folder / "listings.json").write_text("{")

    assert snapshot.save(kept, snapshot.read_folder(sources)) == identity


def test_what_was_stored_is_read_from_the_snapshot(kept, sources):
    files = snapshot.read_folder(sources)
    identity = snapshot.save(kept, files)
    shutil.rmtree(sources)

    assert files["train.py"] == b"import lib.util\n"
    assert snapshot.save(kept, files) == identity


def test_the_memory_of_folders_is_the_owners(old, kept, sources):
    snapshot.save(kept, snapshot.read_folder(sources))

    assert stat.S_IMODE((kept.folder / "listings.json").stat().st_mode) == 0o600


def test_the_folder_that_a_script_runs_in_is_a_source_folder(tmp_path):
    run = tmp_path / ".synapse" / "runs" / "1"
    for name in ("work", "outputs", "logs"):
        (run / name).mkdir(parents=True)
    for name in ("outputs", "logs"):
        (run / "work" / name).symlink_to(f"../{name}")
    (run / "work" / "train.py").touch()

    assert list(snapshot.read_folder(run / "work")) == ["train.py"]
