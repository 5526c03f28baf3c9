"""The Titanic notebook in JupyterLab, from Run All to the file that is opened a year later."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from front_ends import take_picture
from run_view_page import RunView, record, seen

pytestmark = [pytest.mark.browser, pytest.mark.spark]

TITANIC = Path(__file__).parents[2] / "notebooks" / "01_titanic.ipynb"
SPARK_LINE = "2201 people read"


@pytest.fixture(scope="module")
def titanic(lab, module_lab_folder, module_windows):
    """Run all cells and save; return the page, what a person saw there, and the notebook."""
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
    opened.save()
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


@pytest.fixture(scope="module")
def saved(titanic, lab, module_lab_folder):
    """Give the saved notebook as one that knows no kernel, in a server without any."""
    _, _, opened = titanic
    lab.server.end_kernels()
    book = nbformat.read(opened.notebook, as_version=4)
    del book.metadata["kernelspec"]
    path = module_lab_folder / "a-year-later.ipynb"
    nbformat.write(book, path)
    return path


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "not trusted"])
def test_a_saved_notebook_shows_the_final_state_without_a_kernel(lab, saved, windows, trusted):
    notebook = saved.with_name(f"a-year-later-{'mine' if trusted else 'yours'}.ipynb")
    shutil.copy(saved, notebook)
    if trusted:
        lab.server.trust(notebook)
    page = windows(height=2000).page

    opened = lab.open(page, notebook, kernel=False)

    steps = page.get_by_role("row").filter(has_text="link1-spark01").filter(has_text="Completed")
    steps.last.scroll_into_view_if_needed()
    opened.picture(notebook.stem)
    shown = page.locator(".jp-Notebook").text_content()
    assert "2 of 2 completed" in shown
    assert "model not found" not in shown
    assert lab.server.session(opened.path) is None


def test_as_a_page_of_nbconvert_it_shows_the_final_state(saved, browser, tmp_path):
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", str(tmp_path)]
    subprocess.run([*command, str(saved)], check=True, capture_output=True)

    # nbconvert's own template asks for scripts from elsewhere: here it gets nothing at all.
    with browser.new_context(offline=True, viewport={"width": 1300, "height": 2000}) as context:
        page = context.new_page()
        page.goto((tmp_path / saved.with_suffix(".html").name).as_uri(), wait_until="commit")
        view = RunView(page, static=True)
        view.wait_for("Completed")
        view.root.scroll_into_view_if_needed()
        take_picture(page, "nbconvert")
        assert view.steps() == {"prep": "Completed", "train": "Completed"}
        assert view.root.is_visible()
