"""Copies are whole, the step's own, and as fast as the system's."""

import os
import stat
import threading

import pytest

from synapse_magics.staging import copying
from synapse_magics.staging.copying import Copy, copy_file, in_bytes
from synapse_magics.staging.failure import StagingError
from synapse_magics.staging.task import Desk


class Listening(Desk):
    """A desk that keeps what is said."""

    def __init__(self):
        super().__init__()
        object.__setattr__(self, "said", [])

    def say(self, text):
        self.said.append(text)


def copy(*pairs, desk=None):
    named = tuple((str(source), str(target)) for source, target in pairs)
    Copy(named, "input data of step a").carry_out(desk or Listening())


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "tree"
    for number in range(30):
        file = folder / f"f{number % 3}" / f"{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(number) * number)
    (folder / "empty").mkdir()
    return folder


def content(folder):
    return {
        item.relative_to(folder).as_posix(): item.read_bytes() if item.is_file() else None
        for item in folder.rglob("*")
    }


def test_a_folder_is_copied_with_all_that_is_in_it(tree, tmp_path):
    copy((tree, tmp_path / "copy"))

    assert content(tmp_path / "copy") == content(tree)


def test_a_copy_has_time_and_permissions_and_may_be_written(tmp_path):
    (tmp_path / "run.sh").write_text("x")
    os.utime(tmp_path / "run.sh", ns=(10**18, 10**18))
    (tmp_path / "run.sh").chmod(0o555)
    copy((tmp_path / "run.sh", tmp_path / "there" / "run.sh"))

    about = (tmp_path / "there" / "run.sh").stat()
    assert about.st_mtime_ns == 10**18
    assert stat.S_IMODE(about.st_mode) == 0o755


def test_a_copy_is_the_steps_own(tree, tmp_path):
    (tree / "link.txt").symlink_to(tree / "f1" / "1.txt")
    copy((tree, tmp_path / "copy"))
    (tmp_path / "copy" / "link.txt").write_text("changed")

    assert (tree / "f1" / "1.txt").read_text() == "1"


def test_a_link_in_a_circle_is_left_out(tree, tmp_path):
    (tree / "circle").symlink_to(tree)
    copy((tree, tmp_path / "copy"))

    assert not (tmp_path / "copy" / "circle" / "circle").exists()


def test_a_pipe_is_no_file_and_nobody_waits_for_it(tree, tmp_path):
    os.mkfifo(tree / "pipe")

    with pytest.raises(StagingError, match="pipe is not a regular file"):
        copy((tree, tmp_path / "copy"))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        copy((tmp_path / "gone.csv", tmp_path / "copy.csv"))
    assert caught.value.filename == str(tmp_path / "gone.csv")


@pytest.mark.parametrize("refused", [True, False])
def test_where_the_system_does_not_copy_we_do(tmp_path, monkeypatch, refused):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    if refused:
        monkeypatch.setattr(os, "copy_file_range", refuse)
    else:
        monkeypatch.delattr(os, "copy_file_range")
    data = os.urandom(3 << 20)
    (tmp_path / "a").write_bytes(data)
    copy((tmp_path / "a", tmp_path / "b"))

    assert (tmp_path / "b").read_bytes() == data


def test_files_of_the_system_that_tell_no_size_are_copied(tmp_path):
    copy_file("/proc/self/status", str(tmp_path / "status"), threading.Event())

    assert "Name:" in (tmp_path / "status").read_text()


def test_long_copies_are_told_of(tree, tmp_path, monkeypatch):
    desk, told = Listening(), threading.Event()
    monkeypatch.setattr(copying, "_SAY_SECONDS", 0.01)
    monkeypatch.setattr(Listening, "say", lambda self, text: (self.said.append(text), told.set()))
    copy_file = copying.copy_file
    monkeypatch.setattr(copying, "copy_file", lambda *given: (told.wait(10), copy_file(*given))[1])
    copy((tree, tmp_path / "copy"), desk=desk)

    assert "copied so far" in desk.said[0]
    assert desk.said[-1].startswith("input data of step a: 30 files, ")


def test_who_has_nothing_left_to_do_does_not_end_who_has(tmp_path, monkeypatch):
    """One large file: one thread copies, the others are done at once."""
    monkeypatch.setattr(copying, "_SAY_SECONDS", 0.01)
    go = threading.Event()

    def slow(source, target, stop):
        go.wait(0.2)
        assert not stop.is_set()
        return copy_file(source, target, stop)

    (tmp_path / "a").write_text("whole")
    copying.copy_all([(str(tmp_path / "a"), str(tmp_path / "b"))], Listening(), "it", slow)

    assert (tmp_path / "b").read_text() == "whole"


def test_short_ones_are_not(tree, tmp_path):
    desk = Listening()
    copy((tree, tmp_path / "copy"), desk=desk)

    assert desk.said == []


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (25_000, "25 kB"), (3_210_000_000, "3.2 GB")],
)
def test_sizes_in_words(size, words):
    assert in_bytes(size) == words
