"""Places as tasks and as steps name them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.store import Store


def from_run(store: Store, run_id: str, place: Path) -> str:
    """Return a place's path from a run's folder if it is in the state folder, else its own.

    The state folder may be moved while a task waits.

    Parameters
    ----------
    store : Store
    run_id : str
    place : pathlib.Path

    Returns
    -------
    str
    """
    place = place.absolute()
    if place.is_relative_to(store.folder):
        return os.path.relpath(place, store.run_folder(run_id).path)
    return str(place)


def address(place: Path, spec: StepSpec) -> str:
    """Return a place as a step is told of it: Spark gets addresses, Python paths.

    Parameters
    ----------
    place : pathlib.Path
    spec : StepSpec

    Returns
    -------
    str
    """
    path = str(place.absolute())
    # Not as_uri(): Hadoop takes an address as it is, so %20 would be another folder's name.
    return f"file://{path}" if spec.kind is StepKind.SPARK else path
