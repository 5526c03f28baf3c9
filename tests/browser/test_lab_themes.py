"""Every status and every part of a view can be read, on light and on dark."""

import pytest
from browser_books import EVERY_STATUS, write_book
from run_view_page import RunView

pytestmark = pytest.mark.browser

ENOUGH = 4.5


@pytest.fixture(scope="module")
def opened(lab, module_lab_folder, module_windows):
    """Show a run with a step in every status."""
    page = module_windows(height=1800).page
    opened = lab.open(page, write_book(module_lab_folder, EVERY_STATUS))
    opened.run_all()
    RunView(page).wait_for("Running")
    return opened


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_every_text_has_contrast_enough(opened, theme):
    opened.use_theme(theme)
    view = RunView(opened.page)
    view.root.scroll_into_view_if_needed()
    # Colours may fade from one theme to the other.
    opened.page.wait_for_function(
        "document.getAnimations().every((one) => !(one instanceof CSSTransition))"
    )

    opened.picture(f"every-status-{theme.split()[-1].lower()}")
    found = view.contrasts()
    assert len(found) > 30
    assert [text for text in found if text["ratio"] < ENOUGH] == []


def test_a_status_is_a_word_and_not_only_a_colour(opened):
    steps = RunView(opened.page).steps()

    assert {name.removeprefix("step-"): word.lower() for name, word in steps.items()} == {
        word.lower(): word.lower() for word in steps.values()
    }
