"""Submit a pipeline from a notebook and watch it; say beforehand what would run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.announcement import announce_parameters, announce_waited
from synapse_magics.core.exceptions import ExperimentExecutionException
from synapse_magics.core.names import did_you_mean
from synapse_magics.magics.display import already_shown
from synapse_magics.magics.headless_settings import given_parameters
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.store.runs import short_id
from synapse_magics.widgets.tables import Table, Text, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.pipeline.pipeline import Pipeline

_CANCEL_SECONDS = 10.0


def submit(
    pipeline: Pipeline,
    experiment: str,
    parameters: dict[str, Any],
    *,
    wait: bool,
    remember: Callable[[PipelineRun], None],
    **options: Any,
) -> PipelineRun:
    """Submit a pipeline and show its view.

    Parameters
    ----------
    pipeline : Pipeline
    experiment : str
    parameters : dict
        Values of pipeline parameters; those that a headless runner was given come first.
    wait : bool
        Return at the end of the run only, and raise if it failed.
    remember : callable
        Called with the run as soon as there is one.
    **options
        As for :meth:`Pipeline.start`.

    Returns
    -------
    PipelineRun

    Raises
    ------
    ActivityFailedException
        If the run failed and was waited for.
    ExperimentExecutionException
        If the wait was interrupted; the run is canceled then.
    """
    given = _given(pipeline)
    announce_parameters(given)  # also if the values turn out to be of the wrong type
    run = pipeline.start(experiment, {**parameters, **given}, **options)
    remember(run)
    already_shown(run)
    watch(run, wait=wait)
    return run


def watch(run: PipelineRun, *, wait: bool) -> None:
    """Show the view of a run, and wait for its end if that is asked for.

    Parameters
    ----------
    run : PipelineRun
    wait : bool
    """
    from synapse_magics.widgets.run_details import RunDetails  # noqa: PLC0415 - on demand

    # A button cannot be heard while a cell runs: there, the interrupt cancels.
    view = RunDetails(run, cancel_button=not wait)
    if not wait:
        view.show()
        return
    announce_waited(run.id)
    try:
        view.follow()
    except KeyboardInterrupt:
        run.cancel()
        run.wait(_CANCEL_SECONDS)
        view.refresh()
        raise ExperimentExecutionException(
            f"the wait was interrupted, and run {short_id(run.id)} is canceled",
            hint="%synapse_submit without --wait goes on in the background",
        ) from None
    run.raise_on_failure()


def _given(pipeline: Pipeline) -> dict[str, Any]:
    known = {parameter.name for parameter in pipeline.parameters}
    return {name: value for name, value in given_parameters().items() if name in known}


def plan(pipeline: Pipeline, experiment: str, parameters: dict[str, Any], **options: Any) -> Table:
    """Say what a submit would run, in what order, and why.

    Parameters
    ----------
    pipeline : Pipeline
    experiment : str
    parameters : dict
        Values of pipeline parameters.
    **options
        As for :meth:`Pipeline.plan`.

    Returns
    -------
    Table
    """
    found = pipeline.plan(experiment, {**parameters, **_given(pipeline)}, **options)
    names = {step.node: step.name for step in pipeline.steps}
    rows = [
        (
            number,
            step.name,
            step.compute,
            ", ".join(sorted(names[node] for node in step.upstream)) or "nothing",
            found.verdicts[step.node].text,
        )
        for number, wave in enumerate(found.waves(), start=1)
        for step in wave
    ]
    return table(("wave", "step", "compute", "waits for", "what happens"), rows)


def diff(pipeline: Pipeline, experiment: str, parameters: dict[str, Any], step: str | None) -> Text:
    """Return how the code of steps differs from the runs that they were compared with.

    Parameters
    ----------
    pipeline : Pipeline
    experiment : str
    parameters : dict
    step : str or None
        Only that step.

    Returns
    -------
    Text
    """
    found = pipeline.plan(experiment, {**parameters, **_given(pipeline)})
    names = [item.name for item in found.steps]
    if step is not None and step not in names:
        raise MagicUsageError(
            f"there is no step {step!r}",
            where="%synapse_pipeline --diff",
            hint=did_you_mean(step, names, "steps"),
        )
    parts = [
        f"step {name}:\n{text}"
        for name in names
        if step in {None, name} and (text := found.diff(pipeline.workspace.store, name))
    ]
    return Text("\n\n".join(parts) or "no code differs from the runs before")
