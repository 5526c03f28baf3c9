"""The run that this notebook submitted last: what ``last`` means there, whoever else submits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.core import run_search

if TYPE_CHECKING:
    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.core.workspace import Workspace

_last: PipelineRun | None = None


def remember(run: PipelineRun) -> None:
    """Take note of the run that was just submitted.

    Parameters
    ----------
    run : PipelineRun
    """
    global _last  # noqa: PLW0603 - one notebook is one process
    _last = run


def last_experiment(workspace: Workspace) -> str | None:
    """Return the experiment that this notebook submitted last under, if there is one.

    Parameters
    ----------
    workspace : Workspace

    Returns
    -------
    str or None
    """
    ours = _last is not None and _last.workspace == workspace
    return _last.experiment.name if ours and _last is not None else None


def find_run(workspace: Workspace, reference: str, experiment: str | None = None) -> PipelineRun:
    """Return a run by its id, by the beginning of it, or the last one of this notebook.

    Parameters
    ----------
    workspace : Workspace
    reference : str
        An id, or ``last``; the workspace's last one if this notebook has submitted none there.
    experiment : str, optional
        Whose last run is meant.

    Returns
    -------
    PipelineRun
    """
    if (
        reference == run_search.LAST
        and _last is not None
        and _last.workspace == workspace
        and experiment in {None, _last.experiment.name}
        and workspace.store.runs.get(_last.id) is not None  # it may have been removed
    ):
        return _last
    return run_search.find_run(workspace, reference, experiment)
