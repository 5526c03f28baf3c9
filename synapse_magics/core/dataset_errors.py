"""What a dataset says when its files cannot be read as they were defined."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import DatasetExecutionError, UserErrorException
from synapse_magics.runtime.table_errors import LostValueError, TableError
from synapse_magics.store.locations import LocationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_magics.core.abstract_dataset import AbstractDataset


class DatasetReadError(DatasetExecutionError, ValueError):
    """Files that are not what the dataset was defined by; its text names the file."""


@contextmanager
def reading(dataset: AbstractDataset, operation: str) -> Iterator[None]:
    """Have what goes wrong in a block told as Azure ML does, with the file and the row.

    Parameters
    ----------
    dataset : AbstractDataset
    operation : str
        What is done, such as ``to_pandas_dataframe``.

    Raises
    ------
    DatasetReadError
    """
    try:
        yield
    except (TableError, LocationError) as error:
        if isinstance(error, TableError):
            code, text, where = "Validation", str(error), None
        else:
            code, text, where = "NotFound", error.message, error.where
        about = ", ".join(
            [
                f"id={dataset.id!r}",
                f"name={dataset.name!r}",
                f"version={dataset.version}",
                f"error_code=ScriptExecution.StreamAccess.{code}",
            ]
        )
        raise DatasetReadError(
            f"Execution failed in operation {operation!r} for Dataset({about})\n{text}",
            error,
            where=where,
            hint=None
            if isinstance(error, LostValueError)
            else "the files have changed since the dataset was defined: define it again",
        ) from error


def strict_reading(
    on_error: str, out_of_range_datetime: str, operation: str
) -> dict[str, bool] | None:
    """Return what a reader refuses instead of making it null.

    Parameters
    ----------
    on_error, out_of_range_datetime : str
        ``null`` or ``fail``.
    operation : str
        The call, for errors.

    Returns
    -------
    dict or None
        None if nothing is refused.

    Raises
    ------
    UserErrorException
    """
    given = {"on_error": on_error, "out_of_range_datetime": out_of_range_datetime}
    for name, choice in given.items():
        if choice not in {"null", "fail"}:
            raise UserErrorException(
                f"{name} is {choice!r}", where=operation, hint="'null' or 'fail'"
            )
    strict = {"values": on_error == "fail", "times": out_of_range_datetime == "fail"}
    return strict if any(strict.values()) else None
