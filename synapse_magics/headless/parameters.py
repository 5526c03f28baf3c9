"""What goes into a headless run, a notebook and its parameters, and what it reports."""

from __future__ import annotations

import ast
import copy
import json
import keyword
import uuid
import warnings
from typing import TYPE_CHECKING, Any, cast

from synapse_magics._errors import SynapseMagicsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nbformat import NotebookNode

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"

_FIRST_FORMAT_WITH_IDS = (4, 5)


class NotebookError(SynapseMagicsError):
    """There is no notebook to run."""


class ParameterError(SynapseMagicsError):
    """A parameter has no usable name or no usable value."""


def parameters_json(parameters: Mapping[str, Any]) -> str:
    """Return parameters as the JSON object that the kernel is started with.

    Parameters
    ----------
    parameters : mapping

    Returns
    -------
    str

    Raises
    ------
    ParameterError
        If a name is not one of a variable, or JSON has no word for a value.
    """
    for name, value in parameters.items():
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ParameterError(
                f"parameter {name!r}: the name is not one of a Python variable",
                hint="use letters, digits and underscores, as in -p learning_rate=0.1",
            )
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise ParameterError(
                f"parameter {name}: {value!r} cannot be a parameter's value",
                hint="give a number, a text, True, False, None, or a list or dict of those",
            ) from error
    return json.dumps(dict(parameters))


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook, without the outputs of earlier runs.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    nbformat.NotebookNode

    Raises
    ------
    NotebookError
        If there is no notebook there.
    """
    import nbformat  # noqa: PLC0415 - slow, and the command line does without it

    try:
        notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
            cell.source = str(cell.source)
    except OSError as error:
        raise NotebookError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError) as error:
        raise NotebookError(f"{path} is not a notebook", hint="name an .ipynb file") from error
    notebook.metadata.pop("widgets", None)  # the state of widgets that are gone
    return cast("NotebookNode", notebook)


def inject(notebook: NotebookNode, parameters: Mapping[str, Any]) -> NotebookNode:
    """Return a copy of a notebook with a cell that sets parameters.

    The cell is tagged ``injected-parameters`` and stands after the first cell tagged
    ``parameters``, or at the top if there is none; cells injected earlier are gone. Without
    parameters nothing changes.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    parameters : mapping

    Returns
    -------
    nbformat.NotebookNode
    """
    notebook = copy.deepcopy(notebook)
    if not parameters:
        return notebook
    lines = ["# Parameters", *(f"{name} = {value!r}" for name, value in parameters.items())]
    cell = type(notebook)(cell_type="code", execution_count=None, outputs=[])
    cell["metadata"] = {"tags": [INJECTED_TAG]}
    cell["source"] = "\n".join(lines)
    if (notebook["nbformat"], notebook["nbformat_minor"]) >= _FIRST_FORMAT_WITH_IDS:
        cell["id"] = uuid.uuid4().hex[:8]
    cells = [other for other in notebook["cells"] if not _has_tag(other, INJECTED_TAG)]
    declared = [index for index, other in enumerate(cells) if _has_tag(other, PARAMETERS_TAG)]
    cells.insert(declared[0] + 1 if declared else 0, cell)
    notebook["cells"] = cells
    return notebook


def declared_names(notebook: NotebookNode) -> frozenset[str]:
    """Return the names that the first cell tagged ``parameters`` assigns.

    Parameters
    ----------
    notebook : nbformat.NotebookNode

    Returns
    -------
    frozenset of str
        Empty if there is no such cell or it is not Python.
    """
    tagged = (cell["source"] for cell in notebook["cells"] if _has_tag(cell, PARAMETERS_TAG))
    # Imported late: it is slow, and only IPython knows its own magics from Python.
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the compiler thinks of it is not at issue
            manager = TransformerManager()  # type: ignore[no-untyped-call]
            tree = ast.parse(manager.transform_cell(next(tagged, "")))
    except SyntaxError:
        return frozenset()
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return frozenset(node.id for node in names if isinstance(node.ctx, ast.Store))


def _has_tag(cell: NotebookNode, tag: str) -> bool:
    return cell["cell_type"] == "code" and tag in cell.get("metadata", {}).get("tags", ())
