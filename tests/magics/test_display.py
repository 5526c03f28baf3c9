"""Views of logs and pipelines: one source, in HTML and as plain text."""

from synapse_magics.magics.display import Log


def test_a_log_as_text_and_as_html(shell):
    shown = shell.shown(Log("a < b\nsecond", "prep <x>", "/runs/stdout"))
    assert shown["text/plain"] == "a < b\nsecond"
    assert "a &lt; b" in shown["text/html"]
    assert "prep &lt;x&gt;" in shown["text/html"]
    assert "/runs/stdout" in shown["text/html"]


def test_a_log_without_a_line_says_so():
    assert repr(Log("", "prep · stdout", "/runs/stdout")) == "prep · stdout: nothing was printed"


def test_step_names_are_escaped_in_the_graph_of_the_pipeline(notebook):
    # No rule lets such a name in; what is shown does not rely on that.
    pipeline = notebook.run("%%python_step one\nprint(1)\n") and notebook.run("%synapse_pipeline")
    pipeline.steps[0].name = "<script>alert(1)</script>"
    page = notebook.shown(pipeline)["text/html"]
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
