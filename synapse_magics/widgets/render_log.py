"""The tail of a log as people want to read it: its colours, and no progress bars' history."""

from __future__ import annotations

from synapse_magics.widgets._style import escape
from synapse_magics.widgets.ansi import CONTROLS, ESCAPES, keep_colours, render_ansi

MAX_LINES = 200
MAX_BYTES = 64 * 1024


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
    plain = CONTROLS.sub("", ESCAPES.sub("", text))
    if "\r" not in plain:
        return plain
    return "\n".join(last_version(line) for line in plain.split("\n"))


def last_version(line: str) -> str:
    r"""Return what a terminal shows of a line that was rewritten with ``\r``.

    Parameters
    ----------
    line : str

    Returns
    -------
    str
    """
    if "\r" not in line:
        return line
    # A bar that ends in "\r" is still on the screen: what counts is the last text, not the last \r.
    parts = reversed(line.split("\r"))
    return next((part for part in parts if CONTROLS.sub("", ESCAPES.sub("", part))), "")


def clip_log(
    text: str, *, lines: int = MAX_LINES, size: int = MAX_BYTES, colours: bool = False
) -> str:
    """Return the end of a cleaned log: whole lines wherever they fit.

    Parameters
    ----------
    text : str
    lines : int, optional
    size : int, optional
        The most bytes it may have as UTF-8.
    colours : bool, optional
        Whether their escape sequences stay, for ``render_log``.

    Returns
    -------
    str
    """
    cleaned = _with_colours(text) if colours else clean_log(text)
    kept = "\n".join(cleaned.rstrip("\n").split("\n")[-lines:])
    raw = kept.encode("utf-8", "replace")
    if len(raw) <= size:
        return kept
    tail = raw[-size:].decode("utf-8", "ignore")
    _, newline, whole = tail.partition("\n")
    return whole if newline else tail


def render_log(text: str, *, title: str = "", path: str = "", note: str = "") -> str:
    """Return the tail of a log as HTML that scrolls and opens at its end.

    Parameters
    ----------
    text : str
        Raw: it is cleaned and escaped here.
    title : str, optional
        Whose log it is.
    path : str, optional
        Where the whole file is.
    note : str, optional
        A remark below.

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
    foot = f'<p class="sr-muted sr-log-note">{escape(note)}</p>' if note else ""
    body = _with_colours(text).rstrip("\n")
    if not clean_log(body).strip():
        return f'<div class="sr-log">{head}<p class="sr-muted">No output yet.</p>{foot}</div>'
    scroll = f'<div class="sr-log-scroll"><pre>{render_ansi(body)}</pre></div>'
    return f'<div class="sr-log">{head}{scroll}{foot}</div>'


def _with_colours(text: str) -> str:
    return "\n".join(last_version(line) for line in keep_colours(text).split("\n"))
