"""What a view shows of a log, row by row."""

import random

import pytest
from log_support import Clock, append, numbered

from synapse_magics.widgets.log_file import LogFile
from synapse_magics.widgets.log_levels import Level, LevelReader
from synapse_magics.widgets.log_lines import ERR, OUT, LogLines
from synapse_magics.widgets.log_rows import LogRows, Row


@pytest.fixture
def path(tmp_path):
    return tmp_path / "stdout"


def lines_of(path):
    lines = LogLines({OUT: LogFile(path)})
    lines.refresh()
    return lines


def rows_of(path, *arguments, **options):
    rows = LogRows(lines_of(path), *arguments, **options)
    assert rows.extend()
    return rows


def texts(rows):
    return [row.text for row in rows.read(0, 1000)]


def test_without_a_choice_every_line_is_a_row(path):
    append(path, "one\ntwo\ntwo\n")

    assert rows_of(path).read(1, 9) == [
        Row(2, OUT, Level.INFO, "two"),
        Row(3, OUT, Level.INFO, "two"),
    ]


def test_lines_that_repeat_are_one_row(path):
    append(path, "start\n" + "waiting\n" * 40 + "done\nwaiting\n")

    rows = rows_of(path, collapse=True).read(0, 9)

    assert [(row.number, row.text, row.times) for row in rows] == [
        (1, "start", 1),
        (2, "waiting", 40),
        (42, "done", 1),
        (43, "waiting", 1),
    ]


def test_repeats_are_counted_over_the_borders_of_looks(path):
    append(path, "same\n" * 3000)
    lines = lines_of(path)
    rows = LogRows(lines, collapse=True)
    rows.extend()
    for _ in range(3):
        append(path, "same\n")
        lines.refresh()
        rows.extend()

    [row] = rows.read(0, 9)

    assert row.times == 3003


def test_empty_lines_stay(path):
    append(path, "one\n\n\n\ntwo\n")

    assert texts(rows_of(path, collapse=True)) == ["one", "", "", "", "two"]


def test_equal_lines_of_two_streams_are_no_repeats(tmp_path):
    append(tmp_path / "out", "same\n")
    append(tmp_path / "err", "same\n")
    lines = LogLines({OUT: LogFile(tmp_path / "out"), ERR: LogFile(tmp_path / "err")})
    lines.refresh()
    rows = LogRows(lines, collapse=True)
    rows.extend()

    assert [(row.stream, row.times) for row in rows.read(0, 9)] == [(OUT, 1), (ERR, 1)]


def test_of_a_line_that_was_rewritten_the_last_version_is_shown(path):
    append(path, " 10%\r 50%\r100% done\x1b[K\r\n")

    assert texts(rows_of(path)) == ["100% done\x1b[K"]


def test_bytes_that_are_no_text_are_shown_as_such(path):
    append(path, b"caf\xe9\xff\n")

    assert texts(rows_of(path)) == ["caf��"]


def test_only_what_is_grave_enough_is_shown(path):
    append(path, "INFO a\nDEBUG b\nWARN c\nERROR d\nrows\n")

    assert texts(rows_of(path, Level.INFO)) == ["INFO a", "WARN c", "ERROR d", "rows"]
    assert texts(rows_of(path, Level.WARN)) == ["WARN c", "ERROR d"]
    assert texts(rows_of(path, Level.ERROR)) == ["ERROR d"]


def test_a_filtered_row_keeps_the_number_of_its_line(path):
    append(path, numbered(5000) + "ERROR here\n" + numbered(5000))

    assert rows_of(path, Level.ERROR).read(0, 9) == [Row(5001, OUT, Level.ERROR, "ERROR here")]


def test_an_error_keeps_its_traceback_over_the_borders_of_looks(path):
    trace = ["Traceback (most recent call last):", '  File "a"', "KeyError: 1"]
    lines = lines_of(path)
    rows = LogRows(lines, Level.ERROR)
    for line in ("start", *trace, "end"):
        append(path, f"{line}\n")
        lines.refresh()
        rows.extend()

    assert texts(rows) == trace


@pytest.mark.parametrize("level", list(Level))
def test_looking_through_in_haste_finds_what_reading_each_line_finds(path, level):
    chance = random.Random(7)  # noqa: S311 - the same log every time
    kinds = ["rows", "  more", "INFO x", "DEBUG x", "WARN x", "ERROR x", "", "KeyError: x"]
    kinds += ["Traceback (most recent call last):", "\tat x", "Caused by: x"]
    found = [chance.choice(kinds) for _ in range(4000)]
    append(path, "\n".join(found) + "\n")
    reader = LevelReader()
    wanted = [line for line in found if reader.read(line.encode()) >= level]

    rows = rows_of(path, level)

    assert [row.text for row in rows.read(0, 4000)] == wanted


def test_the_level_of_a_row_is_that_of_the_error_it_belongs_to(path):
    trace = "Traceback (most recent call last):\n" + "  File\n" * 10 + "KeyError: 1\n"
    append(path, numbered(100) + trace)

    [row] = rows_of(path).read(108, 1)

    assert row.level is Level.ERROR


def test_a_line_that_has_not_ended_is_the_last_row(path):
    append(path, "one\n 10%\r 20%")
    rows = rows_of(path, collapse=True)

    assert rows.count == 2
    assert rows.read(1, 9) == [Row(2, OUT, Level.INFO, " 20%")]


def test_a_row_that_may_become_more_times_is_not_stable(path):
    append(path, "one\ntwo\n")

    assert rows_of(path, collapse=True).stable == 1
    assert rows_of(path).stable == 2


def test_a_long_log_is_looked_through_in_turns(path):
    clock = Clock()
    append(path, numbered(20_000))
    rows = LogRows(lines_of(path), collapse=True, clock=clock)

    assert rows.extend(until=clock.now) is False
    assert 0 < rows.looked_through < 1
    while not rows.extend(until=clock.now):
        pass

    assert (rows.count, rows.looked_through) == (20_000, 1.0)
