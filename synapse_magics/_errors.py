"""The one base class of every error this package raises."""

from __future__ import annotations

import os
import traceback

from synapse_magics._hints import for_here


class SynapseMagicsError(Exception):
    """Say what was wrong, where, and what to type next.

    In a notebook it renders as one short block that is a real Jupyter ``error`` output, so nbclient
    and papermill fail the run. ``SYNAPSE_MAGICS_DEBUG=1`` brings the whole traceback back.

    Parameters
    ----------
    message : str
        What was wrong, in one sentence.
    where : str, optional
        The cell, step, file or object at fault.
    hint : str, optional
        What to type next. Magics in it are shown as calls where nobody can type magics.
    """

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Return the message, the place and the hint, a line or more each.

        Returns
        -------
        list of str
        """
        lines = self.message.splitlines() or [""]
        if self.where:
            lines.append(f"where: {self.where}")
        if self.hint:
            first, *rest = for_here(self.hint).splitlines()
            lines += [f"hint:  {first}", *(f"       {line}" for line in rest)]
        return lines

    def _render_traceback_(self) -> list[str]:
        # IPython's protocol for exceptions that know how to show themselves.
        if os.environ.get("SYNAPSE_MAGICS_DEBUG") == "1":
            return traceback.format_exception(type(self), self, self.__traceback__)
        first, *rest = self.lines()
        return [f"{type(self).__name__}: {first}", *rest]
