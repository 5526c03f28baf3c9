"""The same view in Notebook 7."""

import pytest
from browser_books import SHORT, write_book
from run_view_page import RunView, record, seen

pytestmark = pytest.mark.browser


def test_the_same_view_follows_a_run_to_its_end(notebook7, notebook7_folder, page):
    opened = notebook7.open(page, write_book(notebook7_folder, SHORT))
    record(page, "counting")
    opened.run_all()
    view = RunView(page)
    view.wait_for("Completed")
    opened.wait_for_cells()

    words = seen(page)
    assert opened.errors() == []
    assert words["lines"]["counting"]["count"] == "Running"
    assert words["steps"]["count"][-2:] in (["Running", "Completed"], ["Finalizing", "Completed"])
    assert view.steps() == {"count": "Completed", "report": "Completed"}
    view.root.scroll_into_view_if_needed()
    opened.picture("notebook7")
    opened.use_theme("JupyterLab Dark")
    opened.picture("notebook7-dark")
