"""Notebooks with pipelines, run by ``synapse-magics run``."""

import pytest

pytestmark = pytest.mark.notebook

SETUP = """\
%load_ext synapse_magics
%synapse_workspace bookish
%synapse_compute cpucluster --max-nodes 2
"""
FAILS = "%%python_step fails -o table\nprint(table)\nraise ValueError('no <luck>')"
LATER = "%%python_step later -i table\nprint(table)"


@pytest.fixture(scope="module")
def failed(books):
    cells = (SETUP, FAILS, LATER, "%synapse_submit unlucky", "print('never')")
    return books.run(books.write(*cells), "--html", books.folder / "out.html")


def test_a_failed_pipeline_fails_the_notebook(failed):
    assert failed.code == 1
    (run,) = failed.runs
    assert run.status == "Failed"
    assert failed.outputs("print('never')") == []


def test_the_error_of_the_failing_cell_comes_last(failed):
    lines = failed.stderr.splitlines()
    assert lines[1] == "cell 4 of 5 failed: %synapse_submit unlucky"
    assert "step fails failed: ValueError: no <luck>" in failed.stderr
    assert lines[-4] == "where: cell of step fails, line 3"
    assert lines[-3] == "hint:  %synapse_logs fails --stream stderr shows the whole log"
    assert lines[-2].lstrip().startswith("%synapse_submit unlucky --resume ")
    assert lines[-1].lstrip().startswith("%synapse_load fails --run ")


def test_the_terminal_says_what_failed_and_what_was_not_started(failed):
    assert "fails      Running -> Failed" in failed.stdout
    assert "later      NotStarted -> Preparing" not in failed.stdout


def test_the_written_notebook_shows_the_failure_with_its_markup_escaped(failed):
    assert failed.error("%synapse_submit").ename == "ActivityFailedException"
    view = failed.outputs("%synapse_submit")[0].data["text/html"]
    assert "no &lt;luck&gt;" in view
    assert "<luck>" not in view
    assert "<luck>" not in (failed.folder / "out.html").read_text()
