"""The table: each class and method of Azure ML SDK v1, and whether it runs here.

The texts that it is made of have an entry per class, method and attribute: how it is supported and
its name, where a member begins with a dot; its signature in the SDK; after ``!`` the parameters
that are refused, and after ``=`` what to use instead of those; and after ``>`` how it differs or
what to use instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from synapse_magics.azureml.import_map import NAMES
from synapse_magics.core.not_run_here import NotRunHere
from synapse_magics.migration import (
    compute_support,
    data_support,
    environment_support,
    exception_support,
    magic_support,
    pipeline_support,
    publishing_support,
    retired_support,
    run_support,
    workspace_support,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHAPTERS = (
    workspace_support,
    data_support,
    retired_support,
    compute_support,
    environment_support,
    run_support,
    pipeline_support,
    publishing_support,
    exception_support,
    magic_support,
)
OTHERS = "What is not run here"
"""The chapter of the names that can be imported, and say at construction what to use."""


class Support(Enum):
    """How far something of the SDK runs here."""

    FULL = "full"
    DIFFERS = "differs"
    NO = "no"


@dataclass(frozen=True)
class Entry:
    """One class, method or attribute of the SDK.

    Parameters
    ----------
    chapter : str
    name : str
        With the module: ``azureml.core.Workspace.from_config``.
    support : Support
    signature : str, optional
        In the SDK; None of an attribute, and of a class that users do not construct.
    note : str
        How it differs, or what to use instead.
    refused : tuple of str
        Parameters that raise ``NotSupportedError`` if they are given.
    instead : str
        What to use instead of those.
    """

    chapter: str
    name: str
    support: Support
    signature: str | None = None
    note: str = ""
    refused: tuple[str, ...] = ()
    instead: str = ""


@lru_cache(maxsize=1)
def table() -> dict[str, Entry]:
    """Return every entry by its name, in the order of the document.

    Returns
    -------
    dict
    """
    found = {}
    for chapter in _CHAPTERS:
        found.update({item.name: item for item in read(chapter.TITLE, chapter.TEXT)})
    found.update({item.name: item for item in _not_run()})
    return found


def read(chapter: str, text: str) -> Iterator[Entry]:
    """Yield the entries of a text.

    Parameters
    ----------
    chapter, text : str

    Yields
    ------
    Entry
    """
    owner = ""
    for block in re.split(r"\n(?=\S)", text.strip()):
        head, *rest = block.splitlines()
        support, name = head.split()
        if name.startswith("."):
            name = f"{owner}{name}"
        else:
            owner = name
        lines = [line.strip() for line in rest]
        signature = " ".join(line for line in lines if line[0] not in ">!=")
        note = " ".join(line[1:].strip() for line in lines if line.startswith(">"))
        refused = " ".join(line[1:] for line in lines if line.startswith("!")).split()
        instead = " ".join(line[1:].strip() for line in lines if line.startswith("="))
        kind = Support(support)
        yield Entry(chapter, name, kind, signature or None, note, tuple(refused), instead)


def _not_run() -> Iterator[Entry]:
    # These classes say themselves what to use; a name that several modules show has one entry.
    seen: set[object] = set()
    for module, names in NAMES.items():
        for name, home in names.items():
            if "unsupported" not in home:
                continue
            found = getattr(import_module(f"synapse_magics.{home}"), name)
            if found in seen or not (isinstance(found, type) and issubclass(found, NotRunHere)):
                continue
            seen.add(found)
            yield Entry(OTHERS, f"{module}.{name}", Support.NO, None, found.instead)
