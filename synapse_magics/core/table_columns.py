"""The names and types of a table's columns, as far as they are known without reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.runtime.partition_formats import path_columns
from synapse_magics.runtime.table_errors import errors_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


def kinds_in(reader: Mapping[str, Any], files: Sequence[Path]) -> dict[str, str | None]:
    """Return the types of the columns that lie in files, by name.

    Parameters
    ----------
    reader : mapping
    files : sequence of pathlib.Path
        Of Parquet files, the first one says it.

    Returns
    -------
    dict
        None for a type that has no name here.
    """
    named: dict[str, str | None] = {one["name"]: one["type"] for one in path_columns(reader)}
    changed = {one["name"]: one["type"] for one in reader.get("conversions") or ()}
    if reader["format"] != "parquet":
        own = {column["name"]: column["type"] for column in reader["columns"]}
    else:
        own = _parquet_kinds(files[0])
    return {**named, **own, **changed}


def _parquet_kinds(file: Path) -> dict[str, str | None]:
    from pyarrow import parquet  # noqa: PLC0415 - heavy

    with errors_of(str(file)):
        schema = parquet.read_schema(file)
    return {
        field.name: _kind(field.type)
        for field in schema
        if not field.name.startswith("__index_level_")  # pandas' own
    }


def _kind(kind: Any) -> str | None:
    from pyarrow import types  # noqa: PLC0415 - heavy

    tests = {
        "boolean": types.is_boolean,
        "integer": types.is_integer,
        "decimal": types.is_floating,
        "datetime": lambda one: types.is_timestamp(one) or types.is_date(one),
        "string": lambda one: types.is_string(one) or types.is_large_string(one),
    }
    return next((name for name, test in tests.items() if test(kind)), None)


def left_by(names: Iterable[str], operations: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the columns that operations leave, in the table's order.

    Parameters
    ----------
    names : iterable of str
    operations : iterable of mapping

    Returns
    -------
    list of str
    """
    left = list(names)
    for operation in operations:
        if operation["name"] in {"keep", "drop"}:
            keep = operation["name"] == "keep"
            left = [name for name in left if (name in operation["columns"]) == keep]
    return left


def check_columns(columns: str | Sequence[str], known: Sequence[str], where: str) -> list[str]:
    """Return a list of columns, all of which are there.

    Parameters
    ----------
    columns : str or sequence of str
    known : sequence of str
    where : str

    Returns
    -------
    list of str

    Raises
    ------
    UserErrorException
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    for name in names:
        if name not in known:
            raise UserErrorException(
                f"the dataset has no column {name!r}",
                where=where,
                hint=f"its columns are {', '.join(known)}",
            )
    return names
