"""The command line: ``synapse-magics run NOTEBOOK``, and what there is to do with runs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from synapse_magics import __version__
from synapse_magics._errors import SynapseMagicsError
from synapse_magics.cli import check, cleaning, logs, notebook, report, runs
from synapse_magics.cli._console import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

_COMMANDS = (
    notebook.add_run,
    runs.add_runs,
    runs.add_status,
    logs.add_logs,
    report.add_report,
    runs.add_cancel,
    runs.add_resume,
    cleaning.add_clean,
    check.add_check,
)


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
        say(parser.format_help().rstrip())
        return 2
    try:
        with _ended_by_signals():
            return int(arguments.handler(arguments))
    except BrokenPipeError:  # who reads, head say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (SynapseMagicsError, OSError) as error:  # an OSError: a full disk, a closed terminal
        say(f"{type(error).__name__}: {error}", error=True)
        return 1
    except KeyboardInterrupt:
        say("interrupted", error=True)
        return 130


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
def _ended_by_signals() -> Iterator[None]:
    """Leave as after Ctrl-C when a batch system asks for it, or the terminal closes."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
