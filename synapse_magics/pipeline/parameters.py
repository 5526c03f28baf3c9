"""Values of a pipeline that may be set anew at each submission."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.data_reference import DataPath
from synapse_magics.core.dataset import AbstractDataset
from synapse_magics.pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLACE = frozenset({"DataStoreName", "RelativePath"})
_DATASET = "SavedDataSetReference"


class PipelineParameter:
    """A named value with a default.

    Parameters
    ----------
    name : str
    default_value : int, float, bool, str, DataPath or AbstractDataset
    """

    def __init__(self, name: str, default_value: Any) -> None:
        if not isinstance(default_value, (bool, int, float, str, DataPath, AbstractDataset)):
            raise PipelineError(
                f"Default value is of unsupported type: {type(default_value).__name__}",
                where=f"parameter {name}",
                hint="a number, a text, True or False, a DataPath or a dataset; a list or a dict "
                "is handed over by --arg",
            )
        self.name = name
        self.default_value = default_value

    def __repr__(self) -> str:
        return f"PipelineParameter_Name:{self.name}_Default:{self.default_value}"


def to_json_value(value: Any) -> Any:
    """Return the value of a parameter as JSON data.

    Parameters
    ----------
    value : object
        A dataset is saved.

    Returns
    -------
    object
        Of a dataset or a path what Azure ML's service takes for one.
    """
    if isinstance(value, AbstractDataset):
        return {_DATASET: {"Id": value.save()}}
    if isinstance(value, DataPath):
        return {
            "DataStoreName": value.datastore_name,
            "RelativePath": value.path_on_datastore or "",
        }
    return value


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
        JSON data by name.

    Raises
    ------
    PipelineError
        If two parameters of one name differ, a name is not known, or a type is another.
    """
    found: dict[str, Any] = {}
    for parameter in parameters:
        default = to_json_value(parameter.default_value)
        other = found.setdefault(parameter.name, default)
        # Python takes True and 1 for equal.
        if (type(other), other) != (type(default), default):
            raise PipelineError(
                f"Pipeline parameters with same name {parameter.name} but different values "
                f"{other}, {default} used"
            )
    for name, value in (given or {}).items():
        if name not in found:
            raise PipelineError(
                f"Pipeline parameter with name {name} does not exist",
                hint=names.did_you_mean(name, found, "parameters"),
            )
        found[name] = _same_type(name, to_json_value(value), found[name])
    return found


def _same_type(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # To Azure ML True is an int, and 1 will do for True: one is a class of the other.
    if isinstance(default, int) and isinstance(value, int):
        return value
    if _kind(value) == _kind(default):
        return value
    raise PipelineError(
        f"Expected type of the pipeline parameter {name} is {_kind(default)}, not {_kind(value)}"
    )


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        if set(value) == _PLACE:
            return "DataPath"
        if set(value) == {_DATASET}:
            return "Dataset"
    return type(value).__name__
