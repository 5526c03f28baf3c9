"""Plain data as YAML that people read, without a library for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def yaml_text(data: Mapping[str, Any]) -> str:
    """Return YAML whose names and values are those of JSON, which YAML takes as they are.

    Parameters
    ----------
    data : mapping

    Returns
    -------
    str
    """
    return "".join(f"{line}\n" for line in _lines(data))


def _lines(data: Any) -> list[str]:
    if isinstance(data, Mapping):
        pairs = [(f"{json.dumps(str(key))}:", value) for key, value in data.items()]
    else:
        pairs = [("-", value) for value in data]
    found = []
    for head, value in pairs:
        if isinstance(value, (Mapping, list, tuple)) and value:
            found += [head, *(f"  {line}" for line in _lines(value))]
        else:
            found.append(f"{head} {json.dumps(value)}")
    return found
