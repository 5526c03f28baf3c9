"""Turn a step that is ready into a job: every name becomes a place or a value."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from synapse_magics.agent.attempts import set_aside
from synapse_magics.agent.environment import environment_of
from synapse_magics.agent.handover import link_into
from synapse_magics.agent.input_binding import CHANGED, BindingError, BoundInput, Inputs
from synapse_magics.agent.output_stats import told
from synapse_magics.agent.places import address
from synapse_magics.agent.run_variables import run_variables
from synapse_magics.agent.uploads import is_uploaded, local_place, restores, uploads
from synapse_magics.engines.base import StepJob
from synapse_magics.runtime.context import INPUTS, LINKS, OUTPUTS
from synapse_magics.store import packages, regular_files, vault
from synapse_magics.store.locations import locate
from synapse_magics.store.records import OutputRecord
from synapse_magics.store.secrets import declared
from synapse_magics.store.specs import ArgumentKind, OutputSpec, StepKind, StepSpec
from synapse_magics.store.step_code import own_files
from synapse_magics.store.step_fingerprints import snapshot_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.run_folder import RunFolder
    from synapse_magics.store.runs import RunRecord
    from synapse_magics.store.specs import Argument
    from synapse_magics.store.store import Store

_LONG_ARGUMENT = 100_000
"""Linux starts no process with an argument of 128 KiB, which the paths of many files are."""

_LONG_VARIABLE = 32_000
"""All of the environment has to fit beside the arguments."""

_FEW_FILES, _FEW_BYTES = 20, 200_000

_SYSTEM_VARIABLES = frozenset(
    {"HOME", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "PWD", "PYTHONPATH", "SHELL", "TMPDIR", "USER"}
)


_VARIABLE = "AZUREML_DATAREFERENCE_"
_REFERENCE = re.compile(rf"\$(?:({_VARIABLE}\w+)|\{{({_VARIABLE}\w+)\}})")


def bind(store: Store, run: RunRecord, parameters: Mapping[str, Any]) -> StepJob:
    """Prepare the run folder of a step and resolve its command line.

    Nothing that an earlier attempt has left is among what the step finds, apart from what it has
    written to a destination that all runs share.

    Parameters
    ----------
    store : Store
    run : RunRecord
        The step run.
    parameters : mapping
        The pipeline parameters in force.

    Returns
    -------
    StepJob

    Raises
    ------
    SynapseMagicsError
        If an input is gone.
    """
    spec, folder = run.step, store.run_folder(run.id)
    set_aside(folder, run.attempt)
    folder.create()
    lay_out(store.snapshot_folder(spec.snapshot), folder)
    if run.attempt > 1:
        _clear_outputs(store, run.id, spec)
    regular_files.remove(folder.path / "uploads")
    regular_files.remove(folder.path / CHANGED)
    outputs = {output.name: _bind_output(store, run.id, spec, output) for output in spec.outputs}
    found = Inputs(store, run)
    inputs = {item.name: found.bind(item) for item in spec.inputs}
    places = _references(spec, inputs, outputs)
    arguments = tuple(
        _argument(argument, inputs, outputs, parameters, folder, places)
        for argument in spec.arguments
    )
    data = {**_output_variables(spec, outputs), **_input_variables(spec, inputs)}
    environment = {
        **spec.environment_variables,
        # Azure ML only warns of an input called path, and then nothing works any more.
        **{name: value for name, value in data.items() if name not in _SYSTEM_VARIABLES},
        **places,
        **_parameter_variables(spec, parameters),
        INPUTS: ",".join(f"{item.name}:{item.mode}" for item in spec.inputs if not item.reference),
        **_output_lists(spec),
        **told(store, run),
        **run_variables(store, run),
    }
    tables = any(item.binding["kind"] == "tabular" for item in inputs.values())
    own = environment_of(store, spec, tables=tables)
    restored, sent = restores(store, run, found.remote), uploads(store, run, found.remote)
    return StepJob(
        run_id=run.id,
        folder=folder,
        script=spec.script,
        arguments=arguments,
        environment=environment,
        spark_conf=spec.spark_conf,
        compute=spec.compute_definition,
        timeout=spec.timeout,
        secrets=declared(store.registry),
        secret_texts=(*vault.values(store).values(), *sorted(found.remote.secrets)),
        before=(*own.before, *(task.plain() for task in (*found.tasks, *restored))),
        after=tuple(task.plain() for task in sent),
        python=own.python,
        lends_tables=own.lends_tables,
        # What is written is looked at in the step's process, with what reads tables.
        is_plain=not tables and not spec.outputs and _is_plain(spec, folder),
    )


def _is_plain(spec: StepSpec, folder: RunFolder) -> bool:
    if not spec.script or spec.kind is not StepKind.PYTHON:
        return False
    scripts = sorted(folder.work.rglob("*.py"))
    if len(scripts) > _FEW_FILES or sum(file.stat().st_size for file in scripts) > _FEW_BYTES:
        return False  # to look at all of it takes longer than what would be saved
    files = snapshot_files(folder.work, only=".py")
    return packages.is_plain({name: files[name] for name in own_files(spec, files)})


def lay_out(snapshot: Path, folder: RunFolder) -> None:
    """Copy a snapshot to the working directory of a run.

    Parameters
    ----------
    snapshot : pathlib.Path
    folder : RunFolder
    """
    regular_files.remove(folder.work)
    shutil.copytree(snapshot, folder.work, copy_function=_copy_to_read)
    folder.work.chmod(0o700)  # the snapshot is read only
    for name in ("outputs", "logs"):
        # What a script writes to ./outputs or ./logs belongs to the run.
        link, place = folder.work / name, folder.path / name
        if link.is_dir():  # of an earlier run in the sources, as a rule: Azure ML takes it along
            for item in link.rglob("*"):
                item.chmod(0o700 if item.is_dir() else 0o600)  # the script may write them anew
            _move_into(link, place)
        if not link.exists():
            link.symlink_to(os.path.relpath(place, folder.work))


def _copy_to_read(source: str, target: str) -> None:
    """Copy a file of a snapshot, which a script reads and does not change."""
    shutil.copyfile(source, target)
    Path(target).chmod(0o400)


def _move_into(folder: Path, place: Path) -> None:
    """Move what is in a folder into another one, but for what is there: the log of the driver."""
    for item in sorted(folder.iterdir()):
        target = place / item.name
        if item.is_dir() and target.is_dir():
            _move_into(item, target)
        elif not target.exists():
            item.rename(target)
    regular_files.remove(folder)


def output_place(run_id: str, output: OutputSpec) -> str:
    """Return an output's path on its datastore.

    Parameters
    ----------
    run_id : str
        The step run.
    output : OutputSpec

    Returns
    -------
    str
    """
    path = output.path.replace("{run-id}", run_id).replace("{output-name}", output.name)
    return path.strip("/")


def _clear_outputs(store: Store, run_id: str, spec: StepSpec) -> None:
    """Remove what an earlier attempt has written to places that are this step run's alone."""
    for output in spec.outputs:
        if "{run-id}" in output.path:
            parent, _, name = output_place(run_id, output).rpartition("/")
            regular_files.remove(locate(store.datastore_root(output.datastore), parent) / name)


def _bind_output(store: Store, run_id: str, spec: StepSpec, output: OutputSpec) -> str:
    if output.mode == "link":
        return output.name  # the script says what it is; it gets no place
    folder, path = store.run_folder(run_id), output_place(run_id, output)
    place = locate(store.datastore_root(output.datastore), path)
    uploaded = is_uploaded(store, output)
    local = local_place(folder, output) if uploaded else place
    # An output for Spark is not made beforehand: Spark refuses to write where something is. Nor is
    # a PipelineData, whose scripts make it themselves.
    linked = output.path_on_compute is not None and not uploaded
    made_by_the_step = output.mode == "hdfs" or (output.reference is not None and not linked)
    _make(local.parent if made_by_the_step else local)
    if output.path_on_compute is not None and not uploaded:
        # Nobody can make a folder where a link to none is.
        local = link_into(folder.work, output.path_on_compute, place)
    store.records.set_outputs(run_id, [OutputRecord(output.name, output.datastore, path, None)])
    return address(local, spec)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError:  # somebody has cleaned up, and took a folder above for empty
        folder.mkdir(parents=True, exist_ok=True)


def _argument(
    argument: Argument,
    inputs: Mapping[str, BoundInput],
    outputs: Mapping[str, str],
    parameters: Mapping[str, Any],
    folder: RunFolder,
    references: Mapping[str, str],
) -> str:
    kind, value = argument.kind, argument.value
    if kind is ArgumentKind.INPUT:
        return inputs[value].argument
    if kind is ArgumentKind.INPUT_BINDING:
        return _input_binding(inputs[value], folder.work / f"{value}.input.json")
    if kind is ArgumentKind.OUTPUT:
        return outputs[value]
    if kind is ArgumentKind.PARAMETER:
        return _checked(str(parameters[value]), value)
    if kind is ArgumentKind.PARAMETER_JSON:
        text = json.dumps(parameters[value])
        return _short(text, folder.work / f"{quote(value, safe='')}.parameter.json")
    # What str() of a reference gives may be a part of a longer text.
    return _REFERENCE.sub(lambda found: references.get(found[1] or found[2], found[0]), value)


def _input_binding(found: BoundInput, file: Path) -> str:
    return f"@{found.file}" if found.file else _short(json.dumps(found.binding), file)


def _checked(text: str, name: str) -> str:
    size = len(os.fsencode(text))
    if size >= _LONG_ARGUMENT:
        raise BindingError(
            f"the parameter {name} has {size:,} bytes, too many for a command line",
            hint="write it to a file, and make that a dataset",
        )
    return text


def _short(text: str, file: Path) -> str:
    if len(text) < _LONG_ARGUMENT:
        return text
    file.write_text(text, encoding="utf-8")
    return f"@{file.name}"


def _parameter_variables(spec: StepSpec, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters that the step's own arguments and variables use; it sees no others."""
    kinds = {ArgumentKind.PARAMETER, ArgumentKind.PARAMETER_JSON}
    used = {argument.value for argument in spec.arguments if argument.kind in kinds}
    return {
        **{
            "AML_PARAMETER_" + re.sub(r"\W", "_", name): str(value)
            for name, value in parameters.items()
            if name in used and len(os.fsencode(str(value))) < _LONG_VARIABLE
        },
        **{
            variable: _checked(str(parameters[name]), name)
            for variable, name in spec.parameter_variables.items()
        },
    }


def _input_variables(spec: StepSpec, inputs: Mapping[str, BoundInput]) -> dict[str, str]:
    variables = {}
    for item in spec.inputs:
        if item.reference:
            continue
        value = inputs[item.name].argument
        variables[item.name] = variables[f"AZURE_ML_INPUT_{item.name}"] = value
        if item.mode in {"mount", "download"}:
            variables[item.name.upper()] = value
            variables[f"{_VARIABLE}{item.name}"] = value
    return variables


def _output_variables(spec: StepSpec, outputs: Mapping[str, str]) -> dict[str, str]:
    return {
        variable: outputs[item.name]
        for item in spec.outputs
        if item.reference is None and item.mode != "link"
        for variable in (item.name, f"AZURE_ML_OUTPUT_{item.name}")
    }


def _output_lists(spec: StepSpec) -> dict[str, str]:
    """Return the variables from which ``run.output_datasets`` is made."""
    lists = {
        OUTPUTS: [i.name for i in spec.outputs if i.reference is None and i.mode != "link"],
        LINKS: [i.name for i in spec.outputs if i.mode == "link"],
    }
    return {variable: ";".join(names) for variable, names in lists.items() if names}


def _references(
    spec: StepSpec, inputs: Mapping[str, BoundInput], outputs: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that tell a step where what is no dataset is."""
    return {
        **{
            f"{_VARIABLE}{name}": outputs[item.name]
            for item in spec.outputs
            if item.reference is not None
            for name in (item.name, item.reference)
        },
        **{
            f"{_VARIABLE}{item.name}": inputs[item.name].argument
            for item in spec.inputs
            if item.reference
        },
    }
