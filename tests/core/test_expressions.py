"""Conditions are written with operators, and refused where they mean nothing."""

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest

from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.core.expressions import ColumnExpression, columns_of, condition_data, time_text

N, TEXT, ANY = (
    ColumnExpression("n", "integer"), ColumnExpression("t", "string"), ColumnExpression("x")
)  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "data"),
    [
        (N > 3, [">", ["column", "n"], ["value", 3]]),
        (np.int64(3) >= N, ["<=", ["column", "n"], ["value", 3]]),
        (N != 0.5, ["!=", ["column", "n"], ["value", 0.5]]),
        (3 < N, [">", ["column", "n"], ["value", 3]]),  # noqa: SIM300 - Python turns it around
        (ANY == N, ["==", ["column", "x"], ["column", "n"]]),
        (date(2020, 1, 2) <= ANY, [">=", ["column", "x"], ["time", "2020-01-02 00:00:00"]]),
        (~(TEXT == "a"), ["not", ["==", ["column", "t"], ["value", "a"]]]),
        (TEXT.is_null(), ["null", ["column", "t"]]),
        (TEXT.starts_with("a"), ["starts_with", ["column", "t"], "a"]),
    ],
)
def test_what_operators_make(condition, data):
    assert condition.data == data


def test_conditions_are_joined():
    one, other = N > 1, TEXT == "a"

    assert (one & other).data == ["and", one.data, other.data]
    assert (one | other).data == ["or", one.data, other.data]
    assert list(columns_of((one | ~other).data)) == ["n", "t"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: N == "a", "is integer: it is compared with a number, not with a text"),
        (lambda: N == TEXT, "not with a text"),
        (lambda: N == True, "not with True or False"),  # noqa: E712 - it is refused
        (lambda: TEXT > 3, "not with a number"),
        (lambda: N.contains("a"), "not with a text"),
        (lambda: TEXT.contains(3), "takes a text"),
        (lambda: N == None, "nothing compares to None"),  # noqa: E711 - it is refused
        (lambda: ANY.__gt__(float("nan")), "nothing to compare with"),
        (lambda: bool(N > 1), "no truth before the data is read"),
        (lambda: 1 < N < 3, "no truth before the data is read"),
        (lambda: (N > 1) & 3, "take conditions, not 3"),
        (lambda: condition_data(N, None, "filter"), "takes a condition"),
        (lambda: condition_data("n > 3", None, "filter"), "not a str"),
        (lambda: condition_data(ANY > 3, ["n"], "filter"), "has no column 'x'"),
    ],
)
def test_what_means_nothing(make, words):
    with pytest.raises(UserErrorException, match=words):
        make()


@pytest.mark.parametrize("make", [lambda: ANY == [1], lambda: (N > 1) == (N > 2)])
def test_what_is_not_supported(make):
    with pytest.raises(NotSupportedError, match=r"not (supported|compared) here|are not compared"):
        make()


def test_a_column_of_truth_is_a_condition():
    assert condition_data(ColumnExpression("ok", "boolean"), None, "filter") == [
        "==", ["column", "ok"], ["value", True]
    ]  # fmt: skip


def test_times_are_those_of_utc():
    moment = datetime(2020, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))

    assert time_text(moment) == "2019-12-31 23:00:00"
