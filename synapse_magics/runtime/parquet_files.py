"""Read Parquet files with pandas: as many rows as are wanted, and not whole files for a few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.table_errors import errors_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def pandas_parquet(paths: Sequence[str], rows: int | None = None) -> pd.DataFrame:
    """Return the rows of some files.

    Parameters
    ----------
    paths : sequence of str
    rows : int, optional
        How many at the most.

    Returns
    -------
    pandas.DataFrame
    """
    import pandas as pd  # noqa: PLC0415 - heavy

    frames: list[pd.DataFrame] = []
    left = rows
    for path in paths:
        with errors_of(path):
            frames.append(pd.read_parquet(path) if left is None else _beginning(path, left))
        left = None if left is None else left - len(frames[-1])
        if left is not None and left <= 0:
            break
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]


def _beginning(path: str, rows: int) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - heavy
    from pyarrow import parquet  # noqa: PLC0415 - heavy

    # Page by page: what is read ahead are whole groups of rows.
    with parquet.ParquetFile(path, buffer_size=1 << 16, pre_buffer=False) as file:
        batches: list[pa.RecordBatch] = []
        count = 0
        for batch in file.iter_batches(batch_size=max(rows, 1)) if rows else ():
            batches.append(batch)
            count += batch.num_rows
            if count >= rows:
                break
        return pa.Table.from_batches(batches, file.schema_arrow).slice(0, rows).to_pandas()
