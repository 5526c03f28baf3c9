"""What is lent to a step that runs in an environment of its own."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.runtime.bootstrap import LENT

if TYPE_CHECKING:
    from synapse_magics.engines.base import StepJob

# This package, and the pure Python that it stands on.
_OURS = ("synapse_magics", "packaging", "pathspec", "pyflakes")

# What reads tables.
_TABLES = ("pandas", "pyarrow", "numpy", "dateutil", "pytz", "six", "tzdata")


def lent(job: StepJob) -> dict[str, str]:
    """Return the variable that tells a step's processes what they are lent.

    Parameters
    ----------
    job : StepJob

    Returns
    -------
    dict
        Empty for a step that runs in this process's interpreter.
    """
    if job.python is None:
        return {}
    names = [*_OURS]
    if job.lends_tables:
        names += _TABLES
    places = {name: _folder_of(name) for name in names}
    return {LENT: json.dumps({name: place for name, place in places.items() if place})}


def _folder_of(name: str) -> str | None:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return None
    place = Path(spec.origin)
    return str(place.parents[1] if spec.submodule_search_locations else place.parent)
