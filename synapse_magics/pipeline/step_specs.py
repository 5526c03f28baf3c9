"""A step as it is stored: plain data that says all that there is to know of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import OutputDatasetConfig
from synapse_magics.pipeline import snapshot
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.steps import producer_of
from synapse_magics.store import packages
from synapse_magics.store.specs import InputSpec, OutputSpec, StepSpec
from synapse_magics.store.step_code import cell_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.compute import ComputeTarget
    from synapse_magics.core.datastore import AbstractDatastore
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.steps import PipelineStep


def step_spec(
    workspace: Workspace,
    step: PipelineStep,
    target: ComputeTarget,
    files: Mapping[str, bytes],
    datastore: AbstractDatastore,
    *,
    save: bool,
) -> StepSpec:
    """Return the spec of a step.

    Parameters
    ----------
    workspace : Workspace
    step : PipelineStep
    target : ComputeTarget
    files : mapping
        Its sources by relative path.
    datastore : AbstractDatastore
        Where outputs without a destination go.
    save : bool
        Store the sources as a snapshot.

    Returns
    -------
    StepSpec

    Raises
    ------
    PipelineError
        If its timeout or its retries are none.
    """
    check_attempts(step.timeout, step.retries, f"step {step.name}")
    asked = step.environment
    wanted = None if asked is None else asked.python.packages
    requirements = [] if wanted is None else [*wanted.pip_packages, *wanted.conda_packages]
    return StepSpec(
        node=step.node,
        name=step.name,
        kind=step.kind,
        script=step.script,
        snapshot=snapshot.save(workspace.store, files) if save else snapshot.identify(files),
        compute=target.name,
        compute_definition=target.definition(),
        arguments=tuple(step.arguments),
        inputs=tuple(_input_spec(item) for item in step.inputs),
        outputs=tuple(_output_spec(item, datastore) for item in step.outputs),
        after=tuple(other.node for other in step.after),
        spark_conf=step.spark_conf,
        environment_variables=dict(asked.environment_variables) if asked is not None else {},
        environment=packages.versions(
            step.kind, own_code(files, step.cell, step.script), requirements
        ),
        cell=step.cell,
        allow_reuse=step.allow_reuse,
        version=step.version,
        timeout=step.timeout,
        retries=step.retries,
        retry_on=step.retry_on,
    )


def own_code(files: Mapping[str, bytes], cell: str | None, script: str) -> dict[str, bytes]:
    """Return the part of a step's sources that is its own code.

    Beside a cell lie the step modules of other cells, and a main file that knows every reader.

    Parameters
    ----------
    files : mapping
        Content by relative path.
    cell : str or None
        The file that holds the cell, if the step is one.
    script : str
        The file that is run.

    Returns
    -------
    dict
    """
    names = files if cell is None else cell_files(cell, script, files)
    return {name: files[name] for name in names}


def check_attempts(timeout: float | None, retries: int, where: str) -> None:
    """Refuse a timeout or a number of retries that makes no sense.

    Parameters
    ----------
    timeout : float or None
        Seconds.
    retries : int
    where : str
        What a person calls the step.

    Raises
    ------
    PipelineError
    """
    if timeout is not None and not (timeout > 0 and math.isfinite(timeout)):
        raise PipelineError(
            f"a timeout is a number of seconds greater than 0, not {timeout}",
            where=where,
            hint="leave it out, and the step runs as long as it likes",
        )
    if retries < 0:
        raise PipelineError(f"retries are 0 or more, not {retries}", where=where)


def _input_spec(item: Any) -> InputSpec:
    if isinstance(item.dataset, OutputDatasetConfig):
        return InputSpec(
            item.name, item.mode, node=producer_of(item.dataset).node, output=item.dataset.name
        )
    return InputSpec(item.name, item.mode, dataset_id=item.dataset.save())


def _output_spec(output: OutputDatasetConfig, default: AbstractDatastore) -> OutputSpec:
    datastore = output.datastore or default
    return OutputSpec(output.name, output.mode, datastore.name, output.path, output.registration)
