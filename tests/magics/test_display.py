"""Tables, texts and views: one source, in HTML and as plain text."""

from synapse_magics.magics.display import Log, Text, table


def test_a_table_as_text():
    text = repr(table(("name", "n"), [("ant", 1), ("caterpillar", None)], "insects"))
    assert text.splitlines() == [
        "insects",
        "name         n",
        "-----------  -",
        "ant          1",
        "caterpillar",
    ]


def test_a_table_without_rows_still_has_its_columns():
    assert repr(table(("name", "n"), [])) == "name  n\n----  -"


def test_a_table_as_html_escapes_what_it_shows():
    page = table(("<b>", "n"), [("<script>", "a & b")], "<i>")._repr_html_()
    for text in ("&lt;b&gt;", "&lt;script&gt;", "a &amp; b", "&lt;i&gt;"):
        assert text in page
    assert "<script>" not in page


def test_a_text_is_itself():
    assert repr(Text("3 steps")) == "3 steps"


def test_a_log_as_text_and_as_html(shell):
    shown = shell.shown(Log("a < b\nsecond", "prep <x>", "/runs/stdout"))
    assert shown["text/plain"] == "a < b\nsecond"
    assert "a &lt; b" in shown["text/html"]
    assert "prep &lt;x&gt;" in shown["text/html"]
    assert "/runs/stdout" in shown["text/html"]


def test_step_names_are_escaped_in_the_graph_of_the_pipeline(notebook):
    # No rule lets such a name in; what is shown does not rely on that.
    pipeline = notebook.run("%%python_step one\nprint(1)\n") and notebook.run("%synapse_pipeline")
    pipeline.steps[0].name = "<script>alert(1)</script>"
    page = notebook.shown(pipeline)["text/html"]
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
