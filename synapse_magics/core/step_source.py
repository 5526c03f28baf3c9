"""The code that a step ran: the files of its snapshot that people wrote, as text."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_magics.runtime.command_main import FILE as COMMAND
from synapse_magics.store import secrets, vault
from synapse_magics.store.regular_files import open_regular
from synapse_magics.store.step_code import mentioned

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.store import Store

LARGEST = 200_000
"""So many bytes of a file are read."""

_MOST_FILES = 10
_MOST_MODULES = 100


@dataclass(frozen=True)
class SourceFile:
    """A file of a step's code; ``name`` is its path in the snapshot."""

    name: str
    text: str


def step_source(store: Store, run: RunRecord) -> tuple[SourceFile, ...]:
    """Return the code of a step: its cell and the step modules that it mentions, or its script.

    Secrets that this workspace knows are masked.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run.

    Returns
    -------
    tuple of SourceFile
        What runs first comes first; nothing of a command, whose words are its arguments, and of a
        snapshot that was removed.
    """
    spec = run.step
    folder = store.snapshot_folder(spec.snapshot)
    texts = {name: _read(folder, name) for name in _names(spec, folder)}
    found = {name: text for name, text in texts.items() if text is not None}
    if spec.cell is not None and spec.cell in found:
        found = {name: found[name] for name in mentioned(spec.cell, found)}
    known = (
        *secrets.secret_values(os.environ, secrets.declared(store.registry)),
        *vault.values(store).values(),
    )
    return tuple(
        SourceFile(name, secrets.mask(text, known))
        for name, text in list(found.items())[:_MOST_FILES]
    )


def _names(spec: StepSpec, folder: Path) -> list[str]:
    if spec.cell is None:
        return [spec.script] if spec.script not in {"", COMMAND} else []
    # Beside a cell lie the modules of the notebook, and the generated file that runs the cell.
    others = sorted(file.name for file in folder.glob("*.py"))[:_MOST_MODULES]
    return [spec.cell, *(name for name in others if name not in {spec.cell, spec.script})]


def _read(folder: Path, name: str) -> str | None:
    if not (folder / name).resolve().is_relative_to(folder.resolve()):
        return None  # it is no part of what was submitted
    try:
        with open_regular(folder / name) as file:
            return file.read(LARGEST).decode("utf-8", "replace")
    except OSError:
        return None
