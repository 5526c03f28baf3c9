"""Views of logs and pipelines: one source, in HTML and as plain text."""

from synapse_magics.magics.display import Log, pipeline_state


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


def test_showing_a_pipeline_stores_nothing(notebook, workspace):
    notebook.run("%%python_step one -i tiny -o made\nprint(tiny, made)")
    pipeline = notebook.run("%%python_step two -i made\nprint(made)") and notebook.run(
        "%synapse_pipeline"
    )
    page = notebook.shown(pipeline)["text/html"]
    assert "one" in page
    assert "two" in page
    assert list((workspace.store.folder / "snapshots").iterdir()) == []


def test_the_picture_of_a_pipeline_has_its_edges(notebook):
    notebook.run("%%python_step one -i tiny -o made\nprint(tiny, made)")
    notebook.run("%%python_step two -i made\nprint(made)")
    first, second = pipeline_state(notebook.run("%synapse_pipeline")).steps
    assert (first.name, first.inputs, first.outputs, first.upstream) == (
        "one",
        ("tiny",),
        ("made",),
        (),
    )
    assert (second.name, second.compute, second.upstream) == ("two", "cpucluster", (first.node,))
