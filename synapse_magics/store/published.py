"""Pipelines that were published: all that a submit needs, without the notebook they come from."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError
from synapse_magics.store import documents, secrets
from synapse_magics.store.specs import PipelineSpec, StepSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_magics.store.store import Store

PIPELINE = "published_pipeline"
"""The registry's kind of published pipelines."""
ENDPOINT = "pipeline_endpoint"
"""The registry's kind of pipeline endpoints: published pipelines by version, under one name."""

ACTIVE, DISABLED = "Active", "Disabled"

PIPELINE_PATH = "/pipelines/v1.0/PipelineRuns/PipelineSubmit"
"""Where the agent's HTTP endpoint takes runs of a published pipeline; its id follows."""
ENDPOINT_PATH = "/pipelines/v1.0/PipelineRuns/PipelineEndpointSubmit/Id"

EXPERIMENT = "experiment"
EXPERIMENT_NAME = re.compile(r"[a-zA-Z0-9][\w\-]{0,254}", re.ASCII)


class PublishedError(SynapseMagicsError, ValueError):
    """A published pipeline is not there, is disabled, or does not take what it was given."""


@dataclass(frozen=True)
class Definition:
    """A pipeline as plain data: the defaults of its parameters, and its steps.

    Parameters
    ----------
    pipeline : PipelineSpec
    steps : tuple of StepSpec
    """

    pipeline: PipelineSpec
    steps: tuple[StepSpec, ...]

    def body(self) -> dict[str, Any]:
        """Return it as the part of a document, which names the snapshots that it needs."""
        return {
            "pipeline": json.loads(self.pipeline.to_json()),
            "steps": [json.loads(step.to_json()) for step in self.steps],
            "snapshots": sorted({step.snapshot for step in self.steps}),
        }

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Definition:
        """Return the pipeline that a document holds.

        Parameters
        ----------
        body : mapping

        Returns
        -------
        Definition
        """
        steps = (StepSpec.from_json(json.dumps(step)) for step in body["steps"])
        return cls(PipelineSpec.from_json(json.dumps(body["pipeline"])), tuple(steps))

    def check_sources(self, store: Store) -> None:
        """Refuse it if the sources of a step are gone.

        Parameters
        ----------
        store : Store

        Raises
        ------
        PublishedError
        """
        for step in self.steps:
            if not store.snapshot_folder(step.snapshot).is_dir():
                raise PublishedError(
                    f"the sources of step {step.name} were removed meanwhile",
                    where=f"step {step.name}",
                    hint="publish it again",
                )


def assign(
    defaults: Mapping[str, Any], given: Mapping[str, Any] | None, *, texts: bool = False
) -> dict[str, Any]:
    """Return the values of parameters: the defaults, and what was given instead.

    Parameters
    ----------
    defaults : mapping
    given : mapping, optional
    texts : bool
        Numbers and truth values may be given as texts, as REST clients do.

    Returns
    -------
    dict

    Raises
    ------
    PublishedError
        If a name is not known, or a value is of another type than the default.
    """
    found = dict(defaults)
    for name, value in (given or {}).items():
        if name not in found:
            raise PublishedError(
                f"Pipeline parameter with name {name} does not exist",
                hint=f"parameters: {', '.join(sorted(found)) or 'none'}",
            )
        found[name] = _same_type(name, value, found[name], texts=texts)
    return found


def _same_type(name: str, value: Any, default: Any, *, texts: bool) -> Any:
    if texts and isinstance(value, str) and not isinstance(default, str):
        value = _from_text(value, default)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # To Azure ML True is an int, and 1 will do for True: one is a class of the other.
    if isinstance(default, int) and isinstance(value, int):
        return value
    if _kind(value) == _kind(default):
        return value
    raise PublishedError(
        f"Expected type of the pipeline parameter {name} is {_kind(default)}, not {_kind(value)}"
    )


def _kind(value: Any) -> str:
    """Return what a person calls the type; data is named as Azure ML's service names it."""
    match value:
        case {"SavedDataSetReference": {"Id": str()}}:
            return "Dataset"
        case {"DataStoreName": str(), "RelativePath": str()}:
            return "DataPath"
    return type(value).__name__


def _from_text(text: str, default: Any) -> Any:
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    try:
        return type(default)(text) if isinstance(default, (int, float)) else text
    except ValueError:
        return text


def active(store: Store, identity: str) -> Mapping[str, Any]:
    """Return the document of a published pipeline that may be run.

    Parameters
    ----------
    store : Store
    identity : str

    Returns
    -------
    mapping

    Raises
    ------
    PublishedError
        If it is not there, or disabled.
    """
    entry = documents.find(store, PIPELINE, identity)
    if entry is None:
        raise PublishedError(f"there is no published pipeline {identity}")
    if entry.body["status"] != ACTIVE:
        raise PublishedError(
            f"the published pipeline {entry.body['name']} is {entry.body['status']}",
            where=f"published pipeline {identity}",
            hint="enable() makes it Active again",
        )
    return entry.body


def chosen_version(store: Store, identity: str, version: str | None = None) -> str:
    """Return the published pipeline that a pipeline endpoint stands for.

    Parameters
    ----------
    store : Store
    identity : str
        The endpoint.
    version : str, optional
        Its default version if missing.

    Returns
    -------
    str
        The id of the published pipeline.

    Raises
    ------
    PublishedError
        If the endpoint is not there or disabled, or has no such version.
    """
    entry = documents.find(store, ENDPOINT, identity)
    if entry is None:
        raise PublishedError(f"there is no pipeline endpoint {identity}")
    body = entry.body
    if body["status"] != ACTIVE:
        raise PublishedError(
            f"the pipeline endpoint {body['name']} is {body['status']}",
            hint="enable() makes it Active again",
        )
    wanted = body["default_version"] if version is None else str(version)
    if wanted not in body["versions"]:
        raise PublishedError(
            f"the pipeline endpoint {body['name']} has no version {wanted}",
            hint=f"versions: {', '.join(body['versions'])}",
        )
    return str(body["versions"][wanted])


def submit(
    store: Store,
    identity: str,
    experiment: str,
    given: Mapping[str, Any],
    *,
    texts: bool = False,
    continue_on_step_failure: bool | None = None,
    schedule_id: str | None = None,
    client_token: str | None = None,
    check: Callable[[], None] = lambda: None,
) -> str:
    """Write a run of a published pipeline; for who has nothing but the store.

    Parameters
    ----------
    store : Store
    identity : str
        The published pipeline.
    experiment : str
    given : mapping
        Values of parameters.
    texts : bool
        As for :func:`assign`.
    continue_on_step_failure : bool, optional
        As it was published if missing.
    schedule_id, client_token : str, optional
    check : callable
        Raises if there must be no run; nobody else writes meanwhile.

    Returns
    -------
    str
        The id of the run.

    Raises
    ------
    PublishedError
        If it cannot be run with these values.
    """
    body = active(store, identity)
    if not EXPERIMENT_NAME.fullmatch(experiment):
        raise PublishedError(f"{experiment!r} is not the name of an experiment")
    definition = Definition.of(body)
    spec = in_force(
        definition,
        identity,
        assign(definition.pipeline.parameters, given, texts=texts),
        continue_on_step_failure=continue_on_step_failure,
        schedule_id=schedule_id,
    )
    known = secrets.known_secrets(os.environ, secrets.declared(store.registry))
    values = {name: str(value) for name, value in spec.parameters.items()}
    for name in secrets.find_secrets(values, known):
        raise PublishedError(f"the parameter {name} holds a secret, and would be stored")
    store.registry.save(EXPERIMENT, experiment, {})

    def look() -> None:
        definition.check_sources(store)
        check()

    return store.runs.submit(
        experiment, spec, definition.steps, client_token=client_token, check=look
    )


def in_force(
    definition: Definition,
    identity: str | None,
    parameters: Mapping[str, Any],
    *,
    continue_on_step_failure: bool | None = None,
    regenerate_outputs: bool = False,
    schedule_id: str | None = None,
) -> PipelineSpec:
    """Return the spec of a run of a published pipeline or a draft.

    Parameters
    ----------
    definition : Definition
    identity : str or None
        The published pipeline; a draft is none.
    parameters : mapping
        All values.
    continue_on_step_failure : bool, optional
        As it was published if missing.
    regenerate_outputs : bool
    schedule_id : str, optional

    Returns
    -------
    PipelineSpec
    """
    spec = definition.pipeline
    go_on = spec.continue_on_step_failure
    return replace(
        spec,
        parameters=dict(parameters),
        continue_on_step_failure=go_on
        if continue_on_step_failure is None
        else continue_on_step_failure,
        regenerate_outputs=regenerate_outputs,
        pipeline_id=identity,
        schedule_id=schedule_id,
    )
