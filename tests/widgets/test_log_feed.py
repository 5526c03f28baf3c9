"""What a log view tells its browser, and what it answers."""

import json
import random
import zlib
from itertools import pairwise

import pytest
from log_support import Clock, append, numbered

from synapse_magics.widgets._log_place import LogPlace
from synapse_magics.widgets._log_wire import wire_row
from synapse_magics.widgets.log_feed import PACE, LogFeed
from synapse_magics.widgets.log_levels import Level
from synapse_magics.widgets.log_rows import Row


class Browser:
    """The other end of a feed: it keeps what comes, and when."""

    def __init__(self, folder):
        self.clock = Clock()
        self.pushes, self.answers, self.sent = [], [], []
        self.feed = LogFeed(self._pushed, self._answered, self.clock)
        self.out, self.err = folder / "stdout", folder / "stderr"

    def _pushed(self, state):
        self.pushes.append(state)
        self.sent.append((self.clock.now, len(json.dumps(state)), False))

    def _answered(self, content, pieces):
        self.answers.append((content, pieces))
        size = len(json.dumps(content)) + sum(map(len, pieces))
        self.sent.append((self.clock.now, size, bool(pieces)))

    def open(self, key="id-train", ended=False):
        self.feed.show(LogPlace(key, "train", (self.out, self.err), ("o", "e")), ended=ended)
        self.settle()

    def settle(self):
        for _ in range(1000):
            if not self.turn():
                return
        raise AssertionError("the feed never comes to rest")

    def turn(self, seconds=0.1):
        self.clock.now += seconds
        return self.feed.turn()

    def ask(self, kind, **content):
        self.feed.handle({"kind": kind, **content})
        self.settle()

    def ask_page(self, first, count):
        state = self.pushes[-1]
        self.ask("page", view=state["view"], log=state["log"], first=first, count=count)

    def choose(self, view=1, stream="all", level=0, collapse=True):
        self.ask("view", view=view, stream=stream, level=level, collapse=collapse)

    def search(self, text, near=0, regex=False, number=7):
        self.ask("search", id=number, text=text, regex=regex, near=near, direction=0)
        return self.answers[-1][0]

    @property
    def texts(self):
        return [row[4] for row in self.pushes[-1]["rows"]]


@pytest.fixture
def browser(tmp_path):
    return Browser(tmp_path)


def test_a_row_is_plain_json():
    row = Row(7, 1, Level.ERROR, "a \x1b[1;31mb\x1b[38;5;208mc", 40)

    assert wire_row(row) == [
        *(7, 1, 3, 40, "a "),
        ["b", "sr-bold sr-f1", "", ""],
        ["c", "sr-bold sr-fx", "#ff8700", ""],
    ]


def test_the_newest_rows_are_pushed(browser):
    append(browser.out, numbered(1000))
    browser.open()

    state = browser.pushes[-1]

    assert (state["count"], state["lines"], state["looked"]) == (1000, 1000, 1.0)
    assert state["first"] + len(state["rows"]) == 1000
    assert browser.texts[-1] == "line 999"
    assert 60 <= len(state["rows"]) <= 200


def test_a_new_line_is_pushed_within_two_turns(browser):
    append(browser.out, "one\n")
    browser.open()
    begin = browser.clock.now
    append(browser.out, "two\n")

    browser.settle()

    assert browser.texts == ["one", "two"]
    assert browser.clock.now - begin <= 0.25


def test_a_line_that_has_not_ended_is_pushed_too(browser):
    append(browser.out, "one\n 10%\r 20%")
    browser.open()

    assert browser.texts == ["one", " 20%"]
    assert browser.pushes[-1]["stable"] == 0


def test_nothing_is_pushed_twice(browser):
    append(browser.out, "one\n")
    browser.open()
    count = len(browser.sent)

    for _ in range(20):
        browser.turn()

    assert len(browser.sent) == count
    assert not browser.feed.busy


def test_every_push_holds_what_has_changed_since_the_one_before(browser):
    browser.open()
    rows = {}
    for number in range(60):
        append(browser.out, "same\n" if number % 3 else f"line {number}\n")
        browser.turn(PACE)
        state = browser.pushes[-1]
        rows.update(enumerate(state["rows"], state["first"]))

    assert [row[3] for row in rows.values()] == [1, 2] * 20


def test_a_storm_of_lines_stays_within_the_budget(browser):
    browser.open()
    for number in range(120):
        append(browser.err, f"ERROR {'x' * 400} {number}\n" * 50 + numbered(50))
        browser.turn(0.03)
        if number % 2:
            state = browser.pushes[-1]
            page = {"view": state["view"], "log": state["log"], "first": number, "count": 300}
            browser.feed.handle({"kind": "page", **page})

    assert len(browser.answers) > 3
    for begin, _, _ in browser.sent:
        second = [size for moment, size, _ in browser.sent if begin <= moment < begin + 1.0]
        assert len(second) <= 10
        assert sum(second) <= 100_000


def test_a_page_is_answered_with_its_rows(browser):
    append(browser.out, numbered(5000))
    browser.open()

    browser.ask_page(2000, 50)

    [(page, _)] = browser.answers
    assert (page["kind"], page["first"], len(page["rows"])) == ("page", 2000, 50)
    assert page["rows"][0][:5] == [2001, 0, 1, 1, "line 2000"]


def test_a_page_of_another_choice_is_not_answered(browser):
    append(browser.out, numbered(10))
    browser.open()

    browser.ask("page", view=99, log=browser.pushes[-1]["log"], first=0, count=5)

    assert browser.answers == []


def test_of_pages_asked_in_haste_only_the_last_is_answered(browser):
    append(browser.out, "x" * 900 + "\n" + numbered(30_000))
    browser.open()
    state = browser.pushes[-1]
    for first in range(0, 20_000, 100):
        page = {"view": state["view"], "log": state["log"], "first": first, "count": 100}
        browser.feed.handle({"kind": "page", **page})
    browser.settle()

    assert browser.answers[-1][0]["first"] == 19_900
    assert len(browser.answers) < 20


def test_a_choice_is_answered_with_its_rows(browser):
    append(browser.out, "INFO a\nERROR b\n")
    append(browser.err, "WARN c\nWARN c\n")
    browser.open()

    browser.choose(view=5, level=2)
    assert (browser.pushes[-1]["view"], browser.texts) == (5, ["ERROR b", "WARN c"])

    browser.choose(view=6, stream="stderr", collapse=False)
    assert (browser.pushes[-1]["stream"], browser.texts) == ("stderr", ["WARN c", "WARN c"])


def test_another_log_is_shown_from_its_begin(browser, tmp_path):
    append(browser.out, "one\n")
    browser.open()
    before = browser.pushes[-1]["log"]

    browser.out = tmp_path / "other"
    append(browser.out, "other\n")
    browser.open("id-score")

    assert browser.pushes[-1]["log"] != before
    assert browser.texts == ["other"]


def test_another_attempt_is_another_log(browser):
    append(browser.out, "first\n")
    browser.open()
    before = browser.pushes[-1]["log"]

    browser.out.unlink()
    append(browser.out, "second\n")
    browser.settle()

    assert browser.pushes[-1]["log"] != before
    assert browser.texts == ["second"]


def test_a_search_tells_how_many_and_where_the_next_is(browser):
    append(browser.out, numbered(5000))
    browser.open()

    found = browser.search("line 77", near=100)

    assert (found["count"], found["done"], found["index"], found["row"]) == (11, True, 1, 770)


def test_the_next_hit_is_told(browser):
    append(browser.out, numbered(5000))
    browser.open()
    browser.search("line 77", near=100)

    browser.ask("hit", id=7, near=770, direction=1)
    assert browser.answers[-1][0]["row"] == 771

    browser.ask("hit", id=7, near=770, direction=-1)
    assert browser.answers[-1][0]["row"] == 77


def test_hits_in_new_lines_are_told(browser):
    append(browser.out, "hit\n")
    browser.open()
    browser.search("hit")
    append(browser.out, "no\nhit\n")

    browser.settle()

    assert browser.answers[-1][0]["count"] == 2
    assert browser.answers[-1][0]["row"] is None


def test_a_search_that_finds_nothing_says_so(browser):
    append(browser.out, "one\n")
    browser.open()

    found = browser.search("two")

    assert (found["count"], found["done"], found["row"]) == (0, True, None)


def test_a_broken_pattern_is_told_and_not_raised(browser):
    browser.open()

    assert "no regular expression" in browser.search("(", regex=True)["error"]


def test_a_pattern_that_may_take_forever_is_told_as_a_broken_one(browser):
    append(browser.out, "a" * 4000 + "!\n")
    browser.open()

    assert "no regular expression" in browser.search(r"(\w+\s?)+$", regex=True)["error"]


def test_a_search_goes_on_while_reading_takes_all_the_time(browser):
    append(browser.out, numbered(50))
    browser.open()
    browser.feed.handle(
        {"kind": "search", "id": 7, "text": "^line", "regex": True, "near": 0, "direction": 0}
    )
    browser.turn(1.0)
    append(browser.out, numbered(50))

    browser.clock.now += 1.0
    browser.feed.turn(seconds=-1.0)

    assert browser.answers[-1][0]["count"] == 100


def test_an_empty_search_ends_the_one_before(browser):
    append(browser.out, "one\n")
    browser.open()
    browser.search("one")
    count = len(browser.answers)

    browser.ask("search", id=8, text="", regex=False, near=0, direction=0)
    append(browser.out, "one\n")
    browser.settle()

    assert len(browser.answers) == count


def download(browser, stream):
    browser.ask("download", id=3, stream=stream)
    pieces = [piece for _, found in browser.answers for piece in found]
    assert browser.answers[-1][0] == {"kind": "downloaded", "id": 3, "error": ""}
    return zlib.decompress(b"".join(pieces), wbits=31)


def test_a_download_is_the_whole_file(browser):
    append(browser.out, b"caf\xe9\x1b[31m\r\n" + b"x" * 10_000 + b"\nno end")
    browser.open()

    assert download(browser, "stdout") == browser.out.read_bytes()


def test_a_download_of_both_streams_says_which_is_which(browser):
    append(browser.out, "one\n")
    append(browser.err, "two\n")
    browser.open()

    assert download(browser, "all") == b"==> stdout <==\none\n==> stderr <==\ntwo\n"


def test_a_download_has_a_budget_of_its_own(browser, monkeypatch):
    monkeypatch.setattr("synapse_magics.widgets._log_download._PIECE", 100_000)
    noise = b"".join(zlib.compress(b"%d" % number)[2:] for number in range(250_000))
    append(browser.out, noise.replace(b"\n", b" "))
    browser.open()

    assert download(browser, "stdout") == browser.out.read_bytes()
    pieces = [(moment, size) for moment, size, is_piece in browser.sent if is_piece]
    assert len(pieces) >= 5
    for begin, _ in pieces:
        assert sum(size for moment, size in pieces if begin <= moment < begin + 1) <= 1_000_000


def test_a_piece_that_is_larger_than_what_is_left_is_noted(browser, monkeypatch):
    monkeypatch.setattr("synapse_magics.widgets._log_download._MOST", (4, 100_000))
    append(browser.out, random.Random(3).randbytes(3_000_000))  # noqa: S311 - the same every time
    browser.open()

    download(browser, "stdout")

    moments = [moment for moment, _, is_piece in browser.sent if is_piece]
    assert len(moments) > 5
    assert all(there - here >= 1.0 - 1e-6 for here, there in pairwise(moments))


def test_a_download_gives_way_although_it_has_nothing_to_send_yet(browser, monkeypatch):
    monkeypatch.setattr("synapse_magics.widgets._log_download._MOST_READ", 1_000_000)
    append(browser.out, b"same\n" * 1_000_000)
    browser.open()
    browser.turn(1.0)

    browser.feed.handle({"kind": "download", "id": 3, "stream": "stdout"})
    turns = 1
    while not browser.answers:
        browser.turn()
        turns += 1

    assert turns >= 5
    assert download(browser, "stdout") == browser.out.read_bytes()


def test_a_download_can_be_canceled(browser):
    append(browser.out, numbered(100))
    browser.open()
    browser.feed._budget.take(100_000)
    for _ in range(10):
        browser.feed._budget.take(0)

    browser.feed.handle({"kind": "download", "id": 3, "stream": "stdout"})
    browser.ask("cancel", id=3)

    assert browser.answers == []


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        {},
        {"kind": "page"},
        {"kind": "page", "view": 0, "log": "id-train/0", "first": "x", "count": None},
        {"kind": "page", "view": 0, "log": "id-train/0", "first": -5, "count": 10**9},
        {"kind": "view", "view": 1, "stream": "../../etc/passwd", "level": 0, "collapse": True},
        {"kind": "view", "view": 1, "stream": "all", "level": 9, "collapse": True},
        {"kind": "search", "id": 1},
        {"kind": "hit", "id": 5, "near": 1, "direction": 1},
        {"kind": "download", "id": 1, "stream": "secrets"},
        {"kind": "cancel"},
    ],
)
def test_what_is_no_message_changes_nothing(browser, message):
    append(browser.out, "one\n")
    browser.open()

    browser.feed.handle(message)
    browser.settle()

    assert browser.feed.choice.view == 0
    assert browser.texts == ["one"]


def test_without_a_log_nothing_is_asked_for(browser):
    browser.settle()

    browser.ask("download", id=1, stream="stdout")
    browser.ask("page", view=0, log="/0", first=0, count=10)

    assert browser.pushes[-1]["count"] == 0
