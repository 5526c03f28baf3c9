"""A run that fails: what went wrong is what a person sees first."""

import pytest
from browser_books import FAILING, write_book
from run_view_page import RunView

pytestmark = pytest.mark.browser


def test_the_failing_step_is_selected_and_shows_the_users_own_line(lab, lab_folder, page):
    opened = lab.open(page, write_book(lab_folder, FAILING))
    opened.run_all()
    view = RunView(page)
    view.wait_for("Failed")

    assert view.steps() == {"count": "Completed", "divide": "Failed"}
    assert "ZeroDivisionError: division by zero" in view.error
    assert "print(1 / share)" in view.error
    assert "line 4" in view.error
    assert view.selected_step == "divide"
    view.log.wait_for_line("ZeroDivisionError")
    view.root.scroll_into_view_if_needed()
    opened.picture("failed")
    error = opened.wait_for_error()
    assert "ActivityFailedException" in error
    assert "synapse_magics/" not in error
