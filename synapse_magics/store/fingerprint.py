"""The fingerprint of a step: everything that can change its result, and nothing of the machine.

It is a hash of named parts, plain JSON data. The parts are stored with it, so that two of them can
be compared in words. No absolute path and no time of a file is among them: the same work has the
same fingerprint on every machine.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.store.specs import ArgumentKind, InputIdentity
from synapse_magics.store.step_code import code_parts, hash_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.store.specs import InputSpec, StepSpec

Parts = dict[str, Any]
"""JSON data by the name of the part: ``code``, ``arguments``, ``inputs`` ..."""

_FORMAT = 1
"""Part of every fingerprint: what another version of these rules found is never taken for ours."""

# How many resources a driver gets, what it is called and what it shows: none of it changes data.
_RESOURCES = re.compile(
    r"spark\.(app\.name|master|submit\.deployMode|driver\.(memory|cores|maxResultSize|memoryOverhead.*)"
    r"|driver\.(host|port|bindAddress|blockManager\.port)"
    r"|executor\.(memory|cores|instances|memoryOverhead.*|heartbeatInterval)|cores\.max"
    r"|dynamicAllocation\..*|memory\..*|ui\..*|eventLog\..*|history\..*|metrics\..*|port\..*"
    r"|network\..*|rpc\..*|scheduler\..*|speculation.*|task\.(cpus|maxFailures)|locality\..*"
    r"|cleaner\..*|local\.dir|log.*|authenticate.*|yarn\.(queue|tags|maxAppAttempts|am\..*))"
)


@dataclass(frozen=True)
class Fingerprint:
    """What identifies a step's work.

    ``content`` takes the bytes of its inputs into account, ``definition`` only where they lie, as
    Azure ML does.
    """

    content: str
    definition: str
    parts: Parts

    def by(self, identity: InputIdentity) -> str:
        """Return the one of the two that is looked for."""
        return self.definition if identity is InputIdentity.DEFINITION else self.content


@dataclass(frozen=True)
class Upstream:
    """The output of another step as an input: that step's name and fingerprint."""

    step: str
    output: str
    content: str
    definition: str


@dataclass(frozen=True)
class DatasetFiles:
    """What lies behind a dataset: hashes by path, the datastore's name first."""

    files: Mapping[str, str]

    def digest(self) -> str:
        """Return one hash of all names and contents."""
        return _digest(dict(self.files))


_MOST_FILES = 100
"""Up to so many files are told apart by name when two versions of an input are compared."""


def take(
    spec: StepSpec,
    files: Mapping[str, bytes],
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Upstream | DatasetFiles],
    mapped: Mapping[str, str] | None = None,
) -> Fingerprint:
    """Return the fingerprint of a step.

    Parameters
    ----------
    spec : StepSpec
    files : mapping
        The content of the snapshot by relative path; see :func:`~.step_code.code_parts`.
    parameters : mapping
        The pipeline parameters in force.
    inputs : mapping
        What each of its inputs is, by name.
    mapped : mapping, optional
        Hashes of what lies at the mapped addresses that its code names.

    Returns
    -------
    Fingerprint
    """
    parts: Parts = {
        "format": _FORMAT,
        "name": spec.name,
        "step type": spec.kind.value,
        "script": spec.script,
        "version": spec.version,
        "code": code_parts(spec, files),
        "arguments": arguments(spec, parameters),
        "inputs": {
            item.name: {
                "mode": item.mode,
                **_input(_source(item), inputs[item.name]),
                **_given(path_on_compute=item.path_on_compute, table=item.table),
            }
            for item in spec.inputs
        },
        "outputs": {
            item.name: {
                "mode": item.mode,
                "datastore": item.datastore,
                "path": item.path,
                **_given(
                    overwrite=item.overwrite,
                    globs=list(item.globs),
                    path_on_compute=item.path_on_compute,
                    reference=item.reference,
                    table=item.table,
                    layout=item.layout,
                ),
            }
            for item in spec.outputs
        },
        "environment": dict(spec.environment),
        # A value may be a secret: its hash tells as well whether it changed.
        "variables": {
            **{name: hash_text(value) for name, value in spec.environment_variables.items()},
            **{
                variable: hash_text(str(parameters.get(name)))
                for variable, name in spec.parameter_variables.items()
            },
        },
        "spark": {
            **_settings(spec.compute_definition.get("spark_conf", {})),
            **_settings(spec.spark_conf),
        },
        **_given(mapped=dict(mapped or {})),
    }
    definition = {
        **parts,
        "inputs": {
            name: {key: value for key, value in item.items() if key not in {"content", "files"}}
            for name, item in parts["inputs"].items()
        },
    }
    if mapped:
        definition["mapped"] = sorted(mapped)
    content = {
        **parts,
        "inputs": {
            name: {key: value for key, value in item.items() if key not in {"definition", "files"}}
            for name, item in parts["inputs"].items()
        },
    }
    return Fingerprint(_digest(content), _digest(definition), parts)


def _source(item: InputSpec) -> str | None:
    return item.dataset_id if item.datastore is None else f"{item.datastore}/{item.path}"


def _given(**options: Any) -> dict[str, Any]:
    """Return the options that were given: what was not changes no fingerprint of old."""
    return {name: value for name, value in options.items() if value}


def _input(dataset_id: str | None, found: Upstream | DatasetFiles) -> dict[str, Any]:
    if isinstance(found, Upstream):
        return {
            "step": found.step,
            "output": found.output,
            "content": found.content,
            "definition": found.definition,
        }
    named = dict(found.files) if len(found.files) <= _MOST_FILES else {}
    return {
        "dataset": dataset_id,
        "content": found.digest(),
        "files": {name: digest[:16] for name, digest in named.items()},
    }


def arguments(spec: StepSpec, parameters: Mapping[str, Any]) -> list[list[str]]:
    """Return a step's command line: what people call each place, and what stands there.

    Inputs and outputs stand there by name only; what they are is a part of its own.

    Parameters
    ----------
    spec : StepSpec
    parameters : mapping
        The pipeline parameters in force.

    Returns
    -------
    list of list of str
        A label and a value each; the label alone of an option without a value; for an input or
        output the kind of place between the two.
    """
    if spec.cell is not None:
        return _cell_arguments(spec, parameters)
    found: list[list[str]] = []
    option = ""
    for place, item in enumerate(spec.arguments, start=1):
        literal = item.kind is ArgumentKind.LITERAL
        if literal and re.match(r"--?[A-Za-z]", item.value) and "=" not in item.value:
            found += [[option]] if option else []
            option = item.value
            continue
        label, text = option or f"number {place}", _value(item.kind, item.value, parameters)
        found.append([label, text] if text is not None else [label, item.kind.value, item.value])
        option = ""
    found += [[option]] if option else []
    return found


def _cell_arguments(spec: StepSpec, parameters: Mapping[str, Any]) -> list[list[str]]:
    # Triples: --input NAME JSON, --output NAME PATH, --parameter NAME JSON; the first two are parts
    # of their own.
    items = spec.arguments
    return sorted(
        [name.value, _value(item.kind, item.value, parameters) or ""]
        for option, name, item in zip(items[::3], items[1::3], items[2::3], strict=True)
        if option.value == "--parameter"
    )


def _value(kind: ArgumentKind, value: str, parameters: Mapping[str, Any]) -> str | None:
    # What the step finds there, and None for a place that differs from run to run.
    if kind is ArgumentKind.PARAMETER:
        return str(parameters.get(value))
    if kind is ArgumentKind.PARAMETER_JSON:
        return json.dumps(parameters.get(value))
    return value if kind is ArgumentKind.LITERAL else None


def _settings(conf: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in conf.items() if not _RESOURCES.fullmatch(key)}


def _digest(data: Any) -> str:
    return hash_text(json.dumps(data, sort_keys=True, separators=(",", ":")))
