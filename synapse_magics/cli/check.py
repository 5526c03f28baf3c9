"""``synapse-magics check``: what code uses of Azure ML SDK v1, and whether it runs here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from synapse_magics.cli._console import add_command, say

if TYPE_CHECKING:
    import argparse

    from synapse_magics.cli._console import Commands


def add_check(commands: Commands) -> None:
    """Add the command.

    Parameters
    ----------
    commands : argparse action
    """
    about = "list what notebooks and scripts use of Azure ML SDK v1, and whether it runs here"
    parser = add_command(commands, "check", about, _check)
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a notebook, a script, or a folder of them"
    )
    parser.add_argument("--json", action="store_true", help="for other programs")


def _check(arguments: argparse.Namespace) -> int:
    from synapse_magics.migration.report import check  # noqa: PLC0415 - only if needed

    report = check(arguments.paths)
    say(json.dumps(report.to_json(), indent=2) if arguments.json else str(report))
    return 0 if report.runs else 1
