"""``synapse-magics run``: a notebook without a front end."""

from __future__ import annotations

import ast
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.cli._console import add_command, as_argument, say, whole_number
from synapse_magics.headless.parameters import ParameterError, parameters_json

if TYPE_CHECKING:
    import argparse

    from synapse_magics.cli._console import Commands
    from synapse_magics.headless import CellError

_LONGEST_TRACEBACK = 40
_KEPT_FROM_ITS_TOP = 8
_WORDS = {"true": True, "false": False, "null": None}


def parse_parameter(text: str) -> tuple[str, Any]:
    """Split ``name=value`` and read the value.

    Parameters
    ----------
    text : str
        What follows ``-p``. The value is read as JSON, else as a Python literal; what is neither,
        or a literal that JSON has no word for, stays the text that it is.

    Returns
    -------
    tuple of str and object

    Raises
    ------
    ParameterError
        If there is no ``=``, or the name is not one of a variable.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise ParameterError(f"{text!r}: a parameter is given as name=value")
    name = name.strip()
    parameters_json({name: value})
    try:
        read = _read_value(value.strip())
        parameters_json({name: read})
    except (ParameterError, ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        read = value
    return name, read


def _read_value(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    try:
        return json.loads(text)
    except ValueError:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a text is nobody's concern
            return ast.literal_eval(text)


def add_run(commands: Commands) -> None:
    """Add the command.

    Parameters
    ----------
    commands : argparse action
    """
    parser = add_command(commands, "run", "run a notebook and tell what its pipelines do", _run)
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    parser.add_argument(
        *("-p", "--parameter"),
        action="append",
        default=[],
        dest="parameters",
        metavar="NAME=VALUE",
        type=as_argument(parse_parameter),
        help="a parameter of the notebook and of its pipelines; may be given repeatedly",
    )
    parser.add_argument(
        "--output", type=Path, metavar="PATH", help="write the executed notebook, failed or not"
    )
    parser.add_argument(
        "--html", type=Path, metavar="PATH", help="write it as HTML too (needs nbconvert)"
    )
    parser.add_argument(
        "--cwd", type=Path, metavar="DIR", help="the kernel's folder (default: the notebook's)"
    )
    parser.add_argument(
        "--timeout",
        type=as_argument(whole_number),
        metavar="SECONDS",
        help="how long a cell may take (default: as long as it likes)",
    )
    parser.add_argument(
        "--kernel", metavar="NAME", help="the kernel (default: the one that the notebook names)"
    )


def _run(arguments: argparse.Namespace) -> int:
    from synapse_magics.headless import run_notebook  # noqa: PLC0415 - slow to import

    parameters = dict(arguments.parameters)
    result = run_notebook(
        arguments.notebook,
        parameters=parameters,
        output=arguments.output,
        html=arguments.html,
        cwd=arguments.cwd,
        timeout=arguments.timeout,
        kernel=arguments.kernel,
        on_line=say,
    )
    for folder, run_id in result.runs:
        _say_run(folder, run_id)
    for title, target in (("executed notebook", arguments.output), ("HTML", arguments.html)):
        if target is not None:
            say(f"{title}: {target}")
    for name in result.unused:
        say(
            f"parameter {name}: no cell tagged 'parameters' sets it"
            " and no submitted pipeline has it",
            error=True,
        )
    if result.error is not None:
        _say_error(result.error)
    else:
        for lines in result.failures:
            say("\n".join(["", *lines]), error=True)
    return 0 if result.succeeded else 1


def _say_run(folder: Path, run_id: str) -> None:
    from synapse_magics.store.run_state import read_run_state  # noqa: PLC0415 - only if needed
    from synapse_magics.store.store import Store  # noqa: PLC0415
    from synapse_magics.widgets.render_run import render_text  # noqa: PLC0415

    if not folder.is_dir():
        return
    with Store(folder) as store:
        state = read_run_state(store, run_id)
    if state is not None:
        say("\n" + render_text(state).rstrip())


def _say_error(error: CellError) -> None:
    lines = list(error.lines)
    hidden = len(lines) - _LONGEST_TRACEBACK
    if hidden > 0:
        middle = f"... {hidden} lines more; --output keeps them all ..."
        lines[_KEPT_FROM_ITS_TOP : _KEPT_FROM_ITS_TOP + hidden] = [middle]
    title = f"cell {error.cell} of {error.cells} failed: {error.source}"
    say("\n".join(["", title, *lines]), error=True)
