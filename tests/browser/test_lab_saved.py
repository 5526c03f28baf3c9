"""A notebook that was saved is read where no kernel can tell it anything."""

import subprocess
import sys

import nbformat
import pytest
from browser_books import AFTERWARDS, SHORT, write_book
from front_ends import take_picture
from run_view_page import RunView

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def saved(lab, module_lab_folder, module_windows):
    """Give a notebook that was run and saved; the kernel that it names is nowhere any more."""
    page = module_windows().page
    opened = lab.open(page, write_book(module_lab_folder, SHORT + AFTERWARDS))
    opened.run_all()
    RunView(page).wait_for("Completed")
    opened.wait_for_cells()
    opened.save()
    page.close()
    lab.server.end_kernels()
    book = nbformat.read(opened.notebook, as_version=4)
    book.metadata.kernelspec.name = book.metadata.kernelspec.language = "gone"
    del book.metadata["language_info"]
    path = module_lab_folder / "a-year-later.ipynb"
    nbformat.write(book, path)
    return path


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "not trusted"])
def test_a_saved_notebook_shows_the_final_state_without_a_kernel(lab, saved, windows, trusted):
    notebook = saved.with_name(f"a-year-later-{'mine' if trusted else 'yours'}.ipynb")
    book = nbformat.read(saved, as_version=4)
    book.metadata.title = notebook.stem  # who has the same content is trusted as well
    nbformat.write(book, notebook)
    if trusted:
        lab.server.trust(notebook)
    page = windows().page

    opened = lab.open(page, notebook, kernel=False)

    steps = page.get_by_role("row").filter(has_text="cpucluster").filter(has_text="Completed")
    steps.last.scroll_into_view_if_needed()
    opened.picture(notebook.stem)
    shown = page.locator(".jp-Notebook").text_content()
    assert "2 of 2 completed" in shown
    for words in ("Loading widget", "Error displaying widget"):
        assert not page.get_by_text(words).first.is_visible()
    assert lab.server.session(opened.path) is None
    # The run at the end of a cell, and the studio, are there as well.
    assert shown.count("2 of 2 completed") == 2
    assert "Published pipelines" in shown


def test_as_a_page_of_nbconvert_it_shows_the_final_state(saved, browser, tmp_path):
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", str(tmp_path)]
    subprocess.run([*command, str(saved)], check=True, capture_output=True)

    # nbconvert's own template asks for scripts from elsewhere: here it gets nothing at all.
    with browser.new_context(offline=True, viewport={"width": 1300, "height": 1400}) as context:
        page = context.new_page()
        page.goto((tmp_path / saved.with_suffix(".html").name).as_uri(), wait_until="commit")
        view = RunView(page, static=True)
        view.wait_for("Completed")
        view.root.scroll_into_view_if_needed()
        take_picture(page, "nbconvert")
        assert view.steps() == {"count": "Completed", "report": "Completed"}
        assert view.root.is_visible()
