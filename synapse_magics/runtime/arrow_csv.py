"""Read delimited files with Arrow, several times as fast, where that gives the very same table.

Arrow takes more for a number than a column's type does (blanks around it, hexadecimal digits) and
some dates that there are not. So numbers come as texts, whose bytes are searched for what would be
taken wrongly, and of dates each distinct text is converted as always. Whatever Arrow does not
read is no error here: the other reader says what is wrong with it.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    import pyarrow as pa

_KNOWN = frozenset(
    {"kind", "format", "paths", "columns", "separator", "header", "encoding", "operations"}
)
# Not ascii, of which anything else is an error.
_UTF_8 = frozenset({"utf-8", "utf-8-sig", "utf8", "utf_8"})

# What Arrow's conversion takes and a column's type does not: blanks, 0x1F; nan, infinity.
_UNSURE = {"integer": b" \txX", "decimal": b" \tnN"}


def read_with_arrow(
    path: str,
    source: Mapping[str, Any],
    spellings: Mapping[bool, tuple[str, ...]],
    convert: Callable[[pd.Series[Any], Mapping[str, Any]], pd.Series[Any]],
) -> pd.DataFrame | None:
    """Read one file of a source, if Arrow does that as it should be.

    Parameters
    ----------
    path : str
    source : mapping
        As the readers take it.
    spellings : mapping
        What stands for true and for false, in lower case.
    convert : callable
        What converts a column of texts to its type.

    Returns
    -------
    pandas.DataFrame or None
        None if it has to be read otherwise.
    """
    columns = source["columns"]
    if not arrow_takes(source) or any(
        not set(column) <= {"name", "type", "format"} for column in columns
    ):
        return None
    try:
        from pyarrow import ArrowException, csv  # noqa: PLC0415 - heavy, and not everywhere
    except ImportError:
        return None
    names = [column["name"] for column in columns]
    try:
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(
                column_names=names, skip_rows_after_names=1 if source["header"] else 0
            ),
            parse_options=csv.ParseOptions(
                delimiter=source["separator"], newlines_in_values=True, ignore_empty_lines=True
            ),
            convert_options=csv.ConvertOptions(
                column_types={column["name"]: _type_to_read(column["type"]) for column in columns},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                true_values=_cases(spellings[True]),
                false_values=_cases(spellings[False]),
            ),
        )
        found = {}
        for column in columns:
            values = _converted(table.column(column["name"]), column, convert)
            if values is None:
                return None
            found[column["name"]] = values
    except ArrowException:
        return None
    import pandas as pd  # noqa: PLC0415 - heavy

    frame: pd.DataFrame = pd.DataFrame(found)
    return frame


def arrow_takes(source: Mapping[str, Any]) -> bool:
    """Return whether Arrow divides the files of a source into the fields that they have.

    Parameters
    ----------
    source : mapping
        As the readers take it.

    Returns
    -------
    bool
    """
    columns = source["columns"]
    names = {column["name"] for column in columns}
    return (
        set(source) <= _KNOWN
        and str(source["encoding"]).lower() in _UTF_8
        and len(source["separator"]) == 1
        # Of a single column, an empty line is a value to nobody and a blank one to some.
        and len(names) == len(columns) > 1
    )


def _type_to_read(kind: str) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    if kind == "boolean":
        return pa.bool_()
    return pa.dictionary(pa.int32(), pa.string()) if kind == "datetime" else pa.string()


def _cases(words: tuple[str, ...]) -> list[str]:
    """Return all ways to write some words, in capitals or not."""
    spelled = (product(*({char, char.upper()} for char in word)) for word in words)
    return ["".join(chars) for found in spelled for chars in found]


def _converted(
    values: pa.ChunkedArray,
    column: Mapping[str, Any],
    convert: Callable[[pd.Series[Any], Mapping[str, Any]], pd.Series[Any]],
) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    kind = column["type"]
    if kind in _UNSURE:
        if not all(arrow_is_sure(chunk, kind) for chunk in values.chunks):
            return None
        values = values.cast(pa.int64() if kind == "integer" else pa.float64())
    if kind != "datetime":
        return values.to_pandas()
    import pandas as pd  # noqa: PLC0415 - heavy

    whole = values.unify_dictionaries().combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    texts = whole.dictionary.to_pandas().astype(object)
    moments = convert(texts, column).to_numpy()
    places = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return pd.api.extensions.take(moments, places, allow_fill=True)


def arrow_is_sure(chunk: pa.StringArray, kind: str) -> bool:
    """Return whether Arrow takes no text for a number that is none to a column of a type.

    Parameters
    ----------
    chunk : pyarrow.StringArray
    kind : str
        ``integer`` or ``decimal``.

    Returns
    -------
    bool
    """
    data = chunk.buffers()[2]
    if data is None:
        return True
    # All of the chunk's bytes, for a slice of a buffer may hold more: that only costs time.
    text = memoryview(data).tobytes()
    return not any(text.find(char) >= 0 for char in _UNSURE[kind])
