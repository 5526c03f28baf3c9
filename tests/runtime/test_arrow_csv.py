"""What Arrow reads is what the other reader gives, or it is not taken."""

import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from synapse_magics.runtime import column_texts, readers
from synapse_magics.runtime.arrow_csv import read_with_arrow

COLUMNS = [
    {"name": "flag", "type": "boolean"},
    {"name": "count", "type": "integer"},
    {"name": "price", "type": "decimal"},
    {"name": "day", "type": "datetime", "format": "%Y-%m-%d"},
    {"name": "moment", "type": "datetime", "format": "%Y-%m-%dT%H:%M:%S%z"},
    {"name": "name", "type": "string"},
]
FIELDS = {
    "boolean": ["1", "0", "true", "F", "tRuE", "y", "yes", " 1", "2"],
    "integer": ["1", "-7", "+5", "007", "0x1F", " 5", "5 ", "9223372036854775807", "1e3", "٣", "x"],
    "decimal": [
        "1.5",
        "-.5",
        "1e3",
        "inf",
        "-INF",
        "nan",
        "infinity",
        "1d",
        " 2.5",
        "0.1",
        "1e999",
    ],
    "datetime": [
        "2020-01-02",
        "2020-02-30",
        "1500-01-01",
        "2020-01-02T03:04:05Z",
        "2020-01-02T23:59:60+0100",
        " 2020-01-02",
    ],
    "string": [
        "plain",
        '"a, b"',
        '"say ""hi"""',
        "größe",
        'in"side',
        '"a"b',
        "NA",
        " ",
        '"two\nlines"',
    ],
}
LINES = ["", "\n", ",\n", "one\n", " \n", "a,b,c,d,e,f,g\n", '"open\n']


def make_source(path, **fields):
    common = {"format": "delimited", "separator": ",", "header": True, "encoding": "utf-8"}
    return {**common, "paths": [str(path)], "columns": COLUMNS, **fields}


def read(source):
    spellings = {True: column_texts.TRUE, False: column_texts.FALSE}
    return read_with_arrow(source["paths"][0], source, spellings, column_texts.pandas_values)


def read_slowly(source, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(readers, "read_with_arrow", lambda *_: None)
        return readers.read_pandas(source)


def typical(rows):
    lines = [
        f"{number % 2},{number},{number / 4},2020-01-{number % 28 + 1:02},2020-01-02T03:04:05Z"
        f',"a{number}"'
        for number in range(rows)
    ]
    return "flag,count,price,day,moment,name\n" + "".join(f"{line}\n" for line in lines)


def test_a_plain_file_is_read_by_arrow(tmp_path, monkeypatch):
    source = make_source(tmp_path / "data.csv")
    (tmp_path / "data.csv").write_text(typical(1000))

    found = read(source)

    assert_frame_equal(found, read_slowly(source, monkeypatch))
    assert_frame_equal(found, readers.read_pandas(source))
    assert [str(kind) for kind in found.dtypes[:4]] == [
        "bool",
        "int64",
        "float64",
        "datetime64[ns]",
    ]


@pytest.mark.parametrize("gap", range(len(COLUMNS)))
def test_gaps_are_the_same(gap, tmp_path, monkeypatch):
    lines = typical(50).splitlines()
    fields = lines[7].split(",")
    fields[gap] = ""
    lines[7] = ",".join(fields)
    (tmp_path / "data.csv").write_text("\n".join(lines))
    source = make_source(tmp_path / "data.csv")

    found = read(source)

    assert found is not None
    assert_frame_equal(found, read_slowly(source, monkeypatch))


@pytest.mark.parametrize(
    ("column", "text"), [(1, "0x1F"), (1, " 5"), (2, "nan"), (2, "infinity"), (2, "1.5\t")]
)
def test_what_arrow_would_take_wrongly_is_left_to_the_other(column, text, tmp_path):
    fields = ["1", "1", "1", "", "", "x"]
    fields[column] = text
    (tmp_path / "data.csv").write_text(typical(3) + ",".join(fields) + "\n")
    source = make_source(tmp_path / "data.csv")

    assert read(source) is None
    assert pd.isna(readers.read_pandas(source).iloc[-1, column])


@pytest.mark.parametrize(
    "fields",
    [
        {"encoding": "utf-16"},
        {"encoding": "ascii"},
        {"separator": "::"},
        {"unheard": 1},
        {"columns": COLUMNS[:1]},
    ],
)
def test_what_it_does_not_know_is_left_to_the_other(fields, tmp_path):
    (tmp_path / "data.csv").write_text(typical(3))

    assert read(make_source(tmp_path / "data.csv", **fields)) is None


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), header=st.booleans(), noise=st.floats(0, 0.3))
def test_random_files(seed, header, noise, tmp_path_factory):
    draw = random.Random(seed)  # noqa: S311 - a test's
    lines = ["flag,count,price,day,moment,name\n"] if header else []
    for _ in range(draw.randrange(8)):
        fields = []
        for column in COLUMNS:
            usual, odd = FIELDS[column["type"]][0], FIELDS[column["type"]]
            fields.append(draw.choice([*odd, ""]) if draw.random() < noise else usual)
        lines.append(",".join(fields) + draw.choice(["\n", "\n", "\n", "\r\n"]))
        if draw.random() < noise / 3:
            lines.append(draw.choice(LINES))
    path = tmp_path_factory.mktemp("random") / "data.csv"
    path.write_bytes("".join(lines).encode())
    source = make_source(path, header=header)

    found = read(source)

    if found is not None:
        with pytest.MonkeyPatch.context() as patch:
            assert_frame_equal(found, read_slowly(source, patch))
