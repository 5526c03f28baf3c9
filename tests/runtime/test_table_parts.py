"""What the factories are told makes the same table in Spark as in pandas."""

import os
from datetime import date, datetime

import pandas as pd
import pytest

from synapse_magics import Dataset
from synapse_magics.core.dataset_types import DataType
from synapse_magics.runtime.readers import read_pandas

pytestmark = pytest.mark.spark


@pytest.fixture
def datastore(workspace):
    return workspace.get_default_datastore()


@pytest.fixture
def put(datastore):
    def put(name, content):
        path = datastore.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return (datastore, name)

    return put


@pytest.fixture
def same(spark):
    """Check that both engines read one table, and return its rows."""

    def same(dataset):
        source = dataset.source()
        frame = read_pandas(source)
        read = spark(source)
        assert read["columns"] == list(frame.columns)
        expected = [[_text(value) for value in row] for row in frame.to_numpy(dtype=object)]
        assert sorted(map(_plain, read["rows"]), key=str) == sorted(expected, key=str)
        return read

    return same


def _text(value):
    if value is None or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, (datetime, date)):
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"
    if isinstance(value, bool):
        return str(value).lower()
    return _number(str(value)).replace("inf", "Infinity")


def _plain(row):
    return [None if value is None else _number(value) for value in row]


def _number(text):
    # What is whole in Spark is a float in pandas where something is missing.
    return text.removesuffix(".0")


def test_types_of_delimited_files(same, put):
    text = (
        'code,n,price,ok,day\n007,1,"1,5",0,01.02.2020\n008,x,1.5,y,2020-02-03\n9,,inf,2,3.4.2020\n'
    )
    types = {
        "code": DataType.to_string(),
        "n": DataType.to_long(),
        "price": DataType.to_float(decimal_mark=","),
        "ok": DataType.to_bool(),
        "day": DataType.to_datetime(["%d.%m.%Y", "%Y-%m-%d"]),
    }
    read = same(Dataset.Tabular.from_delimited_files(put("t.csv", text), set_column_types=types))

    assert read["types"] == ["string", "bigint", "double", "boolean", "timestamp"]
    assert read["rows"][0] == ["007", "1", "1.5", "false", "2020-02-01 00:00:00.000000"]
    assert read["rows"][1][2] is None


@pytest.mark.parametrize(
    "pattern",
    [
        "%d of %m in %Y",
        "[%Y] #%m {%d}",
        "%Y%m%d",
        "%d. %b %Y, %H",
        "%B %d, %Y %I:%M %p",
        "%Y%m%d%H%M%S",
    ],
)
def test_forms_of_times(same, put, pattern):
    text = datetime(2020, 3, 14, 15).strftime(pattern)  # noqa: DTZ001
    path = put("t.csv", f'a,b\n"{text}",1\n"x{text}",1\n')
    read = same(
        Dataset.Tabular.from_delimited_files(
            path, set_column_types={"a": DataType.to_datetime(pattern)}
        )
    )

    assert read["rows"][0][0].startswith("2020-03-14")


def test_odd_times_are_the_same_to_both(same, put):
    texts = ["april 3, 2020 5:00 pm", "Apr 3, 2020 5:00 PM", "April 31, 2020 5:00 PM"]
    texts += ["May 3, 2020 13:00 PM", "May 3, 2020 00:00 AM", "May 3, 2020 12:30 AM", "Mayo 3"]
    path = put("t.csv", "a,b\n" + "".join(f'"{text}",1\n' for text in texts))
    read = same(
        Dataset.Tabular.from_delimited_files(
            path, set_column_types={"a": DataType.to_datetime("%B %d, %Y %I:%M %p")}
        )
    )

    assert [row[0] and row[0][:16] for row in read["rows"]] == [
        "2020-04-03 17:00", None, None, None, None, "2020-05-03 00:30", None
    ]  # fmt: skip


def test_types_of_parquet(same, datastore):
    frame = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "gap": pd.array([1, None, 7], dtype="Int64"),
            "small": pd.array([0, 1, 2], dtype="int8"),
            "text": ["5", " 5", None],
            "flag": [True, False, None],
            "yes": [True, False, True],
            "part": [2.0, 2.5, None],
            "big": [1e300, -(2.0**53), 2.0**63],
            "single": pd.array([1.5, 2.5, 3.5], dtype="float32"),
            "times": ["2020-01-02T03:04:05Z", "x", None],
            "day": [date(2020, 1, 2), None, date(2021, 1, 2)],
        }
    )
    frame.to_parquet(datastore.root / "t.parquet")
    types = {
        "id": DataType.to_float(),
        "gap": DataType.to_bool(),
        "small": DataType.to_string(),
        "text": DataType.to_long(),
        "flag": DataType.to_string(),
        "yes": DataType.to_long(),
        "part": DataType.to_long(),
        "big": DataType.to_long(),
        "single": DataType.to_float(),
        "times": DataType.to_datetime("%Y-%m-%dT%H:%M:%S%z"),
        "day": DataType.to_datetime(),
    }
    read = same(
        Dataset.Tabular.from_parquet_files((datastore, "t.parquet"), set_column_types=types)
    )

    assert read["rows"][0][2] == "0"
    assert read["types"] == [
        "double", "boolean", "string", "bigint", "string", "bigint", "bigint", "bigint", "double",
        "timestamp", "timestamp",
    ]  # fmt: skip


def test_types_of_json_lines(same, put):
    lines = '{"a": 1, "b": true, "c": "x", "d": 1.0}\n{"a": null, "b": null, "c": "7", "d": 0.5}\n'
    types = {
        "a": DataType.to_string(),
        "b": DataType.to_float(),
        "c": DataType.to_long(),
        "d": DataType.to_long(),
    }
    read = same(
        Dataset.Tabular.from_json_lines_files(put("t.jsonl", lines), set_column_types=types)
    )

    assert read["rows"][1] == [None, None, "7", None]


@pytest.fixture
def parted(put):
    for number in (1, 2):
        put(f"sales/nl/2020/01/{number}.csv", f"n,t\n{number},a b\n")
    put("sales/d e+%20/2020/02/3.csv", "n,t\n3,\n")
    return put("sales/de/2021/12/4.csv", "n,t\n4,x\n5,y\n")[0]


def test_columns_of_paths(same, parted):
    table = Dataset.Tabular.from_delimited_files(
        (parted, "sales"),
        include_path=True,
        partition_format="/{country}/{month:yyyy/MM}/*.csv",
        empty_as_string=True,
    )

    read = same(table)
    assert read["types"][:3] == ["string", "string", "timestamp"]
    assert ["/d e+%20/2020/02/3.csv", "d e+%20"] in [row[:2] for row in read["rows"]]
    same(table.filter(table["month"] > datetime(2020, 1, 31)))  # noqa: DTZ001
    same(table.keep_columns(["country", "n"]).take(3))
    same(table.skip(2))


@pytest.mark.parametrize("header", [0, 1, 2, 3])
def test_headers(same, put, header):
    put("h/1.csv", "a,b\n1,x\n0,z\n")
    put("h/2.csv", "b,c\ny,2.5\n")
    path = put("h/3.csv", "c,a\n3.5,5\n")[0]
    table = Dataset.Tabular.from_delimited_files((path, "h"), header=header)

    same(table)
    same(table.take(2))
    same(table.skip(3))


def test_rows_that_are_too_long_or_too_short(same, put):
    path = put("t.csv", "a,b\n1\n2,x,y,,z\n,\n3,w,\n")

    read = same(Dataset.Tabular.from_delimited_files(path))

    assert read["columns"] == ["a", "b", "Column3", "Column4", "Column5"]


def test_empty_texts(same, put):
    path = put("t.csv", 'a,b,n\n,"",1\nx\n')

    read = same(Dataset.Tabular.from_delimited_files(path, empty_as_string=True))

    assert read["rows"] == [["", "", "true"], ["x", "", None]]


def test_few_rows_of_a_large_file_are_all_that_is_read(spark, datastore):
    file = datastore.root / "large.csv"
    file.write_text("n,t\n" + "".join(f"{n},name {n}\n" for n in range(5000)))
    os.truncate(file, 1 << 30)  # one more row, of a gigabyte: reading it would end the JVM
    table = Dataset.Tabular.from_delimited_files((datastore, "large.csv"), validate=False)

    assert spark(table.take(2).source())["rows"] == [["0", "name 0"], ["1", "name 1"]]
