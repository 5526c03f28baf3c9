"""The names in a cell's definition: variables, files and modules that they become."""

from __future__ import annotations

import keyword
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

from synapse_magics.core import names
from synapse_magics.pipeline.cell_check import imported_names
from synapse_magics.pipeline.errors import StepDefinitionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.pipeline.cells import CellStep


def check_names(cell: CellStep, modules: Mapping[str, str]) -> None:
    """Refuse names of a step that could not be files, or would hide modules.

    Parameters
    ----------
    cell : CellStep
    modules : mapping
        Text by module name.

    Raises
    ------
    SynapseMagicsError
    """
    names.check_step(cell.name)
    where = f"step {cell.name}"
    taken = {cell.name, f"{cell.name}_main"} & set(modules)
    if taken:
        raise StepDefinitionError(
            f"{min(taken)!r} is a step module already",
            where=where,
            hint="choose another name for the step",
        )
    if hides_module(cell.name) or cell.name in imported_names(cell.text):
        raise StepDefinitionError(
            f"a step named {cell.name!r} would hide the Python module {cell.name!r}: its cell is "
            f"stored as {cell.file}",
            where=where,
            hint="choose another name for the step",
        )


def check_variables(cell: CellStep) -> None:
    """Refuse declared names that could not be variables.

    Parameters
    ----------
    cell : CellStep

    Raises
    ------
    SynapseMagicsError
    """
    where = f"step {cell.name}"
    groups = (cell.inputs, cell.outputs, cell.arguments, cell.parameters)
    seen: set[str] = {"run", "spark"}
    for name in (item for group in groups for item in group):
        if name in cell.outputs and not name.isidentifier():
            raise StepDefinitionError(
                f"the output {name!r} cannot be a variable of the cell",
                where=where,
                hint="letters, digits and underscores; --register OUTPUT=NAME names the dataset",
            )
        names.check_input(name)
        if keyword.iskeyword(name):
            raise StepDefinitionError(
                f"{name!r} is a word of Python's and cannot be a variable",
                where=where,
                hint=f"-i {name}_=NAME gives an input another name",
            )
        if name in seen:
            raise StepDefinitionError(
                f"{name!r} is declared twice"
                if name not in {"run", "spark"}
                else f"{name!r} is there in every step and cannot be declared",
                where=where,
            )
        seen.add(name)
    unknown = set(cell.registrations) - set(cell.outputs)
    if unknown:
        raise StepDefinitionError(
            f"{min(unknown)!r} is to be registered and is not an output of the step",
            where=where,
            hint=names.did_you_mean(min(unknown), cell.outputs, "outputs"),
        )


def hides_module(name: str) -> bool:
    """Tell whether a file of this name would hide an installed module.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
    """
    if name in sys.stdlib_module_names:
        return True
    installed = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    return PathFinder.find_spec(name, installed) is not None
