"""The code that a step ran, as HTML with line numbers."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from synapse_magics.widgets._style import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from synapse_magics.core.step_source import SourceFile

MAX_LINES = 400
_LONGEST_LINE = 400
_AROUND = 2

_STRING = (
    r"[rRbBfFuU]{0,2}(?:"
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)|' + r"'''(?:\\.|[^\\])*?(?:'''|\Z)|"
    r'"(?:\\.|[^"\\\n])*"?|' + r"'(?:\\.|[^'\\\n])*'?)"
)
_TOKEN = re.compile(
    rf"(?P<comment>\#[^\n]*)|(?P<string>{_STRING})|(?P<literal>\b\d[\w.]*)"
    rf"|(?P<keyword>\b(?:{'|'.join(keyword.kwlist)})\b)",
    re.DOTALL,
)


def render_code(
    files: Sequence[SourceFile],
    error: Mapping[str, object] | None = None,
    *,
    lines: int = MAX_LINES,
) -> str:
    """Return files with line numbers; the first is open, and the line at fault is marked.

    Parameters
    ----------
    files : sequence of SourceFile
    error : mapping, optional
        The step's error: its ``line`` and ``source`` say which line is at fault.
    lines : int, optional
        So many of a file are shown: the first, or those around the line at fault.

    Returns
    -------
    str
        HTML; empty if there are no files.
    """
    if not files:
        return ""
    first, *others = files
    fault = fault_line(first, error)
    title = f'<p class="sr-muted"><code>{escape(first.name)}</code></p>'
    parts = [f"{title}{_listing(first, fault, lines)}"]
    parts += [
        f"<details><summary><code>{escape(file.name)}</code></summary>"
        f"{_listing(file, None, lines)}</details>"
        for file in others
    ]
    return f'<div class="sr-code">{"".join(parts)}</div>'


def render_excerpt(file: SourceFile, fault: int) -> str:
    """Return the line at fault and the lines around it.

    Parameters
    ----------
    file : SourceFile
    fault : int
        Its number, from 1 on.

    Returns
    -------
    str
        HTML.
    """
    found = list(_numbered(file))[max(0, fault - 1 - _AROUND) : fault + _AROUND]
    return f'<div class="sr-code">{_lines(found, fault)}</div>'


def fault_line(file: SourceFile, error: Mapping[str, object] | None) -> int | None:
    """Return the number of the line at fault, if the error is one of this file.

    Parameters
    ----------
    file : SourceFile
    error : mapping or None

    Returns
    -------
    int or None
    """
    number = (error or {}).get("line")
    if not isinstance(number, int):
        return None
    lines = file.text.splitlines()
    if not 1 <= number <= len(lines):
        return None
    # A line of another file would have to read the same to be taken for one of this.
    said = str((error or {}).get("source") or "").strip()
    return number if said in {"", lines[number - 1].strip()} else None


def _listing(file: SourceFile, fault: int | None, most: int) -> str:
    found = list(_numbered(file))
    start = 0
    if fault is not None and fault > most:
        start = min(fault - 1 - most // 2, len(found) - most)
    shown = found[start : start + most]
    before, after = start, len(found) - start - len(shown)
    return "".join(
        [
            f'<p class="sr-muted">{before:,} lines before</p>' if before else "",
            _lines(shown, fault),
            f'<p class="sr-muted">{after:,} more lines</p>' if after else "",
        ]
    )


def _lines(numbered: Sequence[tuple[int, str]], fault: int | None) -> str:
    width = len(str(numbered[-1][0])) if numbered else 1
    rows = []
    for number, markup in numbered:
        mark, name = (">", " sr-fault") if number == fault else (" ", "")
        # The mark is a character: the line can be told without colours, too.
        gutter = f'<span class="sr-gutter">{escape(mark)}{number:>{width}} </span>'
        rows.append(f'<span class="sr-line{name}">{gutter}{markup}</span>')
    return f'<pre tabindex="0">{chr(10).join(rows)}</pre>'


def _numbered(file: SourceFile) -> Iterator[tuple[int, str]]:
    markup = _highlighted(file.text) if file.name.endswith(".py") else _plain(file.text)
    return enumerate(markup, start=1)


def _plain(text: str) -> list[str]:
    return [escape(_short(line)) for line in text.splitlines()]


def _highlighted(text: str) -> list[str]:
    """Return the lines of Python code with a class around comments, strings and keywords."""
    lines, place = [""], 0
    # Every kind of line break that splitlines knows becomes the one that Python's grammar has.
    text = "\n".join(_short(line) for line in text.splitlines())
    for found in _TOKEN.finditer(text):
        _append(lines, text[place : found.start()], "")
        _append(lines, found[0], str(found.lastgroup))
        place = found.end()
    _append(lines, text[place:], "")
    return lines


def _append(lines: list[str], text: str, kind: str) -> None:
    for index, part in enumerate(text.split("\n")):
        if index:
            lines.append("")
        if part:
            words = escape(part)
            lines[-1] += f'<span class="sr-{kind}">{words}</span>' if kind else words


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
