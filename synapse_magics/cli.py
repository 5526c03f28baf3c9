"""The command line: ``synapse-magics run NOTEBOOK``."""

from __future__ import annotations

import argparse
import ast
import json
import signal
import sys
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics import __version__
from synapse_magics._errors import SynapseMagicsError
from synapse_magics.headless.parameters import ParameterError, parameters_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from synapse_magics.headless import CellError

    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no other

_LONGEST_TRACEBACK = 40
_KEPT_FROM_ITS_TOP = 8
_WORDS = {"true": True, "false": False, "null": None}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command of ``synapse-magics``.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        The exit code: 0 if all went well, 1 if not, 2 for a command that nobody understands,
        130 after Ctrl-C.
    """
    parser = _parser()
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as leaving:  # argparse has said why, or has printed the help
        return leaving.code if isinstance(leaving.code, int) else 2
    if arguments.handler is None:
        _say(parser.format_help().rstrip())
        return 2
    try:
        with _ended_by_sigterm():
            return int(arguments.handler(arguments))
    except (SynapseMagicsError, OSError) as error:  # an OSError: a full disk, a closed terminal
        _say(f"{type(error).__name__}: {error}", error=True)
        return 1
    except KeyboardInterrupt:
        _say("interrupted", error=True)
        return 130


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


def _add_run(commands: _Commands) -> None:
    about = "run a notebook and tell what its pipelines do"
    parser = commands.add_parser("run", help=about, description=about, allow_abbrev=False)
    parser.set_defaults(handler=_run)
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    parser.add_argument(
        *("-p", "--parameter"),
        action="append",
        default=[],
        dest="parameters",
        metavar="NAME=VALUE",
        type=_as_argument(parse_parameter),
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
        type=_as_argument(_seconds),
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
        on_line=_say,
    )
    for folder, run_id in result.runs:
        _say_run(folder, run_id)
    for title, target in (("executed notebook", arguments.output), ("HTML", arguments.html)):
        if target is not None:
            _say(f"{title}: {target}")
    for name in result.unused:
        _say(
            f"parameter {name}: no cell tagged 'parameters' sets it"
            " and no submitted pipeline has it",
            error=True,
        )
    if result.error is not None:
        _say_error(result.error)
    else:
        for lines in result.failures:
            _say("\n".join(["", *lines]), error=True)
    return 0 if result.succeeded else 1


_COMMANDS: tuple[Callable[[_Commands], None], ...] = (_add_run,)


def _say_run(folder: Path, run_id: str) -> None:
    from synapse_magics.store.run_state import read_run_state  # noqa: PLC0415 - only if needed
    from synapse_magics.store.store import Store  # noqa: PLC0415
    from synapse_magics.widgets.render_run import render_text  # noqa: PLC0415

    if not folder.is_dir():
        return
    with Store(folder) as store:
        state = read_run_state(store, run_id)
    if state is not None:
        _say("\n" + render_text(state).rstrip())


def _say_error(error: CellError) -> None:
    lines = list(error.lines)
    hidden = len(lines) - _LONGEST_TRACEBACK
    if hidden > 0:
        middle = f"... {hidden} lines more; --output keeps them all ..."
        lines[_KEPT_FROM_ITS_TOP : _KEPT_FROM_ITS_TOP + hidden] = [middle]
    title = f"cell {error.cell} of {error.cells} failed: {error.source}"
    _say("\n".join(["", title, *lines]), error=True)


def _say(text: str, *, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(f"{text}\n".encode(encoding, "replace").decode(encoding))
    stream.flush()


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise SynapseMagicsError(f"{text!r} is not a whole number of seconds")
    return int(text)


def _as_argument(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return read(text)
        except SynapseMagicsError as error:
            raise argparse.ArgumentTypeError(error.message) from error

    return convert


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="synapse-magics",
        description="Run notebooks and their pipelines without a front end.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(handler=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add in _COMMANDS:
        add(commands)
    return parser


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Leave as after Ctrl-C when a batch system asks for it: without a kernel left behind."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
