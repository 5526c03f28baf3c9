"""The Titanic notebook in JupyterLab."""

import shutil
from pathlib import Path

import pytest
from run_view_page import RunView, record, seen

pytestmark = [pytest.mark.browser, pytest.mark.spark]

TITANIC = Path(__file__).parents[2] / "notebooks" / "01_titanic.ipynb"
SPARK_LINE = "2201 people read"


@pytest.fixture(scope="module")
def titanic(lab, module_lab_folder, module_windows):
    """Run all cells; return the page, what a person saw there, and the notebook."""
    notebook = module_lab_folder / TITANIC.name
    shutil.copy(TITANIC, notebook)
    page = module_windows(height=2000).page
    opened = lab.open(page, notebook)
    record(page, SPARK_LINE)
    opened.run_all()
    view = RunView(page)
    view.root.wait_for(state="attached", timeout=60_000)
    view.root.scroll_into_view_if_needed()
    view.log.wait_for_line(SPARK_LINE, 120)
    opened.picture("titanic-running")
    view.wait_for("Completed", 120)
    opened.wait_for_cells()
    view.root.scroll_into_view_if_needed()
    opened.picture("titanic-completed")
    return page, seen(page), opened


def in_order(words, *expected):
    """Tell whether words come in this order, others between them."""
    rest = iter(words)
    return all(word in rest for word in expected)


def test_the_states_come_in_order_and_every_cell_succeeds(titanic):
    page, seen_words, opened = titanic

    assert opened.errors() == []
    assert in_order(seen_words["run"], "Running", "Completed")
    for step in ("prep", "train"):
        assert in_order(seen_words["steps"][step], "NotStarted", "Running", "Completed")
        assert seen_words["steps"][step][-1] == "Completed"
    assert RunView(page).steps() == {"prep": "Completed", "train": "Completed"}


def test_a_line_of_the_spark_cell_is_seen_while_the_step_still_runs(titanic):
    _, seen_words, _ = titanic

    assert seen_words["lines"][SPARK_LINE]["prep"] == "Running"
    assert seen_words["lines"][SPARK_LINE]["train"] == "NotStarted"
