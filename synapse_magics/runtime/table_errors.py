"""What is wrong with the files of a table, by file and row; and reading that says so."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class TableError(ValueError):
    """A file that is not what the table was defined by; the text names it."""


class LostValueError(TableError):
    """A value that its column's type cannot have, where that was to be an error."""


@contextlib.contextmanager
def errors_of(path: str, encoding: str | None = None) -> Iterator[None]:
    """Say of what goes wrong in a block which file, and of a text which line, it is about.

    Parameters
    ----------
    path : str
        The file that the block reads.
    encoding : str, optional
        That of a text.

    Raises
    ------
    TableError
    """
    try:
        yield
    except TableError:
        raise
    except UnicodeError as error:
        place = place_of_error(path, encoding) if encoding else None
        named = f"{path}, {place}" if place else path
        raise TableError(f"{named}: {error}") from error
    except FileNotFoundError as error:
        raise TableError(
            f"{path} is not there any more: the table was defined when it was"
        ) from error
    except (ValueError, OSError) as error:
        if path in str(error):
            raise TableError(str(error)) from error
        raise TableError(f"{path}: {error}") from error


def place_of_error(path: str, encoding: str) -> str | None:
    """Return which line of a file, and which byte, is not of an encoding.

    Parameters
    ----------
    path : str
    encoding : str

    Returns
    -------
    str or None
        None if that cannot be told: in a wide encoding, ends of lines are not found in bytes.
    """
    if encoding.lower().replace("-", "").replace("_", "").startswith(("utf16", "utf32")):
        return None
    before = 0
    with contextlib.suppress(OSError), Path(path).open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                return f"line {number}, byte {before + error.start}"
            before += len(line)
    return None
