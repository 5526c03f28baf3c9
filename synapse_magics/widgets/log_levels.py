"""How grave a line of a log is: by what log4j, Python's logging and tracebacks write."""

from __future__ import annotations

import re
from enum import IntEnum


class Level(IntEnum):
    """How grave a line is; what says nothing of it is information."""

    DEBUG = 0
    INFO = 1
    WARN = 2
    ERROR = 3


_LOOK = 120  # bytes in which a level is looked for: after the time and a name
_LEVEL = re.compile(
    rb"\b(?:(?P<error>ERROR|FATAL|CRITICAL|SEVERE)|(?P<warn>WARN(?:ING)?)"
    rb"|(?P<info>INFO)|(?P<debug>DEBUG|TRACE))\b"
)
# Names of exceptions and of Python's warnings, and what command line tools begin with.
_BEGIN = re.compile(
    rb"(?:[\w.]+\.)?\w*(?:Error|Exception|KeyboardInterrupt|SystemExit)(?:: |:?$)"
    rb"|(?P<trace>Traceback \(most recent call last\):)"
    rb"|Exception in thread |Caused by: |During handling of the above |The above exception was "
    rb"|(?P<warn>\S+:\d+: \w*Warning: |[Ww]arning: )"
    rb"|(?i:error|fatal): "
)
_INDENTS = (b" ", b"\t")
_BETWEEN = (b"During handling of the above", b"The above exception was", b"Caused by: ")
_HINTS = re.compile(rb"rror|[Ee]xception|nterrupt|SystemExit|arning: |raceback|Caused by|atal: ")
_LEVELS = {"error": Level.ERROR, "warn": Level.WARN, "info": Level.INFO, "debug": Level.DEBUG}
_COLOUR = re.compile(rb"\x1b\[[0-9;:]*m")


_GRAVE_WORDS = (
    *(b"error", b"fatal", b"critical", b"severe", b"warn", b"exception", b"interrupt"),
    *(b"systemexit", b"traceback", b"caused by"),
)


def lines_with(word: bytes, text: bytes) -> list[int]:
    """Return the numbers of the lines that hold a word, from 0.

    Parameters
    ----------
    word : bytes
    text : bytes

    Returns
    -------
    list of int
    """
    found, number, seen = [], 0, 0
    place = text.find(word)
    while place >= 0:
        number += text.count(b"\n", seen, place)
        found.append(number)
        seen = text.find(b"\n", place)
        if seen < 0:
            break
        place = text.find(word, seen)
    return found


def maybe_grave(lines: list[bytes]) -> list[int]:
    """Return the places of lines that may begin a warning or an error, in order.

    Parameters
    ----------
    lines : list of bytes

    Returns
    -------
    list of int
    """
    text = b"\n".join(lines).lower()
    return sorted({number for word in _GRAVE_WORDS for number in lines_with(word, text)})


class LevelReader:
    """The levels of a stream's lines, one after the other.

    What is indented belongs to the line before it, and a traceback to its error.
    """

    def __init__(self) -> None:
        self._level = Level.INFO
        self._in_traceback = False

    @property
    def is_quiet(self) -> bool:
        """Whether a next line is no warning and no error unless it says so itself."""
        return self._level < Level.WARN and not self._in_traceback

    def read(self, line: bytes) -> Level:
        """Return the level of the next line.

        Parameters
        ----------
        line : bytes

        Returns
        -------
        Level
        """
        if b"\x1b" in line:
            line = _COLOUR.sub(b"", line)
        indented = line.startswith(_INDENTS)
        if self._in_traceback:
            if indented or not line.strip() or line.startswith(_BETWEEN):
                return Level.ERROR
            # The line with the exception is the traceback's last, unless another begins.
            self._in_traceback = line.startswith(b"Traceback ")
            self._level = Level.ERROR
            return Level.ERROR
        found = _LEVEL.search(line, 0, _LOOK)
        if found is not None:
            self._level = _LEVELS[found.lastgroup or "info"]
        elif not indented:
            self._level = self._named(line)
        return self._level

    def _named(self, line: bytes) -> Level:
        found = _BEGIN.match(line) if _HINTS.search(line, 0, _LOOK) else None
        if found is None:
            return Level.INFO
        self._in_traceback = found.lastgroup == "trace"
        return Level.WARN if found.lastgroup == "warn" else Level.ERROR
