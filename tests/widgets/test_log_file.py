"""A log file of any length by line number."""

import time
import tracemalloc

import pytest
from log_support import Clock, append, numbered

from synapse_magics.widgets import log_file
from synapse_magics.widgets.log_file import BLOCK, LONGEST_LINE, LogFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "stdout"


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    """Write a log of a million lines of 50 bytes."""
    path = tmp_path_factory.mktemp("logs") / "million"
    with path.open("w") as file:
        file.writelines(f"{number:07d} {'INFO task is done ' * 2:40s}\n" for number in range(10**6))
    return path


def opened(path):
    file = LogFile(path)
    assert file.refresh()
    return file


def test_a_file_that_is_not_there_yet_has_no_lines(path):
    file = opened(path)

    assert (file.count, file.read(0, 10), file.rest) == (0, [], b"")


def test_lines_are_read_by_number(path):
    path.write_text(numbered(100))

    assert opened(path).read(41, 3) == [b"line 41", b"line 42", b"line 43"]


def test_there_are_fewer_lines_at_the_end(path):
    path.write_text(numbered(10))
    file = opened(path)

    assert file.read(8, 100) == [b"line 8", b"line 9"]
    assert file.read(10, 1) == []


def test_only_what_was_appended_is_read(path, monkeypatch):
    path.write_text(numbered(50_000))
    file = opened(path)
    added = []
    add = LogFile._add
    monkeypatch.setattr(
        LogFile, "_add", lambda self, piece: added.append(piece) or add(self, piece)
    )

    append(path, "new\n")
    file.refresh()

    assert added == [b"new\n"]


def test_a_growing_file_has_every_line_once(path):
    file = LogFile(path)
    for number in range(50):
        append(path, numbered(997, number * 997))
        file.refresh()

    assert file.count == 50 * 997
    assert b"\n".join(file.read(0, file.count)) + b"\n" == path.read_bytes()


def test_a_line_that_has_not_ended_is_the_rest(path):
    path.write_text("one\ntw")
    file = opened(path)
    assert (file.count, file.rest) == (1, b"tw")

    append(path, "o\n")
    file.refresh()

    assert (file.read(1, 1), file.rest) == ([b"two"], b"")


def test_lines_at_the_borders_of_blocks_are_whole(path):
    width = 4096
    path.write_bytes(
        b"".join(b"%04d" % number + b"x" * (width - 5) + b"\n" for number in range(64))
    )

    lines = opened(path).read(0, 64)

    assert BLOCK % width == 0
    assert [int(line[:4]) for line in lines] == list(range(64))


def test_a_file_that_was_replaced_begins_anew(path):
    path.write_text(numbered(10))
    file = opened(path)

    path.rename(path.with_name("attempt-1"))
    path.write_text("second attempt\n" * 20)
    file.refresh()

    assert (file.count, file.generation, file.read(0, 1)) == (20, 1, [b"second attempt"])


def test_a_file_in_the_place_of_a_deleted_one_begins_anew(path):
    path.write_text("first\n")
    file = opened(path)

    path.unlink()
    path.write_text("second and longer\n")
    file.refresh()

    assert file.read(0, 9) == [b"second and longer"]


def test_a_file_that_became_shorter_begins_anew(path):
    path.write_text(numbered(10))
    file = opened(path)

    path.write_text("short\n")
    file.refresh()

    assert (file.count, file.generation) == (1, 1)


def test_a_file_that_went_has_no_lines(path):
    path.write_text(numbered(10))
    file = opened(path)

    path.unlink()
    file.refresh()

    assert (file.count, file.read(0, 5)) == (0, [])


def test_a_file_that_is_cut_while_it_is_read_is_no_error(path):
    path.write_text(numbered(20_000))
    file = opened(path)

    path.write_text("")

    assert isinstance(file.read(15_000, 10), list)


@pytest.mark.parametrize("problem", [FileNotFoundError, PermissionError])
def test_a_file_that_goes_while_it_is_looked_at_has_nothing_new(path, monkeypatch, problem):
    path.write_text("one\n")
    file = opened(path)
    append(path, "two\n")

    def gone(*_):
        raise problem

    with monkeypatch.context() as patched:
        patched.setattr(type(path), "open", gone)
        assert file.refresh()
    assert file.count == 1

    file.refresh()
    assert file.read(0, 9) == [b"one", b"two"]


def test_a_long_line_is_clipped_and_says_so(path):
    path.write_text("x" * 10_000 + "\nnext\n")

    long, following = opened(path).read(0, 2)

    assert long.decode() == "x" * LONGEST_LINE + " … [5,904 bytes more]"
    assert following == b"next"


def test_a_line_longer_than_memory_should_hold_is_read_at_its_ends(path, monkeypatch):
    monkeypatch.setattr(log_file, "_CONTIGUOUS", 100_000)
    path.write_bytes(b"a" * 900_000 + b"\nnext\n")

    long, following = opened(path).read(0, 2)

    assert len(long) < LONGEST_LINE + 100
    assert long.endswith(b"[895,904 bytes more]")
    assert following == b"next"


def test_of_a_long_line_that_was_rewritten_the_end_counts(path):
    path.write_bytes(b"\r".join(b"%d%%" % part for part in range(5000)) + b"\n")

    [line] = opened(path).read(0, 1)

    assert line.endswith(b"\r4999%")


def test_a_long_log_is_read_in_turns(path):
    clock = Clock()
    path.write_text(numbered(300_000))
    file = LogFile(path, clock)

    assert file.refresh(until=clock.now) is False
    assert 0 < file.size < path.stat().st_size
    while not file.refresh(until=clock.now):
        pass

    assert file.count == 300_000


def test_a_million_lines_cost_little_memory(million):
    tracemalloc.start()
    try:
        file = opened(million)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert file.count == 10**6
    assert kept < file.size / 500


def test_a_page_costs_the_same_anywhere_and_a_fraction_of_reading_it_all(million):
    begin = time.perf_counter()
    file = opened(million)
    whole = time.perf_counter() - begin

    def cost(first):
        def once():
            begin = time.perf_counter()
            assert file.read(first, 100)[0].startswith(b"%07d" % first)
            return time.perf_counter() - begin

        return min(once() for _ in range(7))

    assert cost(999_000) < 20 * cost(10) + 0.002
    assert cost(500_000) < whole / 4
