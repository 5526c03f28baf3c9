"""The studio, walked through."""

import pytest
from browser_books import SHORT, write_book
from run_view_page import wait_in

pytestmark = pytest.mark.browser

LIVE, STATIC = ".synapse-studio.ss-live", ".synapse-studio.ss-static"


@pytest.fixture(scope="module")
def studio(lab, module_lab_folder, module_windows):
    """Show the studio, opened on a run."""
    page = module_windows().page
    book = write_book(module_lab_folder, (*SHORT, "%synapse_studio --run last"))
    opened = lab.open(page, book)
    opened.run_all()
    opened.wait_for_cells()
    opened.picture("studio")
    return page.locator(LIVE)


def test_it_is_live_and_its_saved_twin_is_hidden(studio):
    assert studio.is_visible()
    assert "2 of 2 completed" in studio.text_content()
    assert not studio.page.locator(STATIC).is_visible()


def test_it_stays_when_one_leaves_the_run(studio):
    studio.get_by_role("button", name="Pools", exact=True).click()

    wait_in(studio.page, lambda: "spark01" in studio.text_content(), what="the pools")
    assert studio.is_visible()
    assert not studio.page.locator(STATIC).is_visible()


def test_a_run_is_opened_with_the_keyboard(studio):
    section = studio.get_by_role("button", name="Runs", exact=True)
    section.focus()
    section.press("Enter")
    row = studio.locator(".ss-names button").first
    wait_in(studio.page, row.is_visible, what="the list of runs")
    row.focus()
    row.press("Enter")

    wait_in(studio.page, lambda: "2 of 2 completed" in studio.text_content(), what="the run")
