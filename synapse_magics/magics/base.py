"""What all groups of magics share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics
from IPython.core.magic_arguments import argument

from synapse_magics.magics.options import parse_magic_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


HELP = argument("-h", "--help", action="store_true", help="Show this help.")
"""The option that every magic has."""


class NotebookMagics(Magics):
    """A group of magics of one notebook."""

    @property
    def namespace(self) -> dict[str, Any]:
        """The notebook's own names."""
        return {} if self.shell is None else self.shell.user_ns

    def parse(self, magic: Callable[..., Any], line: str) -> argparse.Namespace | None:
        """Parse the line of a magic; None when help was asked for and shown.

        Parameters
        ----------
        magic : callable
        line : str

        Returns
        -------
        argparse.Namespace or None
        """
        return parse_magic_line(magic, line, self.namespace)


def shared_options(*groups: tuple[Any, ...]) -> Callable[[Any], Any]:
    """Give a magic groups of options, so that magics share them and their help.

    Parameters
    ----------
    *groups : tuple
        Of ``argument(...)`` each.

    Returns
    -------
    callable
        A decorator.
    """

    def decorate(magic: Any) -> Any:
        # Decorators apply from the bottom up.
        for group in reversed(groups):
            for option in reversed(group):
                magic = option(magic)
        return magic

    return decorate
