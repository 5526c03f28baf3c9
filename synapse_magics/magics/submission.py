"""Submit a pipeline from a notebook and watch it; say beforehand what would run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import ExperimentExecutionException
from synapse_magics.magics.display import already_shown
from synapse_magics.magics.headless_settings import given_parameters
from synapse_magics.magics.tables import Table, table
from synapse_magics.pipeline import graph
from synapse_magics.pipeline.announcement import announce_parameters, announce_waited

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
    continue_on_step_failure: bool = False,
    regenerate_outputs: bool = False,
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
    continue_on_step_failure, regenerate_outputs : bool

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
    known = {parameter.name for parameter in pipeline.parameters}
    given = {name: value for name, value in given_parameters().items() if name in known}
    announce_parameters(given)  # also if the values turn out to be of the wrong type
    run = pipeline.start(
        experiment,
        {**parameters, **given},
        continue_on_step_failure=continue_on_step_failure,
        regenerate_outputs=regenerate_outputs,
    )
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
    announce_waited(run)
    try:
        view.follow()
    except KeyboardInterrupt:
        run.cancel()
        run.wait(_CANCEL_SECONDS)
        view.refresh()
        raise ExperimentExecutionException(
            f"the wait was interrupted, and run {run.id[:8]} is canceled",
            hint="%synapse_submit without --wait goes on in the background",
        ) from None
    run.raise_on_failure()


def plan(pipeline: Pipeline) -> Table:
    """Say what a submit would run, in what order, and why.

    Parameters
    ----------
    pipeline : Pipeline

    Returns
    -------
    Table
    """
    steps = {step.node: step for step in pipeline.steps}
    rows = []
    for number, wave in enumerate(graph.waves(pipeline.upstream), start=1):
        for node in sorted(wave, key=lambda item: steps[item].name):
            step = steps[node]
            waits = ", ".join(sorted(steps[other].name for other in pipeline.upstream[node]))
            rows.append((number, step.name, step.compute_target, waits or "nothing", "runs"))
    return table(("wave", "step", "compute", "waits for", "what happens"), rows)
