"""The colours of a log: ANSI escape sequences become styled spans, all others go."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from synapse_magics.widgets._style import escape

ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and movements of the cursor
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles and links
    r"|\x1b[ -/]*[0-~]"
)
"""Every escape sequence that a terminal would swallow."""
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]")
"""Control characters other than tabs and ends of lines."""

_COLOUR = re.compile(r"(\x1b\[[0-9;:]*m)")
_OTHER_ESCAPES = re.compile(rf"(?!\x1b\[[0-9;:]*m)(?:{ESCAPES.pattern})")
_OTHER_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;:]*m)")
_FLAGS = {1: "bold", 2: "faint", 3: "italic", 4: "underline", 7: "inverse", 9: "strike"}
_FLAGS_OFF = {
    22: ("bold", "faint"),
    23: ("italic",),
    24: ("underline",),
    27: ("inverse",),
    29: ("strike",),
}
_STEPS = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True)
class Style:
    """How a span looks.

    A colour is the number of one of a terminal's sixteen, ``#rrggbb``, or empty for the page's own.
    """

    foreground: str = ""
    background: str = ""
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    strike: bool = False

    @property
    def classes(self) -> str:
        """The CSS classes of the style, between spaces; empty for plain text."""
        found = [f"sr-{flag}" for flag in _FLAGS.values() if getattr(self, flag)]
        for colour, letter in ((self.foreground, "f"), (self.background, "b")):
            if colour:
                found.append(f"sr-{letter}{'x' if colour.startswith('#') else colour}")
        return " ".join(found)

    @property
    def own_colours(self) -> tuple[str, str]:
        """Foreground and background where they are none of the sixteen; else empty."""
        own = [
            colour if colour.startswith("#") else ""
            for colour in (self.foreground, self.background)
        ]
        return own[0], own[1]


PLAIN = Style()


@dataclass(frozen=True)
class Span:
    """Text of one style, without any control character but tabs."""

    text: str
    style: Style = PLAIN


def ansi_spans(line: str) -> list[Span]:
    """Return a line as spans; every line begins plain.

    Parameters
    ----------
    line : str

    Returns
    -------
    list of Span
        None is empty.
    """
    spans, style = [], PLAIN
    for number, piece in enumerate(_COLOUR.split(line) if "\x1b" in line else [line]):
        if number % 2:
            style = _styled(style, piece)
        elif text := CONTROLS.sub("", ESCAPES.sub("", piece)):
            spans.append(Span(text, style))
    return spans


def keep_colours(text: str) -> str:
    """Return text without any escape sequence or control character but those of colours.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return _OTHER_CONTROLS.sub("", _OTHER_ESCAPES.sub("", text))


def render_ansi(text: str) -> str:
    """Return lines as escaped HTML with their colours.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return "\n".join("".join(map(_render, ansi_spans(line))) for line in text.split("\n"))


def _render(span: Span) -> str:
    classes = span.style.classes
    if not classes:
        return escape(span.text)
    names = ("--sr-f", "--sr-b")
    own = zip(names, span.style.own_colours, strict=True)
    style = ";".join(f"{name}:{colour}" for name, colour in own if colour)
    attribute = f' style="{style}"' if style else ""
    return f'<span class="{classes}"{attribute}>{escape(span.text)}</span>'


def _styled(style: Style, sequence: str) -> Style:
    codes = _codes(sequence[2:-1])
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = PLAIN
        elif code in _FLAGS:
            style = _flagged(style, (_FLAGS[code],), on=True)
        elif code in _FLAGS_OFF:
            style = _flagged(style, _FLAGS_OFF[code], on=False)
        elif code in {38, 48}:
            colour = _own_colour(codes)
            style = _coloured(style, colour, background=code == 48)
        elif code in {39, 49}:
            style = _coloured(style, "", background=code == 49)
        elif 30 <= code <= 37 or 40 <= code <= 47:
            style = _coloured(style, str(code % 10), background=code >= 40)
        elif 90 <= code <= 97 or 100 <= code <= 107:
            style = _coloured(style, str(code % 10 + 8), background=code >= 100)
    return style


def _flagged(style: Style, names: tuple[str, ...], *, on: bool) -> Style:
    flags: dict[str, Any] = dict.fromkeys(names, on)
    return replace(style, **flags)


def _coloured(style: Style, colour: str, *, background: bool) -> Style:
    return replace(style, background=colour) if background else replace(style, foreground=colour)


def _codes(text: str) -> list[int]:
    # 38:2::r:g:b is the standard's form, with an empty colour space that everybody leaves out.
    plain = re.sub(r"([34]8:2):\d*:(\d*:\d*:\d*)", r"\1:\2", text)
    return [int(code[:4]) if code else 0 for code in re.split("[;:]", plain)]


def _own_colour(codes: list[int]) -> str:
    kind = codes.pop(0) if codes else 0
    wanted = {5: 1, 2: 3}.get(kind, 0)
    numbers = [min(255, code) for code in codes[:wanted]]
    del codes[:wanted]
    if len(numbers) < wanted or not wanted:
        return ""
    if wanted == 1 and numbers[0] < 16:
        return str(numbers[0])
    return "#{:02x}{:02x}{:02x}".format(*(_of_palette(numbers[0]) if wanted == 1 else numbers))


def _of_palette(number: int) -> tuple[int, int, int]:
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return grey, grey, grey
    cube = number - 16
    return _STEPS[cube // 36], _STEPS[cube // 6 % 6], _STEPS[cube % 6]
