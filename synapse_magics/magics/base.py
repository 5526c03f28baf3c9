"""What all groups of magics share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics

from synapse_magics.magics.options import parse_magic_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


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
