"""Everything that a mouse can do in a view, a keyboard can."""

import pytest
from browser_books import CANCELABLE, EVERY_STATUS, write_book
from run_view_page import RunView, wait_in

pytestmark = pytest.mark.browser


@pytest.fixture
def view(lab, lab_folder, page):
    """Show a run with a step in every status."""
    opened = lab.open(page, write_book(lab_folder, EVERY_STATUS))
    opened.run_all()
    shown = RunView(page)
    shown.wait_for("Running")
    opened.wait_for_cells()
    return shown


def test_tab_goes_through_every_control_in_order_and_shows_where_it_is(view):
    names = view.controls()
    assert len(names) >= 4  # cancel, the step, both streams

    visited = view.tab_through(names)

    assert [name for name, _ in visited] == names
    assert [name for name, visible in visited if not visible] == []


def test_step_and_stream_of_the_log_are_chosen_with_keys(view):
    view.step_choice.focus()
    first = view.selected_step
    # JupyterLab takes an arrow in any closed list for itself; Space opens the list.
    for key in ("Space", "ArrowDown", "Enter"):
        view.page.keyboard.press(key)
    wait_in(view.page, lambda: view.selected_step != first, what="the next step")
    view.log.wait_for_line(f"{view.selected_step} wrote this to")
    view.stream_choice("stderr").focus()
    view.page.keyboard.press("Enter")
    view.log.wait_for_line("wrote this to stderr")
    view.stream_choice("stdout").focus()
    view.page.keyboard.press("Space")
    view.log.wait_for_line("wrote this to stdout")

    cells = view.page.locator(".jp-Notebook .jp-Cell")
    assert cells.count() == len(EVERY_STATUS)  # no key was taken for a command of the notebook


def test_a_run_is_canceled_with_a_key(lab, lab_folder, page):
    opened = lab.open(page, write_book(lab_folder, CANCELABLE))
    opened.run_all()
    view = RunView(page)
    view.wait_for("Running")
    opened.wait_for_cells()

    view.cancel.focus()
    page.keyboard.press("Enter")

    view.wait_for("Canceled")
    wait_in(page, lambda: not view.can_be_canceled, what="the end of the button")
