"""The types of columns, by Azure ML's table."""

import pytest

from synapse_magics.core.column_types import infer
from synapse_magics.runtime.table_parts import header_names


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["0", "1"], "boolean"),
        (["1", "1"], "boolean"),
        (["TRUE", "f", "Y", "n"], "boolean"),
        (["true", "", "false"], "boolean"),
        (["yes", "no"], "string"),
        (["0", "2"], "integer"),
        (["007", "01234"], "integer"),
        (["20200102", "20200103"], "integer"),
        (["-5", "", "+7"], "integer"),
        ([str(2**63 - 1), str(-(2**63))], "integer"),
        ([str(2**63), "5"], "decimal"),
        (["1e3", ".5", "1.", "-2.5E-3"], "decimal"),
        (["inf", "-inf", "nan", "2"], "decimal"),
        (["1,000"], "string"),
        (["1%"], "string"),
        (["$5"], "string"),
        (["\u0661\u0662"], "string"),
        (["5", " 6"], "string"),
        (["NA", "x"], "string"),
        (["null", "5"], "string"),
        (["a", "5", "2020-01-02"], "string"),
        ([], "string"),
        (["", ""], "string"),
        (["Jan 2 2020"], "string"),
        (["03:04:05"], "string"),
        (["2020-01"], "string"),
        (["2020-01-02 03:04"], "string"),
    ],
)
def test_type(values, expected):
    assert infer("c", values).type == expected


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("2020-01-31", "%Y-%m-%d"),
        ("2020/01/31", "%Y/%m/%d"),
        ("01/31/2020", "%m/%d/%Y"),
        ("31/01/2020", "%d/%m/%Y"),
        ("31-Jan-2020", "%d-%b-%Y"),
        ("2020-01-31 03:04:05", "%Y-%m-%d %H:%M:%S"),
        ("2020-01-31T03:04:05", "%Y-%m-%dT%H:%M:%S"),
        ("2020-01-31T03:04:05.123", "%Y-%m-%dT%H:%M:%S.%f"),
        ("2020-01-31T03:04:05Z", "%Y-%m-%dT%H:%M:%S%z"),
        ("2020-01-31T03:04:05.123+0200", "%Y-%m-%dT%H:%M:%S.%f%z"),
    ],
)
def test_date(value, pattern):
    column = infer("c", [value, ""])

    assert (column.type, column.format) == ("datetime", pattern)


def test_an_ambiguous_date_is_month_first():
    assert infer("c", ["01/02/2020"]).format == "%m/%d/%Y"


def test_one_value_makes_a_date_unambiguous():
    assert infer("c", ["01/02/2020", "13/02/2020"]).format == "%d/%m/%Y"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a_1", "a_2"]),
        (["a", "a_1", "a"], ["a", "a_1", "a_2"]),
        (["a", "", " "], ["a", "Column2", "Column3"]),
    ],
)
def test_header(fields, expected):
    assert header_names(fields) == expected
