"""Spark and pandas read the same table from the same source."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from synapse_magics.runtime.column_texts import spark_pattern
from synapse_magics.runtime.readers import _JAVA_ENCODINGS, read_pandas
from synapse_magics.runtime.table_errors import TableError

COLUMNS = [
    {"name": "flag", "type": "boolean"},
    {"name": "count", "type": "integer"},
    {"name": "price", "type": "decimal"},
    {"name": "day", "type": "datetime", "format": "%m/%d/%Y"},
    {"name": "moment", "type": "datetime", "format": "%Y-%m-%dT%H:%M:%S%z"},
    {"name": 'a `name`, "quoted"', "type": "string"},
]
TEXT = '''flag,count,price,day,moment,"a `name`, ""quoted"""
1,1,0.5,01/31/2020,2020-01-01T00:00:00+0200,plain
0,,,,,
,3,1e3,1/2/2020,2020-01-01T00:00:00Z,"a, b"
t,4,,2/30/2020,2020-07-01T10:00:00-03:30,"say ""hi"""
x,y,z,soon,soon,NA
F,6,-1,12/31/1999,2020-01-01T00:00:00+00:00,größe
'''


def at(*parts):
    return datetime(*parts)  # noqa: DTZ001 - the clock on the wall


EXPECTED = [
    (True, 1, 0.5, at(2020, 1, 31), at(2019, 12, 31, 22), "plain"),
    (False, None, None, None, None, None),
    (None, 3, 1000.0, at(2020, 1, 2), at(2020, 1, 1), "a, b"),
    (True, 4, None, None, at(2020, 7, 1, 13, 30), 'say "hi"'),
    (None, None, None, None, None, "NA"),
    (False, 6, -1.0, at(1999, 12, 31), at(2020, 1, 1), "größe"),
]


def make_source(folder, text=TEXT, columns=COLUMNS, **fields):
    path = Path(folder) / "data.csv"
    path.write_bytes(text.encode(fields.get("encoding", "utf-8")))
    common = {"format": "delimited", "separator": ",", "header": True, "encoding": "utf-8"}
    return {**common, "paths": [str(path)], "columns": columns, **fields}


def plain(frame):
    """Return a frame's rows with None for every missing value."""
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)
    return [tuple(v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for v in r) for r in rows]


def test_pandas_reads_types_gaps_and_quotes(tmp_path):
    frame = read_pandas(make_source(tmp_path))

    assert list(frame.columns) == [column["name"] for column in COLUMNS]
    assert plain(frame) == EXPECTED


def test_whole_columns_have_natural_types(tmp_path):
    text = "flag,count,price,day\n1,1,1,1/1/2020\n0,2,2,1/2/2020\n"
    dtypes = read_pandas(make_source(tmp_path, text, COLUMNS[:4])).dtypes

    assert [str(kind) for kind in dtypes] == ["bool", "int64", "float64", "datetime64[ns]"]


def test_rows_limit_what_is_read_over_all_files(tmp_path):
    source = make_source(tmp_path, "count\n1\n2\n", [COLUMNS[1]])
    source["paths"] *= 3

    assert list(read_pandas(source)["count"]) == [1, 2, 1, 2, 1, 2]
    assert list(read_pandas(source, rows=3)["count"]) == [1, 2, 1]
    assert list(read_pandas(source, rows=0)["count"]) == []


def test_a_file_with_a_header_alone_has_no_rows(tmp_path):
    frame = read_pandas(make_source(tmp_path, "count,flag\n", [COLUMNS[1], COLUMNS[0]]))

    assert list(frame.columns) == ["count", "flag"]
    assert len(frame) == 0


def test_a_number_keeps_its_last_digit(tmp_path):
    text = "price,count\n-788412.9412174551,9007199254740993\n"
    frame = read_pandas(make_source(tmp_path, text, [COLUMNS[2], COLUMNS[1]]))

    assert plain(frame) == [(-788412.9412174551, 9007199254740993)]


def test_a_file_of_many_rows_is_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("synapse_magics.runtime.readers._CHUNK_ROWS", 2)
    text = "flag,count,day\n1,1,1/1/2020\n0,2,1/2/2020\n,,soon\n,,\nt,4,1/3/2020\n"
    source = make_source(tmp_path, text, [*COLUMNS[:2], COLUMNS[3]])

    assert plain(read_pandas(source)) == [
        (True, 1, at(2020, 1, 1)),
        (False, 2, at(2020, 1, 2)),
        (None, None, None),
        (None, None, None),
        (True, 4, at(2020, 1, 3)),
    ]
    assert len(read_pandas(source, rows=3)) == 3


def test_a_file_without_a_header(tmp_path):
    source = make_source(tmp_path, "1;a\n2;b\n", [COLUMNS[1], {"name": "s", "type": "string"}])

    frame = read_pandas({**source, "header": False, "separator": ";"})

    assert plain(frame) == [(1, "a"), (2, "b")]


def test_a_field_that_no_column_is_for_is_not_dropped(tmp_path):
    columns = [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}]
    source = make_source(tmp_path, "a,b\n1,2\n3,4,5\n", columns)

    with pytest.raises(TableError, match=r"data\.csv: .*Expected 2 fields in line 3, saw 3"):
        read_pandas(source)


def test_parquet_files_are_put_together(tmp_path):
    paths = []
    for number in (1, 2):
        paths.append(str(tmp_path / f"{number}.parquet"))
        pd.DataFrame({"n": [number]}).to_parquet(paths[-1])

    source = {"format": "parquet", "paths": paths}

    assert list(read_pandas(source)["n"]) == [1, 2]
    assert list(read_pandas(source, rows=1)["n"]) == [1]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("%Y-%m-%d", "yyyy-M-d"),
        ("%d-%b-%Y", "d-MMM-yyyy"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "yyyy-M-d'T'H:m:s.SSSSSS[XXX][XX][X]"),
    ],
)
def test_a_date_pattern_is_told_to_spark_in_its_way(pattern, expected):
    assert spark_pattern(pattern) == expected


def texts(rows):
    """Return rows as Spark shows them."""
    return [[_text(value) for value in row] for row in rows]


def _text(value):
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return str(value).lower() if isinstance(value, bool) else value and str(value)


@pytest.mark.spark
def test_spark_reads_the_same_table(spark, tmp_path):
    read = spark(make_source(tmp_path))

    assert read["columns"] == [column["name"] for column in COLUMNS]
    assert read["types"] == ["boolean", "bigint", "double", "timestamp", "timestamp", "string"]
    assert read["rows"] == texts(EXPECTED)


@pytest.mark.spark
@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('1;""\n2; z \n\n3;"q;r"\n', {"header": False, "separator": ";"}),
        ("a,b\n1\n2,\\\n", {}),
    ],
    ids=["empty text and line", "field missing"],
)
def test_spark_reads_an_odd_file_as_pandas_does(spark, tmp_path, text, fields):
    columns = [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]
    source = make_source(tmp_path, text, columns, **fields)

    assert spark(source)["rows"] == texts(plain(read_pandas(source)))


@pytest.mark.spark
@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%Y-%m-%d", "2020-3-4"),
        ("%Y/%m/%d", "2020/03/04"),
        ("%d-%b-%Y", "4-Mar-2020"),
        ("%Y-%m-%d %H:%M:%S", "2020-03-04 5:06:07"),
        ("%Y-%m-%dT%H:%M:%S.%f", "2020-03-04T05:06:07.5"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2020-03-04T05:06:07.123456-08:00"),
    ],
)
def test_spark_reads_every_date_that_pandas_reads(spark, tmp_path, pattern, text):
    column = {"name": "day", "type": "datetime", "format": pattern}
    source = make_source(tmp_path, f"day\n{text}\n", [column])

    expected = plain(read_pandas(source))

    assert expected[0][0] is not None
    assert spark(source)["rows"] == texts(expected)


ODD_VALUES = {
    "integer": " 5|5 |1.5|1e3|+7|-0|0012|9223372036854775808|12x|0x1F|7",
    "decimal": " 5|1.5|5d|1.5f|0x1p3|1e3|.5|1.|inf|-Inf|nan|NaN|Infinity|1,0|-788412.9412174551",
    "datetime": "2020-01-02 extra|2020-01-02x| 2020-01-02|12020-01-02|20-01-02|2020-02-30|"
    "0000-01-01|2020-1-2",
}


@pytest.mark.spark
@pytest.mark.parametrize("kind", ODD_VALUES)
def test_spark_takes_the_values_that_pandas_takes(spark, tmp_path, kind):
    values = ODD_VALUES[kind].split("|")
    column = {"name": "v", "type": kind, "format": "%Y-%m-%d"}
    source = make_source(tmp_path, "\n".join(["v", *values, ""]), [column], separator=";")

    read = [row[0] for row in spark(source)["rows"]]
    expected = [row[0] for row in plain(read_pandas(source))]
    if kind != "datetime":
        read = [text and float(text) for text in read]
    else:
        expected = [_text(value) for value in expected]

    assert len(read) == len(values)
    assert read == expected


@pytest.mark.spark
def test_spark_reads_line_breaks_in_quotes_as_pandas_does(spark, tmp_path):
    columns = [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]
    text = 'a,b\n1,"two\nlines"\n2,"and\r\n\nmore"\n\n3,one\n'
    source = make_source(tmp_path, text, columns, multi_line=True)

    assert len(read_pandas(source)) == 3
    assert spark(source)["rows"] == texts(plain(read_pandas(source)))


@pytest.mark.spark
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "UTF8", "utf-16", "utf-16-le"])
def test_spark_reads_an_encoding_by_its_name_in_python(spark, tmp_path, encoding):
    columns = [{"name": "ä", "type": "string"}, {"name": "n", "type": "integer"}]
    source = make_source(tmp_path, "ä,n\ngröße,1\n", columns, encoding=encoding)

    assert spark(source)["rows"] == [["größe", "1"]] == texts(plain(read_pandas(source)))


@pytest.mark.spark
def test_java_has_every_encoding_that_is_accepted(spark, tmp_path):
    columns = [{"name": "a", "type": "string"}]
    for encoding in _JAVA_ENCODINGS:
        source = make_source(tmp_path, "a\nplain\n", columns, encoding=encoding)

        assert spark(source)["rows"] == [["plain"]], encoding


def test_a_boolean_with_gaps_holds_none(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,x\n,y\n0,z\n")
    columns = [{"name": "a", "type": "boolean"}, {"name": "b", "type": "string"}]
    source = {"format": "delimited", "separator": ",", "header": True, "encoding": "utf8"}

    frame = read_pandas({**source, "columns": columns, "paths": [str(tmp_path / "t.csv")]})

    assert frame["a"].tolist() == [True, None, False]
