"""Code with line numbers."""

import html
import re

import pytest

from synapse_magics.core.step_source import SourceFile
from synapse_magics.widgets.render_code import fault_line, render_code, render_excerpt

CELL = '# %%python_step fit\nimport json\n\nx = f"{1}"  # "no string"\nraise ValueError(x)\n'
FIT = SourceFile("fit.py", CELL)
ERROR = {"line": 5, "source": "raise ValueError(x)"}


def words(page):
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def test_lines_have_the_numbers_of_the_cell():
    assert '  4 x = f"{1}"' in words(render_code([FIT])).replace(" 4", "  4")
    assert "fit.py" in words(render_code([FIT]))


def test_the_line_at_fault_is_marked_with_a_character_and_a_class():
    page = render_code([FIT], ERROR)

    assert ">5 raise ValueError(x)" in words(page)
    assert page.count("sr-fault") == 1


def test_the_code_is_the_code():
    listing = words(render_code([FIT])).split("fit.py", 1)[1]
    text = re.sub(r"^.\d+ ", "", listing, flags=re.MULTILINE)

    assert text == CELL.rstrip("\n")


def test_keywords_strings_and_comments_have_classes():
    page = render_code([FIT])

    assert '<span class="sr-keyword">import</span>' in page
    assert '<span class="sr-comment"># &quot;no string&quot;</span>' in page
    assert '<span class="sr-string">f&quot;{1}&quot;</span>' in page


def test_a_string_of_several_lines_has_its_class_in_each():
    page = render_code([SourceFile("a.py", 'x = """one\ntwo\n"""\n')])

    assert page.count('<span class="sr-string">') == 3


def test_what_is_no_python_has_no_classes():
    assert "sr-keyword" not in render_code([SourceFile("run.sh", "for x in y; do")])


def test_the_modules_that_it_uses_are_folded():
    page = render_code([FIT, SourceFile("cleaning.py", "y = 1")])

    assert "<details><summary><code>cleaning.py</code>" in page


def test_an_excerpt_has_two_lines_on_each_side():
    text = SourceFile("a.py", "\n".join(f"v{n}" for n in range(1, 20)))

    assert words(render_excerpt(text, 10)).splitlines() == [
        *("  8 v8", "  9 v9", ">10 v10", " 11 v11", " 12 v12"),
    ]


def test_an_excerpt_at_the_begin_of_a_file():
    assert words(render_excerpt(SourceFile("a.py", "boom"), 1)) == ">1 boom"


@pytest.mark.parametrize(
    "error",
    [
        None,
        {},
        {"line": 77},
        {"line": 0},
        {"line": "5"},
        {"line": 5, "source": "a line of another file"},
    ],
)
def test_no_line_is_marked_that_is_not_known_to_be_at_fault(error):
    assert fault_line(FIT, error) is None
    assert "sr-fault" not in render_code([FIT], error)


def test_a_long_file_is_cut():
    text = "\n".join(f"v{n}" for n in range(1, 1001))
    page = words(render_code([SourceFile("a.py", text)], lines=100))

    assert "v100" in page
    assert "v101\n" not in page
    assert page.endswith("900 more lines")


def test_of_a_long_file_the_lines_around_the_one_at_fault_are_shown():
    text = "\n".join(f"v{n}" for n in range(1, 1001))
    page = words(render_code([SourceFile("a.py", text)], {"line": 500}, lines=100))

    assert "449 lines before" in page
    assert ">500 v500" in page
    assert page.endswith("451 more lines")


def test_a_long_line_is_cut():
    assert len(render_code([SourceFile("a.py", f"x = '{'y' * 100_000}'")])) < 1000


def test_code_is_no_markup():
    wicked = SourceFile("<script>.py", 'print("<script>", """<script>\n<script>""") # <script>')

    assert "<script" not in render_code([wicked, wicked])
    assert "<script" not in render_excerpt(wicked, 1)


def test_no_files_nothing():
    assert render_code(()) == ""
