"""Go on from earlier runs: keep what completed there, run the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import ServiceException
from synapse_magics.pipeline import selection
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.submission import hand_in
from synapse_magics.store.file_hashes import loss
from synapse_magics.store.states import RunStatus
from synapse_magics.store.step_fingerprints import with_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.pipeline.selection import Choice, Selection
    from synapse_magics.store.reuse import Verdict
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.store import Store


def parameters(store: Store, chosen: Selection) -> dict[str, Any]:
    """Return the parameters of the run that is resumed.

    Parameters
    ----------
    store : Store
    chosen : Selection

    Returns
    -------
    dict
        Empty if none is.
    """
    run = None if chosen.resume is None else store.runs.get(chosen.resume)
    return {} if run is None else dict(run.pipeline.parameters)


def goes_on(store: Store, chosen: Selection) -> bool:
    """Tell whether other branches went on after a failure in the run that is resumed.

    Parameters
    ----------
    store : Store
    chosen : Selection

    Returns
    -------
    bool
    """
    run = None if chosen.resume is None else store.runs.get(chosen.resume)
    return run is not None and run.pipeline.continue_on_step_failure


def apply(
    store: Store,
    steps: Sequence[StepSpec],
    chosen: Selection,
    experiment: str,
    judge: Callable[[], Mapping[str, Verdict]] = dict,
) -> list[StepSpec]:
    """Return the steps that a selection leaves, the kept ones with the run that they stand for.

    Parameters
    ----------
    store : Store
    steps : sequence of StepSpec
        Of the whole pipeline, each after those that it waits for.
    chosen : Selection
    experiment : str
        Whose earlier runs are looked at first.
    judge : callable
        Tells what would become of each step, by node, if all of them were submitted: a result that
        would be reused is kept rather than the latest one, which may be of other parameters.

    Returns
    -------
    list of StepSpec

    Raises
    ------
    PipelineError
        If a step is unknown, nothing is left to run, or what is to be kept never completed.
    ServiceException
        If there is no such run to resume.
    """
    if chosen.is_everything:
        return list(steps)
    names = {step.node: step.name for step in steps}
    graph = {step.name: frozenset(names[node] for node in step.upstream) for step in steps}
    if len(graph) < len(steps):
        raise PipelineError(
            "steps of one name cannot be told apart",
            hint="give each step a name of its own to run a part of the pipeline",
        )
    by_name = {step.name: step for step in steps}
    earlier = {} if chosen.resume is None else _completed(store, chosen.resume, by_name)
    choice = selection.choose(graph, chosen, earlier)
    unknown = choice.kept - set(earlier)
    verdicts = judge() if unknown else {}
    for name in unknown:
        verdict = verdicts.get(by_name[name].node)
        if verdict is not None and verdict.reused is not None:
            earlier[name] = verdict.reused.content_id
    kept = {
        name: earlier.get(name) or _latest(store, by_name[name], experiment, choice)
        for name in choice.kept
    }
    return [_chosen(step, names, choice, kept) for step in steps if _is_in(step, choice)]


def _is_in(step: StepSpec, choice: Choice) -> bool:
    return step.name in choice.run or step.name in choice.kept


def _chosen(
    step: StepSpec, names: dict[str, str], choice: Choice, kept: dict[str, str]
) -> StepSpec:
    if step.name in choice.run:
        return replace(step, must_run=choice.forced.get(step.name, step.must_run))
    there = choice.run | choice.kept
    # What it read is of no interest any more, and may be left out.
    return replace(
        step,
        keep=kept[step.name],
        inputs=tuple(i for i in step.inputs if i.node is None or names[i.node] in there),
        after=tuple(node for node in step.after if names[node] in there),
    )


def _completed(store: Store, run_id: str, steps: Mapping[str, StepSpec]) -> dict[str, str]:
    """Return the step runs of a run that completed and whose outputs are there, by step."""
    run = store.runs.get(run_id)
    if run is None or run.parent_id is not None:
        raise ServiceException(f"Run {run_id} not found", hint="%synapse_runs lists the runs")
    if not run.status.is_terminal:
        raise PipelineError(
            f"run {run_id[:8]} has not ended: it is {run.status}",
            hint=f"%synapse_status {run_id[:8]} shows it; a run that is canceled can be resumed",
        )
    return {
        step.name: step.content_id
        for step in store.runs.children(run_id)
        if step.status is RunStatus.COMPLETED
        and step.name in steps
        and _is_whole(store, step, steps[step.name])
    }


def _is_whole(store: Store, step: RunRecord, spec: StepSpec) -> bool:
    """Tell whether a step run has every output that its step has now, each as it was."""
    outputs = {output.name: output for output in store.records.outputs(step.id)}
    return all(
        output.name in outputs and not loss(store, outputs[output.name]) for output in spec.outputs
    )


def _latest(store: Store, spec: StepSpec, experiment: str, choice: Choice) -> str:
    name = spec.name
    rows = store.database.rows(
        "SELECT id FROM runs WHERE name = ? AND kind = 'azureml.StepRun' AND status = 'Completed'"
        " ORDER BY experiment = ? DESC, ended DESC LIMIT 10",
        (name, experiment),
    )
    for row in rows:
        step = store.runs.get(row["id"])
        if step is not None and _is_whole(store, step, spec):
            return step.content_id
    what = "has never completed" if not rows else "has no whole outputs left"
    raise PipelineError(
        f"step {name} {what}, and {', '.join(sorted(choice.run))} cannot run without them",
        where=f"step {name}",
        hint=f"%synapse_submit --from {name} runs it as well",
    )


def resume(run: PipelineRun, *, client_token: str | None = None) -> PipelineRun:
    """Submit a run once more as it was: what completed is kept, the rest runs.

    Parameters
    ----------
    run : PipelineRun
        One that has ended.
    client_token : str, optional
        The same token gives the same run, however often it is sent.

    Returns
    -------
    PipelineRun
        The new run.

    Raises
    ------
    PipelineError
        If it has not ended, all of its steps completed, or what it had kept is gone.
    """
    store = run.workspace.store
    before = [step.step for step in store.runs.children(run.id)]
    chosen = selection.Selection(resume=run.id)
    fresh = [replace(with_environment(store, step), keep=None) for step in before]
    steps = apply(store, fresh, chosen, run.record.experiment)
    was_kept = {step.node for step in before if step.keep is not None}
    for step in steps:
        if step.keep is None and step.node in was_kept:
            raise PipelineError(
                f"the outputs of step {step.name}, which run {run.id[:8]} had kept, are gone or"
                " altered, and what the step reads is not part of that run",
                where=f"step {step.name}",
                hint=f"%synapse_submit --from {step.name} runs it anew",
            )
    spec = replace(run.record.pipeline, resumes=run.id)
    return hand_in(run.experiment, spec, steps, client_token=client_token)
