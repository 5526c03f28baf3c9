"""``synapse-magics clean``: remove runs that nobody needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.cli._console import add_command, add_folder, as_argument, open_workspace, say
from synapse_magics.core.quantities import parse_age, parse_size

if TYPE_CHECKING:
    import argparse

    from synapse_magics.cli._console import Commands


def add_clean(commands: Commands) -> None:
    """Add the command.

    Parameters
    ----------
    commands : argparse action
    """
    about = "remove old runs with their logs and outputs; none that something points to"
    parser = add_command(commands, "clean", about, _clean)
    parser.add_argument(
        "--older-than",
        type=as_argument(parse_age),
        metavar="AGE",
        help="remove runs that ended before: 30d, 12h",
    )
    parser.add_argument(
        "--over",
        type=as_argument(parse_size),
        metavar="SIZE",
        help="remove the oldest runs while all together have more: 10GB",
    )
    parser.add_argument(
        "--results",
        action="store_true",
        help="also those whose results can still be reused; their steps run again, then",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    add_folder(parser)


def _clean(arguments: argparse.Namespace) -> int:
    from synapse_magics.core.cleaning import clean  # noqa: PLC0415 - only if needed
    from synapse_magics.widgets.run_tables import removal_table  # noqa: PLC0415

    removal = clean(
        open_workspace(arguments),
        older_than=arguments.older_than,
        over=arguments.over,
        results=arguments.results,
        dry_run=arguments.dry_run,
    )
    say(repr(removal_table(removal, dry_run=arguments.dry_run)))
    return 0
