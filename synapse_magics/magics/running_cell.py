"""What magics know of the cell that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo


class RunningCell:
    """The cell that runs: its text, and the runs that it has shown already."""

    def __init__(self) -> None:
        self.text = ""
        """As it was typed: IPython takes empty lines off a cell before a magic sees it."""
        self.shown: set[str] = set()
        """Runs that a magic has shown in a view: to show them as its result says nothing new."""

    def begin(self, info: ExecutionInfo) -> None:
        """Take note of a cell that is about to run.

        Parameters
        ----------
        info : IPython.core.interactiveshell.ExecutionInfo
        """
        self.text = info.raw_cell or ""
        self.shown.clear()


running_cell = RunningCell()
"""That of this kernel."""
