"""A search through a log."""

import time

import pytest
from log_support import Clock, append, numbered

from synapse_magics.widgets import log_search
from synapse_magics.widgets.log_file import LogFile
from synapse_magics.widgets.log_levels import Level
from synapse_magics.widgets.log_lines import OUT, LogLines
from synapse_magics.widgets.log_rows import LogRows
from synapse_magics.widgets.log_search import LogSearch


@pytest.fixture
def path(tmp_path):
    return tmp_path / "stdout"


def rows_of(path, *arguments, **options):
    lines = LogLines({OUT: LogFile(path)})
    lines.refresh()
    rows = LogRows(lines, *arguments, **options)
    rows.extend()
    return rows


def hits(path, text, **options):
    search = LogSearch(rows_of(path), text, **options)
    assert search.extend()
    return list(search.hits)


def test_a_text_is_found_in_any_case_of_letters(path):
    append(path, "epoch 1\nLoss 0.3\nepoch 2\nLOSS loss 0.2\n")

    assert hits(path, "loSS") == [1, 3]


def test_a_text_is_no_pattern(path):
    append(path, "a.c\nabc\n(\n")

    assert hits(path, "a.c") == [0]
    assert hits(path, "(") == [2]


def test_a_pattern_is_searched_line_by_line(path):
    append(path, "task 12 done\ntask x done\ntask 7 done\n")

    assert hits(path, r"^task \d+ done$", regex=True) == [0, 2]


def test_a_broken_pattern_says_so(path):
    with pytest.raises(ValueError, match="no regular expression"):
        LogSearch(rows_of(path), "(", regex=True)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\w+\s?)+$",
        r"(?:a{1,100}){1,100}$",
        r"(a|aa)+$",
        r"(a.|.b)+$",
        r"(aa?)+$",
        r"(.*?,){11}x",
        r"(?:(?=a+)b)*",
        "a?" * 40 + "a" * 40,
        "a{99999999999}",
    ],
)
def test_a_pattern_that_may_take_forever_is_none(path, pattern):
    with pytest.raises(ValueError, match="no regular expression"):
        LogSearch(rows_of(path), pattern, regex=True)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (r"^\d+-\d+-\d+ \d+:\d+:\d+,\d+ +\w+ .*", f"2024-05-01 10:00:00,123 INFO {'x' * 900}"),
        (r"(\d{1,3}\.){3}\d{1,3}", "from 10.0.0.17"),
        (r"(?:foo|bar)+$", "foobarfoo"),
        (r"^(?:(?!foo).)*$", "bar"),
        (r".*task.*stage.*done$", f"{'x' * 4000} task stage done"),
    ],
)
def test_a_pattern_with_several_repeats_is_one(path, pattern, line):
    append(path, f"foo!\n{line}\n")

    assert hits(path, pattern, regex=True) == [1]


def test_a_pattern_that_is_slow_does_not_stop_everything(path):
    append(path, "abc" * 1365 + "\n")
    begin = time.thread_time()

    assert hits(path, r".*a.*b.*c!", regex=True) == []

    assert time.thread_time() - begin < 20  # and not years


def test_a_pattern_that_cannot_be_judged_is_none(path, monkeypatch):
    monkeypatch.setattr(log_search, "import_module", lambda _: None)
    append(path, "task 12\n")

    assert hits(path, r"task \d+", regex=True) == [0]
    with pytest.raises(ValueError, match="judged"):
        LogSearch(rows_of(path), r"(\w+\s?)+$", regex=True)


def test_the_clock_is_looked_at_after_each_line_that_may_be_slow(path):
    clock = Clock()
    append(path, numbered(100))
    search = LogSearch(rows_of(path), r"^line \d+$", regex=True, clock=clock)

    assert search.extend(until=clock.now) is False

    assert (search.looked_through, list(search.hits)) == (1, [0])


def test_what_is_shown_is_searched(path):
    append(path, "\x1b[31mer\x1b[0mror\nold text\rnew text\n\x1b[31mplain\n")

    assert hits(path, "error") == [0]
    assert hits(path, "old") == []
    assert hits(path, "31m") == []


def test_letters_of_all_languages_are_found(path):
    append(path, "GRÖSSE 1\nother\n")

    assert hits(path, "grösse") == [0]


def test_many_lines_are_found_where_they_are(path):
    append(path, numbered(10_000))

    assert hits(path, "77") == [number for number in range(10_000) if "77" in str(number)]


def test_only_the_rows_of_the_view_are_searched(path):
    append(path, "INFO a\nERROR a\nINFO a\nERROR b\nERROR a\n")
    search = LogSearch(rows_of(path, Level.ERROR), "a")
    search.extend()

    assert list(search.hits) == [0, 2]


def test_the_next_hit_goes_round_at_the_ends(path):
    append(path, "hit\nno\nhit\nno\nhit\n")
    search = LogSearch(rows_of(path), "hit")
    search.extend()

    assert [search.hits[search.index_near(row, 1)] for row in (0, 1, 4)] == [2, 2, 0]
    assert [search.hits[search.index_near(row, -1)] for row in (4, 3, 0)] == [2, 2, 4]
    assert search.hits[search.index_near(2)] == 2


def test_without_hits_there_is_no_next(path):
    append(path, "one\n")
    search = LogSearch(rows_of(path), "two")
    search.extend()

    assert search.index_near(0, 1) is None


def test_a_long_log_is_searched_in_turns(path):
    clock = Clock()
    append(path, numbered(10_000))
    search = LogSearch(rows_of(path), "line", clock=clock)

    assert search.extend(until=clock.now) is False
    assert 0 < search.looked_through < 10_000
    while not search.extend(until=clock.now):
        pass

    assert len(search.hits) == 10_000


def test_nobody_looks_at_more_hits_than_these(path, monkeypatch):
    monkeypatch.setattr(log_search, "MOST_HITS", 100)
    append(path, numbered(10_000))
    search = LogSearch(rows_of(path), "line")

    assert search.extend()
    assert search.full
    assert len(search.hits) < 2000
