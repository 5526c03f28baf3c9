"""The Python code of notebooks and scripts, read and not run."""

from __future__ import annotations

import ast
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import UserErrorException

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SUFFIXES = (".ipynb", ".py")
# Not the user's own code.
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages"})


@dataclass(frozen=True)
class Place:
    """Where something is in a file.

    Parameters
    ----------
    file : str
    line : int
        In a notebook, of the cell.
    cell : int, optional
        The how manieth code cell of a notebook, from 1.
    """

    file: str
    line: int
    cell: int | None = None

    def __str__(self) -> str:
        return f"{self.file} {self.within}"

    @property
    def within(self) -> str:
        """The place in its file."""
        return f"line {self.line}" if self.cell is None else f"cell {self.cell} line {self.line}"


@dataclass(frozen=True)
class Piece:
    """A script, or a code cell of a notebook.

    Parameters
    ----------
    start : Place
        Its first line.
    tree : ast.Module, optional
        None if it is not Python.
    problem : str
        Why it is not.
    """

    start: Place
    tree: ast.Module | None
    problem: str = ""


def find(paths: Iterable[str | Path]) -> list[Path]:
    """Return the notebooks and scripts among files and below folders, in order.

    Parameters
    ----------
    paths : iterable of str or pathlib.Path

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    UserErrorException
        If one is not there, or is neither a notebook nor a script.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            found.update(dict.fromkeys(_below(path)))
        elif not path.is_file():
            raise UserErrorException(f"there is no file or folder {path}")
        elif path.suffix not in _SUFFIXES:
            raise UserErrorException(
                f"{path} is neither a notebook nor a script", hint="they end in .ipynb or .py"
            )
        else:
            found[path] = None
    return list(found)


def _below(folder: Path) -> Iterator[Path]:
    for item in sorted(folder.iterdir()):
        if item.name.startswith(".") or item.name in _SKIPPED or item.is_symlink():
            continue
        if item.is_dir():
            # A virtual environment holds packages, whatever it is called.
            if not (item / "pyvenv.cfg").exists():
                yield from _below(item)
        elif item.suffix in _SUFFIXES:
            yield item


def read(file: Path) -> list[Piece]:
    """Return the code of a file, in order.

    Parameters
    ----------
    file : pathlib.Path

    Returns
    -------
    list of Piece
        One of a script; of a notebook, one per code cell.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        cells = list(_cells(json.loads(text))) if file.suffix == ".ipynb" else [text]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [Piece(Place(str(file), 1), None, f"it cannot be read: {error}")]
    if file.suffix != ".ipynb":
        return [_piece(Place(str(file), 1), text)]
    return [_piece(Place(str(file), 1, number), cell) for number, cell in enumerate(cells, 1)]


def _cells(notebook: dict[str, Any]) -> Iterator[str]:
    # Before version 4 of the format, cells lay in worksheets.
    sheets = notebook.get("worksheets") or [notebook]
    for cell in (item for sheet in sheets for item in sheet["cells"]):
        if cell["cell_type"] == "code":
            source = cell.get("source", cell.get("input", ""))
            yield source if isinstance(source, str) else "".join(source)


def _piece(start: Place, text: str) -> Piece:
    try:
        return Piece(start, parse(text))
    except (SyntaxError, ValueError) as error:
        line = (getattr(error, "lineno", None) or 1) + start.line - 1
        return Piece(
            Place(start.file, line, start.cell), None, f"it is not Python: {error.args[0]}"
        )


def parse(text: str) -> ast.Module:
    """Return the tree of code that may have magics in it.

    Parameters
    ----------
    text : str

    Returns
    -------
    ast.Module
        A magic is a call of ``get_ipython()`` in it.

    Raises
    ------
    SyntaxError, ValueError
        If it is not Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # the user's own, and not asked for here
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return ast.parse(text)
        except SyntaxError:
            # IPython knows best what is a magic, and what only begins like one.
            from IPython.core.inputtransformer2 import (  # noqa: PLC0415 - only if it is needed
                TransformerManager,
            )

            return ast.parse(TransformerManager().transform_cell(text))
