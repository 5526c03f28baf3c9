"""Values of a pipeline that may be set anew at each submission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class PipelineParameter:
    """A named value with a default.

    Parameters
    ----------
    name : str
    default_value : int, float, bool or str
    """

    def __init__(self, name: str, default_value: Any) -> None:
        if not isinstance(default_value, (bool, int, float, str)):
            raise PipelineError(
                f"Default value is of unsupported type: {type(default_value).__name__}",
                where=f"parameter {name}",
                hint="a number, a text, True or False; a list or a dict is handed over by --arg",
            )
        self.name = name
        self.default_value = default_value

    def __repr__(self) -> str:
        return f"PipelineParameter_Name:{self.name}_Default:{self.default_value}"


def values(
    parameters: Iterable[PipelineParameter], given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the values in force: the defaults, and what was given instead.

    Parameters
    ----------
    parameters : iterable of PipelineParameter
    given : mapping, optional

    Returns
    -------
    dict

    Raises
    ------
    PipelineError
        If two parameters of one name differ, a name is not known, or a type is another.
    """
    found: dict[str, Any] = {}
    for parameter in parameters:
        other = found.setdefault(parameter.name, parameter.default_value)
        # Python takes True and 1 for equal.
        if (type(other), other) != (type(parameter.default_value), parameter.default_value):
            raise PipelineError(
                f"Pipeline parameters with same name {parameter.name} but different values "
                f"{other}, {parameter.default_value} used"
            )
    for name, value in (given or {}).items():
        if name not in found:
            raise PipelineError(
                f"Pipeline parameter with name {name} does not exist",
                hint=names.did_you_mean(name, found, "parameters"),
            )
        found[name] = _same_type(name, value, found[name])
    return found


def _same_type(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, type(default)) and isinstance(value, bool) == isinstance(default, bool):
        return value
    raise PipelineError(
        f"Expected type of the pipeline parameter {name} is {type(default).__name__}, not "
        f"{type(value).__name__}"
    )
