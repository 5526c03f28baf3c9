"""What the commands share: the terminal, the workspace, arguments that are checked."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.core.workspace import Workspace

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no other


def say(text: str, *, error: bool = False) -> None:
    """Write a line, whatever characters the terminal has.

    Parameters
    ----------
    text : str
    error : bool
        Write to the error stream.
    """
    stream = sys.stderr if error else sys.stdout
    encoding = stream.encoding or "utf-8"
    stream.write(f"{text}\n".encode(encoding, "replace").decode(encoding))
    stream.flush()


def as_argument(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Make an argument's type of a function that raises our errors.

    Parameters
    ----------
    read : callable

    Returns
    -------
    callable
    """

    def convert(text: str) -> Any:
        try:
            return read(text)
        except SynapseMagicsError as error:
            hint = getattr(error, "hint", None)
            words = f"{error.message}; {hint}" if hint else error.message
            raise argparse.ArgumentTypeError(words) from error

    return convert


def whole_number(text: str) -> int:
    """Return a whole number of 1 or more.

    Parameters
    ----------
    text : str

    Returns
    -------
    int

    Raises
    ------
    SynapseMagicsError
        If it is none.
    """
    if not text.isdecimal() or int(text) == 0:
        raise SynapseMagicsError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def add_command(
    commands: Commands, name: str, about: str, handler: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """Add a command.

    Parameters
    ----------
    commands : argparse action
    name, about : str
    handler : callable
        Called with the arguments; returns the exit code.

    Returns
    -------
    argparse.ArgumentParser
    """
    parser = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
    parser.set_defaults(handler=handler)
    return parser


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the workspace.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    """
    parser.add_argument(
        "--folder",
        metavar="DIR",
        help="the workspace's folder (default: this one, or the nearest above that has one)",
    )


def open_workspace(arguments: argparse.Namespace) -> Workspace:
    """Open the workspace that the arguments name.

    Parameters
    ----------
    arguments : argparse.Namespace

    Returns
    -------
    Workspace
    """
    from synapse_magics.core.workspace import Workspace  # noqa: PLC0415 - only if needed

    return Workspace.from_config(arguments.folder)
