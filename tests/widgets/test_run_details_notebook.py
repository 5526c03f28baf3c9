"""The live view in a notebook that is executed without a front end."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.notebook

SETUP = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from widgets_support import *
from synapse_magics.widgets import RunDetails
view = RunDetails(ScriptedSource(make_story(), {{("id-train", "stdout"): "714 rows trained"}}))
"""


def execute(*cells, **env):
    """Execute cells in a kernel; return the outputs of each, and the widgets that were made."""
    notebook = nbformat.v4.new_notebook()
    lines = "".join(f"import os; os.environ[{key!r}] = {value!r}\n" for key, value in env.items())
    sources = [lines + SETUP, *cells]
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    client = NotebookClient(notebook, timeout=60, kernel_name="python3")
    client.execute()
    return [cell.outputs for cell in notebook.cells], client.widget_state


def assert_final(output):
    assert output.output_type == "display_data"
    for form in ("text/html", "text/plain"):
        assert "Completed" in output.data[form]
        assert "Running" not in output.data[form]
        assert "rows = 714" in output.data[form]
    assert "714 rows trained" in output.data["text/html"]


def test_the_saved_output_of_follow_is_the_final_view():
    (_, outputs), widgets = execute("state = view.follow()")

    [live, twin] = outputs
    assert live.data.keys() == {"application/vnd.jupyter.widget-view+json"}
    assert_final(twin)
    # A front end that finds the widget's form draws that, also when there is no kernel any more.
    assert twin.data.keys() == {"text/html", "text/plain"}
    assert widgets


def test_the_saved_output_of_show_becomes_final_while_later_cells_run():
    (_, outputs, later), _ = execute("view.show()", "view._thread.join(30)")

    [_, twin] = outputs
    assert_final(twin)
    assert later == []


def test_a_front_end_that_cannot_hide_one_of_two_outputs_gets_one():
    (_, outputs), _ = execute("state = view.follow()", VSCODE_PID="1")

    [output] = outputs
    assert_final(output)
    assert "application/vnd.jupyter.widget-view+json" in output.data


def test_without_widgets_the_saved_output_is_static_and_final():
    (_, outputs), widgets = execute("state = view.follow()", SYNAPSE_MAGICS_WIDGETS="0")

    [output] = outputs
    assert_final(output)
    assert output.data.keys() == {"text/html", "text/plain"}
    assert widgets == {}
