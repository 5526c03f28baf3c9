"""Read YAML with PyYAML where it is installed, and write the little that we write without it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import NotSupportedError, UserErrorException

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PLAIN = re.compile(r"[A-Za-z_][\w.=<>~!,+/-]*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})


def read(file: Path) -> Any:
    """Return what a YAML file says.

    Parameters
    ----------
    file : pathlib.Path

    Returns
    -------
    object

    Raises
    ------
    NotSupportedError
        If PyYAML is not installed.
    UserErrorException
        If the file is not there, or no YAML.
    """
    try:
        import yaml  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise NotSupportedError(
            "PyYAML, which reads YAML files, is not installed",
            where=str(file),
            hint="pip install 'synapse-magics[yaml]'",
        ) from error
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserErrorException(f"cannot read {file}: {error}", error) from error


def write(tree: Mapping[str, Any]) -> str:
    """Return a mapping of texts, lists and mappings as YAML.

    Parameters
    ----------
    tree : mapping

    Returns
    -------
    str
    """
    return "".join(f"{line}\n" for line in _lines(tree))


def _lines(tree: Any) -> list[str]:
    if isinstance(tree, dict):
        found = []
        for key, value in tree.items():
            if isinstance(value, dict | list) and value:
                found += [f"{_scalar(key)}:", *(f"  {line}" for line in _lines(value))]
            else:
                found.append(f"{_scalar(key)}: {_scalar(value)}")
        return found
    found = []
    for value in tree:
        if isinstance(value, dict | list) and value:
            first, *rest = _lines(value)
            found += [f"- {first}", *(f"  {line}" for line in rest)]
        else:
            found.append(f"- {_scalar(value)}")
    return found


def _scalar(value: Any) -> str:
    # What JSON says of a value, YAML understands.
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
