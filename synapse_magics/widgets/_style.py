"""What all markup shares: the style sheet, escaping, and the class of a status."""

from __future__ import annotations

import html
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapse_magics.store.states import RunStatus

ROOT = "synapse-run"
"""The one class that every rule of the style sheet stands under."""


_OF_A_RUN = ("run.css", "ansi.css")


@cache
def style_tag(*sheets: str) -> str:
    """Return style sheets as one ``<style>`` element, without their comments.

    Parameters
    ----------
    sheets : str
        Their files below ``widgets/static``; those of a run's view without any.

    Returns
    -------
    str
    """
    static = files("synapse_magics.widgets") / "static"
    text = "".join((static / name).read_text(encoding="utf-8") for name in sheets or _OF_A_RUN)
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    # Markdown ends a block of HTML at an empty line, so there is none.
    return (
        "<style>\n" + "\n".join(line for line in bare.splitlines() if line.strip()) + "\n</style>"
    )


def escape(value: object) -> str:
    """Return a value as text that is safe inside HTML and its attributes.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    return html.escape(str(value), quote=True)


def status_class(status: RunStatus) -> str:
    """Return the CSS class that gives a status its colour.

    Parameters
    ----------
    status : RunStatus

    Returns
    -------
    str
    """
    return f"sr-{status.value.lower()}"


def status_word(status: RunStatus) -> str:
    """Return a status as HTML: the word, and a class that colours it.

    Parameters
    ----------
    status : RunStatus

    Returns
    -------
    str
    """
    return f'<span class="sr-status {status_class(status)}">{escape(status)}</span>'
