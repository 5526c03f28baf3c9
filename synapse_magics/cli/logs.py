"""``synapse-magics logs``: what a step's driver printed."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from synapse_magics.cli._console import (
    add_command,
    add_folder,
    as_argument,
    open_workspace,
    say,
    whole_number,
)

if TYPE_CHECKING:
    import argparse

    from synapse_magics.cli._console import Commands
    from synapse_magics.core.pipeline_run import StepRun

_PIECE_BYTES = 1 << 16
_LOOK_SECONDS = 0.1


def add_logs(commands: Commands) -> None:
    """Add the command that prints a log.

    Parameters
    ----------
    commands : argparse action
    """
    parser = add_command(commands, "logs", "print the end of what a step's driver printed", _logs)
    parser.add_argument(
        "step", nargs="?", metavar="STEP", help="the step (default: the one to look at first)"
    )
    parser.add_argument(
        *("-r", "--run"),
        default="last",
        metavar="RUN",
        help="a run's id, the beginning of it, or 'last' (default: last)",
    )
    parser.add_argument(
        *("-s", "--stream"),
        choices=("stdout", "stderr"),
        default="stdout",
        help="default: stdout",
    )
    parser.add_argument(
        *("-n", "--lines"),
        type=as_argument(whole_number),
        default=200,
        metavar="N",
        help="how many of the last lines (default: 200)",
    )
    parser.add_argument(
        *("-f", "--follow"), action="store_true", help="go on printing until the step has ended"
    )
    add_folder(parser)


def _logs(arguments: argparse.Namespace) -> int:
    from synapse_magics.core import run_search  # noqa: PLC0415 - only if needed

    run = run_search.find_run(open_workspace(arguments), arguments.run)
    step = run_search.find_step(run, arguments.step)
    path = step.log_path(arguments.stream)
    begin = path.stat().st_size if path.exists() else 0
    text = step.log_tail(arguments.stream, arguments.lines)
    if text:
        say(text)
    elif not arguments.follow:
        say(f"{step.name} · {arguments.stream}: nothing was printed", error=True)
    if arguments.follow:
        _follow(step, arguments.stream, begin)
    return 0


def _follow(step: StepRun, stream: str, begin: int) -> None:
    """Copy what is appended to a log until its step has ended."""
    while True:
        ended = step.record.status.is_terminal
        # The path is asked for again: a step that is reused shows another run's log.
        path = step.log_path(stream)
        if path.exists():
            with path.open("rb") as file:
                file.seek(begin if begin <= path.stat().st_size else 0)  # another attempt
                while piece := file.read(_PIECE_BYTES):
                    sys.stdout.buffer.write(piece)
                begin = file.tell()
            sys.stdout.flush()
        if ended:
            return
        time.sleep(_LOOK_SECONDS)
