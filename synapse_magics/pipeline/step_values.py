"""What a step's cell finds by name, brought to the notebook: to debug it with its real data."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from synapse_magics.core.dataset import Dataset, FileDataset, TabularDataset
from synapse_magics.core.pipeline_run import StepRun
from synapse_magics.core.remote_data import bring
from synapse_magics.core.spark_session import spark_session
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.runtime.context import RunContext
from synapse_magics.store.dataset_files import is_choice, places
from synapse_magics.store.locations import locate
from synapse_magics.store.specs import ArgumentKind, StepKind
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_magics.store.specs import InputSpec, StepSpec

_FOLDER = "debug"


def step_values(step: StepRun) -> dict[str, Any]:
    """Return what a step finds, or found, by name.

    Inputs are what they are in the step: a data frame of Spark or pandas, or an address. Outputs
    are places in a folder of the run, so that nothing that a run wrote is touched. ``run`` records
    to that folder, too.

    Parameters
    ----------
    step : StepRun

    Returns
    -------
    dict

    Raises
    ------
    PipelineError
        If a step that makes an input has not completed.
    """
    record = step.record
    spec = record.step
    scratch = step.workspace.store.run_folder(record.id).path / _FOLDER
    shutil.rmtree(scratch, ignore_errors=True)
    for folder in (scratch.parent, scratch):  # a step that never ran has no folder
        folder.mkdir(mode=0o700, exist_ok=True)
    found: dict[str, Any] = {"run": RunContext(scratch / "records.jsonl")}
    if spec.kind is StepKind.SPARK:
        found["spark"] = spark_session()
    for item in spec.inputs:
        found[item.name] = _input(step, spec, item, scratch)
    for output in spec.outputs:
        place = scratch / output.name
        if output.mode != "hdfs":
            place.mkdir()
        found[output.name] = _address(place, spec)
    return {**found, **_parameters(step, spec)}


def _input(step: StepRun, spec: StepSpec, item: InputSpec, scratch: Path) -> Any:
    if item.datastore is not None:
        bring(step.workspace.store, [{"datastore": item.datastore, "path": item.path or ""}])
        root = step.workspace.store.datastore_root(item.datastore)
        return _address(locate(root, item.path or ""), spec)
    if item.node is None:
        dataset = Dataset.get_by_id(step.workspace, str(item.dataset_id))
        if isinstance(dataset, TabularDataset):
            if spec.kind is StepKind.SPARK:
                return dataset.to_spark_dataframe()
            return dataset.to_pandas_dataframe()
        bring(step.workspace.store, dataset.definition["sources"])
        found = places(step.workspace.store, dataset.definition["sources"])
        if len(found) == 1 and not is_choice(dataset.definition):
            return _address(found[0], spec)
        gathered = scratch / "inputs" / item.name
        gathered.mkdir(parents=True)  # a choice may leave nothing
        FileDataset(step.workspace, dataset.definition).download(str(gathered))
        return _address(gathered, spec)
    producer = next(
        child
        for child in step.workspace.store.runs.children(step.pipeline_run_id)
        if child.node == item.node
    )
    outputs = {output.name for output in step.workspace.store.records.outputs(producer.id)}
    place = None
    # One that failed has left a part of it, perhaps.
    if producer.status is RunStatus.COMPLETED and item.output in outputs:
        place = StepRun(step.experiment, producer.id).output_path(str(item.output))
    if place is None or not place.exists():
        raise PipelineError(
            f"step {producer.name} has not written {item.output}, which {spec.name} reads as"
            f" {item.name}: it is {producer.status}",
            where=f"input {item.name} of step {spec.name}",
            hint=f"%synapse_load {producer.name} brings the inputs of that step",
        )
    return _address(place, spec)


def _address(place: Path, spec: StepSpec) -> str:
    path = str(place.absolute())
    return f"file://{path}" if spec.kind is StepKind.SPARK else path


def _parameters(step: StepRun, spec: StepSpec) -> dict[str, Any]:
    if spec.cell is None:
        return {}  # a script reads its own command line
    pipeline = step.workspace.store.runs.get(step.pipeline_run_id)
    values = {} if pipeline is None else pipeline.pipeline.parameters
    items = spec.arguments
    return {
        name.value: values.get(item.value)
        if item.kind is ArgumentKind.PARAMETER_JSON
        else json.loads(item.value)
        for option, name, item in zip(items[::3], items[1::3], items[2::3], strict=True)
        if option.value == "--parameter"
    }
