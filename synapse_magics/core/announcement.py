"""Tell a headless runner what a notebook submits, through the file that it names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_magics.core.run import Run

VARIABLE = "SYNAPSE_MAGICS_PROGRESS"


def announce(run: Run) -> None:
    """Tell of a run that was submitted; the runner reads the rest from the store.

    Parameters
    ----------
    run : Run
    """
    record = run.record
    _tell(
        type="submitted",
        run=run.id,
        experiment=record.experiment,
        number=record.number,
        folder=str(run.workspace.store.folder),
    )


def announce_waited(run_id: str) -> None:
    """Tell that a cell waits for a run, or has ended it: how it ends is that cell's to say.

    Parameters
    ----------
    run_id : str
    """
    _tell(type="waited", run=run_id)


def announce_parameters(names: Iterable[str]) -> None:
    """Tell of pipeline parameters that got the runner's values.

    Parameters
    ----------
    names : iterable of str
    """
    for name in names:
        _tell(type="parameter", name=name)


def _tell(**line: object) -> None:
    path = os.environ.get(VARIABLE)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
