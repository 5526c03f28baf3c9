"""A step's command line: what stands in each place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import DatasetConsumptionConfig, OutputDatasetConfig
from synapse_magics.core.data_reference import DataReference
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.parameters import PipelineParameter
from synapse_magics.pipeline.pipeline_data import (
    InputPortBinding,
    PipelineData,
    PipelineOutputDataset,
)
from synapse_magics.pipeline.ports import data_path_name, is_data_path, is_same, port_name, taken
from synapse_magics.store.specs import Argument, ArgumentKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self

    from synapse_magics.pipeline.ports import Input, Output

Place = Argument

_INPUT, _OUTPUT = "DatasetConsumptionConfig:", "DatasetOutputConfig:"
_PARAMETER = re.compile(r"parameter:([\w-]+)")


@dataclass(frozen=True)
class CellInput:
    """An input in the command line of a cell's main file: JSON to build the variable from."""

    input: DatasetConsumptionConfig


@dataclass(frozen=True)
class CellParameter:
    """A parameter in the command line of a cell's main file: JSON that keeps its type."""

    parameter: PipelineParameter


class Placeholder(str):
    """What Azure ML puts into the caller's own list in place of an input or output.

    It knows what it stands for, so that the same list can be given to another step.

    Parameters
    ----------
    item : DatasetConsumptionConfig or OutputDatasetConfig
    """

    __slots__ = ("item",)
    item: Any

    def __new__(cls, item: Any) -> Self:
        """Make the text of the item's kind and name."""
        kind = _INPUT if isinstance(item, DatasetConsumptionConfig) else _OUTPUT
        made = super().__new__(cls, f"{kind}{item.name}")
        made.item = item
        return made

    def __deepcopy__(self, memo: object) -> Placeholder:
        # What a run configuration copies is the text; datasets and workspaces are not copied.
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


@dataclass
class Ports:
    """The inputs, outputs and parameters of a step while its arguments are looked at.

    Parameters
    ----------
    inputs, outputs, parameters : list
        Appended to.
    names : list of str
        Parameters that are named by text alone, ``parameter:NAME``.
    """

    inputs: list[Input] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    parameters: list[PipelineParameter] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def places(self, arguments: Iterable[Any]) -> list[Argument]:
        """Name what goes into each place, and add what is new to the inputs and outputs.

        Parameters
        ----------
        arguments : iterable

        Returns
        -------
        list of Argument

        Raises
        ------
        PipelineError
            If a dataset stands there without a name, or what a step has no port for.
        """
        return [self.place(item) for item in arguments]

    def place(self, item: Any) -> Argument:
        """Name what goes into one place, see :meth:`places`."""
        if isinstance(item, str):
            return self._text(item)
        if isinstance(item, CellInput):
            self._add_input(item.input)
            return Argument(ArgumentKind.INPUT_BINDING, item.input.name)
        if isinstance(item, CellParameter):
            self.parameters.append(item.parameter)
            return Argument(ArgumentKind.PARAMETER_JSON, item.parameter.name)
        if isinstance(item, DatasetConsumptionConfig):
            self._add_input(item)
            return Argument(ArgumentKind.INPUT, item.name)
        if isinstance(item, OutputDatasetConfig):
            return self._output(item)
        return self._port(item) or self._value(item)

    def _text(self, text: str) -> Argument:
        if isinstance(text, Placeholder):
            return self.place(text.item)
        name = text.rpartition(":")[2]
        if text == f"{_INPUT}{name}" and any(item.name == name for item in self.inputs):
            return Argument(ArgumentKind.INPUT, name)
        if text == f"{_OUTPUT}{name}" and name in map(port_name, self.outputs):
            return Argument(ArgumentKind.OUTPUT, name)
        parameter = _PARAMETER.fullmatch(text)
        if parameter is not None:
            self.names.append(parameter[1])
            return Argument(ArgumentKind.PARAMETER, parameter[1])
        return Argument(ArgumentKind.LITERAL, text)

    def _output(self, item: OutputDatasetConfig) -> Argument:
        for other in self.inputs:
            found = taken(other)
            if found is not None and found.origin == item.origin:
                return Argument(ArgumentKind.INPUT, other.name)
        if all(other.origin != item.origin for other in self.outputs):
            self.outputs.append(item)
        return Argument(ArgumentKind.OUTPUT, item.name)

    def _port(self, item: Any) -> Argument | None:
        """Return the place of what must be among the step's inputs or outputs."""
        if isinstance(item, (PipelineData, PipelineOutputDataset)):
            data = item.pipeline_data if isinstance(item, PipelineOutputDataset) else item
            return self._data(data)
        if isinstance(item, InputPortBinding):
            if item.data is not None and all(item is not other for other in self.inputs):
                return self._data(item.data)
            return self._named(item.name, f"Input {item.name} {_MISSING}input list")
        if isinstance(item, DataReference):
            name = item.data_reference_name
            return self._named(name, f"Input {name} {_MISSING}input list")
        if is_data_path(item):
            name = data_path_name(item)
            return self._named(name, f"Parameterized datapath {name} is not in input list")
        return None

    def _data(self, data: PipelineData) -> Argument:
        for output in self.outputs:
            if output.origin == data.origin:
                return Argument(ArgumentKind.OUTPUT, port_name(output))
        for item in self.inputs:
            found = taken(item)
            if found is not None and found.origin == data.origin:
                return Argument(ArgumentKind.INPUT, item.name)
        raise PipelineError(f"Input/Output {data.name} {_MISSING}input/output lists")

    def _named(self, name: str, complaint: str) -> Argument:
        # An input that is called like an output was renamed.
        for known in (name, f"INPUT_{name}"):
            if any(item.name == known for item in self.inputs):
                return Argument(ArgumentKind.INPUT, known)
        if name in map(port_name, self.outputs):  # a reference that the step uploads to
            return Argument(ArgumentKind.OUTPUT, name)
        raise PipelineError(complaint)

    def _value(self, item: Any) -> Argument:
        if isinstance(item, PipelineParameter):
            if isinstance(item.default_value, AbstractDataset):
                raise PipelineError(
                    "Datasets cannot be used directly as arguments.",
                    where=f"parameter {item.name}",
                    hint=f"DatasetConsumptionConfig('{item.name}', parameter) names it",
                )
            self.parameters.append(item)
            return Argument(ArgumentKind.PARAMETER, item.name)
        if isinstance(item, AbstractDataset):
            raise PipelineError(
                "Datasets cannot be used directly as arguments. Please call the as_named_input "
                "method of the dataset."
            )
        try:
            return Argument(ArgumentKind.LITERAL, str(item))
        except Exception as error:
            raise PipelineError(f"{type(item)} is not a valid type for argument") from error

    def _add_input(self, item: DatasetConsumptionConfig) -> None:
        # The same input is both in arguments and in inputs, as a rule. Another one of that name is
        # appended as well, and refused with the step's names.
        if not any(is_same(other, item) for other in self.inputs):
            self.inputs.append(item)


_MISSING = "appears in arguments list but is not in the "


def mark(arguments: Any) -> None:
    """Put placeholders into a caller's list, as Azure ML does.

    Parameters
    ----------
    arguments : object
        Only a list is changed.
    """
    if isinstance(arguments, list):
        arguments[:] = [
            Placeholder(item)
            if isinstance(item, (DatasetConsumptionConfig, OutputDatasetConfig))
            else item
            for item in arguments
        ]
