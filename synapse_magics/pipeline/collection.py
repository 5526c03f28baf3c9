"""The steps collected in a notebook: defined, checked, replaced, made into a pipeline."""

from __future__ import annotations

import ast
import keyword
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.compute import ComputeTarget
from synapse_magics.core.data_config import OutputDatasetConfig
from synapse_magics.pipeline import cell_names, cells, compute_kinds, graph
from synapse_magics.pipeline.cell_check import Problem, check_cell, unused_names
from synapse_magics.pipeline.errors import PipelineError, StepDefinitionError
from synapse_magics.pipeline.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.pipeline.cells import CellStep
    from synapse_magics.pipeline.steps import PipelineStep

# The tests' fixtures clear both at one place.

_EMPTY: Mapping[str, Any] = types.MappingProxyType({})


@dataclass(frozen=True)
class Defined:
    """A step that was just defined, and what that changed.

    ``replaced`` is None for a new step, else what changed in words (empty: nothing).
    """

    step: PipelineStep
    cell: CellStep
    replaced: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        took = ", ".join(self.cell.inputs) or "nothing"
        made = ", ".join(self.cell.outputs) or "nothing"
        text = (
            f"{self.cell.kind} step {self.cell.name}: reads {took}, writes {made}, "
            f"on {self.cell.compute}"
        )
        if self.replaced is not None:
            what = f"changed: {', '.join(self.replaced)}" if self.replaced else "nothing changed"
            text += f"\nreplaces the step {self.cell.name} of before ({what})"
        for line in self.notes:
            text += f"\nnote: {line}"
        return text


class StepCollection:
    """The steps and step modules defined so far, by name."""

    def __init__(self) -> None:
        self._cells: dict[str, CellStep] = {}
        self._modules: dict[str, str] = {}

    @property
    def cells(self) -> Mapping[str, CellStep]:
        """The definitions by name, in the order of their first definition."""
        return types.MappingProxyType(self._cells)

    @property
    def modules(self) -> Mapping[str, str]:
        """The texts of the step modules by name."""
        return types.MappingProxyType(self._modules)

    def define(
        self, workspace: Workspace, cell: CellStep, notebook: Mapping[str, Any] = _EMPTY
    ) -> Defined:
        """Check a definition and take it in; one of the same name is replaced.

        Parameters
        ----------
        workspace : Workspace
        cell : CellStep
        notebook : mapping
            The notebook's own names, for better hints.

        Returns
        -------
        Defined

        Raises
        ------
        SynapseMagicsError
            If it cannot be a step; what was defined before stays.
        """
        cell_names.check_variables(cell)
        problems = check_cell(cell.text, cell.declared, notebook)
        if problems:
            raise _refusal(f"step {cell.name}", problems)
        cell_names.check_names(cell, self._modules)
        target = ComputeTarget(workspace, cell.compute)
        compute_kinds.check_kind(target, cell.kind, f"step {cell.name}")
        proposed = {**self._cells, cell.name: cell}
        self._check_outputs(cell)
        _check_inputs(workspace, cell, proposed)
        _check_cycle(proposed)
        before = self._cells.get(cell.name)
        step = self._build(workspace, _ancestry(proposed, cell.name))[cell.name]
        self._cells = proposed
        lost = set(before.outputs) - set(cell.outputs) if before else set()
        unwritten = tuple(
            f"the cell never uses its output {name!r}"
            for name in unused_names(cell.text, cell.outputs)
        )
        notes = unwritten + tuple(
            f"step {other.name} reads {name!r}, which no step writes now"
            for other in proposed.values()
            for name in other.inputs.values()
            if name in lost
        )
        replaced = None if before is None else tuple(cells.differences(before, cell))
        defined = Defined(step, cell, replaced, notes)
        step.note = str(defined)
        return defined

    def define_module(self, name: str, text: str) -> bool:
        """Take in a module that every step can import.

        Parameters
        ----------
        name : str
        text : str
            The module, its line numbers those of the cell.

        Returns
        -------
        bool
            Whether it replaces one of the same name.

        Raises
        ------
        SynapseMagicsError
            If the name is no module's or the text no Python.
        """
        if not name.isidentifier() or keyword.iskeyword(name):
            raise StepDefinitionError(
                f"{name!r} cannot be imported", hint="letters, digits and underscores"
            )
        own = {item for step in self._cells for item in (step, f"{step}_main")}
        if name in own or cell_names.hides_module(name):
            raise StepDefinitionError(
                f"a step module {name!r} would hide another one of that name",
                hint="choose another name",
            )
        try:
            ast.parse(text)
        except SyntaxError:
            raise _refusal(f"step module {name}", check_cell(text, ())) from None
        replaces = name in self._modules
        self._modules[name] = text
        return replaces

    def remove(self, name: str) -> None:
        """Forget one step.

        Parameters
        ----------
        name : str

        Raises
        ------
        PipelineError
            If there is none of that name.
        """
        if name not in self._cells:
            raise PipelineError(
                f"there is no step {name!r}", hint=names.did_you_mean(name, self._cells, "steps")
            )
        del self._cells[name]

    def clear(self) -> None:
        """Forget all steps and step modules."""
        self._cells, self._modules = {}, {}

    def pipeline(self, workspace: Workspace, description: str | None = None) -> Pipeline:
        """Make a pipeline of all steps.

        Parameters
        ----------
        workspace : Workspace
        description : str, optional

        Returns
        -------
        Pipeline

        Raises
        ------
        PipelineError
            If there are none, or one reads what nobody writes.
        """
        if not self._cells:
            raise PipelineError(
                "there are no steps yet", hint="a cell that begins with %%spark_step NAME is one"
            )
        steps = list(self._build(workspace, self._cells).values())
        return Pipeline(workspace, steps, description=description)

    def edges(self) -> dict[str, frozenset[str]]:
        """Return the steps that each step waits for, by name."""
        return _edges(self._cells)

    def _build(
        self, workspace: Workspace, definitions: Mapping[str, CellStep]
    ) -> dict[str, PipelineStep]:
        for cell in definitions.values():
            _check_inputs(workspace, cell, definitions)
        outputs: dict[str, OutputDatasetConfig] = {}
        built: dict[str, PipelineStep] = {}
        for name in graph.order(_edges(definitions)):
            step = cells.build(workspace, definitions[name], outputs, self._modules)
            made = (item for item in step.outputs if isinstance(item, OutputDatasetConfig))
            outputs.update({output.name: output for output in made})
            built[name] = step
        return {name: built[name] for name in definitions}

    def _check_outputs(self, cell: CellStep) -> None:
        for other in self._cells.values():
            both = set(other.outputs) & set(cell.outputs)
            if both and other.name != cell.name:
                raise StepDefinitionError(
                    f"the output {min(both)!r} is step {other.name}'s already",
                    where=f"step {cell.name}",
                    hint="choose another name for it; if this step is that one renamed: "
                    f"%synapse_pipeline remove {other.name}",
                )


def _check_inputs(
    workspace: Workspace, cell: CellStep, definitions: Mapping[str, CellStep]
) -> None:
    made = {name for other in definitions.values() for name in other.outputs}
    registered = workspace.store.registry.entries("dataset")
    known = {entry.name for entry in registered} | made
    for name, source in cell.inputs.items():
        if not isinstance(source, str) or source in made:
            continue
        if source.partition(":")[0] not in known:
            raise StepDefinitionError(
                f"the input {name!r} is unknown: no dataset is registered as {source!r}, and "
                "no step declares it as an output",
                where=f"step {cell.name}",
                hint=names.did_you_mean(source, known, "datasets and outputs"),
            )
        cells.find_dataset(workspace, source)


def _edges(definitions: Mapping[str, CellStep]) -> dict[str, frozenset[str]]:
    inputs = {
        name: [source for source in cell.inputs.values() if isinstance(source, str)]
        for name, cell in definitions.items()
    }
    return graph.name_edges(inputs, {name: cell.outputs for name, cell in definitions.items()})


def _ancestry(definitions: Mapping[str, CellStep], name: str) -> dict[str, CellStep]:
    """Return the definition of a step and of those that it waits for, however far."""
    upstream = _edges(definitions)
    found, todo = {name}, [name]
    while todo:
        new = upstream[todo.pop()] - found
        found |= new
        todo += new
    return {key: cell for key, cell in definitions.items() if key in found}


def _check_cycle(definitions: Mapping[str, CellStep]) -> None:
    cycle = graph.find_cycle(_edges(definitions))
    if cycle:
        raise StepDefinitionError(
            f"these steps would wait for each other: {' -> '.join(cycle)}",
            hint="an input must not come from a step that waits for this one",
        )


def _refusal(what: str, problems: list[Problem]) -> StepDefinitionError:
    first = problems[0]
    if len(problems) == 1:
        return StepDefinitionError(
            first.message, where=f"{what}, line {first.line}", hint=first.hint or None
        )
    lines = [f"{len(problems)} problems in {what}:"]
    for problem in problems:
        lines.append(f"  line {problem.line}: {problem.message}")
        if problem.hint:
            lines.append(f"          {problem.hint}")
    return StepDefinitionError("\n".join(lines))


current = StepCollection()
"""The steps of this process's notebook."""
