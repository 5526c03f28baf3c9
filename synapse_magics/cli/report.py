"""``synapse-magics report``: a run as one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.cli._console import add_command, add_folder, open_workspace, say

if TYPE_CHECKING:
    import argparse

    from synapse_magics.cli._console import Commands


def add_report(commands: Commands) -> None:
    """Add the command that writes a report.

    Parameters
    ----------
    commands : argparse action
    """
    about = "write a run with code, outputs and logs to one HTML file"
    parser = add_command(commands, "report", about, _report)
    parser.add_argument(
        "run",
        nargs="?",
        default="last",
        metavar="RUN",
        help="a run's id, the beginning of it, or 'last' (default: last)",
    )
    parser.add_argument(
        *("-o", "--output"),
        metavar="FILE",
        help="a file or a folder (default: EXPERIMENT-run-NUMBER.html here)",
    )
    add_folder(parser)


def _report(arguments: argparse.Namespace) -> int:
    from synapse_magics.core import run_search  # noqa: PLC0415 - only if needed

    run = run_search.find_run(open_workspace(arguments), arguments.run)
    say(f"wrote {run.to_html(arguments.output)}")
    return 0
