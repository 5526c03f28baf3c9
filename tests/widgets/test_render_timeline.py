"""When the steps of a run waited and ran."""

import re

from widgets_support import START, make_run, make_step

from synapse_magics.store.states import RunStatus
from synapse_magics.widgets.render_timeline import render_timeline

BAR = re.compile(r'class="(sr-\w+)" x="([\d.]+)%" y="\d+" width="([\d.]+)%"')


def step(name, *upstream, start, end, **fields):
    return make_step(name, *upstream, started=START + start, ended=START + end, **fields)


def run_of(*steps, took=100.0, **fields):
    fields = {"status": RunStatus.COMPLETED, "ended": START + took, **fields}
    return make_run(*steps, **fields)


def bars(page):
    return [(name, float(left), float(width)) for name, left, width in BAR.findall(page)]


def test_a_bar_begins_and_ends_where_the_step_did():
    page = render_timeline(run_of(step("prep", start=0, end=25), step("fit", start=0, end=100)))

    assert bars(page) == [("sr-bar", 0.0, 25.0), ("sr-bar", 0.0, 100.0)]


def test_waiting_begins_when_all_that_it_needs_has_completed():
    page = render_timeline(
        run_of(step("prep", start=0, end=20), step("fit", "prep", start=50, end=60))
    )

    assert bars(page)[1:] == [("sr-wait", 20.0, 30.0), ("sr-bar", 50.0, 10.0)]
    assert "10.0 s from 50.0 s, waited 30.0 s" in page


def test_a_step_that_runs_ends_at_the_moment_of_the_picture():
    running = make_step("fit", status=RunStatus.RUNNING, started=START + 25)
    page = render_timeline(make_run(running, taken=START + 100))

    assert bars(page)[-1] == ("sr-bar", 25.0, 75.0)
    assert "from 25.0 s on" in page


def test_a_reused_step_is_a_mark_and_a_word():
    reused = make_step("prep", reused=True, started=None, ended=START + 50)
    page = render_timeline(run_of(reused))

    assert 'class="sr-reuse" cx="50%"' in page
    assert ">reused</td>" in page
    assert bars(page) == []


def test_steps_that_have_not_started_say_what_they_wait_for():
    prep = make_step("prep", status=RunStatus.QUEUED)
    fit = make_step("fit", "prep", status=RunStatus.NOT_STARTED)
    page = render_timeline(make_run(prep, fit))

    assert ">waits for its turn</td>" in page
    assert ">waits for other steps</td>" in page


def test_a_step_that_was_skipped_did_not_run():
    page = render_timeline(run_of(make_step("fit", status=RunStatus.CANCELED, started=None)))

    assert ">did not run</td>" in page
    assert bars(page) == []


def test_the_axis_has_round_numbers():
    assert re.findall(
        r"<text [^>]*>([^<]+)</text>", render_timeline(run_of(step("a", start=0, end=1)))
    ) == [
        *("0 s", "30 s", "1 m", "1 m 30 s"),
    ]


def test_one_short_step_fills_the_axis():
    page = render_timeline(run_of(step("a", start=0, end=0.05), took=0.05))

    assert bars(page) == [("sr-bar", 0.0, 50.0)]


def test_two_hundred_steps_have_a_row_each_and_more_are_counted():
    steps = [step(f"s{n}", start=n / 10, end=n / 10 + 1) for n in range(230)]
    page = render_timeline(run_of(*steps))

    assert page.count("<tr") == 201
    assert "30 more steps" in page


def test_nothing_is_drawn_of_no_steps():
    assert render_timeline(run_of()) == ""


def test_names_are_no_markup():
    assert "<script" not in render_timeline(run_of(step("<script>", start=0, end=1)))
