"""Columns, conditions and times of tables; tables that are written."""

import sys
from datetime import datetime, timedelta, timezone

import pandas as pd
import pytest

from synapse_magics import Dataset
from synapse_magics.core.dataset_types import DataType
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def table(datastore):
    text = "n,name,day,part\n5,ann,2020-01-01,x\n6,,2020-02-01,y\n7,cem,2020-03-01,x\n"
    (datastore.root / "t.csv").write_text(text)
    return Dataset.Tabular.from_delimited_files((datastore, "t.csv"))


def numbers(dataset):
    return dataset.to_pandas_dataframe()["n"].tolist()


def columns(dataset):
    return list(dataset.to_pandas_dataframe().columns)


def test_some_columns(table):
    assert columns(table.keep_columns(["name", "n"])) == ["n", "name"]
    assert columns(table[["name"]]) == ["name"]
    assert columns(table.drop_columns("name")) == ["n", "day", "part"]
    assert [item["name"] for item in table.keep_columns("n").columns] == ["n"]


@pytest.mark.parametrize(
    "make",
    [
        lambda t: t["x"],
        lambda t: t.keep_columns("x"),
        lambda t: t.drop_columns(["n", "x"]),
        lambda t: t.drop_columns("n")["n"],
        lambda t: t.drop_columns("n").filter(t["n"] > 1),
        lambda t: t.with_timestamp_columns("x"),
        lambda t: t.partition_by(["x"], t.workspace.get_default_datastore()),
    ],
)
def test_a_column_that_is_not_there(table, make):
    with pytest.raises(UserErrorException, match=r"has no column '[nx]'"):
        make(table)


def test_a_table_without_columns(table):
    with pytest.raises(UserErrorException, match="no column would be left"):
        table.drop_columns(["n", "name", "day", "part"])


def test_a_condition(table):
    assert numbers(table.filter((table["n"] > 5) & table["name"].is_null())) == [6]
    assert numbers(table.filter(table["day"] >= datetime(2020, 2, 1))) == [6, 7]  # noqa: DTZ001
    assert numbers(table.filter(table["part"] == "x").take(1)) == [5]


def test_types_of_parquet_are_known(datastore):
    pd.DataFrame({"n": [1, 2], "at": pd.to_datetime(["2020-01-01", "2020-01-02"])}).to_parquet(
        datastore.root / "t.parquet"
    )
    table = Dataset.Tabular.from_parquet_files((datastore, "t.parquet"))

    assert numbers(table.with_timestamp_columns("at").time_after(datetime(2020, 1, 2))) == [2]  # noqa: DTZ001
    with pytest.raises(UserErrorException, match="the column 'n' is integer"):
        table.filter(table["n"] == "x")


def test_the_first_rows_of_what_is_left(table):
    assert table.filter(table["n"] > 5).head(1)["n"].tolist() == [6]


def test_rows_by_time(table):
    timed = table.with_timestamp_columns("day")
    middle = datetime(2020, 2, 1, tzinfo=timezone.utc)

    assert timed.timestamp_columns == ("day", None)
    assert numbers(timed.time_before(middle)) == [5, 6]
    assert numbers(timed.time_before(middle, include_boundary=False)) == [5]
    assert numbers(timed.time_after(middle, include_boundary=False)) == [7]
    assert numbers(timed.time_between(middle, middle)) == [6]
    assert numbers(timed.time_recent(timedelta(days=1))) == []
    assert numbers(timed.time_recent(timedelta(days=100_000))) == [5, 6, 7]


def test_the_coarse_time_will_do(table):
    timed = table.with_timestamp_columns(partition_timestamp="day")

    assert numbers(timed.time_after(datetime(2020, 3, 1))) == [7]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda t: t.time_before(datetime.now(timezone.utc)), "does not know which column"),
        (lambda t: t.with_timestamp_columns("n"), "'n' holds no times"),
        (lambda t: t.with_timestamp_columns("day").time_after("2020"), "is no datetime"),
        (lambda t: t.with_timestamp_columns("day").time_recent(5), "must be a timedelta"),
        (
            lambda t: t.with_timestamp_columns("day").drop_columns("day").time_recent(timedelta(1)),
            "does not know which column",
        ),
        (
            lambda t: t.with_timestamp_columns("day").time_between(
                datetime(2021, 1, 1), datetime(2020, 1, 1)  # noqa: DTZ001
            ),
            "later than the end",
        ),
    ],
)  # fmt: skip
def test_times_that_are_refused(table, make, words):
    with pytest.raises(UserErrorException, match=words):
        make(table)


def test_csv_files(table):
    files = table.keep_columns(["n", "name"]).to_csv_files(separator=";")

    assert files.files()[0].read_text() == "n;name\n5;ann\n6;\n7;cem\n"


def test_parquet_files_of_the_same_table_are_the_same_dataset(table, datastore):
    files = table.skip(1).to_parquet_files()

    assert pd.read_parquet(files.files()[0])["n"].tolist() == [6, 7]
    assert table.skip(1).to_parquet_files().save() == files.save()
    (datastore.root / "t.csv").write_text("n,name,day,part\n1,a,2020-01-01,x\n2,b,2020-01-01,x\n")
    assert pd.read_parquet(table.skip(1).to_parquet_files().files()[0])["n"].tolist() == [2]


def test_a_table_by_parts(table, workspace, datastore):
    made = table.partition_by(["part"], (datastore, "parts"), name="by part")

    assert (made.name, made.partition_keys) == ("by part", ["part"])
    assert numbers(made) == [5, 7, 6]
    assert [file.parent.name for file in made.files()] == ["x", "y"]
    assert made.get_partition_key_values() == [{"part": "x"}, {"part": "y"}]
    assert Dataset.get_by_name(workspace, "by part").partition_keys == ["part"]
    assert made.drop_columns("part").partition_keys == []


def test_a_table_by_parts_whose_names_are_no_folders(table, datastore):
    text = "n,name\n1,null\n2,\n3,..\n4,a/b\n5,.hidden\n6,_\n"
    (datastore.root / "u.csv").write_text(text)
    table = Dataset.Tabular.from_delimited_files((datastore, "u.csv"))

    made = table.partition_by(["name"], datastore)

    assert sorted(numbers(made)) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("keys", [None, ["n"]])
def test_keys_that_there_are_none_of(table, keys):
    with pytest.raises(UserErrorException, match="no partition key"):
        table.get_partition_key_values(keys)


def test_a_table_by_parts_as_files_is_refused(table, datastore):
    with pytest.raises(NotSupportedError, match="partition_as_file_dataset"):
        table.partition_by(["part"], datastore, partition_as_file_dataset=True)


def test_dask_reads_the_same_table_file_by_file(datastore):
    for number in range(3):
        (datastore.root / f"d{number}.csv").write_text(f"n,x,t,ok\n{number},0.5,a,1\n7,,b,0\n")
    table = Dataset.Tabular.from_delimited_files((datastore, "d*.csv"), include_path=True)
    expected = table.to_pandas_dataframe()

    frame = table.to_dask_dataframe(sample_size=2)

    assert frame.npartitions == 3
    assert frame.dtypes.to_dict() == expected.dtypes.to_dict()
    pd.testing.assert_frame_equal(frame.compute().reset_index(drop=True), expected)
    assert table.skip(1).to_dask_dataframe().npartitions == 1
    assert len(table.filter(table["n"] == 7).to_dask_dataframe()) == 3


def test_dask_is_told_what_the_first_rows_do_not_show(datastore):
    (datastore.root / "d1.csv").write_text("n,t\n1,a\n")
    (datastore.root / "d2.csv").write_text("n,t\n2,b\n,c\n")
    table = Dataset.Tabular.from_delimited_files(
        (datastore, "d*.csv"), set_column_types={"n": DataType.to_long()}
    )

    with pytest.raises(ValueError, match="column 'n' is int64 in the first rows, and not here"):
        table.to_dask_dataframe(sample_size=1).compute()
    known = table.to_dask_dataframe(sample_size=1, dtypes={"n": "float64"}).compute()
    assert known["n"].isna().tolist() == [False, False, True]


def test_dask_that_is_not_installed(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "dask", None)

    with pytest.raises(NotSupportedError) as caught:
        table.to_dask_dataframe()

    assert caught.value.hint == "pip install 'synapse-magics[dask]'"


def test_a_table_cannot_be_iterated(table):
    with pytest.raises(TypeError, match="cannot be iterated"):
        list(table)
