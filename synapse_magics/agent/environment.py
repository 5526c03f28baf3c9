"""The environment that a step runs in: its interpreter, and what builds it if it is not there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from synapse_magics.staging.environment import BuildEnvironment
from synapse_magics.store.environments import building, is_ready, place_of, python_of
from synapse_magics.store.requirements import RequirementSet

if TYPE_CHECKING:
    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.store import Store

_THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def environment_of(store: Store, spec: StepSpec, *, tables: bool = False) -> dict[str, Any]:
    """Return what a job is told of its step's environment.

    Parameters
    ----------
    store : Store
    spec : StepSpec
    tables : bool
        Whether an input of it is a table.

    Returns
    -------
    dict
        ``python``, ``lends_tables``, and ``before``, with the task that builds it, if it is not
        ready. Nothing, if the step runs in this process's interpreter.
    """
    if spec.requirements is None:
        return {}
    wanted = RequirementSet.from_dict(spec.requirements)
    place = place_of(store.folder, wanted.key)
    told: dict[str, Any] = {
        "python": str(python_of(place)),
        # What is compiled fits one version of Python alone.
        "lends_tables": tables and wanted.python == _THIS_PYTHON,
    }
    if is_ready(place):
        return told
    task = BuildEnvironment(**building(store, wanted), where=f"environment of step {spec.name}")
    return {**told, "before": (task.plain(),)}
