"""A run as HTML and as text."""

import re
import subprocess
import sys
import types
from html.parser import HTMLParser

import pytest
from widgets_support import NOW, START, make_failed_run, make_run, make_step

from synapse_magics.store.output_stats import OutputStats
from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.render_run import (
    render_duration,
    render_error,
    render_header,
    render_run,
    render_steps,
    render_text,
)

SCRIPT = "<script>alert(1)</script>"
GO_ON = [
    "%synapse_submit titanic --resume 7f3a91c2  # goes on once it is mended",
    "%synapse_load train --run 7f3a91c2  # brings its inputs to the notebook",
]


@pytest.fixture(autouse=True)
def _magics(monkeypatch):
    """Let there be a shell with the magics."""
    shell = types.SimpleNamespace(find_line_magic=lambda name: name)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)


class WordsOnly(HTMLParser):
    """What is left of a page where a sanitizer took styles and SVG away."""

    def __init__(self):
        super().__init__()
        self.words, self._dropped = [], 0

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 - the parser passes it
        self._dropped += tag in {"style", "svg"}

    def handle_endtag(self, tag):
        self._dropped -= tag in {"style", "svg"}

    def handle_data(self, data):
        if not self._dropped:
            self.words.append(data)


def words_of(markup):
    parser = WordsOnly()
    parser.feed(markup)
    return "".join(parser.words)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.8, "0.8 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.99, "1 m 00 s"),
        (125, "2 m 05 s"),
        (3599.7, "1 h 00 m"),
        (3720, "1 h 02 m"),
        (100_000, "27 h 46 m"),
    ],
)
def test_durations_read_as_people_say_them(seconds, words):
    assert render_duration(seconds) == words


def test_the_header_says_which_run_how_it_stands_and_for_how_long():
    run = make_run(make_step("prep"), make_step("train", status=RunStatus.RUNNING))

    words = words_of(render_header(run))

    assert words == "titanic run 12 7f3a91c2Running · 1 m 15 s · 1 of 2 completed, 1 running"


@pytest.mark.parametrize(
    ("engines", "words"),
    [
        (("local_spark",), "Spark on this machine"),
        (("local_spark", "python_process"), "Spark and Python on this machine"),
        (("python_process", "spark_submit"), "Python on this machine, spark submit"),
    ],
)
def test_the_header_says_what_the_steps_run_on(engines, words):
    steps = (make_step(f"s{n}", engine=engine) for n, engine in enumerate(engines * 2))

    assert words_of(render_header(make_run(*steps))).endswith(f"completed · {words}")


def test_the_header_counts_failed_steps():
    assert "1 of 3 completed, 1 failed, 1 canceled" in render_header(make_failed_run())


def test_the_header_gives_the_reason_of_the_run():
    run = make_run(status=RunStatus.CANCELED, reason="canceled by ada")

    assert "canceled by ada" in render_header(run)


@pytest.mark.parametrize("status", list(RunStatus))
def test_every_status_is_a_word_and_a_colour(status):
    table = render_steps(make_run(make_step("prep", status=status)))

    assert f'class="sr-status sr-{status.value.lower()}">{status.value}</span>' in table


def test_the_table_has_elapsed_time_reason_and_metrics():
    step = make_step("prep", reason="nothing to reuse", metrics={"rows": 714, "loss": [0.5, 0.25]})

    words = words_of(render_steps(make_run(step)))

    assert "12.3 s" in words
    assert "nothing to reuse · rows = 714 · loss = 0.25 (last of 2)" in words


def test_a_running_step_counts_up_to_when_the_picture_was_taken():
    step = make_step("prep", status=RunStatus.RUNNING, started=NOW - 42.0)

    assert "42.0 s" in render_steps(make_run(step))


def test_names_and_reasons_are_escaped_in_the_table():
    step = make_step(SCRIPT, reason=SCRIPT, compute=SCRIPT, metrics={SCRIPT: SCRIPT})

    assert "<script" not in render_steps(make_run(step))


def test_no_failed_step_no_error():
    assert render_error(make_run(make_step("prep"))) == ""


def test_the_error_shows_message_place_and_line():
    words = words_of(render_error(make_failed_run()))

    assert "Step train failed" in words
    assert "ValueError: could not convert string to float: 'male'" in words
    assert "cell of step train, line 4" in words
    assert "4 | model.fit(df)" in words


def test_an_error_needs_nothing_but_its_message():
    run = make_run(make_step("train", status=RunStatus.FAILED, error={"message": "no memory"}))

    assert words_of(render_error(run)) == f"Step train failedno memory{GO_ON[1]}"


def test_where_there_are_no_magics_commands_are_named(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    said = words_of(render_error(make_failed_run()))

    assert "synapse-magics resume 7f3a91c2" in said
    assert "%synapse" not in said + render_text(make_failed_run())


def test_a_run_that_has_ended_can_be_resumed():
    assert words_of(render_error(make_failed_run())).endswith("\n".join(GO_ON))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"because": ("line 3 changed", "x is new")}, "ran, because: line 3 changed; x is new"),
        (
            {"because": ("line 3 changed",), "status": RunStatus.RUNNING},
            "runs, because: line 3 changed",
        ),
        ({"because": ("reused from run 3f2a",), "reused": True}, "reused from run 3f2a"),
        (
            {"because": ("reused from run 3f2a",), "reason": "reused from run 3f2a"},
            "reused from run 3f2a",
        ),
        ({"because": ("kept from run 3f2a", "although x changed")}, "kept from run 3f2a; although"),
        ({"attempt": 2}, "attempt 2"),
    ],
)
def test_a_step_says_why_it_ran_or_whose_result_it_shows(fields, expected):
    told = render_text(make_run(make_step("prep", **fields)))
    assert told.count(expected) == 1


def test_a_step_that_did_not_run_has_no_reason_to():
    step = make_step("prep", status=RunStatus.CANCELED, because=("x",), reason="prep failed")
    assert "because" not in render_text(make_run(step))


def test_reused_steps_are_counted():
    run = make_run(make_step("prep", reused=True), make_step("train"))
    assert "2 of 2 completed, 1 reused, 1 ran" in render_text(run)


def test_a_failed_step_without_an_error_shows_its_reason():
    run = make_run(make_step("train", status=RunStatus.FAILED, reason="the machine went down"))

    assert "the machine went down" in render_error(run)


def test_a_type_that_the_message_begins_with_is_not_said_twice():
    error = render_error(make_failed_run(message="ValueError: bad", type="ValueError"))

    assert error.count("ValueError") == 1


def test_everything_in_an_error_is_escaped():
    keys = ("message", "type", "where", "source", "traceback")

    error = render_error(make_failed_run(**dict.fromkeys(keys, SCRIPT)))

    assert "<script" not in error


def test_the_static_view_holds_every_part():
    page = render_run(make_failed_run(), log="reading\nfailed", log_title="train · stderr")

    for part in ("<style>", "sr-header", "<svg", "sr-steps", "sr-error", "train · stderr"):
        assert part in page


def test_the_static_view_can_be_read_without_styles_and_svg():
    words = words_of(render_run(make_failed_run(), log="one\ntwo"))

    assert "prep → train → report" in words
    assert "Failed" in words
    assert "Canceled" in words
    assert "one\ntwo" in words


def test_the_static_view_escapes_names_log_and_experiment():
    run = make_run(make_step(SCRIPT, reason=SCRIPT), experiment=SCRIPT, reason=SCRIPT, id=SCRIPT)

    assert "<script" not in render_run(run, log=SCRIPT, log_title=SCRIPT)


def test_the_static_view_asks_nothing_of_the_network():
    page = render_run(make_failed_run(), log="log")

    assert not re.search(r"url\(|@import|https?:|\bsrc=|<link|<script", page)


def test_the_static_view_shows_only_the_end_of_a_long_log():
    page = render_run(make_failed_run(), log="\n".join(f"line {n}" for n in range(500)))

    assert "line 499" in page
    assert "line 400" not in page


def test_the_static_view_of_very_many_steps_is_not_very_long():
    made = {"out": OutputStats(1, 9, 1)}
    steps = (make_step(f"s{n}", metrics={"rows": n}, output_stats=made) for n in range(5000))
    page = render_run(make_run(*steps), log="x" * 1_000_000)

    assert len(page) < 400_000
    assert "The graph of 5,000 steps" in page
    assert "4,700 more steps" in page
    assert "4,800 more outputs" in page


def test_a_run_without_steps_has_a_view():
    run = make_run(status=RunStatus.FAILED)

    assert "Failed" in render_run(run)
    assert "Failed" in render_text(run)


def test_text_is_an_aligned_table():
    lines = render_text(
        make_run(
            make_step("prep", metrics={"rows": 714}),
            make_step("train", "prep", status=RunStatus.RUNNING, compute="cpu", started=NOW - 2),
        )
    ).splitlines()

    assert lines == [
        "titanic, run 12 (7f3a91c2): Running · 1 m 15 s · 1 of 2 completed, 1 running",
        "",
        "Step   Kind   Compute        Status     Elapsed  Reason / metrics",
        "prep   spark  link1-spark01  Completed   12.3 s  rows = 714",
        "train  spark  cpu            Running      2.0 s",
    ]


def test_text_ends_with_the_error_and_its_place():
    lines = render_text(make_failed_run()).splitlines()

    assert lines[-5:] == [
        "Step train failed: ValueError: could not convert string to float: 'male'",
        "  where: cell of step train, line 4",
        "    4 | model.fit(df)",
        *(f"  {line}" for line in GO_ON),
    ]


def test_text_keeps_a_row_in_one_line_and_drops_escape_sequences():
    step = make_step("prep", reason="first\nsecond \x1b[31mred\x1b[0m")

    assert "first second red" in render_text(make_run(step))


def test_a_message_of_many_lines_is_indented_in_text():
    text = render_text(make_failed_run(message="bad\nvery bad"))

    assert "Step train failed: ValueError: bad\n  very bad\n" in text


def test_a_run_that_has_just_been_submitted_has_no_elapsed_steps():
    run = make_run(make_step("prep", status=RunStatus.QUEUED), taken=START)

    assert "prep  spark  link1-spark01  Queued" in render_text(run)


def test_the_package_of_views_does_not_import_ipywidgets():
    code = (
        "import sys, synapse_magics.widgets, synapse_magics.widgets.render_run;"
        "assert not {'ipywidgets', 'IPython'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
