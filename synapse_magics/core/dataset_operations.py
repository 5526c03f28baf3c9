"""Azure ML's names of what a dataset is made of, step by step, as its text shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_READERS = {
    "delimited": "ParseDelimited",
    "parquet": "ReadParquetFile",
    "json_lines": "ParseJsonLines",
}
_OPERATIONS = {
    "take": "Take",
    "skip": "Skip",
    "sample": "TakeSample",
    "split": "RandomSplit",
    "keep": "KeepColumns",
    "drop": "DropColumns",
    "filter": "ExpressionFilter",
}


def operation_names(definition: Mapping[str, Any]) -> list[str]:
    """Return the names of a definition's operations.

    Parameters
    ----------
    definition : mapping
        A table that nobody has looked into yet has a ``table`` instead of a ``reader``.

    Returns
    -------
    list of str
    """
    names = ["GetDatastoreFiles"]
    reader = definition.get("reader") or definition.get("table")
    if reader is None:
        path: Mapping[str, Any] = {"format": definition.get("partition_format")}
        typed = False
    else:
        names.append(_READERS[reader["format"]])
        options = reader.get("options", {})
        path = reader.get("path") or {
            "include": options.get("include_path"),
            "format": options.get("partition_format"),
        }
        columns = reader.get("columns") or ()
        kinds = {column["type"] for column in columns}
        typed = bool(reader.get("conversions") or options.get("set_column_types"))
        typed = typed or (reader["format"] == "delimited" and bool(kinds - {"string"}))
    if path.get("format"):
        names.append("AddColumnsFromPartitionFormat")
    if reader is not None and not path.get("include"):
        names.append("DropColumns")  # the path of each row, which Azure ML's reader adds first
    if typed:
        names.append("SetColumnTypes")
    operations = definition.get("operations") or ()
    return names + [_OPERATIONS[operation["name"]] for operation in operations]
