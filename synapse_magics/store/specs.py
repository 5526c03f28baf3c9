"""What is to be run, as plain frozen data that travels through the database as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from enum import Enum
from typing import Any


class StepKind(str, Enum):
    """What runs a step: a Spark driver or a plain Python process."""

    SPARK = "spark"
    PYTHON = "python"

    def __str__(self) -> str:
        return str(self.value)


class ArgumentKind(str, Enum):
    """What stands in one place of a step's command line."""

    LITERAL = "literal"
    INPUT = "input"
    """What Azure ML puts there: a dataset's id, or a path."""
    INPUT_BINDING = "input_binding"
    """JSON that tells a cell's main file how to build the variable."""
    OUTPUT = "output"
    PARAMETER = "parameter"
    PARAMETER_JSON = "parameter_json"

    def __str__(self) -> str:
        return str(self.value)


class RetryOn(str, Enum):
    """Which failures of a step are worth another attempt."""

    INFRASTRUCTURE = "infrastructure"
    """The process was lost or killed, or could not be started; the step's code is not to blame."""
    ANY = "any"

    def __str__(self) -> str:
        return str(self.value)


class InputIdentity(str, Enum):
    """What tells an input from another one when an earlier result is looked for."""

    CONTENT = "content"
    """The dataset's definition and the bytes of its files."""
    DEFINITION = "definition"
    """The definition alone, as in Azure ML, which never looks at the files."""

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Argument:
    """One place of a step's command line: literal text, or the name of what goes there."""

    kind: ArgumentKind
    value: str


@dataclass(frozen=True)
class InputSpec:
    """One named input: a saved dataset, a place on a datastore, or the output of another step.

    Parameters
    ----------
    name : str
        The name the step knows it by.
    mode : str
        ``direct``, ``hdfs``, ``download`` or ``mount``.
    dataset_id : str, optional
        The saved dataset.
    node, output : str, optional
        The node that produces it, and the name of its output there.
    datastore, path : str, optional
        The place, whether something lies there or not.
    parameter : str, optional
        The pipeline parameter whose value is the dataset or the place.
    path_on_compute : str, optional
        Where in the step's working directory it is to be found.
    reference : bool
        The step is told where it is by ``AZUREML_DATAREFERENCE_<name>`` alone.
    table : mapping, optional
        How the files of the output are read as a table.
    listing : tuple of tuple, optional
        What tells its files on other machines from others, when the run was submitted; none if
        nobody has looked, or there are none.
    """

    name: str
    mode: str
    dataset_id: str | None = None
    node: str | None = None
    output: str | None = None
    datastore: str | None = None
    path: str | None = None
    parameter: str | None = None
    path_on_compute: str | None = None
    reference: bool = False
    table: Mapping[str, Any] | None = None
    listing: tuple[tuple[str, str], ...] | None = None

    def with_parameters(self, values: Mapping[str, Any]) -> InputSpec:
        """Return the input with what its parameter stands for.

        Parameters
        ----------
        values : mapping
            The values in force. A dataset is ``{"SavedDataSetReference": {"Id": ...}}``, a place
            ``{"DataStoreName": ..., "RelativePath": ...}``, as Azure ML's service writes them.

        Returns
        -------
        InputSpec
        """
        if self.parameter is None or self.parameter not in values:
            return self
        value = values[self.parameter]
        if "SavedDataSetReference" in value:
            return replace(self, dataset_id=value["SavedDataSetReference"]["Id"])
        return replace(self, datastore=value["DataStoreName"], path=value["RelativePath"])


@dataclass(frozen=True)
class Registration:
    """The name under which a finished output becomes a dataset version."""

    name: str
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OutputSpec:
    """One named output: a place on a datastore.

    ``path`` may hold ``{run-id}`` and ``{output-name}``.

    Parameters
    ----------
    name : str
    mode : str
        ``mount``, ``hdfs``, ``upload`` (written locally, copied after success) or ``link`` (the
        step names a dataset).
    datastore, path : str
    registration : Registration, optional
    overwrite : bool
        Whether an upload may replace what is there.
    globs : tuple of str
        The files that are uploaded; all of them if empty.
    path_on_compute : str, optional
        Where in the step's working directory it writes.
    reference : str, optional
        The step is told where by ``AZUREML_DATAREFERENCE_<reference>`` alone, and finds no folder.
    table : mapping, optional
        How its files are read as a table; it becomes a tabular dataset then.
    layout : mapping, optional
        What the paths of its files say, in the terms of a file dataset's definition.
    pipeline_output : str, optional
        The name by which the pipeline run knows it.
    port : str, optional
        The module's name for it, where the step runs a module.
    """

    name: str
    mode: str
    datastore: str
    path: str
    registration: Registration | None = None
    overwrite: bool = False
    globs: tuple[str, ...] = ()
    path_on_compute: str | None = None
    reference: str | None = None
    table: Mapping[str, Any] | None = None
    layout: Mapping[str, Any] | None = None
    pipeline_output: str | None = None
    port: str | None = None


@dataclass(frozen=True)
class StepSpec:
    """One step of a submitted pipeline: everything an engine needs to know of it."""

    node: str
    name: str
    kind: StepKind
    script: str
    """The file to run; empty if the arguments are the whole command line of a program."""
    snapshot: str
    compute: str
    compute_definition: Mapping[str, Any]
    """What the compute target was when the run was submitted: engine, slots, master ..."""
    arguments: tuple[Argument, ...] = ()
    inputs: tuple[InputSpec, ...] = ()
    outputs: tuple[OutputSpec, ...] = ()
    after: tuple[str, ...] = ()
    """Nodes that must complete first though no data comes from them."""
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    parameter_variables: Mapping[str, str] = field(default_factory=dict)
    """Variables whose values are those of pipeline parameters: their names by variable."""
    cell: str | None = None
    """The file in the snapshot that holds the notebook cell, if the step is one."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Versions of what the step's code imports, by the package's name, and of Python."""
    requirements: Mapping[str, Any] | None = None
    """What its own environment has to hold; None if it runs in the agent's interpreter."""
    allow_reuse: bool = True
    version: str | None = None
    timeout: float | None = None
    """Seconds that one attempt may run; without it, as long as it likes."""
    retries: int = 0
    """How many attempts more it gets after a failure that is worth one."""
    retry_on: RetryOn = RetryOn.INFRASTRUCTURE
    keep: str | None = None
    """The earlier step run whose outputs stand for this step's, whatever has changed since."""
    must_run: str = ""
    """Why it runs although an earlier result may be there; empty if nobody asks for that."""

    @property
    def upstream(self) -> frozenset[str]:
        """The nodes that must complete before this one starts."""
        producers = {item.node for item in self.inputs if item.node is not None}
        return frozenset(producers | set(self.after))

    def with_parameters(self, values: Mapping[str, Any]) -> StepSpec:
        """Return the step with the datasets and places that parameters stand for.

        Parameters
        ----------
        values : mapping
            The values in force.

        Returns
        -------
        StepSpec
        """
        return replace(self, inputs=tuple(item.with_parameters(values) for item in self.inputs))

    def to_json(self) -> str:
        """Return the spec as one line of JSON."""
        return json.dumps(vars(self), default=_plain, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> StepSpec:
        """Rebuild a spec from its JSON.

        Parameters
        ----------
        text : str

        Returns
        -------
        StepSpec
        """
        data: dict[str, Any] = json.loads(text)
        return cls(
            **{
                **data,
                "kind": StepKind(data["kind"]),
                "arguments": tuple(
                    Argument(ArgumentKind(item["kind"]), item["value"])
                    for item in data["arguments"]
                ),
                "inputs": tuple(_input(item) for item in data["inputs"]),
                "outputs": tuple(_output(item) for item in data["outputs"]),
                "after": tuple(data["after"]),
                "retry_on": RetryOn(data.get("retry_on", RetryOn.INFRASTRUCTURE)),
            }
        )


@dataclass(frozen=True)
class PipelineSpec:
    """A submitted pipeline apart from its steps.

    ``parameters`` are the values in force, a JSON value each; ``resumes`` is the run that this one
    goes on from. ``pipeline_id`` is the published pipeline and ``schedule_id`` the schedule that it
    comes from, if it does.
    """

    description: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    continue_on_step_failure: bool = False
    regenerate_outputs: bool = False
    input_identity: InputIdentity = InputIdentity.CONTENT
    resumes: str | None = None
    pipeline_id: str | None = None
    schedule_id: str | None = None

    def to_json(self) -> str:
        """Return the spec as one line of JSON."""
        return json.dumps(vars(self), default=_plain, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> PipelineSpec:
        """Rebuild a spec from its JSON.

        Parameters
        ----------
        text : str

        Returns
        -------
        PipelineSpec
        """
        data = json.loads(text)
        identity = InputIdentity(data.get("input_identity", InputIdentity.CONTENT))
        return cls(**{**data, "input_identity": identity})


def _plain(value: Any) -> Any:
    """Return what JSON does not know as what it knows; ``asdict`` copies all, which is slow."""
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return vars(value)
    raise TypeError(f"no JSON data: {value!r}")


def _input(item: dict[str, Any]) -> InputSpec:
    listing = item.get("listing")
    if listing is not None:
        item = {**item, "listing": tuple((name, known) for name, known in listing)}
    return InputSpec(**item)


def _output(item: dict[str, Any]) -> OutputSpec:
    registration = item["registration"]
    return OutputSpec(
        **{
            **item,
            "registration": Registration(**registration) if registration else None,
            "globs": tuple(item.get("globs", ())),
        }
    )
