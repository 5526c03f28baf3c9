"""The tail of a log as people want to read it: no escape sequences, no progress bars' history."""

from __future__ import annotations

import re

from synapse_magics.widgets._style import escape

MAX_LINES = 200
MAX_BYTES = 64 * 1024

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and movements of the cursor
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles and links
    r"|\x1b[ -/]*[0-~]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]")


def clean_log(text: str) -> str:
    r"""Return text as a terminal would have left it, without colours.

    ANSI escape sequences and control characters go; of a line that was rewritten with ``\r`` the
    last version stays.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    plain = _CONTROLS.sub("", _ESCAPES.sub("", text))
    if "\r" not in plain:
        return plain
    return "\n".join(_last_version(line) for line in plain.split("\n"))


def clip_log(text: str, *, lines: int = MAX_LINES, size: int = MAX_BYTES) -> str:
    """Return the end of a cleaned log: whole lines wherever they fit.

    Parameters
    ----------
    text : str
    lines : int, optional
    size : int, optional
        The most bytes it may have as UTF-8.

    Returns
    -------
    str
    """
    kept = "\n".join(clean_log(text).rstrip("\n").split("\n")[-lines:])
    raw = kept.encode("utf-8", "replace")
    if len(raw) <= size:
        return kept
    tail = raw[-size:].decode("utf-8", "ignore")
    _, newline, whole = tail.partition("\n")
    return whole if newline else tail


def render_log(text: str, *, title: str = "", path: str = "") -> str:
    """Return the tail of a log as HTML that scrolls and opens at its end.

    Parameters
    ----------
    text : str
        Raw: it is cleaned and escaped here.
    title : str, optional
        Whose log it is.
    path : str, optional
        Where the whole file is.

    Returns
    -------
    str
    """
    words = []
    if title:
        words.append(f"<strong>{escape(title)}</strong>")
    if path:
        words.append(f'<span class="sr-muted">whole file:</span> <code>{escape(path)}</code>')
    head = f'<p class="sr-log-title">{" · ".join(words)}</p>' if words else ""
    body = clean_log(text).rstrip("\n")
    if not body.strip():
        return f'<div class="sr-log">{head}<p class="sr-muted">No output yet.</p></div>'
    scroll = f'<div class="sr-log-scroll"><pre>{escape(body)}</pre></div>'
    return f'<div class="sr-log">{head}{scroll}</div>'


def _last_version(line: str) -> str:
    # A bar that ends in "\r" is still on the screen: what counts is the last text, not the last \r.
    return next((part for part in reversed(line.split("\r")) if part), "")
