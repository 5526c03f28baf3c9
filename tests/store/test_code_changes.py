"""The lines of a cell and the files of a folder that changed."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import make_step

from synapse_magics.store.code_changes import code_diff, code_differences

CELL = make_step("prep", script="prep_main.py", cell="prep.py")
FOLDER = make_step("prep", script="main.py")
HEAD = "# %%spark_step prep\n"
BODY = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\nf = 6\ng = 7\nh = 8\n"


def cell(body, head=HEAD, **modules):
    files = {"prep.py": head + body, "prep_main.py": "main"}
    return {name: text.encode() for name, text in {**files, **modules}.items()}


def edited(*lines):
    """Return the body with the lines of these numbers changed; the first line of the cell is 1."""
    texts = BODY.splitlines()
    for number in lines:
        texts[number - 2] += "0"
    return "\n".join(texts) + "\n"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (edited(3), ["line 3 of the cell changed"]),
        (edited(3, 4), ["lines 3-4 of the cell changed"]),
        (edited(3, 6), ["line 3 of the cell changed", "line 6 of the cell changed"]),
        (edited(2, 4, 6, 8), ["the cell changed at 4 places, from line 2 on"]),
        (BODY + "new = 1\n", ["line 10 of the cell is new"]),
        (BODY + "new = 1\nx = 1\n", ["lines 10-11 of the cell are new"]),
        (BODY.replace("c = 3\n", ""), ["a line is gone after line 3 of the cell"]),
        (BODY.replace("c = 3\nd = 4\n", ""), ["2 lines are gone after line 3 of the cell"]),
    ],
)
def test_the_lines_of_a_cell_have_the_numbers_that_the_notebook_shows(after, expected):
    assert code_differences(CELL, cell(BODY), cell(after)) == expected


@pytest.mark.parametrize("head", ["\n\n" + HEAD, HEAD + "\n\n"])
def test_lines_are_counted_as_the_cell_is_now(head):
    assert code_differences(CELL, cell(BODY), cell(edited(3), head)) == [
        "line 5 of the cell changed"
    ]


def test_the_magic_line_and_empty_lines_around_are_no_change():
    other = cell(f"\n{BODY}\n\n", "# %%spark_step prep -i x\n")

    assert code_differences(CELL, cell(BODY), other) == []
    assert code_diff(CELL, cell(BODY), other) == ""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"lib.py": "x = 1\n"}, {"lib.py": "x = 2\n"}, ["line 1 of step module lib changed"]),
        (
            {"lib.py": "# %%step_module lib\n\nx = 1\n"},
            {"lib.py": "# %%step_module lib\n\nx = 2\n"},
            ["line 3 of step module lib changed"],
        ),
        ({}, {"lib.py": "x"}, ["step module lib is new"]),
        ({"lib.py": "x"}, {}, ["step module lib is gone"]),
        ({"other.py": "x"}, {"other.py": "y"}, []),
        (
            {"prep_main.py": "x"},
            {"prep_main.py": "y"},
            ["another version of synapse_magics runs the cell"],
        ),
    ],
)
def test_the_files_beside_a_cell(before, after, expected):
    one, two = cell("import lib\n", **before), cell("import lib\n", **after)

    assert code_differences(CELL, one, two) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a.py": b"x\ny\n"}, {"a.py": b"x\nz\n"}, ["line 2 of a.py changed"]),
        ({"a.py": b"x"}, {"a.py": b"x\n"}, ["a.py changed"]),
        ({"a.py": b"x"}, {"b.py": b"x"}, ["b.py is new", "a.py is gone"]),
        ({}, {"a.py": b"", "b.py": b""}, ["a.py, b.py are new"]),
        ({"a.bin": b"\0\1"}, {"a.bin": b"\0\2"}, ["a.bin changed"]),
        ({"a": b"\xff"}, {"a": b"\xfe"}, ["a changed"]),
        (
            dict.fromkeys("abcd", b"x"),
            dict.fromkeys("abcd", b"y"),
            ["4 files (a, b, c, ...) changed"],
        ),
    ],
)
def test_the_files_of_a_source_folder(before, after, expected):
    assert code_differences(FOLDER, before, after) == expected


def test_a_large_file_holds_nobody_up():
    """The agent compares, too, and has other steps to look after."""
    before = {"t.csv": b"1,2\n" * 200_000}
    after = {"t.csv": b"1,2\n" * 100_000 + b"3,4\n" * 100_000}
    start = time.monotonic()

    assert code_differences(FOLDER, before, after) == ["t.csv changed"]
    assert "too large to be shown" in code_diff(FOLDER, before, after)
    assert time.monotonic() - start < 1


def test_the_diff_has_what_was_before_and_what_is_now():
    lines = code_diff(CELL, cell(BODY), cell(edited(3))).splitlines()

    assert lines[0].split() == ["---", "the", "cell", "before"]
    assert lines[1].split() == ["+++", "the", "cell", "now"]
    assert [line for line in lines[3:] if line[0] != " "] == ["-b = 2", "+b = 20"]


lines = st.lists(st.sampled_from(["a = 1", "b = 2", "", "  x"]), max_size=8)


@settings(deadline=None)
@given(lines, lines)
def test_code_differs_in_words_if_and_only_if_its_body_differs(one, two):
    before, after = cell("\n".join(one)), cell("\n".join(two))
    told = code_differences(CELL, before, after)

    assert bool(told) == bool(code_diff(CELL, before, after))
    if before == after:
        assert told == []


def test_texts_with_very_many_changed_lines_are_not_compared_line_by_line():
    one, other = ("\n".join(str(n * k % 7) for n in range(1900)) for k in (3, 5))
    begin = time.monotonic()

    found = code_differences(FOLDER, {"a.py": one.encode()}, {"a.py": other.encode()})

    assert found == ["a.py changed"]
    assert time.monotonic() - begin < 1


def test_a_line_in_a_long_script_is_told():
    one = "\n".join(f"x{n} = 1" for n in range(5000))
    other = one.replace("x4000 = 1", "x4000 = 2")

    found = code_differences(FOLDER, {"a.py": one.encode()}, {"a.py": other.encode()})

    assert found == ["line 4001 of a.py changed"]


def test_of_data_beside_the_code_no_lines_are_told():
    assert code_differences(FOLDER, {"t.csv": b"1\n2"}, {"t.csv": b"1\n3"}) == ["t.csv changed"]
