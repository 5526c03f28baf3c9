"""A kernel comes and goes, the run stays, and so does the view of it."""

import pytest
from browser_books import PATIENT, write_book
from browser_server import end_agent
from run_view_page import RunView, wait_in
from support import is_alive, processes_of, wait_until

pytestmark = pytest.mark.browser

SUBMIT, LOOK, THREADS = 2, 3, 4


@pytest.fixture
def go(tmp_path):
    """Name the file that the step waits for; it comes with the end of the test at the latest."""
    path = tmp_path / "go"
    yield path
    path.touch()


def kernels_in(folder):
    """Return the kernels that work in a folder."""
    found = processes_of(folder)
    return [item for item in found if "ipykernel_launcher" in " ".join(item.cmdline())]


def wait_for_tick(view):
    """Wait until a view says another time than now."""
    earlier = view.facts
    wait_in(view.page, lambda: view.facts != earlier, what="a tick")


def test_after_a_restart_the_view_follows_the_same_run_to_its_end(lab, lab_folder, page, go):
    opened = lab.open(page, write_book(lab_folder, PATIENT, go=str(go)))
    for place in range(SUBMIT + 1):
        opened.run_cell(place)
    submitted = RunView(page)
    submitted.log.wait_for_line("waiting")
    [first] = kernels_in(lab_folder)

    opened.restart_kernel()

    wait_in(page, lambda: not is_alive(first.pid), what="the end of the first kernel")
    opened.run_cell(LOOK)
    view = RunView(page, cell=LOOK)
    view.wait_for("Running")
    view.log.wait_for_line("waiting")
    wait_for_tick(view)
    go.touch()
    view.wait_for("Completed")
    view.log.wait_for_line("gone on")
    opened.run_cell(THREADS)
    opened.outputs(THREADS).last.get_by_text("threads: []").wait_for()
    lab.server.end_kernels()
    wait_until(lambda: not kernels_in(lab_folder), what="the end of the kernel")
    end_agent(lab_folder)


def test_a_notebook_that_is_closed_and_opened_again_shows_its_run_live(
    lab, lab_folder, windows, go
):
    before = windows().page
    opened = lab.open(before, write_book(lab_folder, PATIENT[: SUBMIT + 1], go=str(go)))
    opened.run_all()
    RunView(before).log.wait_for_line("waiting")
    opened.wait_for_cells()
    opened.save()
    before.close()

    page = windows().page
    opened = lab.open(page, opened.notebook)
    view = RunView(page)
    view.wait_for("Running")
    wait_for_tick(view)
    go.touch()
    view.wait_for("Completed")
    view.log.wait_for_line("gone on")
