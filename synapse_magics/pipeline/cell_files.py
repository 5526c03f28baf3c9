"""The files of a step that is a cell: the cell itself, and the main file that runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime import (
    arrow_csv,
    cell_main,
    column_conversion,
    column_texts,
    context,
    json_lines,
    json_texts,
    main_script,
    native_csv,
    parquet_files,
    readers,
    strict_values,
    table_errors,
    table_filters,
    table_operations,
    table_parts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.store.specs import StepKind


def script_text(magic_line: str, body: str, lines_above: int = 0) -> str:
    """Return a cell as a script whose line numbers are the cell's.

    The magic line becomes a comment; the body stays as it was typed, byte for byte.

    Parameters
    ----------
    magic_line : str
        ``%%spark_step prep -i titanic``, say.
    body : str
    lines_above : int
        How many lines of the cell are above the magic line.

    Returns
    -------
    str
    """
    above = "\n" * lines_above
    return f"{above}# {magic_line}\n{body}"


def lines_above(cell: str, body: str) -> int:
    """Return how many lines of a cell are above its magic line, where the magic is not told.

    Parameters
    ----------
    cell : str
        The cell as it was typed.
    body : str
        What the magic was given.

    Returns
    -------
    int
        0 if the body is not the cell's.
    """
    lines, below = cell.rstrip().split("\n"), body.rstrip().split("\n")
    if not cell.lstrip().startswith("%%") or lines[-1].strip() != below[-1].strip():
        return 0
    return max(len(lines) - len(below) - 1, 0)


READING = (
    table_errors,
    arrow_csv,
    column_texts,
    strict_values,
    column_conversion,
    json_texts,
    json_lines,
    native_csv,
    parquet_files,
    table_filters,
    table_operations,
    table_parts,
    readers,
)
"""What reads tables: modules in the order of their use, that have no name in common."""


def main_text(step: str, kind: StepKind) -> str:
    """Return the main file of a cell: it stands alone, so that it runs where nothing is installed.

    Parameters
    ----------
    step : str
    kind : StepKind

    Returns
    -------
    str
    """
    spec = {"cell": f"{step}.py", "kind": kind.value, "step": step}
    modules = (context, main_script, *READING, cell_main)
    return standalone_text(f"Run {step}.py with its variables", modules, spec)


def standalone_text(title: str, modules: Iterable[Any], spec: Mapping[str, Any]) -> str:
    """Return modules of the runtime as one file that stands alone.

    Parameters
    ----------
    title : str
        What the file does.
    modules : iterable of module
        The last one holds ``SPEC`` and is what is run.
    spec : mapping
        JSON data: what ``SPEC`` is to be.

    Returns
    -------
    str
    """
    text = "\n\n".join(_body(module) for module in modules).replace(
        "SPEC: dict[str, Any] = {}", f"SPEC: dict[str, Any] = json.loads({json.dumps(spec)!r})"
    )
    return f'"""{title}; generated, do not edit."""\n\nfrom __future__ import annotations\n\n{text}'


def _body(module: Any) -> str:
    """Return a module's text without its docstring and what only makes sense in the package."""
    text = Path(module.__file__).read_text(encoding="utf-8")
    text = text.split("from __future__ import annotations\n", 1)[1]
    imports = re.compile(r"^from synapse_magics\.runtime[^\n(]*(\([^)]*\))?\n", re.MULTILINE)
    return imports.sub("", text).strip() + "\n"
