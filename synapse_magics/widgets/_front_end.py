"""What is behind this process: a notebook whose outputs can be replaced, a terminal, or nothing."""

from __future__ import annotations

import os
import sys
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display, update_display


def widgets_wanted() -> bool:
    """Tell whether live controls may be made: not with ``SYNAPSE_MAGICS_WIDGETS=0``.

    Returns
    -------
    bool
    """
    return os.environ.get("SYNAPSE_MAGICS_WIDGETS") != "0"


def log_view_wanted() -> bool:
    """Tell whether logs may be lists that scroll: not with ``SYNAPSE_MAGICS_LOG_VIEW=0``.

    That is for a server of another environment that has no anywidget: only there could it be seen.

    Returns
    -------
    bool
    """
    return os.environ.get("SYNAPSE_MAGICS_LOG_VIEW") != "0"


def in_kernel() -> bool:
    """Tell whether this is a kernel: only then can an output be replaced in place.

    Returns
    -------
    bool
    """
    return getattr(get_ipython(), "kernel", None) is not None


def hides_twins() -> bool:
    """Tell whether the front end may be one whose style sheets reach from one output to the next.

    VS Code and Colab draw each output by itself.

    Returns
    -------
    bool
    """
    return "VSCODE_PID" not in os.environ and "google.colab" not in sys.modules


def show_bundle(bundle: dict[str, Any]) -> None:
    """Display an output in the forms that are given.

    Parameters
    ----------
    bundle : dict
        Data by MIME type.
    """
    display(bundle, raw=True)


def show_output(view: object, display_id: str) -> None:
    """Display an object as a new output that can be updated by its id.

    Parameters
    ----------
    view : object
    display_id : str
    """
    display(view, display_id=display_id)


def update_output(view: object, display_id: str) -> None:
    """Replace an output; a terminal shows the object again below.

    Parameters
    ----------
    view : object
    display_id : str
    """
    update_display(view, display_id=display_id)
