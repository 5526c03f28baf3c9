"""Make columns of the paths of files: ``/{country}/{day:yyyy/MM/dd}/*.csv``."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.table_errors import TableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PATH = "Path"
"""Azure ML's name of the column that says which file a row is from."""

_FIELD = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_DATE_LETTERS = {
    "yyyy": ("year", r"\d{4}"),
    "MM": ("month", r"\d{2}"),
    "dd": ("day", r"\d{2}"),
    "HH": ("hour", r"\d{2}"),
    "mm": ("minute", r"\d{2}"),
    "ss": ("second", r"\d{2}"),
}
_DATE_TOKEN = re.compile("yyyy|MM|dd|HH|mm|ss|[A-Za-z]+|[^A-Za-z]+")


class PartitionFormat:
    """What a part of the paths of files means.

    Parameters
    ----------
    text : str
        From the first key to the end of the path: ``{name}`` is a text, ``{name:yyyy/MM/dd}`` a
        time; ``*`` stands for anything in a name, ``**`` for folders.

    Raises
    ------
    ValueError
        If it is none.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._columns: dict[str, str] = {}
        self._dates: dict[str, list[str]] = {}
        body, place = "", 0
        for field in _FIELD.finditer(text.lstrip("/")):
            body += self._literal(text.lstrip("/")[place : field.start()])
            body += self._group(field[1].strip(), field[2])
            place = field.end()
        body += self._literal(text.lstrip("/")[place:])
        if not self._columns:
            raise self._invalid("it names no key, such as {country} or {day:yyyy/MM/dd}")
        self._form = re.compile(rf"(?:.*)/{body}\Z", re.DOTALL)

    @property
    def columns(self) -> list[dict[str, str]]:
        """The columns that it makes, a name and a type each."""
        return [{"name": name, "type": kind} for name, kind in self._columns.items()]

    @property
    def layout(self) -> dict[str, Any]:
        """What a definition of files says of it."""
        keys = [column["name"] for column in self.columns]
        return {"partition_format": self.text, "partition_keys": keys}

    def values(self, path: str) -> list[str] | None:
        """Return the values of the columns in a path.

        Parameters
        ----------
        path : str
            With ``/``.

        Returns
        -------
        list of str or None
            Of a time its ISO form; None if the path does not have this form.
        """
        found = self._form.match("/" + path.lstrip("/"))
        if found is None:
            return None
        values = []
        for number, (name, kind) in enumerate(self._columns.items()):
            if kind == "string":
                values.append(found[f"key{number}"])
                continue
            parts = {unit: int(found[f"key{number}_{unit}"]) for unit in self._dates[name]}
            try:
                moment = datetime(**{"month": 1, "day": 1, **parts})  # type: ignore[arg-type] # noqa: DTZ001 - the clock on the wall
            except ValueError:
                return None  # a 13th month
            values.append(moment.isoformat(sep=" "))
        return values

    def _group(self, name: str, pattern: str | None) -> str:
        if not name:
            raise self._invalid("a key has no name")
        if name in self._columns:
            raise self._invalid(f"it names the key {name!r} twice")
        number = len(self._columns)
        self._columns[name] = "string" if pattern is None else "datetime"
        if pattern is None:
            return f"(?P<key{number}>[^/]+?)"
        units: list[str] = []
        form = ""
        for token in _DATE_TOKEN.findall(pattern):
            unit, digits = _DATE_LETTERS.get(token, ("", re.escape(token)))
            if unit in units:
                raise self._invalid(f"{token!r} is twice in {pattern!r}")
            if not unit and token[0].isalpha():
                raise self._invalid(f"{token!r} in {pattern!r} is none of yyyy, MM, dd, HH, mm, ss")
            units += [unit] if unit else []
            form += f"(?P<key{number}_{unit}>{digits})" if unit else digits
        if "year" not in units:
            raise self._invalid(f"{pattern!r} has no year, yyyy")
        self._dates[name] = units
        return form

    def _literal(self, text: str) -> str:
        if "{" in text or "}" in text:
            raise self._invalid("a brace is not closed, or not opened")
        wild = {"**": ".*", "*": "[^/]*"}
        return "".join(wild.get(part) or re.escape(part) for part in re.split(r"(\*\*|\*)", text))

    def _invalid(self, why: str) -> ValueError:
        return ValueError(f'Invalid partition_format "{self.text}": {why}')


def path_columns(reader: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the columns that a reader takes from paths, a name and a type each.

    Parameters
    ----------
    reader : mapping
        ``path`` in it says which: ``include``, and perhaps a partition ``format``.

    Returns
    -------
    list of dict
    """
    path = reader.get("path") or {}
    columns = [{"name": PATH, "type": "string"}] if path.get("include") else []
    return columns + (PartitionFormat(path["format"]).columns if path.get("format") else [])


def path_values(reader: Mapping[str, Any], files: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return what the readers have to know of the paths of files.

    Parameters
    ----------
    reader : mapping
    files : iterable of tuple
        In the order in which they are read: the path on the datastore, and that from the place the
        dataset begins at.

    Returns
    -------
    dict
        ``path_columns`` and ``path_values``; empty if there are no such columns.

    Raises
    ------
    TableError
        If a path does not have the form that it should have.
    """
    columns = path_columns(reader)
    if not columns:
        return {}
    include, text = reader["path"].get("include"), reader["path"].get("format")
    form = PartitionFormat(text) if text else None
    rows = []
    for path, name in files:
        values = [name] if include else []
        found = form.values(path) if form is not None else []
        if found is None:
            raise TableError(f"the path {path} does not have the form of partition_format {text!r}")
        rows.append(values + found)
    return {"path_columns": columns, "path_values": rows}


def key_values(
    keys: Sequence[str],
    columns: Sequence[Mapping[str, str]],
    rows: Iterable[Sequence[str]],
) -> list[dict[str, Any]]:
    """Return which combinations of values some columns of paths have.

    Parameters
    ----------
    keys : sequence of str
    columns : sequence of mapping
    rows : iterable of sequence
        The values of all columns, file by file.

    Returns
    -------
    list of dict
        Sorted; times are times.
    """
    kinds = {column["name"]: column["type"] for column in columns}
    by_row = (dict(zip(kinds, row, strict=True)) for row in rows)
    found = sorted({tuple(row[key] for key in keys) for row in by_row})
    return [
        {
            key: datetime.fromisoformat(value) if kinds[key] == "datetime" else value
            for key, value in zip(keys, values, strict=True)
        }
        for values in found
    ]
