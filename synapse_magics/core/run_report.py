"""A run as a file to be passed on."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from synapse_magics.core.run_base import RunBase

if TYPE_CHECKING:
    import os


class RunReport(RunBase):
    """The report of a run."""

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Write the run as it is now to one HTML file that needs nothing else.

        It holds the graph, the timeline, and of every step its code, metrics, the first rows of its
        outputs and the ends of its logs.

        Parameters
        ----------
        path : str or path, optional
            A file or a folder; ``<experiment>-run-<number>.html`` in the working directory if
            missing. A report that is there already is replaced.

        Returns
        -------
        str
            The file.

        Raises
        ------
        UserErrorException
            If another file, which is no report, has that name.
        """
        # How a run looks is the business of the views, which stand above; only this name leads
        # there.
        written: str = import_module("synapse_magics.widgets.report").write_report(self, path)
        return written
