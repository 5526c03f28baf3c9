"""The one way in which the magics read their line: quotes, help, abbreviations, variables."""

from __future__ import annotations

import io
import re
import shlex
import sys
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.core.names import did_you_mean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

_KEPT = r"\$?\{\{.*?\}\}"  # {{x}} and ${{x}} belong to other languages
_VARIABLE = re.compile(rf"(?P<kept>{_KEPT})|\$(?P<name>[A-Za-z_]\w*)|\{{(?P<expr>[^{{}}]+)\}}")


class Word(str):
    """A word of a magic's line, its quotes gone; ``typed`` is how it stood there."""

    __slots__ = ("typed",)
    typed: str


class MagicUsageError(SynapseMagicsError):
    """A magic's line cannot be understood."""


def parse_magic_line(
    magic: Callable[..., Any], line: str, namespace: Mapping[str, Any]
) -> argparse.Namespace | None:
    """Parse the line of a magic.

    Parameters
    ----------
    magic : callable
        Decorated with ``magic_arguments``.
    line : str
    namespace : mapping
        The notebook's names, for ``$name`` and ``{expression}``.

    Returns
    -------
    argparse.Namespace or None
        None when help was asked for, which has been printed then.

    Raises
    ------
    MagicUsageError
        If an option is unknown, or a value is missing; it says what was meant, perhaps.
    """
    parser: argparse.ArgumentParser = magic.parser  # type: ignore[attr-defined]
    parser.allow_abbrev = False
    tokens = [_expanded(token, namespace) for token in split(line)]
    if "-h" in tokens or "--help" in tokens:
        # IPython writes the usage as a block of reStructuredText.
        sys.stdout.write(f"{(magic.__doc__ or '').removeprefix('::').strip()}\n")
        return None
    name = magic_name(magic)
    try:
        parsed, unknown = parser.parse_known_args(tokens)
    except UsageError as error:
        raise MagicUsageError(str(error), where=name, hint=_help(name)) from None
    if unknown:
        options = [option for action in parser._actions for option in action.option_strings]  # noqa: SLF001 - argparse has no other way
        guess = did_you_mean(unknown[0].split("=")[0], options, "options")
        if not unknown[0].startswith("-"):
            raise MagicUsageError(
                f"one argument too many: {unknown[0]}",
                where=name,
                hint=f'quote a value that has blanks: "a b"; {_help(name)}',
            )
        raise MagicUsageError(
            f"unknown option {unknown[0]}",
            where=name,
            hint=guess if guess.startswith("did you mean") else _help(name),
        )
    return parsed


def magic_name(magic: Callable[..., Any]) -> str:
    """Return a magic's name as it is typed."""
    # IPython begins the help of a magic with its usage.
    found = re.match(r"[:\s]*(%+\w+)", magic.__doc__ or "")
    return found.group(1) if found else f"%{magic.__name__}"


def _help(name: str) -> str:
    # IPython refuses a cell magic without a cell, even for its help.
    return f"{name}? shows its options"


def split(line: str) -> list[Word]:
    """Split a line into words; quotes group and go away, nothing else is special.

    Each word remembers how it was typed.

    A lone ``#`` begins a comment, in which quotes are nothing special either; a quoted one is text.

    Parameters
    ----------
    line : str

    Returns
    -------
    list of str

    Raises
    ------
    MagicUsageError
        If a quote is not closed.
    """
    source = io.StringIO(line)
    lexer = shlex.shlex(source, posix=True)
    lexer.whitespace_split = True
    lexer.escape = ""  # a backslash is a character of a path
    lexer.commenters = ""
    tokens: list[Word] = []
    start = 0
    try:
        while (token := lexer.get_token()) is not None:
            end = source.tell()
            typed = line[start:end].strip()
            if typed == "#":
                break
            word = Word(token)
            word.typed = typed
            tokens.append(word)
            start = end
    except ValueError:
        raise MagicUsageError(
            "a quote is open",
            where=line.strip(),
            hint="close it, or put a text that has a quote into the other kind of quotes",
        ) from None
    return tokens


def _expanded(token: Word, namespace: Mapping[str, Any]) -> Word:
    word = Word(expand(token, namespace))
    word.typed = expand(token.typed, namespace)
    return word


def expand(token: str, namespace: Mapping[str, Any]) -> str:
    """Replace ``$name`` and ``{expression}`` by values of the notebook.

    What cannot be evaluated stays as it is, and so do ``{{...}}`` and ``${{...}}``.

    Parameters
    ----------
    token : str
    namespace : mapping

    Returns
    -------
    str
    """

    def value(match: re.Match[str]) -> str:
        if match["name"] is not None:
            return str(namespace[match["name"]]) if match["name"] in namespace else match[0]
        if match["expr"] is None:
            return match[0]
        try:
            return str(eval(match["expr"], {}, dict(namespace)))  # noqa: S307 - the user's own notebook
        except Exception:  # noqa: BLE001 - it was no expression, then
            return match[0]

    return _VARIABLE.sub(value, token)
