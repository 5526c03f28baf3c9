"""What goes into a headless run, a notebook and its parameters, and what it reports."""

from __future__ import annotations

import ast
import copy
import json
import keyword
import re
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from synapse_magics._errors import SynapseMagicsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbformat import NotebookNode

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"

_FIRST_FORMAT_WITH_IDS = (4, 5)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


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


def plain(text: object) -> str:
    """Return a text as one printable line without colours, indented as it is.

    Parameters
    ----------
    text : object

    Returns
    -------
    str
    """
    bare = _ANSI.sub("", str(text))
    return "".join(letter if letter.isprintable() else " " for letter in bare).rstrip()


class Progress:
    """What the magics in the kernel report: JSON objects, one a line, appended to a file.

    Parameters
    ----------
    path : pathlib.Path
        The file, which is made, for its owner only.
    say : callable
        Given one line for people per submission and change of a status.
    """

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self.path = path
        self.runs: list[tuple[Path, str]] = []
        self.parameters: frozenset[str] = frozenset()
        self._say = say
        self._offset = 0
        self._rest = b""
        self._running: dict[tuple[str, str], float] = {}
        path.touch(mode=0o600)

    def poll(self) -> None:
        """Take the lines that are complete by now and pass over those that nobody can read."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                self._take(event)

    def _take(self, event: Mapping[str, Any]) -> None:
        kind, run = event.get("type"), plain(event.get("run", "?"))
        if kind == "submitted":
            self.runs.append((Path(str(event.get("folder", ""))), run))
            title = f"{plain(event.get('experiment', '?'))} #{plain(event.get('number', '?'))}"
            self._say(f"{_clock(0)} submitted  {title}  (run {run})")
        elif kind == "status":
            self._say(self._status_line(event, run))
        elif kind == "parameter":
            self.parameters |= {str(event.get("name"))}

    def _status_line(self, event: Mapping[str, Any], run: str) -> str:
        step, after = plain(event.get("step") or "pipeline"), plain(event.get("after", "?"))
        elapsed = event.get("elapsed")
        elapsed = float(elapsed) if isinstance(elapsed, (int, float)) else 0.0
        line = f"{_clock(elapsed)} {step:<10} {plain(event.get('before', '?'))} -> {after}"
        if after == "Running":
            self._running[run, step] = elapsed
        elif after in {"Completed", "Failed", "Canceled"} and (run, step) in self._running:
            line += f"  ({max(0.0, elapsed - self._running.pop((run, step))):.1f} s)"
        message = plain(event.get("message") or "")
        return f"{line}  {message}" if message else line


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"[{hours}:{minutes:02}:{rest:02}]" if hours else f"[{minutes:02}:{rest:02}]"


def _has_tag(cell: NotebookNode, tag: str) -> bool:
    return cell["cell_type"] == "code" and tag in cell.get("metadata", {}).get("tags", ())
