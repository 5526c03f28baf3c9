"""Logs that are long, and logs that are fast."""

import time
from functools import partial
from statistics import median

import pytest
from browser_books import CLOCK, FLOOD, MANY_LINES, write_book
from front_ends import note_figures
from page_scripts import DELAYS
from run_view_page import VIEWPORT, RunView, wait_in

pytestmark = pytest.mark.browser

LINES = 1_000_000
MOST_NODES = 1_000
FLOOD_SECONDS = 8
MOST_MILLISECONDS = 300


@pytest.fixture
def long_log(lab, lab_folder, page):
    """Show the log of a step that has written a million lines."""
    opened = lab.open(page, write_book(lab_folder, MANY_LINES, lines=LINES))
    opened.run_all()
    view = RunView(page)
    view.wait_for("Completed", 120)
    view.log.wait_for_line(f"line {LINES} of many")
    return view


def test_a_million_lines_are_few_elements_of_the_page_wherever_one_scrolls(long_log):
    log = long_log.log
    for fraction in (1, 0.5, 0):
        log.scroll_to(fraction)
        assert log.nodes() < MOST_NODES
        assert len(log.rows()) < MOST_NODES
    assert long_log.page.locator("*").count() < 10 * MOST_NODES

    assert log.is_virtual
    for fraction, first in ((0, 1), (0.5, LINES // 2), (1, LINES)):
        log.scroll_to(fraction)
        wait_in(log.page, partial(is_near, log, first), what=f"line {first}")
    log.search("line 777777 of many")
    log.wait_for_line("line 777777 of many")
    wait_in(log.page, lambda: is_near(log, 777_777), what="the line that was looked for")


def is_near(log, line):
    """Tell whether a line is in sight or nearly so."""
    first = log.first_line_number()
    return first is not None and abs(first - line) < MOST_NODES


def test_a_line_is_in_sight_at_once_also_while_the_cell_waits(lab, lab_folder, page):
    opened = lab.open(page, write_book(lab_folder, CLOCK, lines=24))
    page.evaluate(DELAYS, VIEWPORT)
    opened.run_all()
    RunView(page).wait_for("Completed")

    delays = sorted(page.evaluate("window.delaysSeen()"))
    note_figures("delays", f"{delays[0]:.0f} - {delays[-1]:.0f} ms, median {median(delays):.0f} ms")
    # What was written before the log was drawn is older; two late lines are a busy machine's.
    assert len(delays) >= 20
    assert delays[-3] <= MOST_MILLISECONDS


def test_a_flooding_step_sends_little_to_the_browser(lab, lab_folder, windows):
    window = windows()
    opened = lab.open(window.page, write_book(lab_folder, FLOOD, seconds=FLOOD_SECONDS))
    opened.run_all()
    view = RunView(window.page)
    view.log.wait_for_line("x" * 70)
    begin = time.monotonic()
    view.wait_for("Completed")
    messages, size = window.traffic.rates(begin, time.monotonic())

    opened.picture("flood")
    note_figures("flood", f"{messages:.1f} messages/s, {size / 1000:.0f} kB/s")
    assert 0 < messages <= 10
    assert 0 < size <= 100_000
