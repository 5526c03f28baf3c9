"""Tables and sources against the plain way: ``python -m benchmarks.data``.

A CSV of 200 MB is read by ``to_pandas_dataframe`` and by pandas itself with the same result, and by
``to_spark_dataframe`` and by Spark itself, with types that are inferred and with a schema that is
given; a folder of 2,000 files is stored as a snapshot. All in turn, in one run.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from synapse_magics import Dataset, Datastore, Workspace
from synapse_magics.pipeline import snapshot
from synapse_magics.runtime import native_csv

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 3_700_000
FILES = 2000
ROUNDS = 5
_TEXTS = {"keep_default_na": False, "na_values": [""]}


def make_table(path: Path) -> None:
    """Write 200 MB of numbers, texts and days."""
    random, base = np.random.default_rng(0), np.datetime64("2020-01-01")
    table = pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "age": pd.array(random.integers(0, 90, ROWS), dtype="Int64"),
            "fare": np.round(random.random(ROWS) * 500, 4),
            "flag": random.integers(0, 2, ROWS),
            "sex": random.choice(["male", "female"], ROWS),
            "name": random.choice(["Braund, Mr. Owen", "Allen", 'Heikkinen, Miss "Laina"'], ROWS),
            "day": (base + random.integers(0, 900, ROWS)).astype(str),
        }
    )
    table.loc[random.random(ROWS) < 0.2, "age"] = pd.NA
    table.to_csv(path, index=False)


def with_pandas(path: Path, engine: str) -> Callable[[], Any]:
    """Return how a person gets the table that we give, with one of the engines of pandas."""

    def read() -> Any:
        options: dict[str, Any] = {"engine": engine, "parse_dates": ["day"], **_TEXTS}
        table = pd.read_csv(path, **options)
        table["flag"] = table["flag"].astype(bool)
        return table

    return read


def spark_ways(dataset: Any, path: Path) -> dict[str, Callable[[], Any]]:
    """Return how Spark reads the table: ours, with inferred types, with a schema that is given.

    Spark itself takes no 0 and 1 for booleans: the same table is of the schema and a comparison.
    """
    from pyspark.sql import SparkSession  # noqa: PLC0415 - heavy
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - the usual name; heavy

    dataset.to_spark_dataframe()
    spark = SparkSession.getActiveSession()
    assert spark is not None  # noqa: S101 - the table above has one
    schema = "id long, age long, fare double, flag string, sex string, name string, day timestamp"

    def reader() -> Any:
        return spark.read.option("header", True).option("escape", '"')

    def use(made: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: made().write.format("noop").mode("overwrite").save()

    return {
        "to_spark_dataframe": use(dataset.to_spark_dataframe),
        "spark.read.csv, types inferred": use(
            lambda: reader().option("inferSchema", True).csv(str(path))
        ),
        "spark.read.csv, schema given": use(lambda: reader().schema(schema).csv(str(path))),
        "the same, flag made a boolean": use(
            lambda: reader().schema(schema).csv(str(path)).withColumn("flag", F.col("flag") != "0")
        ),
    }


def first_look(dataset: Any) -> Callable[[], Any]:
    """Return how the files are looked at before Spark reads them, each time as if it were new."""
    source = dataset.source()

    def look() -> Any:
        native_csv._found_before.clear()  # noqa: SLF001 - what is remembered is not measured
        return native_csv.native_types(source)

    return look


def make_sources(folder: Path) -> None:
    """Write 2,000 small files into 40 folders."""
    for number in range(FILES):
        file = folder / f"part{number % 40}" / f"module{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"x = {number}\n" * 50)


def measure(title: str, ways: dict[str, Callable[[], Any]]) -> None:
    """Run each way in turn, after one round that does not count, and print medians and ranges."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        for name, way in ways.items():
            begin = time.perf_counter()
            way()
            if number:
                taken[name].append(time.perf_counter() - begin)
    sys.stdout.write(f"\n{title}\n")
    first = statistics.median(next(iter(taken.values())))
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        sys.stdout.write(
            f"  {name:34} {median:7.3f} s ({min(seconds):.3f}-{max(seconds):.3f})"
            f"   ours is {first / median:.2f}x\n"
        )


def main() -> None:
    """Measure all."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_FOLDER")) as folder:
        os.chdir(folder)
        workspace = Workspace.create("bench", show_output=False)
        path, sources = Path(folder, "table.csv"), Path(folder, "code")
        make_table(path)
        store = Datastore.get_default(workspace)
        store.upload_files([str(path)], show_progress=False)
        dataset = Dataset.Tabular.from_delimited_files((store, "table.csv"))
        pandas_ways = {
            "to_pandas_dataframe": dataset.to_pandas_dataframe,
            "pandas.read_csv, pyarrow engine": with_pandas(path, "pyarrow"),
            "pandas.read_csv, C engine": with_pandas(path, "c"),
        }
        pd.testing.assert_frame_equal(
            pandas_ways["to_pandas_dataframe"](), with_pandas(path, "c")(), check_dtype=True
        )
        measure(f"{path.stat().st_size / 1e6:.0f} MB of CSV, the same table", pandas_ways)
        measure("the same in Spark, every row", spark_ways(dataset, path))
        measure("and what is done once for a file", {"a first look": first_look(dataset)})
        make_sources(sources)
        time.sleep(2.1)  # a younger file is always read

        def save() -> None:
            snapshot.save(workspace.store, snapshot.read_folder(sources))

        measure(f"a snapshot of {FILES} files that have not changed", {"snapshot": save})
        workspace.store.close()
        os.chdir("/")
        shutil.rmtree(sources)


if __name__ == "__main__":
    main()
