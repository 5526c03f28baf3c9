"""What a dataset's factory is told about columns, headers and paths, as plain data for readers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synapse_magics.core.dataset_types import ColumnType, PromoteHeadersBehavior
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.core.table_columns import check_columns
from synapse_magics.runtime.column_conversion import CONVERSIONS
from synapse_magics.runtime.column_texts import DATE_CODES
from synapse_magics.runtime.partition_formats import PartitionFormat, path_columns
from synapse_magics.runtime.table_parts import COMBINE, FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TYPES = {
    "string": "string",
    "long": "integer",
    "float": "decimal",
    "bool": "boolean",
    "datetime": "datetime",
}
_HEADERS: dict[PromoteHeadersBehavior, bool | str] = {
    PromoteHeadersBehavior.NO_HEADERS: False,
    PromoteHeadersBehavior.ONLY_FIRST_FILE_HAS_HEADERS: FIRST,
    PromoteHeadersBehavior.COMBINE_ALL_FILES_HEADERS: COMBINE,
    PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS: True,
}
# Azure ML's names of encodings that Python has under others.
_ENCODINGS = {"utf8bom": "utf-8-sig", "iso88591": "latin-1", "windows1252": "cp1252"}
_CODE = re.compile(r"%.?")


def header_mode(header: Any) -> bool | str:
    """Return which files begin with the names of the columns.

    Parameters
    ----------
    header : bool, int, str or PromoteHeadersBehavior

    Returns
    -------
    bool or str
        ``first`` of the first one alone, ``combine`` where each file has its own.

    Raises
    ------
    UserErrorException
    """
    if isinstance(header, bool) or header in {FIRST, COMBINE}:
        return header  # type: ignore[no-any-return] # a text of ours is one
    value = getattr(header, "value", header)
    for kind, mode in _HEADERS.items():
        if value in {kind.value, kind.name, kind.name.lower()}:
            return mode
    raise UserErrorException(
        f"header {header!r} is none of {', '.join(kind.name for kind in _HEADERS)}, True and False",
        where="header",
        hint="header=True: all files have the same one",
    )


def python_encoding(encoding: str) -> str:
    """Return Python's name of an encoding.

    Parameters
    ----------
    encoding : str
        One of Azure ML's names, such as ``utf8bom``, or one of Python's.

    Returns
    -------
    str
    """
    return _ENCODINGS.get(encoding.lower(), encoding)


def path_options(include_path: bool, partition_format: str | None) -> dict[str, Any]:
    """Return what becomes of the paths of files.

    Parameters
    ----------
    include_path : bool
    partition_format : str or None

    Returns
    -------
    dict
        For a reader's description.

    Raises
    ------
    ValueError
        If the format is none.
    """
    path: dict[str, Any] = {"include": True} if include_path else {}
    if partition_format is not None:
        PartitionFormat(partition_format)
        path["format"] = partition_format
    return {"path": path} if path else {}


def column_types(given: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Return the types that columns are to have.

    Parameters
    ----------
    given : mapping or None
        A ``DataType`` by name of a column.

    Returns
    -------
    dict
        Plain data by name.

    Raises
    ------
    UserErrorException
        If one is no type, or a form of times cannot be read.
    """
    if given is not None and not isinstance(given, Mapping):
        raise UserErrorException(
            f"{given!r} is not a type for each column",
            where="set_column_types",
            hint="{'age': DataType.to_long()}",
        )
    return {name: _plain(name, kind) for name, kind in (given or {}).items()}


def _plain(name: str, kind: Any) -> dict[str, Any]:
    where = f"set_column_types[{name!r}]"
    if isinstance(kind, dict):
        return kind  # from a table that was defined before its files were there
    if not isinstance(kind, ColumnType):
        raise UserErrorException(
            f"{kind!r} is no type of a column",
            where=where,
            hint="DataType.to_string(), to_long(), to_float(), to_bool() or to_datetime()",
        )
    plain: dict[str, Any] = {"type": _TYPES[kind.name]}
    if kind.decimal_mark not in {".", ","}:
        raise UserErrorException(
            f"the decimal mark is {kind.decimal_mark!r}, and can be '.' or ','", where=where
        )
    if kind.decimal_mark != ".":
        plain["decimal_mark"] = kind.decimal_mark
    for pattern in kind.formats:
        _check_format(pattern, where)
    if kind.formats:
        plain["format"] = kind.formats[0]
    if len(kind.formats) > 1:
        plain["formats"] = list(kind.formats)
    return plain


def _check_format(pattern: str, where: str) -> None:
    codes = _CODE.findall(pattern)
    unknown = [code for code in codes if code not in DATE_CODES]
    if unknown or not codes or "'" in pattern or '"' in pattern:
        what = unknown[0] if unknown else "what is in it"
        raise UserErrorException(
            f"{what} is not read here, in {pattern!r}: a format of strptime",
            where=where,
            hint=f"the codes are {' '.join(DATE_CODES)}; or DataType.to_string(), and convert the "
            "texts in the step",
        )


def typed_columns(
    columns: Sequence[Mapping[str, Any]],
    types: Mapping[str, Mapping[str, Any]],
    samples: Mapping[str, Sequence[str]],
    infer: Callable[[str, Sequence[str]], Any],
) -> list[dict[str, Any]]:
    """Return columns of texts with the types that were asked for.

    Parameters
    ----------
    columns : sequence of mapping
    types : mapping
        As of :func:`column_types`.
    samples : mapping
        The first values of each column.
    infer : callable
        Infers a column of a name and values.

    Returns
    -------
    list of dict

    Raises
    ------
    UserErrorException
        If there is no such column, or its times have a form that nobody has told.
    """
    known = [str(column["name"]) for column in columns]
    check_columns(list(types), known, "set_column_types")
    found = []
    for column in columns:
        name = str(column["name"])
        kind = types.get(name)
        if kind is None:
            found.append(dict(column))
            continue
        found.append({"name": name, "format": None, **_timed(name, kind, samples, infer)})
    return found


def _timed(
    name: str,
    kind: Mapping[str, Any],
    samples: Mapping[str, Sequence[str]],
    infer: Callable[[str, Sequence[str]], Any],
) -> dict[str, Any]:
    if kind["type"] != "datetime" or kind.get("format"):
        return dict(kind)
    guessed = infer(name, samples.get(name) or [])
    if guessed.type != "datetime":
        raise UserErrorException(
            f"the form of the times in column {name!r} cannot be told from its first values",
            where="set_column_types",
            hint="DataType.to_datetime('%d.%m.%Y'), or a list of such formats",
        )
    return {**kind, "format": guessed.format}


def conversions(
    kinds: Mapping[str, str | None],
    types: Mapping[str, Mapping[str, Any]],
    sample: Callable[[str], Sequence[str]],
    infer: Callable[[str, Sequence[str]], Any],
) -> dict[str, Any]:
    """Return how typed columns get the types that were asked for.

    Parameters
    ----------
    kinds : mapping
        The types that the columns have.
    types : mapping
        As of :func:`column_types`.
    sample : callable
        Returns the first texts of a column.
    infer : callable
        Infers a column of a name and values.

    Returns
    -------
    dict
        For a reader's description; empty if nothing is to be converted.

    Raises
    ------
    UserErrorException
        If there is no such column.
    NotSupportedError
        If it cannot be converted.
    """
    check_columns(list(types), list(kinds), "set_column_types")
    made = []
    for name, kind in types.items():
        old, new = kinds[name], kind["type"]
        if new not in CONVERSIONS.get(str(old), ()):
            raise NotSupportedError(
                f"column {name!r} is {old or 'of a type that has no name here'}, and is not made "
                f"{new} here",
                where="set_column_types",
                hint="convert it in the step that takes the table",
            )
        if old == "string":
            timed = _timed(name, kind, {name: sample(name)} if new == "datetime" else {}, infer)
            made.append({"name": name, "from": old, **timed})
        else:
            made.append({"name": name, "from": old, "type": new})
    return {"conversions": made} if made else {}


def check_names(reader: Mapping[str, Any], kinds: Sequence[str]) -> None:
    """Refuse columns of paths that have the name of a column in the files.

    Parameters
    ----------
    reader : mapping
    kinds : sequence of str
        The columns in the files.

    Raises
    ------
    UserErrorException
    """
    names = [column["name"] for column in path_columns(reader)]
    for place, name in enumerate(names):
        if name in kinds or name in names[:place]:
            raise UserErrorException(
                f"there are two columns called {name!r}: one is made of the files' paths",
                where="include_path"
                if place == 0 and reader["path"].get("include")
                else "partition_format",
                hint="another name in partition_format, or include_path=False",
            )
