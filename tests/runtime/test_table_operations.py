"""Operations on a table give the same rows in pandas and in Spark; samples are the same again."""

from datetime import date

import pandas as pd
import pytest

from synapse_magics.runtime.readers import read_pandas
from synapse_magics.runtime.table_operations import apply_pandas, rows_needed

COLUMNS = [
    {"name": "n", "type": "integer"},
    {"name": "text", "type": "string"},
    {"name": "part", "type": "decimal"},
    {"name": "ok", "type": "boolean"},
    {"name": "day", "type": "datetime", "format": "%Y-%m-%d"},
]
N, TEXT, PART, OK, DAY = (["column", column["name"]] for column in COLUMNS)
NUMBER = ["value", 3]


def filtered(expression):
    return [{"name": "filter", "expression": expression}]


TAKE, SKIP = ({"name": name, "count": 4} for name in ("take", "skip"))
KEEP = {"name": "keep", "columns": ["text", "n"]}

CASES = {
    "take": ([TAKE], [0, 1, 2, 3]),
    "take of none": ([{**TAKE, "count": 0}], []),
    "take of too many": ([{**TAKE, "count": 99}], list(range(8))),
    "skip": ([SKIP], [4, 5, 6, 7]),
    "skip of none": ([{**SKIP, "count": 0}], list(range(8))),
    "skip of all": ([{**SKIP, "count": 99}], []),
    "skip and take": ([{**SKIP, "count": 2}, {**TAKE, "count": 3}], [2, 3, 4]),
    "take and skip": ([TAKE, {**SKIP, "count": 3}], [3]),
    "filter and take": ([*filtered([">=", N, NUMBER]), {**TAKE, "count": 2}], [3, 4]),
    "take and filter": ([TAKE, *filtered([">=", N, NUMBER])], [3]),
    "keep": ([KEEP], list(range(8))),
    "drop": ([{"name": "drop", "columns": ["part"]}], list(range(8))),
    "equal": (filtered(["==", N, NUMBER]), [3]),
    "not equal": (filtered(["!=", TEXT, ["value", "a.b"]]), [0, 2, 3, 4, 6, 7]),
    "less": (filtered(["<", N, NUMBER]), [0, 1, 2]),
    "a missing number": (filtered([">", PART, ["value", 0.4]]), [1, 2, 6]),
    "the opposite": (filtered(["not", [">", PART, ["value", 0.4]]]), [0, 3, 7]),
    "null": (filtered(["null", PART]), [4, 5]),
    "not null": (filtered(["not", ["null", TEXT]]), [0, 1, 2, 3, 4, 6, 7]),
    "true": (filtered(["==", OK, ["value", True]]), [0, 2, 7]),
    "and": (filtered(["and", [">", N, NUMBER], ["==", OK, ["value", True]]]), [7]),
    "or": (filtered(["or", [">", PART, ["value", 0.4]], ["<", N, NUMBER]]), [0, 1, 2, 6]),
    "or of unknown": (filtered(["not", ["or", ["==", N, NUMBER], ["==", OK, ["value", True]]]]),
                      [1, 4, 6]),
    "start": (filtered(["starts_with", TEXT, "a."]), [1]),
    "end": (filtered(["ends_with", TEXT, "b"]), [0, 1]),
    "part": (filtered(["contains", TEXT, "%"]), [4]),
    "two columns": (filtered([">", PART, N]), [0, 1, 6]),
    "time": (filtered([">=", DAY, ["time", "2020-01-03 00:00:00"]]), [2, 3, 6]),
    "before": (filtered(["<", DAY, ["time", "2020-01-02 12:00:00"]]), [0, 1]),
}  # fmt: skip
ROWS = [
    ("0,b", "0.1,t,2020-01-01"),
    ("1,a.b", "1.5,f,2020-01-02"),
    ("2,c", "0.5,t,2020-01-03"),
    ("3,aXb?", "0.4,,2020-01-04"),
    ("4,50%", ",f,"),
    ("5,", ",,"),
    ("6,NaN", "9,f,2021-01-01"),
    ("7,z", "-1,t,"),
]


@pytest.fixture
def source(tmp_path):
    """Write a table to two files; the second one, which is the larger, is read first by Spark."""
    header = ",".join(column["name"] for column in COLUMNS)
    for name, rows in (("a", ROWS[:3]), ("b", ROWS[3:])):
        lines = "\n".join(",".join(row) for row in rows)
        (tmp_path / f"{name}.csv").write_text(f"{header}\n{lines}\n")

    def source(operations):
        reading = {"format": "delimited", "separator": ",", "header": True, "encoding": "utf-8"}
        paths = [str(tmp_path / f"{name}.csv") for name in "ab"]
        return {**reading, "columns": COLUMNS, "operations": operations, "paths": paths}

    return source


@pytest.mark.parametrize(("operations", "rows"), CASES.values(), ids=CASES)
def test_pandas(source, operations, rows):
    table = read_pandas(source(operations))

    assert table["n"].tolist() == rows
    assert table.index.tolist() == list(range(len(rows)))


@pytest.mark.spark
@pytest.mark.parametrize(("operations", "rows"), CASES.values(), ids=CASES)
def test_spark_gives_the_same_rows(spark, source, operations, rows):
    read = spark(source(operations))
    place = read["columns"].index("n")
    numbers = [int(row[place]) for row in read["rows"]]

    assert read["columns"] == list(read_pandas(source(operations)).columns)
    in_order = {"take", "skip"} & {operation["name"] for operation in operations}
    assert (numbers if in_order else sorted(numbers)) == rows


def test_columns_keep_their_order(source):
    assert list(read_pandas(source([KEEP])).columns) == ["n", "text"]


def sampled(**options):
    return [{"name": "sample", "share": 0.5, "seed": 7, **options}]


def test_a_sample_is_the_same_again(source):
    one, other = (read_pandas(source(sampled())) for _ in range(2))
    third = read_pandas(source(sampled(seed=8)))

    pd.testing.assert_frame_equal(one, other)
    assert one["n"].tolist() != third["n"].tolist()


def test_the_parts_of_a_split_are_the_table(source):
    split = {"name": "split", "share": 0.5, "seed": 7}
    parts = [read_pandas(source([{**split, "part": part}])) for part in ("first", "rest")]

    assert sorted(n for part in parts for n in part["n"]) == list(range(8))


@pytest.mark.spark
def test_sparks_parts_of_a_split_are_the_table_and_the_same_again(spark, source):
    split = {"name": "split", "share": 0.5, "seed": 7}
    sources = [source([{**split, "part": part}]) for part in ("first", "rest")]
    parts = [spark(one)["rows"] for one in sources]

    assert sorted(int(row[0]) for part in parts for row in part) == list(range(8))
    assert [spark(one)["rows"] for one in sources] == parts


@pytest.mark.spark
def test_a_number_that_is_none_is_missing_to_both(spark, tmp_path):
    pd.DataFrame({"n": [0, 1, 2], "x": [1.0, float("nan"), 3.0]}).to_parquet(tmp_path / "t")
    source = {
        "format": "parquet",
        "paths": [str(tmp_path / "t")],
        "operations": filtered(["not", ["<", ["column", "x"], ["value", 2]]]),
    }

    assert read_pandas(source)["n"].tolist() == [2]
    assert [row[0] for row in spark(source)["rows"]] == ["2"]


def test_times_with_a_zone_are_compared_in_utc():
    moments = pd.to_datetime(["2020-01-01T01:00+02:00", "2020-01-01T01:00+00:00"], utc=True)
    frame = pd.DataFrame({"at": moments.tz_convert("Europe/Berlin")})
    late = filtered([">", ["column", "at"], ["time", "2020-01-01 00:00:00"]])

    assert len(apply_pandas(frame, late)) == 1


def test_days_of_parquet_are_compared_with_times(tmp_path):
    frame = pd.DataFrame({"at": [date(2020, 1, 1), None, date(2020, 1, 3)]})
    frame.to_parquet(tmp_path / "t")
    late = filtered([">", ["column", "at"], ["time", "2020-01-02 00:00:00"]])
    source = {"format": "parquet", "paths": [str(tmp_path / "t")], "operations": late}

    assert read_pandas(source)["at"].tolist() == [date(2020, 1, 3)]


@pytest.mark.parametrize(
    "operation", [{"name": "keep", "columns": ["x"]}, *filtered(["null", ["column", "x"]])]
)
def test_a_column_that_is_not_there(source, operation):
    with pytest.raises(ValueError, match="the table has no column 'x'"):
        read_pandas(source([operation]))


@pytest.mark.parametrize(
    ("operations", "rows", "needed"),
    [
        ([], 5, 5),
        ([TAKE], None, 4),
        ([TAKE], 2, 2),
        ([SKIP, KEEP], 2, 6),
        ([SKIP], None, None),
        ([SKIP, TAKE], None, 8),
        ([TAKE, *filtered([">", N, NUMBER])], 1, 4),
        ([*filtered([">", N, NUMBER]), TAKE], 1, None),
    ],
)
def test_no_more_rows_are_read_than_needed(operations, rows, needed):
    assert rows_needed(operations, rows) == needed
