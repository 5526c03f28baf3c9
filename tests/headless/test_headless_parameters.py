"""Parameters of a headless run, and the cell that sets them."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from synapse_magics.headless import parameters as subject


def tagged(source, *tags):
    return new_code_cell(source, metadata={"tags": list(tags)})


def sources(notebook):
    return [cell.source for cell in notebook.cells]


def test_injected_cell_stands_after_the_first_parameters_cell():
    first, second = tagged("a = 1", "parameters"), tagged("a = 2", "parameters")
    notebook = new_notebook(cells=[new_markdown_cell("#"), first, second])

    injected = subject.inject(notebook, {"a": 5, "text": "it's"})

    assert sources(injected) == ["#", "a = 1", '# Parameters\na = 5\ntext = "it\'s"', "a = 2"]
    assert injected.cells[2].metadata.tags == ["injected-parameters"]
    assert len(notebook.cells) == 3
    nbformat.validate(injected)


def test_injected_cell_stands_at_the_top_without_a_parameters_cell():
    notebook = new_notebook(cells=[new_markdown_cell("# parameters"), new_code_cell("1")])
    assert sources(subject.inject(notebook, {"b": None}))[0] == "# Parameters\nb = None"


def test_injection_replaces_what_was_injected_earlier():
    notebook = new_notebook(cells=[tagged("a = 1", "parameters"), new_code_cell("a")])
    once = subject.inject(notebook, {"a": 2})
    assert sources(subject.inject(once, {"a": 3})) == ["a = 1", "# Parameters\na = 3", "a"]


def test_without_parameters_the_notebook_is_as_it_was():
    notebook = new_notebook(cells=[tagged("a = 9", "injected-parameters")])
    assert subject.inject(notebook, {}) == notebook


def test_notebooks_of_formats_without_ids_stay_valid():
    cell = new_code_cell("1")
    del cell["id"]
    notebook = new_notebook(cells=[cell], nbformat_minor=4)
    nbformat.validate(subject.inject(notebook, {"a": 1}))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = 1\nb: int = 2\n(c, d) = 3, 4", {"a", "b", "c", "d"}),
        ("%load_ext autoreload\n!ls\na = 1", {"a"}),
        ("print(a)", set()),
        ("a = = 1", set()),
    ],
)
def test_declared_names(source, names):
    notebook = new_notebook(cells=[new_code_cell("z = 1"), tagged(source, "parameters")])
    assert subject.declared_names(notebook) == names


def test_parameters_reach_the_kernel_as_json():
    assert json.loads(subject.parameters_json({"a": 1, "b": [True, None]})) == {
        "a": 1,
        "b": [True, None],
    }


@pytest.mark.parametrize("name", ["1a", "a-b", "class", ""])
def test_a_name_that_is_not_a_variables_is_refused(name):
    with pytest.raises(subject.ParameterError, match="not one of a Python variable"):
        subject.parameters_json({name: 1})


@pytest.mark.parametrize("value", [{1, 2}, b"x", float("nan"), object()])
def test_a_value_that_json_cannot_say_is_refused(value):
    with pytest.raises(subject.ParameterError, match="cannot be a parameter's value"):
        subject.parameters_json({"a": value})


def test_reading_drops_what_an_earlier_run_left(tmp_path):
    cell = new_code_cell("1", execution_count=7)
    cell.outputs = [nbformat.v4.new_output("stream", text="old")]
    notebook = new_notebook(cells=[cell], metadata={"widgets": {"x": 1}})
    path = tmp_path / "n.ipynb"
    nbformat.write(notebook, path)

    read = subject.read_notebook(path)

    assert read.cells[0].outputs == []
    assert read.cells[0].execution_count is None
    assert "widgets" not in read.metadata


@pytest.mark.parametrize(
    "content",
    [b"", b"print(1)", b"[]", b"{}", b"3", b"\xff\xfe", b'{"nbformat": 4, "nbformat_minor": 5}',
     b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}',
     b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [3]}',
     b'{"nbformat": "x", "cells": []}'],
)  # fmt: skip
def test_a_file_that_is_not_a_notebook(tmp_path, content):
    path = tmp_path / "n.ipynb"
    path.write_bytes(content)
    with pytest.raises(subject.NotebookError, match="is not a notebook"):
        subject.read_notebook(path)


def test_no_notebook_at_all(tmp_path):
    with pytest.raises(subject.NotebookError, match="No such file"):
        subject.read_notebook(tmp_path / "n.ipynb")
    with pytest.raises(subject.NotebookError, match="directory"):
        subject.read_notebook(tmp_path)
