"""Hand a run in: on disk first, then announced, then the agent's bell."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any

from synapse_magics.agent import client
from synapse_magics.core.announcement import announce
from synapse_magics.core.experiment import Experiment
from synapse_magics.core.pipeline_run import PipelineRun
from synapse_magics.core.script_run import ScriptRun
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.input_listings import with_listings
from synapse_magics.store import secrets, vault
from synapse_magics.store.database import StoreError, may_pass
from synapse_magics.store.file_hashes import dataset_hashes
from synapse_magics.store.locations import LocationError
from synapse_magics.store.runs import SCRIPT
from synapse_magics.store.specs import InputIdentity
from synapse_magics.store.step_fingerprints import definition_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.core.run import Run
    from synapse_magics.store.specs import PipelineSpec, StepSpec
    from synapse_magics.store.store import Store

_TRIES = 3


def hand_in(
    experiment: Experiment,
    spec: PipelineSpec,
    steps: Sequence[StepSpec],
    *,
    client_token: str | None = None,
    tags: Mapping[str, str | None] | None = None,
) -> PipelineRun:
    """Submit a run and return at once.

    Parameters
    ----------
    experiment : Experiment
    spec : PipelineSpec
    steps : sequence of StepSpec
    client_token : str, optional
        The same token gives the same run, however often it is sent.
    tags : mapping, optional

    Returns
    -------
    PipelineRun

    Raises
    ------
    AgentError
        If nobody is there who would run it; it is recorded all the same.
    """
    run_id = _put_down(experiment, spec, steps, tags, client_token=client_token)
    record = experiment.workspace.store.runs.get(run_id)
    if record is not None and record.experiment != experiment.name:  # the token's, of before
        experiment = Experiment(experiment.workspace, record.experiment)
    run = PipelineRun(experiment, run_id)
    announce(run)
    _wake(run)
    return run


def hand_in_script(
    experiment: Experiment,
    spec: PipelineSpec,
    step: StepSpec,
    *,
    run_id: str,
    tags: Mapping[str, str | None] | None = None,
    properties: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> ScriptRun:
    """Submit the run of a script and return at once.

    Parameters
    ----------
    experiment : Experiment
    spec : PipelineSpec
    step : StepSpec
        What does the work.
    run_id : str
    tags, properties : mapping, optional
    labels : mapping, optional
        What is noted of the run and is no property.

    Returns
    -------
    ScriptRun

    Raises
    ------
    AgentError
        If nobody is there who would run it; it is recorded all the same.
    """
    options: dict[str, Any] = {"run_id": run_id, "properties": properties, "kind": SCRIPT}
    run = ScriptRun(experiment, _put_down(experiment, spec, [step], tags, **options))
    for key, value in (labels or {}).items():
        experiment.workspace.store.records.set_label(run.id, key, value)
    announce(run)
    _wake(run)
    return run


def _put_down(
    experiment: Experiment,
    spec: PipelineSpec,
    steps: Sequence[StepSpec],
    tags: Mapping[str, str | None] | None,
    *,
    client_token: str | None = None,
    **options: Any,
) -> str:
    store = experiment.workspace.store
    _refuse_secrets(store, spec, steps, tags or {}, [experiment.name, client_token or ""])
    if spec.input_identity is InputIdentity.CONTENT:
        _look_at_inputs(store, steps)
        steps = with_listings(store, [step.with_parameters(spec.parameters) for step in steps])
    # Whether a commit that was answered by an error took place, nobody can tell; with the same
    # token it does not matter.
    token = client_token or uuid.uuid4().hex
    return _write(store, experiment.name, spec, steps, client_token=token, tags=tags, **options)


def _wake(run: Run) -> None:
    store = run.workspace.store
    try:
        client.wake(store.folder)
    except client.AgentError as error:
        raise client.AgentError(
            f"run {run.id} is recorded and will run as soon as an agent does; {error.message}",
            where=error.where,
            hint=f"do not submit it again: %synapse_status {run.id} shows it",
        ) from error


def _write(
    store: Store,
    experiment: str,
    spec: PipelineSpec,
    steps: Sequence[StepSpec],
    **options: Any,
) -> str:
    def check() -> None:
        for step in steps:
            if not store.snapshot_folder(step.snapshot).is_dir():
                raise PipelineError(
                    f"the sources of step {step.name} were removed meanwhile",
                    where=f"step {step.name}",
                    hint="submit it again",
                )

    for left in reversed(range(_TRIES)):
        try:
            return store.runs.submit(experiment, spec, steps, check=check, **options)
        except StoreError as error:
            if not (left and may_pass(error)):
                raise
    raise AssertionError("unreachable")


def _refuse_secrets(
    store: Store,
    spec: PipelineSpec,
    steps: Sequence[StepSpec],
    tags: Mapping[str, str | None],
    names: Sequence[str],
) -> None:
    """Refuse what would store a secret of the environment or the keyvault with the run."""
    kept = {
        f"{name} of the keyvault": value
        for name, value in vault.values(store).items()
        if len(value) >= secrets.SHORTEST  # a shorter one is in many a word of a definition
    }
    known = {**kept, **secrets.known_secrets(os.environ, secrets.declared(store.registry))}
    if not known:
        return
    for step in steps:
        values = {
            **{f"argument {item.value!r}": item.value for item in step.arguments},
            **{f"variable {name}": text for name, text in step.environment_variables.items()},
            **{f"Spark setting {name}": text for name, text in step.spark_conf.items()},
        }
        _refuse(values, known, f"step {step.name}")
        _refuse({"its definition": step.to_json()}, known, f"step {step.name}")
    _refuse(
        {f"parameter {name}": str(value) for name, value in spec.parameters.items()},
        known,
        "the pipeline",
    )
    _refuse({"its description": spec.description or ""}, known, "the pipeline")
    _refuse({"its experiment or token": " ".join(names)}, known, "the run")
    _refuse({f"tag {key}": f"{key} {value}" for key, value in tags.items()}, known, "the run")


def _refuse(values: Mapping[str, str], known: Mapping[str, str], where: str) -> None:
    for name, variable in secrets.find_secrets(values, known).items():
        what = secrets.mask(name, known.values())
        ours = variable.removesuffix(" of the keyvault")
        raise PipelineError(
            f"{what} holds the secret {variable}, and would be stored with the run",
            where=where,
            hint=f"steps inherit the environment: os.environ[{variable!r}] in the step's code"
            if ours == variable
            else f"Run.get_context().get_secret({ours!r}) in the step's code",
        )


def _look_at_inputs(store: Store, steps: Sequence[StepSpec]) -> None:
    """Read large files here, where somebody waits: the agent has other steps to look after."""
    inputs = {item for step in steps for item in step.inputs if item.node is None}
    for item in inputs:
        definition = definition_of(store, item)
        if definition is not None:
            try:
                dataset_hashes(store, definition)
            except (LocationError, OSError):
                continue  # the step will say so
