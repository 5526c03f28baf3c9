"""The lines of one stream, or of both."""

import pytest
from log_support import append, numbered

from synapse_magics.widgets.log_file import LogFile
from synapse_magics.widgets.log_lines import ERR, OUT, LogLines


@pytest.fixture
def paths(tmp_path):
    return tmp_path / "stdout", tmp_path / "stderr"


def both(paths):
    return LogLines({OUT: LogFile(paths[0]), ERR: LogFile(paths[1])})


def test_what_was_there_before_is_stdout_and_then_stderr(paths):
    append(paths[0], "out 1\nout 2\n")
    append(paths[1], "err 1\n")
    lines = both(paths)

    lines.refresh()

    assert lines.read(0, 9) == [(OUT, b"out 1"), (OUT, b"out 2"), (ERR, b"err 1")]


def test_what_comes_later_stands_in_the_order_of_arrival(paths):
    lines = both(paths)
    for path, text in ((paths[1], "err 1\n"), (paths[0], "out 1\n"), (paths[1], "err 2\n")):
        append(path, text)
        lines.refresh()

    assert [line for _, line in lines.read(0, 9)] == [b"err 1", b"out 1", b"err 2"]
    assert lines.read(1, 1) == [(OUT, b"out 1")]


def test_any_range_of_lines_is_the_same_as_of_all(paths):
    lines = both(paths)
    for number in range(30):
        append(paths[number % 2], numbered(number + 1))
        lines.refresh()
    every = lines.read(0, lines.count)

    assert len(every) == sum(range(31))
    for first in range(0, lines.count, 7):
        assert lines.read(first, 11) == every[first : first + 11]


def test_lines_that_have_not_ended_are_apart(paths):
    append(paths[0], "whole\n 10%")
    append(paths[1], "Warn")
    lines = both(paths)

    lines.refresh()

    assert lines.count == 1
    assert lines.rests == [(OUT, b" 10%"), (ERR, b"Warn")]


def test_another_attempt_begins_anew(paths):
    append(paths[0], numbered(5))
    lines = both(paths)
    lines.refresh()
    before = lines.generation

    paths[0].unlink()
    append(paths[0], "second\n")
    lines.refresh()

    assert lines.generation != before
    assert lines.read(0, 9) == [(OUT, b"second")]
