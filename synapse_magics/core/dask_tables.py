"""Read a table with Dask: a part for each file, read when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.runtime.readers import pandas_header, read_pandas
from synapse_magics.runtime.table_errors import TableError
from synapse_magics.runtime.table_parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_BY_ROW = frozenset({"keep", "drop", "filter"})


def dask_frame(source: Mapping[str, Any], sample: pd.DataFrame, dtypes: Any) -> Any:
    """Return a table as a frame of Dask.

    Parameters
    ----------
    source : mapping
    sample : pandas.DataFrame
        Its first rows, whose types of columns the frame has.
    dtypes : mapping or None
        Other types, by name of a column.

    Returns
    -------
    dask.dataframe.DataFrame

    Raises
    ------
    NotSupportedError
        If Dask is not installed.
    """
    try:
        import dask  # noqa: PLC0415 - an extra
        from dask import dataframe  # noqa: PLC0415
    except ImportError as error:
        raise NotSupportedError(
            "to_dask_dataframe needs Dask, which is not installed",
            where="to_dask_dataframe",
            hint="pip install 'synapse-magics[dask]'",
        ) from error
    meta = sample.iloc[:0].astype(dict(dtypes or {}))
    # Texts stay what they are in pandas, and no part is read to find out what is in it.
    with dask.config.set({"dataframe.convert-string": False}):
        return dataframe.from_map(  # type: ignore[no-untyped-call]
            _Part(meta), _sources(source), meta=meta
        )


def _sources(source: Mapping[str, Any]) -> list[dict[str, Any]]:
    if any(one["name"] not in _BY_ROW for one in source.get("operations") or ()):
        return [dict(source)]  # the first rows of a table are not those of its files
    return [
        {**part, "paths": [path], "path_values": part["path_values"][:1]}
        for part in parts_of(source, pandas_header)
        for path in part["paths"]
    ]


class _Part:
    """What reads a part, also in another process.

    Parameters
    ----------
    meta : pandas.DataFrame
        With the types of the columns, and no rows.
    """

    def __init__(self, meta: pd.DataFrame) -> None:
        self._meta = meta

    def __call__(self, source: Mapping[str, Any]) -> pd.DataFrame:
        frame = read_pandas(source)
        for name, kind in self._meta.dtypes.items():
            if frame[name].dtype == kind:
                continue
            try:
                frame[name] = _given(frame[name], kind)
            except (ValueError, TypeError) as error:
                raise TableError(
                    f"{source['paths'][0]}: column {name!r} is {kind} in the first rows, and not "
                    f"here: {error}. dtypes={{{name!r}: {str(frame[name].dtype)!r}}} says what it "
                    "is, or a larger sample_size finds out"
                ) from error
        return frame


def _given(values: pd.Series[Any], kind: Any) -> pd.Series[Any]:
    if str(kind) == "bool" and values.isna().any():
        raise ValueError("a value is missing")  # pandas would make it True
    return values.astype(kind)
