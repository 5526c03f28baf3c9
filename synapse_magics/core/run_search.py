"""Find runs and their steps by what people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.core import names
from synapse_magics.core.exceptions import ServiceException, UserErrorException
from synapse_magics.core.experiment import Experiment
from synapse_magics.core.pipeline_run import PipelineRun, StepRun
from synapse_magics.core.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.core.workspace import Workspace

LAST = "last"


def find_run(workspace: Workspace, reference: str, experiment: str | None = None) -> PipelineRun:
    """Return a pipeline run by its id, by the beginning of it, or the last one.

    Parameters
    ----------
    workspace : Workspace
    reference : str
        ``last``, or an id; the id of a step's run gives the run that it belongs to.
    experiment : str, optional
        Whose last run is meant.

    Returns
    -------
    PipelineRun

    Raises
    ------
    ServiceException
        If there is none, or there are several.
    """
    if reference == LAST:
        newest = workspace.store.runs.submitted(experiment, limit=1, interactive=False)
        if not newest:
            what = "nothing was submitted yet"
            raise ServiceException(
                f"{what} as {experiment}" if experiment else what, hint="%synapse_submit"
            )
        return PipelineRun(Experiment(workspace, newest[0].experiment), newest[0].id)
    found = Run.get(workspace, reference)
    return PipelineRun(found.experiment, found.record.root_id)


def find_step(run: PipelineRun, name: str | None = None) -> StepRun:
    """Return a step of a run.

    Parameters
    ----------
    run : PipelineRun
    name : str, optional
        The one to look at first if missing: that failed, else that runs, else that ended last.

    Returns
    -------
    StepRun

    Raises
    ------
    ServiceException
        If the run has no steps.
    UserErrorException
        If it has none of that name.
    """
    if name is None:
        focus = run.state.focus
        if focus is None:
            raise ServiceException("the run has no steps", where=f"run {run.id}")
        return StepRun(run.experiment, focus.id)
    found = run.find_step_run(name)
    if not found:
        known = [step.name for step in run.state.steps]
        raise UserErrorException(
            f"the run has no step {name!r}",
            where=f"run {run.id}",
            hint=f"{names.did_you_mean(name, known, 'steps')}; --run RUN names another run",
        )
    return found[0]


def find_runs(
    workspace: Workspace,
    experiment: str | None = None,
    *,
    tags: Mapping[str, str | None] | None = None,
    limit: int = -1,
) -> list[PipelineRun]:
    """Return pipeline runs, newest first.

    Parameters
    ----------
    workspace : Workspace
    experiment : str, optional
        Only its runs.
    tags : mapping, optional
        Only runs with these tags; None as a value is met by any.
    limit : int
        How many at the most; -1 for all.

    Returns
    -------
    list of PipelineRun
    """
    records = workspace.store.runs.submitted(experiment, limit, tags=tags)
    return [PipelineRun(Experiment(workspace, item.experiment), item.id) for item in records]


def parse_tags(items: Iterable[str] | None) -> dict[str, str | None]:
    """Return tags that were typed as ``NAME`` or ``NAME=TEXT``.

    Parameters
    ----------
    items : iterable of str or None

    Returns
    -------
    dict
        None as the value of a name without a text.

    Raises
    ------
    UserErrorException
        If a name is missing.
    """
    found: dict[str, str | None] = {}
    for item in items or ():
        name, sign, text = item.partition("=")
        if not name.strip():
            raise UserErrorException(f"{item!r} is not a tag", hint="NAME, or NAME=TEXT")
        found[name.strip()] = text if sign else None
    return found
