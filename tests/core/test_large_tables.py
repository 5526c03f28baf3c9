"""The first rows of a large table are read without the others, which is told by the bytes read."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from synapse_magics import Dataset
from synapse_magics.magics.dataset_view import dataset_view

GIGABYTE = 1 << 30
MOST = 16 << 20


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def large(datastore):
    """A file of a gigabyte, which takes no space: after 10,000 rows, nothing is in it."""
    file = datastore.root / "large.csv"
    rows = "".join(f"{n},{n / 7},name {n}\n" for n in range(10_000))
    file.write_text(f"n,x,t\n{rows}")
    os.truncate(file, GIGABYTE)
    return Dataset.Tabular.from_delimited_files((datastore, "large.csv"), validate=False)


@pytest.fixture
def bytes_read():
    if not Path("/proc/self/io").exists():
        pytest.skip("the system does not tell how much a process reads")

    def count():
        found = Path("/proc/self/io").read_text().split("rchar:")[1].split()[0]
        return int(found)

    start = count()
    return lambda: count() - start


def test_the_first_rows_of_text(bytes_read, large):
    assert large.take(5).to_pandas_dataframe()["n"].tolist() == [0, 1, 2, 3, 4]
    assert large.skip(10).take(2).to_pandas_dataframe()["t"].tolist() == ["name 10", "name 11"]
    assert len(large.head(3)) == 3
    assert dataset_view(large).rows[0][0] == "0"
    assert large.take(100).profile().row_count == 100
    assert bytes_read() < MOST


def test_the_bytes_would_tell_that_all_was_read(bytes_read, datastore, large):
    with (datastore.root / "large.csv").open("rb") as file:
        while file.read(1 << 24):
            pass

    assert bytes_read() > GIGABYTE


def test_the_first_rows_of_lines_and_of_several_files(bytes_read, datastore):
    for number in range(3):
        file = datastore.root / f"d/{number}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"n\n{number}\n" * 1)
        os.truncate(file, GIGABYTE if number else file.stat().st_size)
    table = Dataset.Tabular.from_delimited_files((datastore, "d"), validate=False)

    assert len(table.take(1).to_pandas_dataframe()) == 1
    assert bytes_read() < MOST


def test_the_first_rows_of_parquet(bytes_read, datastore):
    random = np.random.default_rng(0)
    with parquet.ParquetWriter(
        datastore.root / "t.parquet", pa.schema([("n", pa.int64()), ("x", pa.float64())])
    ) as writer:
        for _ in range(40):
            columns = {"n": random.integers(0, 1 << 62, 100_000), "x": random.random(100_000)}
            writer.write_table(pa.table(columns))
    size = (datastore.root / "t.parquet").stat().st_size
    before = bytes_read()
    table = Dataset.Tabular.from_parquet_files((datastore, "t.parquet"))

    frame = table.take(5).to_pandas_dataframe()

    assert list(frame.columns) == ["n", "x"]
    assert len(frame) == len(dataset_view(table).rows) == 5
    assert bytes_read() - before < size / 10
    pd.testing.assert_frame_equal(frame, table.to_pandas_dataframe().head(5))
