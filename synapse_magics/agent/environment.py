"""The environment that a step runs in: its interpreter, and what builds it if it is not there."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.staging.environment import BuildEnvironment
from synapse_magics.store.environments import building, is_ready, place_of, python_of
from synapse_magics.store.requirements import RequirementSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.store import Store

_THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class StepEnvironment:
    """What a job is told of its step's environment; by default it is this process's interpreter.

    Parameters
    ----------
    python : str, optional
    lends_tables : bool
    before : tuple of mapping
        The task that builds it, if it is not ready.
    """

    python: str | None = None
    lends_tables: bool = False
    before: tuple[Mapping[str, Any], ...] = ()


def environment_of(store: Store, spec: StepSpec, *, tables: bool = False) -> StepEnvironment:
    """Return the environment that a step runs in.

    Parameters
    ----------
    store : Store
    spec : StepSpec
    tables : bool
        Whether an input of it is a table.

    Returns
    -------
    StepEnvironment
    """
    if spec.requirements is None:
        return StepEnvironment()
    wanted = RequirementSet.from_dict(spec.requirements)
    place = place_of(store.folder, wanted.key)
    task = BuildEnvironment(**building(store, wanted), where=f"environment of step {spec.name}")
    return StepEnvironment(
        python=str(python_of(place)),
        # What is compiled fits one version of Python alone.
        lends_tables=tables and wanted.python == _THIS_PYTHON,
        before=() if is_ready(place) else (task.plain(),),
    )
