"""Apply a file dataset's operations: which of its files are chosen.

Operations are plain data, as those of tables are; ``filter`` compares what is known of a file.
"""

from __future__ import annotations

import hashlib
import operator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

METADATA = {
    "Size": "integer",
    "LastModifiedTime": "datetime",
    "CreationTime": "datetime",
    "Extension": "string",
    "CanSeek": "boolean",
}
"""What is known of a file, by Azure ML's name of it: its type."""

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": operator.contains,
}


def choose(
    files: Sequence[tuple[str, Path]], operations: Iterable[Mapping[str, Any]]
) -> list[tuple[str, Path]]:
    """Return the files that operations leave.

    Parameters
    ----------
    files : sequence of tuple
        A name each, which is the same on every machine, and the local file.
    operations : iterable of mapping

    Returns
    -------
    list of tuple
    """
    found = list(files)
    for operation in operations:
        name = operation["name"]
        if name == "take":
            found = found[: operation["count"]]
        elif name == "skip":
            found = found[operation["count"] :]
        elif name in {"sample", "split"}:
            rest = operation.get("part") == "rest"
            found = [item for item in found if _is_drawn(item[0], operation) is not rest]
        elif name == "filter":
            found = [item for item in found if _holds(item[1], operation["expression"])]
        else:
            raise SynapseMagicsError(f"no operation of files is called {name!r}")
    return found


def _is_drawn(name: str, operation: Mapping[str, Any]) -> bool:
    # By name, not by place: another file does not change what becomes of this one.
    text = f"{operation['seed']}\0{name}".encode("utf-8", "surrogateescape")
    number = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    return bool(number / 2**64 < operation["share"])


def _holds(file: Path, expression: Sequence[Any]) -> bool:
    kind, *parts = expression
    if kind == "not":
        return not _holds(file, parts[0])
    if kind == "and":
        return all(_holds(file, part) for part in parts)
    if kind == "or":
        return any(_holds(file, part) for part in parts)
    if kind == "null":
        return False  # all of this is known of every file
    return bool(_COMPARISONS[kind](*(_operand(file, part) for part in parts)))


def _operand(file: Path, part: Any) -> Any:
    if isinstance(part, str):
        return part
    kind, value = part
    if kind == "time":
        return datetime.fromisoformat(value)
    return _metadata(file, value) if kind == "column" else value


def _metadata(file: Path, name: str) -> Any:
    about = file.stat()
    if name == "Size":
        return about.st_size
    if name == "Extension":
        return file.suffix
    if name == "CanSeek":
        return True
    # Linux tells no time of creation that is kept when a file is copied or replaced.
    seconds = about.st_mtime
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)
