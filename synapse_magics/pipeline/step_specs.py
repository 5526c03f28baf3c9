"""A step as it is stored: plain data that says all that there is to know of it."""

from __future__ import annotations

import math
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import OutputDatasetConfig
from synapse_magics.core.data_reference import DataPath, DataReference
from synapse_magics.core.dataset import Dataset
from synapse_magics.core.environment_requirements import own_environment
from synapse_magics.core.index_credentials import into_keyvault
from synapse_magics.core.lazy_table import LazyTable
from synapse_magics.pipeline import snapshot
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import PipelineParameter
from synapse_magics.pipeline.pipeline_data import (
    InputPortBinding,
    PipelineData,
    PipelineOutputDataset,
)
from synapse_magics.pipeline.ports import port_name
from synapse_magics.pipeline.steps import producer_of
from synapse_magics.store import packages
from synapse_magics.store.requirements import RequirementSet
from synapse_magics.store.specs import InputSpec, OutputSpec, StepSpec
from synapse_magics.store.step_code import cell_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_magics.core.compute import ComputeTarget
    from synapse_magics.core.dataset import AbstractDataset
    from synapse_magics.core.datastore import AbstractDatastore
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.ports import Input, Output
    from synapse_magics.pipeline.steps import PipelineStep
    from synapse_magics.store.store import Store


class Shared:
    """What many steps of a pipeline have in common: it is looked at once.

    Parameters
    ----------
    save : bool
        Store the sources as snapshots.
    """

    def __init__(self, *, save: bool) -> None:
        self.save = save
        self._snapshots: dict[int, str] = {}
        self._versions: dict[tuple[Any, ...], dict[str, str]] = {}
        self._held: list[Mapping[str, bytes]] = []  # while it lives, its id is no other's

    def snapshot(self, store: Store, files: Mapping[str, bytes]) -> str:
        """Return the snapshot of some sources.

        Parameters
        ----------
        store : Store
        files : mapping

        Returns
        -------
        str
        """
        if id(files) not in self._snapshots:
            make = snapshot.save if self.save else snapshot.foresee
            self._snapshots[id(files)] = make(store, files)
            self._held.append(files)
        return self._snapshots[id(files)]

    def versions(
        self, step: PipelineStep, files: Mapping[str, bytes], requirements: Sequence[str]
    ) -> dict[str, str]:
        """Return the versions of what a step's code imports, see :func:`.packages.versions`.

        Parameters
        ----------
        step : PipelineStep
        files : mapping
        requirements : sequence of str

        Returns
        -------
        dict
        """
        self._held.append(files)
        script = step.script if step.cell is not None else None  # else all files count
        key = (id(files), step.kind, step.cell, script, tuple(requirements))
        if key not in self._versions:
            code = own_code(files, step.cell, step.script)
            self._versions[key] = packages.versions(step.kind, code, requirements)
        return self._versions[key]


def step_spec(
    workspace: Workspace,
    step: PipelineStep,
    target: ComputeTarget,
    files: Mapping[str, bytes],
    datastore: AbstractDatastore,
    shared: Shared,
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
    shared : Shared
        Of all steps of the pipeline.

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
    variables = {} if asked is None else asked.environment_variables
    wanted = None if asked is None else asked.python.packages
    requirements = [] if wanted is None else [*wanted.pip_packages, *wanted.conda_packages]
    own = own_environment(asked, step.kind)
    if own is not None:
        kept = into_keyvault(workspace.store, own.to_dict(), save=shared.save)
        own = RequirementSet.from_dict(kept)
    return StepSpec(
        node=step.node,
        name=step.name,
        kind=step.kind,
        script=step.script,
        snapshot=shared.snapshot(workspace.store, files),
        compute=target.name,
        compute_definition=target.definition(),
        arguments=tuple(step.arguments),
        inputs=tuple(_input_spec(item) for item in step.inputs),
        outputs=tuple(_output_spec(item, datastore, step.output_ports) for item in step.outputs),
        after=tuple(other.node for other in step.after),
        spark_conf=step.spark_conf,
        environment_variables={**variables, **step.environment_variables},
        parameter_variables=step.parameter_variables,
        environment=own.versions if own is not None else shared.versions(step, files, requirements),
        requirements=None if own is None else own.to_dict(),
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


def _input_spec(item: Input) -> InputSpec:
    place = item.path_on_compute
    is_made = place is not None and not PurePosixPath(place).is_absolute()
    common: dict[str, Any] = {"path_on_compute": place if is_made else None}
    bound: Any
    if isinstance(item, InputPortBinding):
        bound, data = item.bind_object, item.data
        if data is not None:
            made = producer_of(data).node
            table = bound.table if isinstance(bound, PipelineOutputDataset) else None
            reference = table is None and bound is data
            return InputSpec(
                item.name,
                item.mode,
                node=made,
                output=data.port_name,
                reference=reference,
                table=table,
                **common,
            )
        common["reference"] = True
    else:
        bound = item.dataset
    if isinstance(bound, OutputDatasetConfig):
        made, table = producer_of(bound).node, bound.table if item.mode == "direct" else None
        return InputSpec(item.name, item.mode, node=made, output=bound.name, table=table, **common)
    if isinstance(bound, PipelineParameter):
        return InputSpec(item.name, item.mode, parameter=bound.name, **common)
    if isinstance(bound, (DataReference, DataPath)):
        datastore = bound.datastore
        if datastore is None:
            raise PipelineError("the data path names no datastore", where=f"input {item.name}")
        path = bound.path_on_datastore or ""
        return InputSpec(item.name, item.mode, datastore=datastore.name, path=path, **common)
    dataset = Dataset.get_by_name(*bound) if isinstance(bound, tuple) else bound
    return InputSpec(item.name, item.mode, dataset_id=save(dataset), **common)


def save(dataset: AbstractDataset) -> str:
    """Save a dataset that steps read, and return its id.

    The columns of a table are known by then; the agent does not look into files.

    Parameters
    ----------
    dataset : AbstractDataset

    Returns
    -------
    str
    """
    if isinstance(dataset.definition, LazyTable):
        return type(dataset)(dataset.workspace, dataset.definition.whole).save()
    return dataset.save()


def _output_spec(
    output: Output, default: AbstractDatastore, ports: Mapping[str, str]
) -> OutputSpec:
    datastore = output.datastore or default
    common: dict[str, Any] = {
        "registration": output.registration,
        "overwrite": output.overwrite,
        "path_on_compute": output.path_on_compute,
        "table": output.table,
        "layout": output.layout,
        "port": ports.get(port_name(output)),
    }
    if isinstance(output, PipelineData):
        return OutputSpec(
            output.port_name,
            output.mode,
            datastore.name,
            output.path,
            reference=output.name,
            pipeline_output=output.pipeline_output_name,
            **common,
        )
    return OutputSpec(
        output.name, output.mode, datastore.name, output.path, globs=output.source_globs, **common
    )
