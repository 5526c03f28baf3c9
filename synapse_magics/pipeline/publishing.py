"""What is published: a pipeline, or what a run ran, as plain data with its sources stored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

from synapse_magics.core._console import say
from synapse_magics.core.abstract_dataset import AbstractDataset
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import values
from synapse_magics.store import documents, published
from synapse_magics.store.published import Definition
from synapse_magics.store.specs import PipelineSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.pipeline.pipeline import Pipeline
    from synapse_magics.store.registry import Entry
    from synapse_magics.store.specs import StepSpec
    from synapse_magics.store.store import Store


def define(pipeline: Pipeline, *, continue_on_step_failure: bool) -> Definition:
    """Return a pipeline as plain data, its sources stored as snapshots.

    Parameters
    ----------
    pipeline : Pipeline
    continue_on_step_failure : bool

    Returns
    -------
    Definition

    Raises
    ------
    PipelineError
        If it would not run.
    """
    problems = pipeline.problems()
    if problems:
        raise PipelineError("\n".join(problems))
    spec = PipelineSpec(
        description=pipeline.description,
        parameters=values(pipeline.parameters),
        continue_on_step_failure=continue_on_step_failure,
    )
    return Definition(spec, tuple(pipeline.specs()))


def ran(run: PipelineRun, continue_on_step_failure: bool | None = None) -> Definition:
    """Return what a run ran as plain data; its values are the defaults.

    Parameters
    ----------
    run : PipelineRun
    continue_on_step_failure : bool, optional
        As the run had it if missing.

    Returns
    -------
    Definition
    """
    spec = run.record.pipeline
    go_on = spec.continue_on_step_failure
    spec = PipelineSpec(
        description=spec.description,
        parameters=spec.parameters,
        continue_on_step_failure=go_on
        if continue_on_step_failure is None
        else continue_on_step_failure,
        input_identity=spec.input_identity,
    )
    children = run.workspace.store.runs.children(run.id)
    # What a resumed run kept, a published pipeline makes.
    steps = (replace(child.step, keep=None, must_run="") for child in children)
    return Definition(spec, tuple(steps))


def add(
    store: Store,
    definition: Definition,
    name: str | None,
    description: str | None,
    version: str | None,
) -> Entry:
    """Write a published pipeline.

    Parameters
    ----------
    store : Store
    definition : Definition
    name, description, version : str or None

    Returns
    -------
    Entry
    """
    body = {
        "name": name or "Pipeline",
        "description": description,
        "version": version,
        "status": published.ACTIVE,
        **definition.body(),
    }
    return documents.create(
        store, published.PIPELINE, body, lambda: definition.check_sources(store)
    )


def announce_steps(steps: Iterable[StepSpec]) -> None:
    """Print what Azure ML prints of steps that become part of a graph.

    Parameters
    ----------
    steps : iterable of StepSpec
    """
    for step in steps:
        module = uuid5(NAMESPACE_OID, f"{step.snapshot}/{step.name}")
        what = (
            "is eligible to reuse a previous run's output"
            if step.allow_reuse
            else "will run and generate new outputs"
        )
        say(f"Created step {step.name} [{step.node}][{module}], (This step {what})")


def plain_values(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return values of parameters as they are stored: datasets and data paths by name.

    Parameters
    ----------
    given : mapping or None

    Returns
    -------
    dict
    """
    return {name: _plain(value) for name, value in (given or {}).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, AbstractDataset):
        return {"SavedDataSetReference": {"Id": value.save()}}
    if hasattr(value, "path_on_datastore") and hasattr(value, "datastore_name"):
        path = value.path_on_datastore or ""
        return {"DataStoreName": value.datastore_name, "RelativePath": path}
    return value


def outline(definition: Definition) -> dict[str, Any]:
    """Return the parts of a pipeline that tell a person what it does.

    Parameters
    ----------
    definition : Definition

    Returns
    -------
    dict
    """
    return {
        "parameters": {
            name: {"type": type(value).__name__, "default": value}
            for name, value in definition.pipeline.parameters.items()
        },
        "continue_on_step_failure": definition.pipeline.continue_on_step_failure,
        "steps": {
            f"{step.name} [{step.node}]": {
                "type": str(step.kind),
                "compute": step.compute,
                "script_name": step.script,
                "allow_reuse": step.allow_reuse,
                "arguments": [f"{item.kind}:{item.value}" for item in step.arguments],
                "inputs": {
                    item.name: {
                        "mode": item.mode,
                        "source": item.dataset_id or f"{item.node}/{item.output}",
                    }
                    for item in step.inputs
                },
                "outputs": {
                    item.name: {"mode": item.mode, "destination": f"{item.datastore}/{item.path}"}
                    for item in step.outputs
                },
                "run_after": list(step.after),
                "snapshot": step.snapshot,
            }
            for step in definition.steps
        },
    }
