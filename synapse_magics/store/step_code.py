"""What of a snapshot is a step's code: all of a source folder, the cell and what it mentions."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.specs import StepSpec

# The first line of a script that was a cell or a function; its options are parts of their own.
_HEAD = re.compile(r"\s*# (%%\w+_step\b|%%step_module\b|step function )[^\n]*\n?")

_EMPTY_LINES = re.compile(r"\A(?:[ \t\f\r]*\n)*")


def code_parts(spec: StepSpec, files: Mapping[str, bytes]) -> dict[str, str]:
    """Return what a step's code is, by file.

    Of a cell: the cell itself and the step modules that it mentions, without the magic line and
    the empty lines around them, and the generated main file. Of a source folder: all of it.

    Parameters
    ----------
    spec : StepSpec
    files : mapping
        The content of the snapshot by relative path; needed for a cell only.

    Returns
    -------
    dict
        Hashes by file.
    """
    if spec.cell not in files:
        return {"source folder": spec.snapshot}
    parts = {name: hash_text(body_of(_text(files[name]))[0]) for name in own_files(spec, files)}
    if spec.script in files and spec.script != spec.cell:
        parts[spec.script] = hash_text(_text(files[spec.script]))
    return parts


def own_files(spec: StepSpec, files: Mapping[str, bytes]) -> list[str]:
    """Return the files that are a step's code: all of a source folder, part of those of a cell.

    Beside a cell lie all step modules of the notebook, and the generated main file.

    Parameters
    ----------
    spec : StepSpec
    files : mapping
        The content of the snapshot by relative path.

    Returns
    -------
    list of str
    """
    if spec.cell is None:
        return list(files)
    return cell_files(spec.cell, spec.script, files)


def cell_files(cell: str, main: str, files: Mapping[str, bytes]) -> list[str]:
    """Return a cell's file and those of the step modules that it mentions.

    Parameters
    ----------
    cell, main : str
        The cell's file, and the generated one that runs it.
    files : mapping
        The content of the snapshot by relative path.

    Returns
    -------
    list of str
    """
    others = {name: _text(body) for name, body in files.items() if name != main or main == cell}
    return mentioned(cell, others)


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def mentioned(first: str, texts: Mapping[str, str]) -> list[str]:
    """Return a file and the modules beside it whose names stand in it, or in one of those.

    A name in a text is enough: ``importlib.import_module("cleaning")`` mentions it, too.

    Parameters
    ----------
    first : str
    texts : mapping
        Text by file name.

    Returns
    -------
    list of str
    """
    found, todo = [first], [first]
    while todo:
        words = set(re.findall(r"\w+", texts.get(todo.pop(), "")))
        new = [
            name
            for name in sorted(texts)
            if name not in found and name.removesuffix(".py").rpartition("/")[2] in words
        ]
        found += new
        todo += new
    return [name for name in found if name in texts]


def body_of(text: str) -> tuple[str, int]:
    """Return a script without its magic line and the empty lines around it.

    Parameters
    ----------
    text : str

    Returns
    -------
    tuple of str and int
        The body, and how many lines of the script are above it.
    """
    text = text.replace("\r\n", "\n")  # as Python itself does, in strings as well
    head = _HEAD.match(text)
    rest = text[head.end() :] if head else text
    body = _EMPTY_LINES.sub("", rest, count=1)
    above = text[: len(text) - len(body)].count("\n")
    return body.rstrip() + "\n", above


def hash_text(text: str) -> str:
    """Return the SHA-256 of a text.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
