"""Columns are read as Spark's own types only where these give what the texts stand for."""

import os
from pathlib import Path

import pytest

from synapse_magics.runtime import native_csv
from synapse_magics.runtime.native_csv import native_types
from synapse_magics.runtime.readers import read_pandas
from tests.runtime.test_readers import plain, texts

COLUMNS = [
    {"name": "n", "type": "integer"},
    {"name": "x", "type": "decimal"},
    {"name": "flag", "type": "boolean"},
    {"name": "sure", "type": "boolean"},
    {"name": "day", "type": "datetime", "formats": ["%Y-%m-%d"]},
    {"name": "s", "type": "string"},
]
HEAD = "n,x,flag,sure,day,s\n"
PLAIN = HEAD + '1,0.5,1,true,2020-01-02,"a ""b"""\n-7,1e3,0,FALSE,1890-5-06,ä\n,,,,,\n'
NATIVE = {"n": "BIGINT", "x": "DOUBLE", "flag": "INT", "sure": "BOOLEAN", "day": "TIMESTAMP"}


@pytest.fixture
def make(tmp_path):
    """Write files, and return a source of them."""

    def made(*contents, **fields):
        paths = [tmp_path / f"{number}.csv" for number in range(len(contents))]
        for path, text in zip(paths, contents, strict=True):
            path.write_text(text, encoding="utf-8")
        common = {"format": "delimited", "separator": ",", "header": True, "encoding": "utf-8"}
        return {**common, "paths": [str(path) for path in paths], "columns": COLUMNS, **fields}

    return made


def test_plain_columns_are_read_as_they_are(make):
    assert native_types(make(PLAIN)) == NATIVE


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("n", " 5"),
        ("n", "٣"),
        ("n", "1.5"),
        ("n", "9223372036854775808"),
        ("x", "5d"),
        ("x", "0x1p3"),
        ("x", "NaN"),
        ("x", "inf"),
        ("x", "1.5 "),
        ("flag", "t"),
        ("flag", "2"),
        ("sure", "1"),
        ("day", "2020-02-30"),
        ("day", "2020-01-02 extra"),
        ("day", "12020-01-02"),
    ],
)
def test_another_value_in_any_file_leaves_its_column_to_texts(make, column, value):
    row = {"n": "1", "x": "1", "flag": "1", "sure": "true", "day": "2020-01-02", "s": ""}
    other = HEAD + ",".join({**row, column: value}.values()) + "\n"

    found = native_types(make(PLAIN, other))

    assert found == {name: kind for name, kind in NATIVE.items() if name != column}


@pytest.mark.parametrize("row", ["1,2", "1,2,1,true,2020-01-02,s,more"])
def test_a_row_of_another_length_leaves_all_to_texts(make, row):
    assert native_types(make(f"{PLAIN}{row}\n")) == {}


@pytest.mark.parametrize("fields", [{"encoding": "latin-1"}, {"multi_line": True}])
def test_what_arrow_does_not_divide_alike_is_read_as_text(make, fields):
    assert native_types(make(PLAIN, **fields)) == {}


def test_a_file_is_looked_at_once_for_each_state_of_it(make, monkeypatch):
    source = make(PLAIN)
    assert native_types(source) == NATIVE
    path = Path(source["paths"][0])
    with monkeypatch.context() as patch:
        patch.setattr(native_csv, "_look_at", None)
        assert native_types(source) == NATIVE

    before = path.stat().st_mtime_ns
    with path.open("a", encoding="utf-8") as file:
        file.write("x,1,1,true,2020-01-02,\n")
    os.utime(path, ns=(before, before))

    assert "n" not in native_types(source)


def test_times_are_texts_where_spark_reads_them_otherwise(make):
    assert "day" not in native_types(make(PLAIN), times=False)
    assert native_types(make(PLAIN)) == NATIVE


def test_a_large_table_is_not_looked_at(make, monkeypatch):
    monkeypatch.setattr(native_csv, "_LOOKED_AT", 10)

    assert native_types(make(PLAIN)) == {}


@pytest.mark.spark
@pytest.mark.parametrize("more", ["", " 5,5d,t,1,2020-02-30,s\n", "1,2\n"])
def test_spark_reads_the_same_table_both_ways(spark, make, more):
    source = make(PLAIN + more)
    read = spark(source)

    assert read["columns"] == [column["name"] for column in COLUMNS]
    assert read["types"] == ["bigint", "double", "boolean", "boolean", "timestamp", "string"]
    expected = plain(read_pandas(source))
    numbers = [row[:2] for row in expected]
    assert [[v and float(v) for v in row[:2]] for row in read["rows"]] == [
        [v and float(v) for v in row] for row in numbers
    ]
    assert [row[2:] for row in read["rows"]] == [row[2:] for row in texts(expected)]
