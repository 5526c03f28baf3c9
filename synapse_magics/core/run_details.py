"""What Azure ML tells of a run beside its status: properties, data sets, the run's definition."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime import command_main
from synapse_magics.store.runs import INTERACTIVE, PIPELINE, SCRIPT, STEP
from synapse_magics.store.specs import ArgumentKind, StepKind

if TYPE_CHECKING:
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import Argument, StepSpec
    from synapse_magics.store.store import Store

_STEP_TYPES = {StepKind.SPARK: "SynapseSparkStep", StepKind.PYTHON: "PythonScriptStep"}
_FRAMEWORKS = {StepKind.SPARK: "PySpark", StepKind.PYTHON: "Python"}
_PLACEHOLDERS = {
    ArgumentKind.INPUT: "DatasetConsumptionConfig:",
    ArgumentKind.INPUT_BINDING: "DatasetConsumptionConfig:",
    ArgumentKind.OUTPUT: "DatasetOutputConfig:",
    ArgumentKind.PARAMETER: "$AML_PARAMETER_",
    ArgumentKind.PARAMETER_JSON: "$AML_PARAMETER_",
}


def properties(store: Store, run: RunRecord, work: RunRecord) -> dict[str, str]:
    """Return the properties that say what a run is.

    Parameters
    ----------
    store : Store
    run : RunRecord
    work : RunRecord
        The step that does the work of a script run; else the run itself.

    Returns
    -------
    dict
    """
    if run.kind == PIPELINE:
        spec = run.pipeline
        published = json.loads(run.spec).get("pipeline_id")
        return {
            **({"azureml.pipelineid": published} if published else {}),
            "azureml.runsource": PIPELINE,
            "runSource": "SDK",
            "runType": "SDK",
            "azureml.parameters": json.dumps(dict(spec.parameters)),
            "azureml.continue_on_step_failure": str(spec.continue_on_step_failure),
            "azureml.pipelineComponent": "pipelinerun",
        }
    if run.kind not in {STEP, SCRIPT}:
        return {}
    step = work.step
    found = {
        "ContentSnapshotId": step.snapshot,
        "_azureml.ComputeTargetType": _compute_type(step),
        "ProcessInfoFile": "azureml-logs/process_info.json",
        "ProcessStatusFile": "azureml-logs/process_status.json",
    }
    return found if run.kind == SCRIPT else {**found, **_of_a_step(store, run, step)}


def _of_a_step(store: Store, run: RunRecord, step: StepSpec) -> dict[str, str]:
    found = {
        "StepType": _STEP_TYPES[step.kind],
        "ComputeTargetType": _compute_type(step),
        "azureml.moduleid": step.snapshot,
        "azureml.moduleName": step.name,
        "azureml.runsource": STEP,
        "azureml.nodeid": step.node,
        "azureml.pipelinerunid": run.root_id,
        "azureml.pipeline": run.root_id,
        "azureml.pipelineComponent": "masterescloud",
    }
    source = store.runs.get(run.source_id) if run.source_id is not None else None
    if source is not None:
        found |= {
            "azureml.reusednodeid": str(source.node),
            "azureml.reusedpipeline": source.root_id,
            "azureml.reusedpipelinerunid": source.root_id,
        }
    return found


def _compute_type(step: StepSpec) -> str:
    if step.compute == "local":
        return "local"
    return "SynapseSpark" if step.kind is StepKind.SPARK else "AmlCompute"


def input_datasets(store: Store, work: RunRecord) -> list[dict[str, Any]]:
    """Return the datasets that a step reads, an entry each.

    Parameters
    ----------
    store : Store
    work : RunRecord

    Returns
    -------
    list of dict
    """
    found = []
    for item in work.step.inputs:
        identity = item.dataset_id
        if item.node is not None:
            siblings = store.runs.children(str(work.parent_id))
            producer = next((run for run in siblings if run.node == item.node), None)
            outputs = store.records.outputs(producer.id) if producer is not None else []
            made = (output.dataset_id for output in outputs if output.name == item.output)
            identity = next(made, None)
        if identity is not None:
            consumed = {
                "type": "RunInput",
                "inputName": item.name,
                "mechanism": item.mode.capitalize(),
            }
            found.append({"dataset": {"id": identity}, "consumptionDetails": consumed})
    return found


def output_datasets(store: Store, work: RunRecord) -> list[dict[str, Any]]:
    """Return the datasets that a step has written, an entry each.

    Parameters
    ----------
    store : Store
    work : RunRecord

    Returns
    -------
    list of dict
    """
    registrations = {item.name: item.registration for item in work.step.outputs}
    found = []
    for output in store.records.outputs(work.id):
        if output.dataset_id is None:
            continue
        registration = registrations.get(output.name)
        found.append(
            {
                "identifier": {"savedId": output.dataset_id},
                "outputType": "RunOutput",
                "outputDetails": {"outputName": output.name},
                "dataset": {
                    "id": output.dataset_id,
                    "name": None if registration is None else registration.name,
                },
            }
        )
    return found


def run_definition(step: StepSpec) -> dict[str, Any]:
    """Return what was to be run, in Azure ML's layout; data are placeholders, as there.

    Parameters
    ----------
    step : StepSpec

    Returns
    -------
    dict
    """
    # A command is run by a script of ours, which nobody wrote; a CommandStep has none.
    is_command = step.script in {"", command_main.FILE}
    return {
        "script": None if is_command else step.script,
        "command": " ".join(_word(item) for item in step.arguments) if is_command else "",
        "useAbsolutePath": False,
        "arguments": [] if is_command else [_argument(item) for item in step.arguments],
        "framework": _FRAMEWORKS[step.kind],
        "communicator": "None",
        "target": step.compute,
        "dataReferences": {},
        "data": {
            item.name: {"datasetId": item.dataset_id, "mechanism": item.mode.capitalize()}
            for item in step.inputs
        },
        "outputData": {
            item.name: {"datastore": item.datastore, "path": item.path, "mechanism": item.mode}
            for item in step.outputs
        },
        "maxRunDurationSeconds": step.timeout,
        "nodeCount": 1,
        "environment": {"environmentVariables": dict(step.environment_variables)},
        "history": {"outputCollection": True, "directoriesToWatch": ["logs"]},
        "spark": {"configuration": dict(step.spark_conf)},
    }


def _argument(item: Argument) -> str:
    return _PLACEHOLDERS.get(item.kind, "") + item.value


def _word(item: Argument) -> str:
    # A placeholder is written as it is: what a shell would make of it is not in question.
    return _argument(item) if item.kind in _PLACEHOLDERS else shlex.quote(item.value)


def has_step(run: RunRecord) -> bool:
    """Tell whether a run, or the one step of it, is a step that was submitted.

    Parameters
    ----------
    run : RunRecord

    Returns
    -------
    bool
    """
    return run.kind not in {PIPELINE, INTERACTIVE}
