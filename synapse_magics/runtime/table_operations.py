"""Apply a dataset's operations to a pandas or a Spark DataFrame.

Operations are plain data, a mapping each with its ``name``: ``take`` and ``skip`` (``count``),
``sample`` and ``split`` (``share``, ``seed``, and for a split which ``part``), ``keep`` and
``drop`` (``columns``), ``filter`` (``expression``, see
:mod:`synapse_magics.runtime.table_filters`).

Both engines give the same rows, except of a sample or a split: there each of them draws its own,
and draws the same ones every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.runtime.table_filters import pandas_mask, quoted, spark_condition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from pyspark.sql import DataFrame

_ROW_PLACE = "__place_of_the_row__"
_FEW_ROWS = 10_000


def apply_pandas(frame: pd.DataFrame, operations: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return what operations make of a table.

    Parameters
    ----------
    frame : pandas.DataFrame
    operations : sequence of mapping

    Returns
    -------
    pandas.DataFrame
        With rows numbered from 0.
    """
    for operation in operations:
        frame = _apply_pandas(frame, operation)
    numbered: pd.DataFrame = frame.reset_index(drop=True)
    return numbered


def _apply_pandas(frame: pd.DataFrame, operation: Mapping[str, Any]) -> pd.DataFrame:
    name = operation["name"]
    chosen: pd.DataFrame
    rows: Any  # what a frame is asked for
    if name == "take":
        rows = slice(operation["count"])
    elif name == "skip":
        rows = slice(operation["count"], None)
    elif name in {"sample", "split"}:
        import numpy as np  # noqa: PLC0415 - heavy

        drawn = np.random.default_rng(operation["seed"]).random(len(frame)) < operation["share"]
        rows = ~drawn if operation.get("part") == "rest" else drawn
    elif name == "filter":
        rows = pandas_mask(frame, operation["expression"])
    elif name in {"keep", "drop"}:
        chosen = frame.loc[:, _columns_left(list(frame.columns), operation)]
        return chosen
    else:
        raise ValueError(f"no operation of tables is called {name!r}")
    chosen = frame.iloc[rows]
    return chosen


def apply_spark(frame: DataFrame, operations: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Return what operations make of a table.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
        With its rows in the table's order.
    operations : sequence of mapping
        Two start a job by themselves: ``skip``, which looks for the first row that is left, and
        ``take`` of few rows, which reads no more than these.

    Returns
    -------
    pyspark.sql.DataFrame
    """
    for operation in operations:
        frame = _apply_spark(frame, operation)
    return frame


def _apply_spark(frame: DataFrame, operation: Mapping[str, Any]) -> DataFrame:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    name = operation["name"]
    if name in {"take", "skip"}:
        return _first_or_others(frame, operation["count"], first=name == "take")
    if name in {"sample", "split"}:
        drawn = F.rand(operation["seed"]) < operation["share"]
        return frame.filter(~drawn if operation.get("part") == "rest" else drawn)
    if name in {"keep", "drop"}:
        return frame.select(
            *(F.col(quoted(item)) for item in _columns_left(frame.columns, operation))
        )
    if name == "filter":
        return frame.filter(spark_condition(frame, operation["expression"]))
    raise ValueError(f"no operation of tables is called {name!r}")


def _first_or_others(frame: DataFrame, count: int, *, first: bool) -> DataFrame:
    """Return the first rows or all others; in a plan, Spark's own limit takes any rows."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    if count == 0:
        return frame.limit(0) if first else frame
    if first and count <= _FEW_ROWS and hasattr(frame, "_jdf"):
        # Spark reads no more than these when they are taken at once, the first ones first; in the
        # JVM they keep their types.
        session = frame.sparkSession
        rows = frame._jdf.takeAsList(count)  # noqa: SLF001 - PySpark's own take makes Python's rows
        made = session._jsparkSession.createDataFrame(rows, frame._jdf.schema())  # noqa: SLF001
        return type(frame)(made, session)
    placed = frame.withColumn(_ROW_PLACE, F.monotonically_increasing_id())
    top = placed.orderBy(_ROW_PLACE).limit(count)
    if first:
        return top.drop(_ROW_PLACE)
    last = top.agg(F.max(_ROW_PLACE)).collect()[0][0]
    return (placed.limit(0) if last is None else placed.filter(F.col(_ROW_PLACE) > last)).drop(
        _ROW_PLACE
    )


def _columns_left(present: Sequence[str], operation: Mapping[str, Any]) -> list[str]:
    named = operation["columns"]
    missing = [name for name in named if name not in present]
    if missing:
        raise ValueError(f"the table has no column {missing[0]!r}")
    return [name for name in present if (name in named) == (operation["name"] == "keep")]


def in_order(operations: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the order of rows matters to operations.

    Parameters
    ----------
    operations : sequence of mapping

    Returns
    -------
    bool
    """
    return any(operation["name"] in {"take", "skip"} for operation in operations)


def rows_needed(operations: Sequence[Mapping[str, Any]], rows: int | None) -> int | None:
    """Return how many rows have to be read for the first rows of the result.

    Parameters
    ----------
    operations : sequence of mapping
    rows : int or None
        How many of the result are wanted; None for all.

    Returns
    -------
    int or None
        None if all have to be read.
    """
    for operation in reversed(operations):
        if operation["name"] == "take":
            rows = operation["count"] if rows is None else min(rows, operation["count"])
        elif operation["name"] == "skip":
            rows = None if rows is None else rows + operation["count"]
        elif operation["name"] not in {"keep", "drop"}:
            rows = None
    return rows
