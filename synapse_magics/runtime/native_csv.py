"""Find the columns of delimited files that Spark's own types read as the texts would be converted.

Texts take Spark about half as long again as its own types, which take more for a number, or a
time, than a column's type does. So Arrow looks at the files first, some times as fast as
Spark, and once for each state of a file. What it does not know is read as text.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.arrow_csv import arrow_is_sure, arrow_takes
from synapse_magics.runtime.column_texts import pandas_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

_LOOKED_AT = 512 * 1024 * 1024
"""So many bytes are looked at: nobody waits long for the first rows of a large table."""
_BLOCK = 8 * 1024 * 1024
_DISTINCT_TIMES = 10_000
_KNOWN_FILES = 1000

# How Spark writes a time itself; of a zone it would make the session's time.
_OWN_TIMES = frozenset(
    {
        "%Y-%m-%d",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M:%S.%f",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M:%S.%f",
    }
)
_OWN_TYPES = {"integer": "BIGINT", "decimal": "DOUBLE", "datetime": "TIMESTAMP"}
_TRUTH = ((frozenset("01"), "INT"), (frozenset({"true", "false"}), "BOOLEAN"))

_found_before: dict[tuple[Any, ...], dict[str, str]] = {}


def native_types(source: Mapping[str, Any], *, times: bool = True) -> dict[str, str]:
    """Return Spark's types of those columns of a source that hold nothing else in any file.

    Parameters
    ----------
    source : mapping
        As the readers take it.
    times : bool
        Whether Spark reads its own form of times.

    Returns
    -------
    dict
        By name; a boolean of digits is an ``INT``.
    """
    columns = {one["name"]: one for one in source["columns"] if _may_be_native(one, times)}
    if not columns or not arrow_takes(source) or "_corrupt_record" in columns:
        return {}
    paths = [Path(str(path).removeprefix("file://")) for path in source["paths"]]
    with suppress(OSError):
        if sum(path.stat().st_size for path in paths) > _LOOKED_AT:
            return {}
        found: set[tuple[str, str]] | None = None
        for path in paths:
            items = set(_types_of_file(path, source, columns).items())
            found = items if found is None else found & items
            if not found:
                return {}
        return dict(found or ())
    return {}


def _may_be_native(column: Mapping[str, Any], times: bool) -> bool:
    if column.get("decimal_mark") not in {None, "."}:
        return False
    if column["type"] == "datetime":
        patterns = column.get("formats") or [column["format"]]
        return times and len(patterns) == 1 and patterns[0] in _OWN_TIMES
    return column["type"] in {"integer", "decimal", "boolean"}


def _types_of_file(
    path: Path, source: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    state = path.stat()
    key = (
        str(path),
        state.st_size,
        state.st_mtime_ns,
        state.st_ino,
        repr(source["columns"]),
        source["separator"],
        bool(source["header"]),
        len(columns),
    )
    if key not in _found_before:
        if len(_found_before) >= _KNOWN_FILES:
            _found_before.clear()
        _found_before[key] = _look_at(path, source, columns)
    return _found_before[key]


def _look_at(
    path: Path, source: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    try:
        import pyarrow as pa  # noqa: PLC0415 - heavy, and not everywhere
        from pyarrow import csv  # noqa: PLC0415
    except ImportError:
        return {}
    left: dict[str, str | None] = dict.fromkeys(columns)
    try:
        batches = csv.open_csv(
            str(path),
            read_options=csv.ReadOptions(
                column_names=[column["name"] for column in source["columns"]],
                skip_rows_after_names=1 if source["header"] else 0,
                block_size=_BLOCK,
            ),
            parse_options=csv.ParseOptions(
                delimiter=source["separator"], newlines_in_values=True, ignore_empty_lines=True
            ),
            convert_options=csv.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        with batches:
            for batch in batches:
                for name, known in list(left.items()):
                    kind = _native_type(batch.column(name), columns[name])
                    if kind is None or known not in {None, kind}:
                        del left[name]
                    else:
                        left[name] = kind
                if not left:
                    break
    except pa.ArrowException:
        return {}
    return {name: kind for name, kind in left.items() if kind is not None}


def _native_type(values: pa.StringArray, column: Mapping[str, Any]) -> str | None:
    """Return Spark's type that reads some texts as they are to be read; None if there is none."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    kind = column["type"]
    if kind in {"integer", "decimal"}:
        if not arrow_is_sure(values, kind):
            return None
        try:
            values.cast(pa.int64() if kind == "integer" else pa.float64())
        except pa.ArrowException:
            return None
        return _OWN_TYPES[kind]
    distinct = values.unique().drop_null()
    if kind == "boolean":
        return _truth_type({str(text).lower() for text in distinct.to_pylist()})
    if len(distinct) > _DISTINCT_TIMES:
        return None  # to look at so many takes longer than to convert them
    moments = pandas_values(distinct.to_pandas().astype(object).astype("str"), column)
    return _OWN_TYPES[kind] if moments.notna().all() else None


def _truth_type(words: Iterable[str]) -> str | None:
    for known, kind in _TRUTH:
        if known.issuperset(words):
            return kind
    return None
