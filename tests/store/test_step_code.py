"""What of a snapshot is a step's code."""

from dataclasses import replace

import pytest
from support import make_step

from synapse_magics.store.step_code import body_of, code_parts, mentioned, own_files

STEP = make_step("prep", script="prep_main.py", cell="prep.py")


def test_of_a_source_folder_the_snapshot_counts():
    script = replace(STEP, cell=None, script="a.py", snapshot="s1", arguments=())

    assert code_parts(script, {"a.py": b"x"}) == {"source folder": "s1"}


def test_two_cells_whose_snapshots_are_gone_are_not_the_same():
    assert code_parts(STEP, {}) != code_parts(replace(STEP, snapshot="other"), {})


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"a.py": "import b", "b.py": "c", "c.py": "", "d.py": ""}, ["a.py", "b.py", "c.py"]),
        ({"a.py": "import b", "b.py": "import a"}, ["a.py", "b.py"]),
        ({"a.py": 'import_module("b")', "b.py": ""}, ["a.py", "b.py"]),
        ({"a.py": "abc", "b.py": ""}, ["a.py"]),
        ({}, []),
    ],
)
def test_what_a_file_mentions(texts, expected):
    assert mentioned("a.py", texts) == expected


@pytest.mark.parametrize(
    ("text", "body", "above"),
    [
        ("# %%spark_step a\n\n\nx\n\n", "x\n", 3),
        ("\n\n# %%python_step a\nx", "x\n", 3),
        ("# %%step_module a\r\n\r\n \t\nx", "x\n", 3),
        ("# step function a\n\n\nx\n", "x\n", 3),
        ("# a comment\nx\n", "# a comment\nx\n", 0),
        ("    x\n", "    x\n", 0),
        ("# %%spark_step a", "\n", 0),
    ],
)
def test_the_body_of_a_script_and_where_it_begins(text, body, above):
    assert body_of(text) == (body, above)


def test_the_own_files_of_a_cell_and_of_a_folder():
    files = {"prep.py": b"import lib", "prep_main.py": b"other", "lib.py": b"", "other.py": b""}

    assert own_files(STEP, files) == ["prep.py", "lib.py"]
    assert own_files(replace(STEP, cell=None), files) == list(files)
