"""Tables and texts, in HTML and as plain words."""

from synapse_magics.widgets.tables import Text, table


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
