"""The switch for what Azure ML SDK v1 sends to its makers about its use: nothing, here."""

from __future__ import annotations

import logging

from synapse_magics.core._console import say


def set_diagnostics_collection(
    send_diagnostics: bool = True, verbosity: int = logging.INFO
) -> None:
    """Say that nothing is collected, whatever is asked for.

    Parameters
    ----------
    send_diagnostics : bool
    verbosity : int
        Ignored.
    """
    del verbosity
    if send_diagnostics:
        say("Diagnostics are not collected here: nothing is sent.")
