"""The Python code of notebooks and scripts."""

import json

import pytest

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.migration.sources import find, read


def write_notebook(file, *cells, **parts):
    cells = [{"cell_type": kind, "source": source} for kind, source in cells]
    file.write_text(json.dumps({"cells": cells, **parts}))
    return file


def test_files_below_a_folder(tmp_path):
    for name in ("b.py", "a.ipynb", "sub/c.py", "x.txt", ".hidden/d.py", "venv/pyvenv.cfg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "venv" / "e.py").touch()

    found = [str(file.relative_to(tmp_path)) for file in find([tmp_path, tmp_path / "b.py"])]
    assert found == ["a.ipynb", "b.py", "sub/c.py"]


def test_what_is_not_there_and_what_is_neither(tmp_path):
    (tmp_path / "x.txt").touch()
    with pytest.raises(UserErrorException, match="there is no file or folder"):
        find([tmp_path / "missing.py"])
    with pytest.raises(UserErrorException, match="neither a notebook nor a script"):
        find([tmp_path / "x.txt"])


def test_code_cells_are_counted(tmp_path):
    code = ["a = 1\n", "%matplotlib inline"]
    file = write_notebook(tmp_path / "a.ipynb", ("code", code), ("markdown", "b"), ("code", "c"))
    first, second = read(file)

    assert (first.start.cell, second.start.cell) == (1, 2)
    assert len(first.tree.body) == 2


def test_notebooks_of_version_3(tmp_path):
    file = tmp_path / "a.ipynb"
    cell = {"cell_type": "code", "input": ["a = 1"]}
    file.write_text(json.dumps({"worksheets": [{"cells": [cell]}]}))

    assert len(read(file)[0].tree.body) == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": [{}]}', '{"nothing": 1}'])
def test_what_is_no_notebook_is_said(tmp_path, text):
    file = tmp_path / "a.ipynb"
    file.write_text(text)
    [piece] = read(file)

    assert piece.tree is None
    assert piece.problem.startswith("it cannot be read: ")


def test_what_is_not_python_is_said_with_its_line(tmp_path):
    file = tmp_path / "a.py"
    file.write_text("a = 1\nprint 'old'\n")
    [piece] = read(file)

    assert str(piece.start) == f"{file} line 2"
    assert piece.problem.startswith("it is not Python: ")


def test_text_that_is_not_utf_8_is_said(tmp_path):
    file = tmp_path / "a.py"
    file.write_bytes(b"a = '\xff'")

    assert read(file)[0].problem.startswith("it cannot be read: ")
