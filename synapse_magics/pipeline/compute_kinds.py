"""Which kind of step runs on which kind of compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.core.compute import AmlCompute, ComputeTarget, SynapseCompute
from synapse_magics.core.names import type_of, with_article
from synapse_magics.pipeline.errors import TargetError
from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    from synapse_magics.core.workspace import Workspace

_CLASSES: dict[StepKind, type[SynapseCompute | AmlCompute]] = {
    StepKind.SPARK: SynapseCompute,
    StepKind.PYTHON: AmlCompute,
}
_MAKERS = {StepKind.SPARK: "%synapse_attach", StepKind.PYTHON: "%synapse_compute"}


def check_kind(target: ComputeTarget, kind: StepKind, where: str) -> None:
    """Refuse a compute that steps of a kind do not run on.

    Parameters
    ----------
    target : ComputeTarget
    kind : StepKind
    where : str
        What a person calls the step.

    Raises
    ------
    TargetError
        It names those that they do run on.
    """
    wanted = _CLASSES[kind]
    if isinstance(target, wanted):
        return
    known = ", ".join(_names(target.workspace, kind))
    # Azure ML's words for it, whether the target was a tuple or not.
    words = "Compute target tuple only supported for Synapse computes: "
    raise TargetError(
        f"{words if kind is StepKind.SPARK else ''}a {kind} step runs on "
        f"{with_article(wanted.__name__)}; {target.name} is {type_of(target)}",
        where=where,
        hint=f"of that kind there are: {known}" if known else f"{_MAKERS[kind]} makes one",
    )


def only_compute(workspace: Workspace, kind: StepKind) -> str:
    """Return the name of the only compute that steps of a kind run on.

    Parameters
    ----------
    workspace : Workspace
    kind : StepKind

    Returns
    -------
    str

    Raises
    ------
    TargetError
        If there are several, or none.
    """
    found = _names(workspace, kind)
    if len(found) == 1:
        return found[0]
    known = ", ".join(found)
    raise TargetError(
        "where is the step to run?",
        where=f"%%{kind}_step",
        hint=f"--compute NAME; there are: {known}" if known else f"{_MAKERS[kind]} makes a compute",
    )


def _names(workspace: Workspace, kind: StepKind) -> list[str]:
    wanted = _CLASSES[kind]
    return [item.name for item in ComputeTarget.list(workspace) if isinstance(item, wanted)]
