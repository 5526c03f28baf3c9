"""A run as the last expression of a cell, and ``%synapse_status``."""

import pytest
from IPython.utils.capture import capture_output
from ipywidgets import Widget
from reuse_support import execute

from synapse_magics.agent import client
from synapse_magics.magics import submission
from synapse_magics.widgets import _front_end, run_details

LIVE = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def run(notebook, workspace, monkeypatch):
    monkeypatch.setattr(client, "wake", lambda _: None)
    monkeypatch.setattr(submission, "watch", lambda *_, **__: None)
    notebook.run("%%python_step fit -o model\nprint(model)\n")
    run = notebook.run("%synapse_submit exp")
    execute(workspace.store, run.id)
    notebook.names["run"] = run
    return run


@pytest.fixture
def kernel(monkeypatch):
    """Let this be a kernel."""
    for module in (_front_end, run_details):
        monkeypatch.setattr(module, "in_kernel", lambda: True)
    monkeypatch.delenv("SYNAPSE_MAGICS_WIDGETS", raising=False)
    yield
    Widget.close_all()


def shown(notebook, line):
    with capture_output() as captured:
        notebook.run(line)
    return captured


@pytest.mark.parametrize("line", ["run", "%synapse_status"])
def test_in_a_notebook_it_is_the_live_view(notebook, run, kernel, line):
    live, twin = shown(notebook, line).outputs

    assert live.data.keys() == {LIVE}
    assert twin.data.keys() == {"text/html", "text/plain"}
    assert "sr-timeline" in twin.data["text/html"]


@pytest.mark.parametrize("line", ["run", "%synapse_status"])
def test_without_widgets_it_is_the_static_view(notebook, run, kernel, line, monkeypatch):
    monkeypatch.setenv("SYNAPSE_MAGICS_WIDGETS", "0")
    captured = shown(notebook, line)

    assert [LIVE in output.data for output in captured.outputs] in ([], [False])


def test_the_static_view_has_the_sections_of_the_live_one(notebook, run):
    page = notebook.shown(notebook.run("%synapse_status"))["text/html"]

    for part in ("sr-header", "<svg", "sr-steps", "sr-timeline", "sr-preview"):
        assert part in page


def test_at_a_terminal_it_is_text(notebook, run):
    assert repr(notebook.run("%synapse_status")).startswith("exp, run 1")
