"""The values that a cell is given: JSON data, because they travel as text."""

from __future__ import annotations

import json
import numbers
from typing import Any

from synapse_magics.core.names import type_of
from synapse_magics.pipeline.errors import StepDefinitionError


def to_json_value(name: str, value: Any, where: str) -> Any:
    """Return a value as JSON data: a tuple as a list, a scalar of NumPy's as Python's.

    Parameters
    ----------
    name : str
        The variable that holds it in the cell.
    value : object
    where : str
        What a person calls the place where it was given.

    Returns
    -------
    object

    Raises
    ------
    StepDefinitionError
        If it is no JSON data, or JSON would change it without a word.
    """
    try:
        plain = json.loads(json.dumps(value, default=_scalar))
    except (TypeError, ValueError):
        raise StepDefinitionError(
            f"{name} is {type_of(value)}; a step takes numbers, texts, lists and dicts",
            where=where,
            hint="hand over data through a dataset: %synapse_dataset",
        ) from None
    if not _has_text_keys(value):
        raise StepDefinitionError(f"{name} has a key that is not a text", where=where)
    return plain


def _has_text_keys(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _has_text_keys(value[key]) for key in value)
    return not isinstance(value, (list, tuple)) or all(map(_has_text_keys, value))


def _scalar(value: Any) -> bool | int | float:
    # What pandas and NumPy count with is not always an int or a float.
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if getattr(value, "ndim", None) == 0 and value.dtype == bool:
        return bool(value)
    raise TypeError
