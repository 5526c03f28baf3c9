"""Where the objects print what Azure ML's print."""

from __future__ import annotations

import sys


def say(text: str = "", end: str = "\n") -> None:
    """Write a line to the standard output of the moment.

    Parameters
    ----------
    text : str
    end : str
    """
    sys.stdout.write(text + end)
    sys.stdout.flush()


def has_magics() -> bool:
    """Tell whether somebody can type magics here: a script, and a notebook of the SDK's, cannot.

    Returns
    -------
    bool
    """
    # Nothing here imports IPython: where nobody did there is no shell.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and shell.find_line_magic("synapse_logs") is not None
